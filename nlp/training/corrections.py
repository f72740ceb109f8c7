"""Train an operator's own corrections into the heads; the encoder stays as it is.

Its last states are computed once. The heads learn from the corrections mixed with the examples
that were written for Earshot, so that what they knew is rehearsed, and are pulled toward where
they began. Part of the corrections, chosen by their words, is never learned from: on these and on
the written rows that are measured on, before and after are compared.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from domain.errors import InputError, ModelError
from nlp.clean import model_text
from nlp.encoder.encoder import Encoder, batches_by_length, network_of
from nlp.encoder.graph import STATES, states_graph
from nlp.encoder.heads import Heads
from nlp.encoder.shipped import shipped_for, weights_of
from nlp.encoder.weights import load, save
from nlp.tasks import TASK, TASKS
from nlp.tasks.aspects import SENTIMENT as ASPECT_SENTIMENT
from nlp.tasks.intent import with_other
from nlp.training.calibrate import target_table
from nlp.training.data import NearDuplicates, fingerprint
from nlp.training.learn import Recipe, plan, task_loss
from nlp.training.mixture import HERE, OWN_DEV, evenly, read_corpus
from nlp.training.rows import UNKNOWN, Row, slots, written_row
from nlp.training.scores import accuracy, macro_f1_of_several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from domain.config import NlpSettings
    from nlp.encoder.weights import Trained

CORRECTIONS: Final = "corrections"
FILE: Final = "earshot-corrected.safetensors"
FEWEST: Final = 20
FEWEST_HELD_OUT: Final = 4
ONE_IN: Final = 4
"""One correction in so many is held out."""
REHEARSED: Final = 3_000
"""Written rows that are rehearsed, at most: as many of each language."""
STEPS: Final = 400
"""Steps of a run, at least; whole passes over all rows, so that each of them counts the same."""
BATCH_TOKENS: Final = 512
MOST_REPEATS: Final = 8
"""How often a correction is seen in one pass, at most: until there are as many as written rows."""
PULL: Final = 0.03
LEARNING_RATE: Final = 2e-4
FORGIVEN: Final = 0.02
"""How much the written rows may lose before what was learned counts as forgetting."""
_PLAIN: Final = Recipe(label_smoothing=0.0, batch_tokens=BATCH_TOKENS)


@dataclass(frozen=True)
class CorrectedText:
    """One line of the table: how well a task is answered on rows that nothing was learned from."""

    rows_of: str
    task: str
    measure: str
    rows: int
    before: float
    after: float


@dataclass(frozen=True)
class Learned:
    """Heads that know the corrections, the rest of the weights, and what was measured."""

    trained: Trained
    heads: Heads
    taught: int
    table: tuple[CorrectedText, ...]

    @property
    def worse(self) -> str | None:
        """What got worse on the rows held out, in words, or None."""
        for name, forgiven in ((CORRECTIONS, 0.0), (OWN_DEV, FORGIVEN)):
            lines = [line for line in self.table if line.rows_of == name]
            rows = [line.rows for line in lines]  # by which each task counts
            before = float(np.average([line.before for line in lines], weights=rows))
            after = float(np.average([line.after for line in lines], weights=rows))
            if after < before - forgiven:
                return f"{before:.3f} became {after:.3f} on the {name} held out"
        return None


def learn_corrections(
    lines: Iterable[Mapping[str, Any]],
    settings: NlpSettings,
    say: Callable[[str], None],
    *,
    examples: Path = HERE,
) -> Learned:
    """Train the bundled heads on corrections, lines in the form of the written `examples`.

    Raises:
        InputError: there are too few corrections to learn from and to measure on.
        ModelError: the weights are missing or do not fit.
    """
    rows = [Row(model_text(one["text"]), one["lang"], written_row(one), CORRECTIONS, one["id"]) for one in lines]
    held = [row for row in rows if hashlib.sha256(fingerprint(row.text).encode()).digest()[0] % ONE_IN == 0]
    if len(rows) < FEWEST or len(held) < FEWEST_HELD_OUT:
        raise InputError(f"{len(rows)} corrected posts are too few to learn from; some {FEWEST} are a beginning")
    corpus = read_corpus(examples, seed=0, parts=(), examples=examples)
    measured = {CORRECTIONS: held, OWN_DEV: corpus.dev[OWN_DEV]}
    near = NearDuplicates(row.text for part in measured.values() for row in part)
    taught = [row for row in rows if row.text not in near]
    written = list({row.text: row for row in (*corpus.train, *corpus.holdout)}.values())
    written = evenly([row for row in written if row.text not in near], REHEARSED, seed=0)
    say(f"{len(taught)} corrections to learn from beside {len(written)} written rows, {len(held)} held out")
    frozen = Frozen(load(shipped_for(settings)), settings)
    repeats = max(1, min(MOST_REPEATS, len(written) // max(1, len(taught))))
    heads = _taught(frozen, [*written, *taught * repeats], say)
    table = []
    at_work = Encoder.open(settings, weights=weights_of(settings))
    for name, part in measured.items():
        before = at_work.read([row.text for row in part]).probabilities
        after = frozen.probabilities([row.text for row in part], heads)
        table += _compared(name, part, (before, _cuts(at_work.cuts)), (after, _cuts(heads.cuts)))
    return Learned(frozen.trained, heads, len(taught), tuple(table))


def save_learned(learned: Learned, folder: Path, *, force: bool = False) -> Path:
    """Write what was learned as a weights file with its card; return the file.

    Raises:
        ModelError: it is worse on the rows held out, and not forced. What was there stays.
    """
    if learned.worse and not force:
        raise ModelError(f"the corrected weights were not kept: {learned.worse}; --force keeps them")
    path, base = folder / FILE, learned.trained
    fresh = path.with_suffix(".new")
    revision = save(fresh, vectors=base.vectors, matrices=base.matrices, heads=learned.heads.state(), name=base.name)
    fresh.replace(path)
    card = {
        "name": base.name,
        "revision": revision,
        "start": base.revision,
        "corrections": learned.taught,
        "dev": [asdict(line) for line in learned.table],
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return path


class Frozen:
    """The encoder as it runs, up to what its heads are given."""

    def __init__(self, trained: Trained, settings: NlpSettings) -> None:
        self.trained = trained
        self._network, self.tokenizer = network_of(trained, settings, graph=states_graph)

    def states(self, texts: Sequence[str]) -> list[torch.Tensor]:
        """Return the last states of each text, (tokens, hidden), float16."""
        tokens = self.tokenizer(texts)
        found: list[torch.Tensor] = [torch.zeros(0)] * len(texts)

        def fill_in(places: NDArray[np.int64]) -> None:
            states = torch.from_numpy(self._network([tokens[i] for i in places])[STATES])
            for place, row in zip(places, states, strict=True):
                found[place] = row[: len(tokens[place])].half()

        with ThreadPoolExecutor(self._network.threads) as readers:
            for _ in readers.map(fill_in, batches_by_length(map(len, tokens))):
                pass  # what went wrong in a thread is raised here
        return found

    def probabilities(self, texts: Sequence[str], heads: Heads) -> dict[str, NDArray[np.float32]]:
        """Return what these heads say of texts, by task, shape (texts, labels)."""
        states = self.states(texts)
        found: dict[str, list[NDArray[np.float32]]] = {}
        for state in states:
            with torch.no_grad():
                logits = heads(*padded_states([state])).logits
                for name, values in heads.probabilities(logits).items():
                    found.setdefault(name, []).append(values.numpy())
        return {name: np.concatenate(parts) for name, parts in found.items()}


def _taught(frozen: Frozen, rows: Sequence[Row], say: Callable[[str], None]) -> Heads:
    """Return a copy of the heads that has learned from rows; the embedding is left alone."""
    torch.manual_seed(0)
    heads = Heads.of(frozen.trained.heads).train()
    learning = {name: p for name, p in heads.named_parameters() if not name.startswith("embedding.")}
    began = {name: p.detach().clone() for name, p in learning.items()}
    texts = list(dict.fromkeys(row.text for row in rows))
    states = dict(zip(texts, frozen.states(texts), strict=True))
    tokens = [[0] * len(states[row.text]) for row in rows]
    targets = torch.from_numpy(target_table(rows))
    even = {name: torch.ones(len(TASK.get(name, TASK["sentiment"]).labels)) for name in slots()}
    optimiser = torch.optim.AdamW(learning.values(), lr=LEARNING_RATE, weight_decay=0.0)
    passes = -(-STEPS // len(plan(tokens, _PLAIN)))
    for number in range(passes):
        losses = []
        for batch in plan(tokens, replace(_PLAIN, seed=number)):
            logits = heads(*padded_states([states[rows[i].text] for i in batch])).logits
            # The logits of the probabilities that are shown: so what is learned moves these.
            loss = task_loss(heads.calibrated(logits), targets[batch], even, _PLAIN)
            losses.append(float(loss.detach()))
            far = torch.stack([(p - began[name]).square().sum() for name, p in learning.items()]).sum()
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss + PULL * far)
            optimiser.step()
        say(f"pass {number + 1} of {passes}: loss {np.mean(losses):.3f}")
    return heads.eval()


def padded_states(states: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return states (batch, tokens, hidden) in float32 and their mask (batch, tokens)."""
    mask = pad_sequence([torch.ones(len(state)) for state in states], batch_first=True)
    return pad_sequence([state.float() for state in states], batch_first=True), mask


def _cuts(of: Callable[[str], Any]) -> dict[str, NDArray[np.float32]]:
    return {task.name: np.asarray(of(task.name), dtype=np.float32) for task in TASKS}


def _compared(
    name: str,
    rows: Sequence[Row],
    before: tuple[Mapping[str, NDArray[np.float32]], Mapping[str, NDArray[np.float32]]],
    after: tuple[Mapping[str, NDArray[np.float32]], Mapping[str, NDArray[np.float32]]],
) -> list[CorrectedText]:
    """Return a line for each task that some row speaks of; both sides are (probabilities, cuts)."""
    targets = target_table(rows)
    lines = []
    for task, place in slots().items():
        truth = targets[:, place]
        known = (truth != UNKNOWN).any(1)
        if known.any() and task in after[0]:
            several = truth.shape[1] > 1 and task != ASPECT_SENTIMENT
            values = [_measured(task, truth[known], side[0][task][known], side[1]) for side in (before, after)]
            lines.append(CorrectedText(name, task, "F1" if several else "accuracy", int(known.sum()), *values))
    return lines


def _measured(
    task: str, truth: NDArray[np.int64], probabilities: NDArray[np.float32], cuts: Mapping[str, NDArray[np.float32]]
) -> float:
    """Return the macro F1 where several labels may hold, else the accuracy."""
    if task == ASPECT_SENTIMENT:
        known = truth != UNKNOWN
        return accuracy(truth[known], probabilities.argmax(-1)[known])
    if TASK[task].kind == "one":
        return accuracy(truth[:, 0], probabilities.argmax(1))
    holds = probabilities >= cuts[task]
    guess = (with_other(holds) if task == "intent" else holds).astype(np.int64)
    return macro_f1_of_several(truth, guess) if guess.shape[1] > 1 else accuracy(truth[:, 0], guess[:, 0])
