"""Measure weights: every task on the rows that nothing was trained on, with bounds and per language.

Every text is read once, as the product reads it: with the cuts and the calibration that ship.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.config import NlpSettings
from nlp.clean import model_text
from nlp.encoder.encoder import Encoder
from nlp.language.detector import LanguageDetector
from nlp.spam import LIKELY, combined, signs
from nlp.tasks import TASKS, toward
from nlp.tasks.aspects import LABELS as ASPECTS
from nlp.tasks.aspects import SENTIMENT as ASPECT_SENTIMENT
from nlp.tasks.sentiment import LABELS as SENTIMENTS
from nlp.tasks.spam import TASK as SPAM_TASK
from nlp.training.benchmarks import BENCHMARKS
from nlp.training.hard import hard_rows, told
from nlp.training.probes import OPERATORS, across_operators, operator_rows
from nlp.training.rounding import beside_float
from nlp.training.rows import lines_of
from nlp.training.scores import by_group, by_label, confusion, expected_calibration_error, figure, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from nlp.encoder.encoder import Readings
    from nlp.encoder.names import Names
    from nlp.training.mixture import TrainingRows
    from nlp.training.rows import Row

SPAM: Final = SPAM_TASK.name
OF_EACH: Final = (
    (ASPECT_SENTIMENT, "accuracy", SENTIMENTS),
    (toward.SENTIMENT, "macro recall", SENTIMENTS),
    (toward.SWITCH, "macro F1", toward.SWITCHES),
)
"""What is said of each aspect or brand, by which measure it is judged, and what can be said."""
CHUNK: Final = 2_000
"""Texts read between two words of progress."""
LANGUAGES: Final = "lid_short/all.jsonl.gz"


@dataclass(frozen=True)
class Heard:
    """What was read off texts: `at` gives the readings of some of them."""

    readings: Readings
    place: Mapping[str, int]
    cuts: Mapping[str, Sequence[float]]

    @classmethod
    def by(
        cls, encoder: Encoder, texts: Iterable[str], say: Callable[[str], None], names: Mapping[str, Names]
    ) -> Heard:
        """Read every text once; `names` says of some where the brands stand that they name."""
        unique = list(dict.fromkeys(texts))
        parts = []
        for start in range(0, len(unique), CHUNK):
            say(f"reading what is measured on: {start:,} of {len(unique):,} texts")
            part = unique[start : start + CHUNK]
            parts.append(encoder.read(part, [names.get(text, ()) for text in part]))
        readings = type(parts[0])(
            {name: np.concatenate([part.probabilities[name] for part in parts]) for name in parts[0].probabilities},
            np.concatenate([part.embeddings for part in parts]),
        )
        # Spam is what the head says and the signs in the words, as the product weighs them.
        spam = readings.probabilities[SPAM]
        spam[:, 0] = [combined(float(p), signs(text)) for p, text in zip(spam[:, 0], unique, strict=True)]
        cuts = {task.name: encoder.cuts(task.name) for task in TASKS} | {SPAM: [LIKELY]}
        return cls(readings, {text: i for i, text in enumerate(unique)}, cuts)

    def at(self, texts: Iterable[str]) -> Readings:
        """Return the readings of texts, in their order."""
        return self.readings.at(np.array([self.place[text] for text in texts], dtype=np.int64))


def measure(weights: Path, data: Path, corpus: TrainingRows, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure a weights file on the corpus' development rows and on the sets of `data` that only measure.

    Returns:
        `figures` by benchmark; `in_float`, the same from a network in float32 and the share of labels
        that agree with it; `cuts`, the probability from which a label holds, by task and
        label; `hard`, how made-up hard posts fared. What is missing from `data` is left out
        with a sentence.

    Raises:
        ModelError: the weights do not load.
    """
    spoken = _languages(data / LANGUAGES) if _there(data, LANGUAGES, say) else None
    operators = operator_rows(data / OPERATORS) if _there(data, OPERATORS, say) else []
    hard = hard_rows()
    measured = [row.text for rows in corpus.dev.values() for row in rows]
    texts = [*measured, *(text for text, _, _ in operators), *(row.text for row in hard)]
    names = {row.text: row.names for rows in corpus.dev.values() for row in rows}
    # Its digits are the same on all processors, also on those that read in float32 of themselves.
    heard = Heard.by(Encoder.open(NlpSettings(precision="int8"), weights=weights), texts, say, names)
    say("working out figures and their bounds")
    figures = _figures(heard, corpus)
    say("the same in float32")
    exact = Heard.by(Encoder.open(NlpSettings(precision="float32"), weights=weights), measured, say, names)
    in_float = {
        "figures": {name: one["value"] for name, one in _figures(exact, corpus).items()},
        "agree": beside_float(heard.at(measured), exact.at(measured), heard.cuts),
    }
    if operators:
        embeddings = heard.at(text for text, _, _ in operators).embeddings
        figures["uk_operators"] = across_operators(
            embeddings, [one[1] for one in operators], [one[2] for one in operators]
        )
    if spoken:
        figures["language"] = spoken
    return {
        "figures": figures,
        "in_float": in_float,
        "cuts": {
            task.name: dict(zip(task.labels, map(rounded, heard.cuts[task.name]), strict=True))
            for task in TASKS
            if task.kind == "each"
        },
        "hard": told(hard, heard.at(row.text for row in hard), heard.cuts),
    }


def _there(data: Path, file: str, say: Callable[[str], None]) -> bool:
    if (data / file).exists():
        return True
    say(f"{file} is not among the data; what it measures is left out")
    return False


def _figures(heard: Heard, corpus: TrainingRows) -> dict[str, Any]:
    figures = {}
    for benchmark in BENCHMARKS:
        rows = benchmark.known(corpus.dev.get(benchmark.rows, ()))
        if rows:
            probabilities = heard.at(row.text for row in rows).probabilities[benchmark.task]
            figures[benchmark.name] = benchmark.figures(rows, probabilities, heard.cuts[benchmark.task])
    for name, rows in corpus.dev.items():
        for task, measure, labels in OF_EACH:
            if found := _of_each(heard, rows, task, measure, labels):
                figures[f"{name}_{task}"] = found
    return figures


def _of_each(heard: Heard, rows: Sequence[Row], task: str, measure: str, labels: Sequence[str]) -> dict[str, Any]:
    """Return how often it is right what is said of each aspect or brand, where these are given."""
    places = [(row, k) for row in rows for k, label in enumerate(row.targets.get(task, ())) if label >= 0]
    if not places:
        return {}
    truth = np.array([row.targets[task][k] for row, k in places])
    read = heard.at(row.text for row, _ in places).probabilities[task]
    probabilities = read[np.arange(len(places)), [k for _, k in places]]
    guess = probabilities.argmax(1)
    parts = {"by_aspect": [ASPECTS[k] for _, k in places]} if task == ASPECT_SENTIMENT else {}
    return figure(measure, truth, guess) | {
        "task": task,
        **{part: by_group(measure, truth, guess, groups, fewest=1) for part, groups in parts.items()},
        "by_label": by_label(labels, truth, guess),
        "by_language": by_group(measure, truth, guess, [row.lang for row, _ in places]),
        "calibration": rounded(expected_calibration_error(truth, probabilities)),
        "confusion": {"labels": list(labels), "counts": confusion(truth, guess, len(labels))},
    }


def _languages(path: Path) -> dict[str, Any]:
    """Return how well the language of short posts is told, each language counting the same."""
    lines = [line for line in lines_of(path) if line["split"] == "test"]
    found = LanguageDetector().detect([model_text(line["text"]) for line in lines], [None] * len(lines))
    said = [line["lang"] for line in lines]
    names = [*dict.fromkeys(said), *dict.fromkeys(one.code for one in found if one.code not in said)]
    truth = np.array([names.index(code) for code in said])
    guess = np.array([names.index(one.code) for one in found])
    return figure("macro recall", truth, guess) | {
        "task": "language",
        "by_language": by_group("accuracy", truth, guess, said),
    }
