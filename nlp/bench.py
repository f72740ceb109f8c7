"""How fast texts are read, as ratios in one run: against a `transformers` pipeline on the same base
model, and against this machine's own int8 matrix product."""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
import transformers
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from nlp.encoder.base import bert_config, packed_base, packed_embedding_state, packed_layer_state
from nlp.encoder.encoder import Encoder, arithmetic, batches_by_length, network_of
from nlp.encoder.packed import find_packed_file, read_packed
from nlp.encoder.shipped import weights_of
from nlp.encoder.tokens import MAX_TOKENS
from nlp.encoder.weights import load
from nlp.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.config import NlpSettings

EXAMPLES: Final = Path(__file__).with_name("training") / "examples"
BATCH_SIZES: Final = (1, 8, 32, 64)
"""Batch sizes that the peer may choose from."""
TRIED: Final = 256
"""Posts on which the peer's best batch size is found."""
PAD: Final = "<pad>"
PAGE: Final = 512
"""Posts handed to the encoder together, as in ingest."""
TURN: Final = 2_000
"""Posts that we read, then the peer, in turn: a machine's own rate changes from one minute to the next."""
_PRODUCT: Final = (2_048, 384, 1_536)
_REPEATS: Final = 30


@dataclass(frozen=True)
class Speed:
    """Posts read in so many seconds."""

    posts: int
    seconds: float

    @property
    def rate(self) -> float:
        """Posts a second."""
        return self.posts / self.seconds

    def __add__(self, other: Speed) -> Speed:
        return Speed(self.posts + other.posts, self.seconds + other.seconds)


def made_posts(count: int, *, seed: int = 0) -> list[str]:
    """Return that many different posts, made of sentences of the written examples."""
    texts = [
        json.loads(line)["text"]
        for file in sorted(EXAMPLES.glob("written_*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    rng = random.Random(seed)
    posts: dict[str, None] = dict.fromkeys(texts[:count])
    while len(posts) < count:
        words = rng.choice(texts).split()
        start = rng.randrange(max(1, len(words) // 2))
        rest = rng.choice(texts).split()
        posts[" ".join(words[start:] + rest[: rng.randrange(len(rest) + 1)][:12])] = None
    return list(posts)[:count]


def bench(texts: Sequence[str], settings: NlpSettings, say: Callable[[str], None]) -> dict[str, Any]:
    """Time our encoder with every task, the peer with one, and say where our time goes."""
    if settings.threads:
        torch.set_num_threads(settings.threads)
    weights = weights_of(settings)
    encoder, peer = Encoder.open(settings, weights=weights), Peer()
    encoder.read(texts[:PAGE])
    sizes = {size: _timed(partial(peer.read, texts[:TRIED], size), TRIED).rate for size in BATCH_SIZES}
    best = max(sizes, key=lambda size: sizes[size])
    ours, theirs, product = Speed(0, 0.0), Speed(0, 0.0), 0.0
    for turn in _pages(texts, TURN):
        for page in _pages(turn, PAGE):
            ours += _timed(partial(encoder.read, page), len(page))
        theirs += _timed(partial(peer.read, turn, best), len(turn))
        product = max(product, product_rate())
        say(f"{ours.posts:,} posts: {ours.rate:.0f} a second with every task, the pipeline {theirs.rate:.0f} with one")
    read = encoder.tokenizer(texts)
    achieved = ours.rate * encoder.operations_per_token * np.mean([len(row) for row in read])
    return {
        "model": weights.stem,
        "arithmetic": arithmetic(settings),
        "posts": len(texts),
        "threads": torch.get_num_threads(),
        "ours_posts_s": round(ours.rate, 1),
        "peer_posts_s": round(theirs.rate, 1),
        "peer_batch_size": best,
        "peer_by_batch_size": {str(size): round(rate, 1) for size, rate in sizes.items()},
        "ratio_one_task": round(ours.rate / theirs.rate, 2),
        "tasks": len(TASKS) + 1,
        "ratio_task_by_task": round(ours.rate / theirs.rate * (len(TASKS) + 1), 1),
        "int8_product_gops": round(product / 1e9),
        "achieved_gops": round(achieved / 1e9),
        "share_of_product": round(achieved / product, 3),
        "time_by_part": _where_it_goes(texts[: 4 * PAGE], settings),
    }


class Peer:
    """What a user would run: one `transformers` pipeline for one task, the same base, float32."""

    def __init__(self) -> None:
        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        packed = read_packed(find_packed_file())
        config = bert_config(packed.shape)
        words = torch.from_numpy(packed.matrices["emb.word"].rows(slice(None)))
        config.vocab_size = len(words)
        config.num_labels = 3
        model = BertForSequenceClassification(config)
        state = packed_embedding_state(packed)
        state["embeddings.word_embeddings.weight"] = words
        state |= {f"encoder.{name}": tensor for name, tensor in packed_layer_state(packed).items()}
        model.bert.load_state_dict(state, strict=False)
        tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
            tokenizer_object=packed_base().tokenizer.backend, pad_token=PAD, model_max_length=MAX_TOKENS
        )
        self._pipeline: Any = transformers.pipeline(  # type: ignore[call-overload]
            "sentiment-analysis", model=model.train(mode=False), tokenizer=tokenizer, device="cpu"
        )

    def read(self, texts: Sequence[str], batch_size: int) -> None:
        """Read texts, sorted by length so that it pads as little as it can."""
        ordered = sorted(texts, key=len, reverse=True)
        self._pipeline(ordered, batch_size=batch_size, truncation=True)


def product_rate() -> float:
    """Return operations a second of torch's int8 product [2048, 384] x [384, 1536], the best of many."""
    rows, inner, columns = _PRODUCT
    left = torch.randint(-127, 127, (rows, inner), dtype=torch.int8)
    right = torch.randint(-127, 127, (columns, inner), dtype=torch.int8).t()
    times = [_timed(lambda: torch._int_mm(left, right), 1).seconds for _ in range(_REPEATS)]  # noqa: SLF001 - the bare product has no public name
    return 2.0 * rows * inner * columns / min(times)


def _where_it_goes(texts: Sequence[str], settings: NlpSettings) -> dict[str, float]:
    """Return the share of one thread's time in each kind of work."""
    network, tokenizer = network_of(load(weights_of(settings)), replace(settings, threads=1), counting=True)
    parts: dict[str, float] = defaultdict(float)
    tokens = tokenizer(texts)
    for batch in batches_by_length(map(len, tokens)):
        rows = [tokens[i] for i in batch]
        whole = _timed(lambda rows=rows: network(rows), len(rows)).seconds  # type: ignore[misc]
        for kind, instructions, seconds in network.times():
            if kind.startswith("FullyConnected"):
                part = INT8 if instructions.lower().endswith("i8") else FLOAT
            else:
                part = _PARTS.get(kind, OUTSIDE)
            parts[part] += seconds
            whole -= seconds
        parts[OUTSIDE] += max(0.0, whole)
    total = sum(parts.values())
    return {part: round(seconds / total, 3) for part, seconds in sorted(parts.items())}


INT8: Final = "int8 products with GELU"
FLOAT: Final = "float products (heads, outlying channels)"
OUTSIDE: Final = "word embeddings and all the rest"
_PARTS: Final = {
    "MatMul": FLOAT,
    "Subgraph": "attention",
    "PowerStatic": "attention",
    "Transpose": "attention",
    "MVN": "layer norms",
    "MulAdd": "layer norms",
    "Multiply": "rounding inputs to bytes",
    "Add": "sums",
}
"""What OpenVINO calls its nodes, and what that is to us."""


def _timed(work: Callable[[], object], posts: int) -> Speed:
    began = time.perf_counter()
    work()
    return Speed(posts, time.perf_counter() - began)


def _pages(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
