"""Teach what is read toward brands alone, on the states of the encoder as it ships; all else stays as it is.

Few rows say toward whom something is felt. So that a name which the rows do not show is read as the text around it,
rows of general sentiment take part, with a word of theirs in the place of a name: toward it is felt what the whole
text feels. Rows that name two brands are also shown with their names exchanged: what is felt hangs on the place, not
on the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from domain.config import NlpSettings
from nlp.encoder.heads import Heads
from nlp.encoder.weights import load, save
from nlp.tasks import sentiment, toward
from nlp.training.calibrate import set_temperatures, target_table
from nlp.training.corrections import Frozen, padded_states
from nlp.training.learn import Recipe, plan, task_loss
from nlp.training.mixture import evenly, read_corpus
from nlp.training.rows import UNKNOWN, Row
from nlp.training.steps import names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from nlp.encoder.tokens import NamedTokens

OUTPUTS: Final = (toward.SENTIMENT, toward.SWITCH)
OWN_PARTS: Final = ("name_query", *OUTPUTS)
"""The parts of the heads that learn."""
BOTH: Final = 2
EVEN: Final = dict.fromkeys(OUTPUTS, torch.ones(len(sentiment.LABELS)))
GENERAL: Final = 6_000
"""Rows of general sentiment that take part."""
PASSES: Final = 12
TIMES: Final = 3
"""How often a pass sees a row that names brands."""
LEARNING_RATE: Final = 5e-4
_RECIPE: Final = Recipe(batch_tokens=1_024, label_smoothing=0.05)
_NAME: Final = re.compile(r"(?<=\s)(?:@user|#\w{3,}|[^\W\d_a-zà-ÿ]\w{2,})")
"""What could be a name: a user, a hashtag, a word that does not begin a text and is not in small letters."""


def teach_toward(path: Path, data: Path, say: Callable[[str], None]) -> None:
    """Teach the weights at `path` toward whom something is felt, from the labelled sets in `data`; write them back.

    Raises:
        ModelError: the weights are missing or of another format.
        OSError: a labelled set is missing.
    """
    torch.manual_seed(0)
    corpus = read_corpus(data, seed=0)
    trained, settings = load(path), NlpSettings()
    frozen, heads = Frozen(trained, settings), Heads.of(trained.heads)
    naming = list({row.text: row for row in corpus.train if row.names}.values())
    naming += list(exchanged(naming))
    feeling = {row.text: row for row in corpus.train if not row.names and row.targets.get(sentiment.TASK.name)}
    general = evenly(list(as_if_named(feeling.values())), GENERAL, seed=0)
    say(f"{len(naming):,} rows that name brands and {len(general):,} of general sentiment")
    rows = [*general, *naming * TIMES]
    lesson = _Lesson.of(rows, frozen)
    learning = [p for name, p in heads.named_parameters() if name.startswith(OWN_PARTS)]
    optimiser = torch.optim.AdamW(learning, lr=LEARNING_RATE, weight_decay=0.05)
    for number in range(PASSES):
        batches = plan(lesson.tokens, replace(_RECIPE, seed=number))
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * (1 - number / PASSES)
        losses = []
        for batch in batches:
            logits = lesson.logits(heads, batch, dropout=_RECIPE.dropout)
            loss = task_loss(logits, lesson.targets[batch], EVEN, _RECIPE)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimiser.step()
            losses.append(float(loss.detach()))
        say(f"pass {number + 1} of {PASSES}: loss {np.mean(losses):.3f}")
    held = _Lesson.of([row for row in corpus.holdout if row.names], frozen)
    heads = heads.eval()
    for name in OUTPUTS:
        heads.get_buffer(f"scale_{name}").fill_(1.0)
    with torch.no_grad():
        logits = held.logits(heads, list(range(len(held.tokens))))
        probabilities = {name: one.softmax(-1).numpy() for name, one in logits.items()}
    set_temperatures(heads, held.targets.numpy(), probabilities)
    save(path, vectors=trained.vectors, matrices=trained.matrices, heads=heads.state(), name=trained.name)


def exchanged(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows that name two brands with each name in the other's places."""
    for row in rows:
        if len(row.names) != BOTH or not all(row.names):
            continue
        places = sorted((*span, brand) for brand, spans in enumerate(row.names) for span in spans)
        said = [row.text[slice(*spans[0])] for spans in row.names]
        text, names, end = "", [list[tuple[int, int]](), list[tuple[int, int]]()], 0
        for start, stop, brand in places:
            text += row.text[end:start]
            names[brand].append((len(text), len(text) + len(said[1 - brand])))
            text += said[1 - brand]
            end = stop
        if all(places[i][1] <= places[i + 1][0] for i in range(len(places) - 1)):
            yield replace(row, text=text + row.text[end:], names=tuple(map(tuple, names)))


def as_if_named(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows of general sentiment that hold what could be a name, as rows that name it."""
    for row in rows:
        found = _NAME.search(row.text)
        if found:
            felt = (*row.targets[sentiment.TASK.name], *[UNKNOWN] * (toward.MOST - 1))
            yield replace(row, targets={toward.SENTIMENT: felt}, names=((found.span(),),))


@dataclass(frozen=True)
class _Lesson:
    """Rows as numbers: tokens, which of them are names, the encoder's last states, targets."""

    tokens: list[list[int]]
    named: list[NamedTokens]
    states: list[torch.Tensor]
    targets: torch.Tensor

    @classmethod
    def of(cls, rows: Sequence[Row], frozen: Frozen) -> _Lesson:
        """Read rows with an encoder."""
        texts = list(dict.fromkeys(row.text for row in rows))
        states = dict(zip(texts, frozen.states(texts), strict=True))
        tokens, named = frozen.tokenizer.named([row.text for row in rows], [row.names for row in rows])
        return cls(tokens, named, [states[row.text] for row in rows], torch.from_numpy(target_table(rows)))

    def logits(self, heads: Heads, batch: Sequence[int], *, dropout: float = 0.0) -> dict[str, torch.Tensor]:
        """Return what heads say of the brands in a batch of rows."""
        states, mask = padded_states([self.states[i] for i in batch])
        names = names_in([self.named[i] for i in batch], mask)
        logits = heads(states, mask, names, dropout=dropout).logits
        return {name: logits[name] for name in OUTPUTS}
