"""Labelled rows from folders of gzipped JSON Lines, each row's labels as the tasks' targets.

Each line has `text`, `label`, `lang` and `split`. A reader turns a line into targets: per task
one number a slot, -1 where the row does not say. Rows that teach nothing are skipped.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from nlp.encoder.names import Names, model_text_and_names
from nlp.tasks import TASK, TASKS, toward
from nlp.tasks.aspects import LABELS as ASPECTS
from nlp.tasks.aspects import SENTIMENT as ASPECT_SENTIMENT
from nlp.tasks.intent import LABELS as INTENTS
from nlp.tasks.sentiment import LABELS as SENTIMENTS
from textquery.places import places_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

Targets: TypeAlias = dict[str, tuple[int, ...]]
UNKNOWN: Final = -1
EXAMPLES: Final = "examples"
"""Name of the folder of rows that were written for Earshot, beside this file."""


@dataclass(frozen=True)
class Row:
    """One text, in the form that the encoder reads, with what it teaches.

    `names` is where the brands stand toward which it teaches something, in their order.
    """

    text: str
    lang: str
    targets: Targets
    origin: str = ""
    id: str = field(default="", compare=False)
    names: Names = ()


def read_rows(
    path: Path, reader: Callable[[Mapping[str, Any]], Targets], *, split: str = "train", origin: str = ""
) -> Iterator[Row]:
    """Yield the rows of one split that teach something.

    Raises:
        OSError: the file cannot be read.
    """
    for line in lines_of(path):
        if line.get("split", split) != split:
            continue
        targets = reader(line)
        spans = [places_of((name,), line["text"]) for name in named(line)]
        text, names = model_text_and_names(line["text"], spans)
        for task in {toward.SENTIMENT, toward.SWITCH} & targets.keys():
            there = [*names, *[()] * toward.MOST]
            targets[task] = tuple(
                label if spans else UNKNOWN for label, spans in zip(targets[task], there, strict=False)
            )
        if targets and text:
            origin = origin or path.parent.name
            yield Row(text, line.get("lang", ""), targets, origin, str(line.get("id", "")), names)


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file, gzip or not.

    Raises:
        OSError: the file cannot be read.
    """
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def sentiment_row(line: Mapping[str, Any]) -> Targets:
    """Read a row labelled negative, neutral or positive; `question` (Wisesight) is an intent."""
    label = line.get("label")
    if label == "question":
        return {"intent": _some(INTENTS, {"question": 1})}
    return {"sentiment": (SENTIMENTS.index(label),)} if label in SENTIMENTS else {}


LABELS_ARE_RIGHT_FROM: Final = 800
"""The first Hindi rows of UMSAB carry labels of other rows: on each hundred before this one a word list agrees
with them no more often than by chance, on each after it does. All of its Hindi dev rows are like the first."""


def umsab_row(line: Mapping[str, Any]) -> Targets:
    """Read a training row of UMSAB whose label is its own."""
    if line["lang"] == "hi" and int(line["id"].rpartition("-")[2]) < LABELS_ARE_RIGHT_FROM:
        return {}
    return sentiment_row(line)


SUBJECTS: Final = "subject"
"""What a request to a help desk is about: taught to the embedding alone, no label of the product."""
SUBJECT_COUNT: Final = 77 + 151


def subject_row() -> Callable[[Mapping[str, Any]], Targets]:
    """Return a reader that numbers the subjects of the sets it reads, in the order they come."""
    numbers: dict[str, int] = {}
    return lambda line: {SUBJECTS: (numbers.setdefault(line["label"], len(numbers)),)}


def emotion_row(line: Mapping[str, Any]) -> Targets:
    """Read a row of TweetEval emotion; all four of its labels say that the author feels something."""
    return {"emotion": (TASK["emotion"].labels.index(line["label"]),)}


def yes_row(task: str, yes: str) -> Callable[[Mapping[str, Any]], Targets]:
    """Return a reader for a set with two labels, one of which is `yes`."""
    return lambda line: {task: (int(line["label"] == yes),)}


_GO_EMOTIONS: Final = {
    **dict.fromkeys(("anger", "annoyance", "disgust", "disapproval"), "anger"),
    **dict.fromkeys(("joy", "amusement", "excitement", "love", "gratitude", "admiration", "pride", "relief"), "joy"),
    **dict.fromkeys(("sadness", "disappointment", "grief", "remorse"), "sadness"),
    "neutral": "none",
}


def go_emotions_row(line: Mapping[str, Any]) -> Targets:
    """Read a row of GoEmotions where its labels fall into one of ours, and praise where it is admired.

    Its optimism and caring are left out: on Reddit they are wishes to others, in tweets a mood.
    """
    labels = line["label"] if isinstance(line["label"], list) else [line["label"]]
    ours = {_GO_EMOTIONS.get(label, "") for label in labels}
    targets: Targets = {}
    if len(ours) == 1 and (label := ours.pop()):
        targets["emotion"] = (TASK["emotion"].labels.index(label),)
    if {"admiration", "gratitude"} & set(labels) or labels == ["neutral"]:
        targets["intent"] = _some(INTENTS, {"praise": int(labels != ["neutral"])})
    return targets


_SENTITEL: Final = {
    "Data": "data",
    "CustomerService": "customer_service",
    "General": "general",
    "Network": "network",
    "MobileMoney": "extras",
    "Calls": "calls",
    "App": "app",
}
SENTITEL_ASPECTS: Final = tuple(_SENTITEL.values())
"""The aspects that Sentitel labels; of the others its rows say nothing."""


def sentitel_row(line: Mapping[str, Any]) -> Targets:
    """Read a tweet of Sentitel: which of its seven aspects, and the sentiment toward each."""
    opinions = {_SENTITEL[one["aspect"]]: one["polarity"] for one in line["extra"]["opinions"]}
    known = {aspect: int(aspect in opinions) for aspect in SENTITEL_ASPECTS}
    return {
        "aspects": _some(ASPECTS, known),
        ASPECT_SENTIMENT: _some(ASPECTS, {a: SENTIMENTS.index(p) for a, p in opinions.items() if p in SENTIMENTS}),
        "telecom": (1,),
        toward.SENTIMENT: _of_brands(SENTIMENTS.index(felt) for felt in _felt_toward(line).values()),
    }


def named(line: Mapping[str, Any]) -> list[str]:
    """Return the names of the brands toward which a line says what is felt, as they stand in its text."""
    if "brands" in line:
        return [brand["name"] for brand in line["brands"]]
    return list(_felt_toward(line))


def _felt_toward(line: Mapping[str, Any]) -> dict[str, str]:
    """Return the one sentiment toward each target of a tweet of Sentitel toward which it has but one."""
    felt: dict[str, set[str]] = {}
    for one in line.get("extra", {}).get("opinions", ()):
        if one.get("target"):
            felt.setdefault(one["target"], set()).add(one["polarity"])
    return {name: labels.pop() for name, labels in felt.items() if len(labels) == 1}


def written_row(line: Mapping[str, Any]) -> Targets:
    """Read a row in the form of the written examples: any of the keys may be missing."""
    targets: Targets = {}
    if "sentiment" in line:
        targets["sentiment"] = (SENTIMENTS.index(line["sentiment"]),)
    if "emotion" in line:
        targets["emotion"] = (TASK["emotion"].labels.index(line["emotion"]),)
    if "intents" in line:
        targets["intent"] = tuple(int(intent in line["intents"]) for intent in INTENTS)
    if "aspects" in line:
        aspects = line["aspects"]
        targets["aspects"] = tuple(int(aspect in aspects) for aspect in ASPECTS)
        targets[ASPECT_SENTIMENT] = _some(ASPECTS, {a: SENTIMENTS.index(s) for a, s in aspects.items()})
    for task, key in (("irony", "irony"), ("offensive", "offensive"), ("spam", "spam"), ("urgency", "urgent")):
        if key in line:
            targets[task] = (int(line[key]),)
    if "brands" in line:
        targets[toward.SENTIMENT] = _of_brands(SENTIMENTS.index(one["sentiment"]) for one in line["brands"])
        targets[toward.SWITCH] = _of_brands(toward.SWITCHES.index(one["switch"]) for one in line["brands"])
    if "brand" in line:
        targets["telecom"] = (int(any(line["brand"].values())),)
    elif line.get("aspects"):  # only an operator's service has them
        targets["telecom"] = (1,)
    return targets


def nothing_of_telecom(reader: Callable[[Mapping[str, Any]], Targets]) -> Callable[[Mapping[str, Any]], Targets]:
    """Return a reader that also says: this set is not about operators."""

    def read(line: Mapping[str, Any]) -> Targets:
        targets = reader(line)
        words = line["text"].lower().replace("#", " ").replace("@", " ").split()
        return targets | {"telecom": (0,)} if targets and _TELECOM_WORDS.isdisjoint(words) else targets

    return read


_TELECOM_WORDS: Final = frozenset(
    [
        "phone",
        "phones",
        "mobile",
        "network",
        "networks",
        "signal",
        "wifi",
        "wi-fi",
        "internet",
        "broadband",
        "sim",
        "roaming",
        "3g",
        "4g",
        "5g",
        "lte",
        "data",
        "bundle",
        "vodafone",
        "verizon",
        "sprint",
        "t-mobile",
        "tmobile",
        "at&t",
        "o2",
        "ee",
        "orange",
        "mtn",
        "airtel",
        "telkom",
        "movistar",
        "telstra",
        "iphone",
        "android",
    ]
)


def _of_brands(labels: Iterable[int]) -> tuple[int, ...]:
    return (*labels, *[UNKNOWN] * toward.MOST)[: toward.MOST]


def _some(labels: Iterable[str], known: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(known.get(label, UNKNOWN) for label in labels)


@lru_cache(maxsize=1)
def slots() -> dict[str, slice]:
    """Return where each task's targets lie in one flat row of numbers."""
    places, start = {}, 0
    widths = {task.name: 1 if task.kind == "one" else len(task.labels) for task in TASKS}
    by_brand = dict.fromkeys((toward.SENTIMENT, toward.SWITCH), toward.MOST)
    for name, width in (widths | {ASPECT_SENTIMENT: len(ASPECTS), SUBJECTS: 1} | by_brand).items():
        places[name] = slice(start, start + width)
        start += width
    return places
