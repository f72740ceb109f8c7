"""Where the encoder's time goes and what was tried to shorten it: `python -m proof.speed`.

Each way reads the same posts in turn with the others, several times; its best time counts. Writes
`proof/speed.json` and, together with `proof/bench_nlp.json` (`earshot bench nlp`), `docs/speed.md`.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import torch

from domain.config import NlpSettings
from domain.markdown import table
from nlp.bench import made_posts
from nlp.encoder import network
from nlp.encoder.base import Base, packed_base
from nlp.encoder.encoder import Encoder, batches_by_length
from nlp.encoder.heads import Heads
from nlp.encoder.shipped import WEIGHTS
from nlp.encoder.weights import Trained, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RESULTS: Final = Path(__file__).with_name("speed.json")
BENCH: Final = Path(__file__).with_name("bench_nlp.json")
PAGES_TIMED: Final = Path(__file__).with_name("pages.json")
PROCESSORS_TIMED: Final = Path(__file__).with_name("processors.json")
PAGE: Final = Path("docs/speed.md")
POSTS: Final = 2_000
TURNS: Final = 5
THREADS: Final = 2
SHIPPED: Final = "as it ships"


def main() -> None:
    """Time every way and write down what came of it; with `--page` only write down what came of it last."""
    if sys.argv[1:] != ["--page"]:
        RESULTS.write_text(json.dumps(tries(made_posts(POSTS)), indent=2) + "\n")
    told = (json.loads(file.read_text()) for file in (BENCH, RESULTS, PAGES_TIMED, PROCESSORS_TIMED))
    PAGE.write_text(page(*told), encoding="utf-8")


def tries(texts: Sequence[str]) -> dict[str, float]:
    """Return posts a second by way of reading."""
    torch.set_num_threads(THREADS)
    settings = NlpSettings(threads=THREADS)
    shipped = Encoder.open(settings)
    ways: dict[str, Callable[[], object]] = {SHIPPED: lambda: shipped.read(texts)}
    for tokens in (256, 512, 1_024, 2_048):
        ways[f"batches of {tokens:,} tokens"] = partial(_batched, shipped, texts, tokens)
    ways["both threads in each product, batches of 2,048 tokens"] = partial(_batched, _in_turn(settings), texts, 2_048)
    floating = Encoder.open(replace(settings, precision="float32"))
    ways["the same graph in float32"] = lambda: floating.read(texts)
    reference = Reference.of(load(WEIGHTS))
    ways["torch in float32 (`transformers`)"] = lambda: reference.read(texts)
    dynamic = Reference.of(load(WEIGHTS))
    torch.ao.quantization.quantize_dynamic(dynamic.base.model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)
    ways["torch in int8, inputs' ranges found anew each time"] = lambda: dynamic.read(texts)
    best = dict.fromkeys(ways, float("inf"))
    for turn in range(TURNS):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            best[name] = min(best[name], time.perf_counter() - began)
        sys.stderr.write(f"turn {turn + 1} of {TURNS}\n")
    return {name: round(len(texts) / seconds, 1) for name, seconds in best.items()}


def _batched(encoder: Encoder, texts: Sequence[str], tokens: int) -> None:
    with mock.patch.object(encoder, "tokens_per_batch", tokens):
        encoder.read(texts)


def _in_turn(settings: NlpSettings) -> Encoder:
    """Return an encoder whose threads share each product; they read one batch after the other."""
    together = partial(network.compiled, INFERENCE_NUM_THREADS=THREADS)
    with mock.patch.object(network, "compiled", together):
        return Encoder.open(replace(settings, threads=1))


@dataclass(frozen=True)
class Reference:
    """The same layers and heads in torch: BERT as `transformers` has it."""

    base: Base
    heads: Heads

    @classmethod
    def of(cls, trained: Trained) -> Reference:
        """Return a weights file's layers on the base, with its heads."""
        base = packed_base()
        base.put(trained.layers)
        return cls(base, Heads.of(trained.heads))

    def read(self, texts: Sequence[str]) -> None:
        """Read texts in batches by length."""
        tokens = self.base.tokenizer(texts)
        with torch.inference_mode():
            for batch in batches_by_length(map(len, tokens), 2_048):
                ids, mask = self.base.batch([tokens[i] for i in batch])
                states = self.base.model(input_ids=ids, attention_mask=mask).last_hidden_state
                self.heads.probabilities(self.heads(states, mask).logits)


def page(
    bench: Mapping[str, Any],
    found: Mapping[str, float],
    pages: Mapping[str, Any],
    processors: Sequence[Mapping[str, Any]],
) -> str:
    """Return the page."""
    seconds = pages["seconds"]
    goals = [
        ("posts a second, against one `transformers` pipeline in float32", bench["ratio_one_task"], 4, 8, "{:.1f}x"),
        ("the same, against one pipeline per task", bench["ratio_task_by_task"], 15, 30, "{:.1f}x"),
        ("share of this machine's bare int8 product", bench["share_of_product"], 0.5, 0.7, "{:.0%}"),
    ]
    memory = bench["peak_mb_by_posts"]
    least = [
        ("peak memory", max(memory.values()) * 1.048576 / 1000, 1.2, "{:.2f} GB"),
        ("cold start to the first line", bench["first_line_s"], 3.0, "{:.1f} s"),
    ]
    rows = [
        *((name, form.format(value), form.format(step), form.format(goal)) for name, value, step, goal, form in goals),
        *((name, form.format(value), "", f"below {form.format(goal)}") for name, value, goal, form in least),
    ]
    ways = [(name, f"{rate:.0f}", f"{rate / found[SHIPPED] - 1:+.0%}") for name, rate in found.items()]
    parts = [(name, f"{share:.0%}") for name, share in sorted(bench["time_by_part"].items(), key=lambda part: -part[1])]
    return "\n\n".join(
        [
            OPENING,
            table(("measure", "reached", "first step", "goal"), rows),
            SHORT.format(
                ours=bench["ours_posts_s"],
                theirs=bench["peer_posts_s"],
                size=bench["peer_batch_size"],
                achieved=bench["achieved_gops"],
                product=bench["int8_product_gops"],
                memory=", ".join(f"{mb:,} MB after {int(posts):,} posts" for posts, mb in memory.items()),
            ),
            PROCESSORS,
            table(
                (
                    "processor",
                    "size",
                    "arithmetic",
                    "posts a second",
                    "the pipeline",
                    "ratio",
                    "goal",
                    "first line",
                    "peak",
                ),
                [
                    (
                        *(one["processor"], one["size"], one["arithmetic"]),
                        *(f"{one['ours_posts_s']:.0f}", f"{one['peer_posts_s']:.0f}", f"{one['ratio_one_task']:.1f}x"),
                        *(f"{RATIOS['AVX2' in one['processor'], one['size']]}x", f"{one['first_line_s']:.1f} s"),
                        f"{one['peak_mb'] * 1.048576 / 1000:.2f} GB" if "peak_mb" in one else "",
                    )
                    for one in processors
                ],
            ),
            *(
                BESIDE.format(rate=one["rate_beside_busy"], processor=one["processor"])
                for one in processors
                if "rate_beside_busy" in one
            ),
            WITHOUT_UNITS,
            "## Where the time goes",
            table(("part", "share of the time"), parts),
            TRIED,
            table(("way", "posts a second", "against what ships"), ways),
            KEPT,
            PAGES,
            table(
                ("seconds, median of five visits", "Streamlit alone", "before", "now", "goal"),
                [
                    (name, *(f"{seconds[who][what]:.2f}" for who in ("bare", "before", "now")), f"{goal:.1f}")
                    for name, what, goal in PAGE_GOALS
                ],
            ),
            PAGES_TRIED.format(**pages["commits"]),
        ]
    )


RATIOS: Final = {(False, "full"): 4, (False, "small"): 8, (True, "full"): 3, (True, "small"): 6}
"""How many times the pipeline's rate each should reach, by whether there is AVX2 alone."""
PROCESSORS: Final = """## Other processors, and the small size

Made from `proof/processors.json` (`python -m proof.processors`): 2,000 posts each. Two processors: one
with VNNI, also with its libraries bounded to AVX2 by their own switches, and one that has AVX2 alone. `nlp.size =
"small"` reads with six of the twelve layers (`MODEL_CARD.md` has what it loses)."""
BESIDE: Final = """\
Beside as many busy processes as there are processors, which leave half of each, the full size reads {rate:.2f} times as
fast as alone ({processor}; `python -m proof.beside`): in step with what is left."""
WITHOUT_UNITS: Final = """\
Without units for sums of bytes float32 is the faster one: oneDNN's int8 product there takes three instructions for what
float32 does in one multiply-add of fewer numbers. `nlp.precision = "int8"` is for who wants the same digits on all
machines. Tried for it, on 1,000 posts: weights of seven bits (embeddings at cosine 0.9945 to float32), inputs of seven
bits (0.9965), and weights of eight of which no two neighbours come to more than 16 bits hold (0.9984, as with VNNI;
kept). Another library does not mend it: the bare products of twelve layers, 1,024 tokens at once, come to 150 billion
operations a second in float32 with ONNX Runtime 1.32 on the processor with AVX2 alone, and to 244 with its int8
product, so that a pass made of nothing else would be 1.6 times as fast. So the ratios of a processor with AVX2 alone,
3x and 6x, are missed; what reads nearly three times as fast as the pipeline there is the small size. The first
line comes in time there too since commands are imported when they are called and the tokenizer is built while the
encoder is compiled (3.45 s before, on the same machine at a slower hour)."""

PAGES: Final = """## Pages of the dashboard

Made from `proof/pages.json` (`python -m proof.pages`): the Brand page of the demonstration, opened in turns with that
of an older checkout and with the least that Streamlit can show, a figure and a chart. Each visit is of a browser that
has nothing kept, and the machine is idle."""

PAGE_GOALS: Final = (
    ("first paint", "paint", 1.0),
    ("first figure", "content", 1.5),
    ("first chart", "chart", 2.0),
    ("another word asked for, to another figure", "filter", 0.5),
)

PAGES_TRIED: Final = """\
Before: {before}; now: {now}.

First paint and first figure are Streamlit's own; what is ours is the second from the first figure to the first chart.
Tried: having the scripts of the figures fetched with the page (kept: the first figure
a second sooner); those of all elements, or of charts alone, or these last ones at low priority (first paint later by
0.1 to 0.4 s, charts no sooner); the page without its five lower charts (first chart 0.4 s sooner) and without its list
of posts (0.35 s sooner still): what is seen first waits for what is below it, because Streamlit draws all that came
together.
"""

OPENING: Final = """# Speed of the encoder

Made by `python -m proof.speed` from `proof/bench_nlp.json` (`earshot bench nlp`: 10,000 different made-up posts, every
task and the embedding) and `proof/speed.json`; do not edit. All of it on two cores of one machine, ratios within one
run: the machine's own rate swings by a third from one minute to the next."""

SHORT: Final = """We read {ours:.0f} posts a second, the pipeline {theirs:.0f} at its best batch size ({size}).
The layers' products came to {achieved:,} billion operations a second while we read; the bare int8 product does
{product:,}. Memory: {memory}."""

TRIED: Final = """## What was tried

Each way read the same 2,000 posts in turn with the others, five times; the best time of each counts. All of them are
handed over at once here; ingest hands over 512, which larger batches share out less evenly between threads."""

KEPT: Final = """\
Also tried, and kept: one graph in OpenVINO with the heads in it, built from the weights file (it reads as fast as the
same int8 products in torch did, and starts without torch, whose import took longer than all the rest of a cold start),
word embeddings that stay packed on disk, inputs' scales measured once (no pass over the inputs to find their range),
giving the pages of the word embeddings back after each batch (60 MB less). And not kept: texts of equal length read
together without padding (no faster), GELU by tanh or none at all in its place (no faster), bfloat16 (half the speed
of float32 here, without matrix units), larger memory pages (no gain), a C library told to give memory back at once
(70 MB less, two thirds of the speed)."""


if __name__ == "__main__":
    main()
