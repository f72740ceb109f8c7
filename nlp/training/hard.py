"""Made-up posts that are hard to hear right, and which of them are heard wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.enrichment import Model
from nlp.clean import model_text
from nlp.enrich import Labels
from nlp.tasks import TASK
from nlp.tasks.aspects import SENTIMENT
from nlp.training.rows import EXAMPLES, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nlp.encoder.encoder import Readings

HARD: Final = Path(__file__).with_name(EXAMPLES) / "hard.jsonl"
_TRAITS: Final = {"irony": "irony", "offensive": "offensive", "spam": "spam", "urgent": "urgency"}


@dataclass(frozen=True)
class HardRow:
    """A made-up post, why it is hard, and the labels that it should get, in words."""

    text: str
    lang: str
    why: str
    expected: Mapping[str, str]


def hard_rows(path: Path = HARD) -> list[HardRow]:
    """Return the made-up posts. Only the labels that a line names are expected of it."""
    rows = []
    for line in lines_of(path):
        expected: dict[str, str] = {key: line[key] for key in ("sentiment", "emotion") if key in line}
        if "intents" in line:
            expected["intent"] = _listed(line["intents"])
        if "aspects" in line:
            expected["aspects"] = _listed(f"{aspect} {mood}" for aspect, mood in line["aspects"].items())
        expected |= {task: _yes(line[key]) for key, task in _TRAITS.items() if key in line}
        if "telecom" in line:
            expected["telecom"] = _yes(line["telecom"])
        rows.append(HardRow(model_text(line["text"]), line["lang"], line["why"], expected))
    return rows


def told(rows: Sequence[HardRow], readings: Readings, cuts: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return how many rows and labels are right, and each row that is heard wrong, with what was heard."""
    nobody = Model("", "")
    labels = Labels(readings.probabilities, cuts, dict.fromkeys((*TASK, SENTIMENT), nobody))
    wrong, missed = [], 0
    for i, row in enumerate(rows):
        found = labels.of(i)
        heard = {
            "sentiment": found["sentiment"].label,
            "emotion": found["emotion"].label,
            "intent": _listed(found["intent"].labels),
            "aspects": _listed(f"{one.aspect} {one.sentiment.label}" for one in found["aspects"]),
            "telecom": _yes(labels.holds("telecom", i)),
            **{task: _yes(labels.holds(task, i)) for task in _TRAITS.values()},
        }
        differs = [key for key, value in row.expected.items() if heard[key] != value]
        missed += len(differs)
        if differs:
            wrong.append(
                {
                    "text": row.text,
                    "lang": row.lang,
                    "why": row.why,
                    "expected": {key: row.expected[key] for key in differs},
                    "heard": {key: heard[key] for key in differs},
                }
            )
    return {
        "rows": len(rows),
        "right": len(rows) - len(wrong),
        "labels": sum(len(row.expected) for row in rows),
        "labels_right": sum(len(row.expected) for row in rows) - missed,
        "wrong": wrong,
    }


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _yes(holds: bool) -> str:  # noqa: FBT001 - the answer itself
    return "yes" if holds else "no"
