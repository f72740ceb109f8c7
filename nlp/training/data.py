"""Labelled rows for training and measuring, read from folders of gzipped JSON Lines.

Each row has `text`, `label`, `lang` and `split`. What is measured on is never trained on:
training rows whose words equal those of any dev row are dropped and counted.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from nlp.clean import model_text
from nlp.sentiment import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Example:
    """One labelled text, already in the form that the encoder reads."""

    text: str
    label: int
    lang: str


@dataclass(frozen=True, kw_only=True)
class SetPart:
    """Which rows of which file take part: `limit` rows at most, drawn at random."""

    file: str
    split: str = "train"
    skip_langs: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(kw_only=True)
class Corpus:
    """Training and development examples, with what was left out and why."""

    train: list[Example]
    dev: dict[str, list[Example]]
    used: dict[str, int] = field(default_factory=dict)
    dropped_as_seen_in_dev: int = 0


TRAIN: Final = (
    SetPart(file="semeval2017_4a/all.jsonl.gz", limit=30_000),
    SetPart(file="umsab/train_dev.jsonl.gz", skip_langs=("en",)),
)
"""Sets whose licence lets the weights ship."""

DEV: Final = {
    "tweeteval": SetPart(file="tweeteval/sentiment.jsonl.gz", split="dev"),
    "umsab": SetPart(file="umsab/train_dev.jsonl.gz", split="dev"),
}


def read_corpus(folder: Path, *, seed: int, parts: Iterable[SetPart] = TRAIN) -> Corpus:
    """Read the training parts and the two development sets below a folder."""
    dev = {name: list(_examples(folder, part, seed)) for name, part in DEV.items()}
    seen = {fingerprint(example.text) for rows in dev.values() for example in rows}
    corpus = Corpus(train=[], dev=dev)
    for part in parts:
        rows = list(_examples(folder, part, seed))
        kept = [row for row in rows if fingerprint(row.text) not in seen]
        corpus.train += kept
        corpus.used[part.file] = len(kept)
        corpus.dropped_as_seen_in_dev += len(rows) - len(kept)
    random.Random(seed).shuffle(corpus.train)
    return corpus


def fingerprint(text: str) -> str:
    """Return the words of a text alone, lower case: what makes two rows the same."""
    words = (word for word in _WORD.findall(text.lower()) if word not in {"user", "http", "rt"})
    return " ".join(words)


def label_counts(examples: Iterable[Example]) -> list[int]:
    """Return how many examples each label has, in the order of `LABELS`."""
    counts = Counter(example.label for example in examples)
    return [counts[i] for i in range(len(LABELS))]


def _examples(folder: Path, part: SetPart, seed: int) -> Iterator[Example]:
    rows = [row for row in _rows(folder / part.file) if _belongs(row, part)]
    if part.limit is not None and len(rows) > part.limit:
        rows = random.Random(seed).sample(rows, part.limit)
    for row in rows:
        text = model_text(row["text"])
        if text:
            yield Example(text=text, label=LABELS.index(row["label"]), lang=row.get("lang", ""))


def _belongs(row: dict[str, str], part: SetPart) -> bool:
    return row.get("split") == part.split and row.get("lang") not in part.skip_langs and row.get("label") in LABELS


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
