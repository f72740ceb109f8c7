"""One training run from labelled sets to weights that ship, measured as they run in production."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from domain.config import NlpSettings
from nlp.base import PACKED_NAME, PACKED_REVISION
from nlp.encoder import Encoder
from nlp.shipped import NAME
from nlp.training.calibrate import calibrate
from nlp.training.learn import Recipe, Run, learn
from nlp.training.mixture import Corpus, read_corpus
from nlp.training.quantise import measured, quantised
from nlp.weights import load, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RANGED_ROWS: Final = 1_500
"""Rows that show what the inputs of the products look like."""


def train(
    data: Path,
    output: Path,
    work: Path,
    recipe: Recipe,
    say: Callable[[str], None],
    *,
    start: Path | None = None,
) -> dict[str, Any]:
    """Train, round, calibrate, save `output/earshot-e5-small.safetensors`, measure; return its card.

    `start` names weights to go on from; without them a run begins at the published layers.
    `work` keeps what an interrupted run goes on from.

    Raises:
        ModelError: the start weights are missing or of another format.
        OSError: a labelled set is missing.
    """
    began = time.monotonic()
    corpus = read_corpus(data, seed=recipe.seed)
    say(f"{len(corpus.train):,} rows to learn from, {sum(corpus.dropped.values())} dropped as nearly those measured on")
    run = learn(corpus.train, work, recipe, say, start=load(start) if start else None)
    path = output / f"{NAME}.safetensors"
    write(run, corpus, path)
    say(f"written: {path}")
    card = described(path, recipe, corpus, start, minutes=(time.monotonic() - began) / 60)
    from nlp.training.measure import measure

    card["dev"] = measure(path, data, corpus, say)
    keep_card(path, card)
    return card


def write(run: Run, corpus: Corpus, path: Path) -> None:
    """Round the layers to int8, calibrate the heads on the rounded network, and save."""
    ranges = measured(run.base, [row.text for row in corpus.holdout[:RANGED_ROWS]])
    vectors, matrices = quantised(run.base.model.encoder.state_dict(), ranges)
    heads = run.heads.eval()
    save(path, vectors=vectors, matrices=matrices, heads=heads, name=NAME)
    readings = Encoder.open(NlpSettings(), weights=path).read([row.text for row in corpus.holdout])
    calibrate(heads, corpus.holdout, readings)
    save(path, vectors=vectors, matrices=matrices, heads=heads, name=NAME)


def described(path: Path, recipe: Recipe, corpus: Corpus, start: Path | None, *, minutes: float) -> dict[str, Any]:
    """Return what a card says of a run before anything is measured."""
    return {
        "name": NAME,
        "revision": load(path).revision,
        "base": {"name": PACKED_NAME, "revision": PACKED_REVISION},
        "start": load(start).revision if start else None,
        "recipe": asdict(recipe),
        "minutes": round(minutes),
        "data": corpus.used,
        "seen": len(corpus.train),
        "dropped": corpus.dropped,
    }


def keep_card(path: Path, card: dict[str, Any]) -> None:
    """Write the card beside the weights; the runs before this one stay in its list."""
    file = path.with_suffix(".json")
    before = json.loads(file.read_text()).get("runs", []) if file.exists() else []
    short = {key: card[key] for key in ("revision", "start", "recipe", "minutes", "data", "seen")}
    kept = {**card, "runs": [*before, {**short, "dev": headline(card["dev"])}]}
    file.write_text(json.dumps(kept, indent=2) + "\n")


def headline(dev: dict[str, Any]) -> dict[str, float]:
    """Return the one figure of each measured set that its goal speaks of."""
    return {name: figures["figure"] for name, figures in dev.items() if "figure" in figures}
