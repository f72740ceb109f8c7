"""What is measured: one question put to one set of rows, and the figures of its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nlp.tasks import TASK, TASKS, intent
from nlp.tasks.emotion import LABELS as EMOTIONS
from nlp.tasks.sentiment import LABELS as SENTIMENTS
from nlp.training.mixture import OWN_DEV
from nlp.training.rows import SENTITEL_ASPECTS, Row
from nlp.training.scores import (
    by_group,
    by_label,
    confusion,
    expected_calibration_error,
    figure,
    rounded,
    yes_calibration_error,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.training.scores import Whole

NO_YES: Final = ("no", "yes")


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A task on the rows of a set (`Corpus.dev`). `labels` are those of the task that take part.

    With `over_languages` the measure is taken in each language and averaged over languages.
    `also` is a second measure; it sees every label of the task.
    """

    name: str
    rows: str
    task: str
    measure: str
    labels: tuple[str, ...]
    over_languages: bool = False
    also: str = ""

    @property
    def form(self) -> str:
        """Whether `one` label holds, `several` may, or it is `yes` or no."""
        if TASK[self.task].kind == "one":
            return "one"
        return "yes" if len(TASK[self.task].labels) == 1 else "several"

    @property
    def columns(self) -> list[int]:
        """Where the labels stand among the task's."""
        return [TASK[self.task].labels.index(label) for label in self.labels]

    def known(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows that say something of the task."""
        return [row for row in rows if max(row.targets.get(self.task, (-1,))) >= 0]

    def truth(self, rows: Sequence[Row]) -> Whole:
        """Return what holds, in the form that `nlp.training.scores` reads."""
        targets = np.array([row.targets[self.task] for row in rows])
        truth: Whole = targets[:, self.columns] if self.form == "several" else targets[:, 0]
        return truth

    def guess(self, probabilities: NDArray[np.float32], cuts: Sequence[float]) -> Whole:
        """Return what the probabilities, shape (rows, labels of the task), say, in the same form."""
        if self.form == "one":
            best: Whole = probabilities[:, self.columns].argmax(1).astype(np.int64)
            return best
        holds = probabilities >= np.asarray(cuts)
        if self.task == intent.TASK.name:
            holds = intent.with_other(holds)
        return (holds[:, self.columns] if self.form == "several" else holds[:, 0]).astype(np.int64)

    def score(self, rows: Sequence[Row], guess: Whole) -> dict[str, Any]:
        """Return the measure of a guess at rows that are known."""
        langs = [row.lang for row in rows] if self.over_languages else None
        return figure(self.measure, self.truth(rows), guess, langs)

    def figures(self, rows: Sequence[Row], probabilities: NDArray[np.float32], cuts: Sequence[float]) -> dict[str, Any]:
        """Return all figures of probabilities for rows that are known."""
        truth, guess = self.truth(rows), self.guess(probabilities, cuts)
        names = NO_YES if self.form == "yes" else self.labels
        chosen = probabilities[:, self.columns]
        if self.form == "one":
            error = expected_calibration_error(truth, chosen)
        else:
            known = truth.reshape(chosen.shape) >= 0
            error = yes_calibration_error(truth.reshape(chosen.shape)[known], chosen[known])
        if self.form == "several":
            said = truth >= 0
            counts = {
                label: confusion(truth[said[:, k], k], guess[said[:, k], k], 2)
                for k, label in enumerate(names)
                if said[:, k].any()
            }
            confused: dict[str, Any] = {"labels": list(NO_YES), "counts_by_label": counts}
        else:
            confused = {"labels": list(names), "counts": confusion(truth, guess, len(names))}
        measured = self.score(rows, guess) | {
            "task": self.task,
            "by_label": by_label(names, truth, guess),
            "by_language": by_group(self.measure, truth, guess, [row.lang for row in rows]),
            "calibration": rounded(error),
            "confusion": confused,
        }
        if self.also:
            free = probabilities.argmax(1) if self.form == "one" else guess
            measured["also"] = figure(self.also, truth, free)
        return measured


_OWN_MEASURES: Final = [
    (task, "F1" if len(task.labels) == 1 else {"one": "macro F1", "each": "macro F1 over labels"}[task.kind])
    for task in TASKS
]
BENCHMARKS: Final = (
    Benchmark(
        name="tweeteval_sentiment",
        rows="tweeteval_sentiment",
        task="sentiment",
        measure="macro recall",
        labels=SENTIMENTS,
        also="macro F1",
    ),
    Benchmark(name="umsab", rows="umsab", task="sentiment", measure="macro F1", labels=SENTIMENTS, over_languages=True),
    Benchmark(
        name="tweeteval_emotion",
        rows="tweeteval_emotion",
        task="emotion",
        measure="macro F1",
        labels=tuple(label for label in EMOTIONS if label != "none"),
        also="macro F1 of the true labels",
    ),
    Benchmark(name="tweeteval_irony", rows="tweeteval_irony", task="irony", measure="F1", labels=("irony",)),
    Benchmark(
        name="tweeteval_offensive",
        rows="tweeteval_offensive",
        task="offensive",
        measure="macro F1",
        labels=("offensive",),
    ),
    Benchmark(
        name="sentitel_aspects",
        rows="sentitel",
        task="aspects",
        measure="macro F1 over labels",
        labels=SENTITEL_ASPECTS,
    ),
    Benchmark(
        name="afrisenti",
        rows="afrisenti",
        task="sentiment",
        measure="macro F1",
        labels=SENTIMENTS,
        over_languages=True,
    ),
    *(
        Benchmark(name=f"{OWN_DEV}_{task.name}", rows=OWN_DEV, task=task.name, measure=measure, labels=task.labels)
        for task, measure in _OWN_MEASURES
    ),
)
"""Every question, in the order in which it is told."""
