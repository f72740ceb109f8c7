"""One training run from labelled sets to weights that ship, measured as they run in production."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from domain.config import NlpSettings
from nlp.encoder.base import PACKED_NAME, PACKED_REVISION
from nlp.encoder.encoder import Encoder
from nlp.encoder.shipped import NAME, SHIPPED, card_of, revision_of
from nlp.encoder.weights import load, save
from nlp.language.detector import LANGUAGE_WEIGHTS
from nlp.training.calibrate import calibrate
from nlp.training.compare import compare
from nlp.training.learn import Recipe, learn
from nlp.training.measure import measure
from nlp.training.mixture import TrainingRows, read_corpus, teaching_rows
from nlp.training.quantise import measured, quantised
from nlp.training.soft_labels import SoftLabels
from nlp.training.student import StudentRecipe, distilled, lessons

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nlp.encoder.base import Base
    from nlp.encoder.heads import Heads

HEADLINES: Final = (
    "tweeteval_sentiment",
    "umsab",
    "tweeteval_emotion",
    "tweeteval_irony",
    "tweeteval_offensive",
    "sentitel_aspects",
    "sentitel_aspect_sentiment",
    "uk_operators",
    "language",
)
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
    soft_labels: Path | None = None,
) -> dict[str, Any]:
    """Train, round, calibrate, save `output/earshot-e5-small.safetensors`, measure; return its card.

    `start` names weights to go on from; without them a run begins at the published layers. `soft_labels` names
    what a larger model said of the rows (`nlp/training/teacher.py`). `work` keeps what an interrupted run goes on from.

    Raises:
        ModelError: the start weights are missing or of another format.
        OSError: a labelled set is missing.
    """
    began = time.monotonic()
    corpus = read_corpus(data, seed=recipe.seed)
    say(f"{len(corpus.train):,} rows to learn from, {sum(corpus.dropped.values())} dropped as nearly those measured on")
    heard = SoftLabels.load(soft_labels) if soft_labels else None
    run = learn(corpus.train, work, recipe, say, start=load(start) if start else None, soft_labels=heard)
    path = output / f"{NAME}.safetensors"
    write(run.base, run.heads, corpus, path)
    say(f"written: {path}")
    return measure_and_keep(path, data, corpus, described(path, recipe, corpus, start, began, heard), say)


def train_student(
    data: Path,
    output: Path,
    work: Path,
    recipe: StudentRecipe,
    say: Callable[[str], None],
    *,
    start: Path | None = None,
) -> dict[str, Any]:
    """Teach a smaller encoder to read as the one that ships; save and measure it like that one, and return its card.

    `start` names a student's weights to go on from.

    Raises:
        ModelError: the start weights are missing or of another format.
        OSError: a labelled set is missing.
    """
    began = time.monotonic()
    corpus = read_corpus(data, seed=recipe.seed)
    rows = lessons(corpus.train, {row.text for row in teaching_rows(data)}, recipe)
    say(f"{len(rows):,} texts to learn from")
    begun = load(start) if start else None
    student = distilled(load(SHIPPED["full"]), rows, work, recipe, say, start=begun)
    path = output / SHIPPED["small"].name
    student.heads.uncalibrate()
    write(student.base, student.heads, corpus, path)
    say(f"written: {path}")
    card = described(path, recipe, corpus, start or SHIPPED["full"], began)
    card["seen"] = len(rows)
    card["dev"] = measure(path, data, corpus, say)
    keep_card(path, card)
    return card


def measure_and_keep(
    path: Path, data: Path, corpus: TrainingRows, card: dict[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure a weights file and the plainer ways beside it; write the card and return it."""
    card["dev"] = measure(path, data, corpus, say)
    card["compared"] = compare(path, corpus, say)
    keep_card(path, card)
    return card


def write(base: Base, heads: Heads, corpus: TrainingRows, path: Path) -> None:
    """Round the layers to int8, calibrate the heads on the rounded network, and save."""
    inputs = measured(base, [row.text for row in corpus.holdout[:RANGED_ROWS]])
    vectors, matrices = quantised(base.model.encoder.state_dict(), inputs)
    heads = heads.eval()
    save(path, vectors=vectors, matrices=matrices, heads=heads.state(), name=path.stem)
    encoder = Encoder.open(NlpSettings(precision="int8"), weights=path)
    readings = encoder.read([row.text for row in corpus.holdout], [row.names for row in corpus.holdout])
    calibrate(heads, corpus.holdout, readings)
    save(path, vectors=vectors, matrices=matrices, heads=heads.state(), name=path.stem)


def described(
    path: Path,
    recipe: Recipe | StudentRecipe,
    corpus: TrainingRows,
    start: Path | None,
    began: float,
    soft_labels: SoftLabels | None = None,
) -> dict[str, Any]:
    """Return what a card says of a run before anything is measured; `began` is a monotonic time, in seconds."""
    languages = card_of(LANGUAGE_WEIGHTS)
    detectors = {"py3langid alone": languages["py3langid"], **languages["others"]}
    return {
        "name": path.stem,
        "revision": revision_of(path),
        "base": {"name": PACKED_NAME, "revision": PACKED_REVISION},
        "start": revision_of(start) if start else None,
        "teacher": soft_labels.by if soft_labels else None,
        "recipe": asdict(recipe),
        "minutes": round((time.monotonic() - began) / 60),
        "data": corpus.used,
        "seen": len(corpus.train),
        "dropped": corpus.dropped,
        "others": {"language": {name: one["macro_accuracy"] for name, one in detectors.items()}},
    }


def keep_card(path: Path, card: dict[str, Any]) -> None:
    """Write the card beside the weights; the runs before this one stay in its lists."""
    file = path.with_suffix(".json")
    before = json.loads(file.read_text()) if file.exists() else {}
    short = {key: card[key] for key in ("revision", "start", "teacher", "recipe", "minutes", "seen") if key in card}
    runs = [*before.get("runs", []), {**short, "dev": headline(card["dev"])}]
    file.write_text(json.dumps({**card, "stages": stages(runs, card["revision"]), "runs": runs}, indent=2) + "\n")


def headline(dev: dict[str, Any]) -> dict[str, float]:
    """Return the one figure of each measured set that its goal speaks of."""
    figures = dev["figures"]
    found = {name: figures[name]["value"] for name in HEADLINES if name in figures}
    if "tweeteval_sentiment" in figures:
        found["calibration"] = figures["tweeteval_sentiment"]["calibration"]
    return found


def stages(runs: Sequence[dict[str, Any]], revision: str) -> list[str]:
    """Return the revisions that a file came from, first to last, itself included."""
    began_at = {run["revision"]: run["start"] for run in runs}
    line = [revision]
    while (start := began_at.get(line[0])) and start not in line:
        line.insert(0, start)
    return line
