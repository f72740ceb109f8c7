"""Which sets teach which tasks, how often each row is seen, and what is measured on.

Only sets whose licence lets the weights ship take part. Rows that equal or nearly equal a row
that is measured on are dropped and counted. Rows held out calibrate probabilities and place the
cuts; they are the same in every run, so that one that goes on from another one's weights does it on
rows that neither learned from.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlp.training.data import NearDuplicates, fingerprint
from nlp.training.rows import (
    EXAMPLES,
    Row,
    emotion_row,
    go_emotions_row,
    nothing_of_telecom,
    read_rows,
    sentiment_row,
    sentitel_row,
    subject_row,
    umsab_row,
    written_row,
    yes_row,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nlp.training.rows import Targets

HERE: Final = Path(__file__).with_name(EXAMPLES)
WRITTEN: Final = (
    "written_en.jsonl",
    "written_europe.jsonl",
    "written_world.jsonl",
    "written_outage.jsonl",
    "services_europe.jsonl",
    "services_world.jsonl",
    "wishes.jsonl",
    "toward_europe.jsonl",
    "toward_world.jsonl",
)
NEVER_MEASURED: Final = ("services.jsonl",)
"""Taught whole: some of its rows tell one situation in several languages."""
BY_ID: Final = "labels_by_id.jsonl"
"""Labels that we gave to rows of public sets, by the row's id; the texts stay where they are."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows of one file: `limit` at most (drawn at random, the same number of each language),
    each seen `repeat` times; languages in `more` are seen that many times instead."""

    file: str
    reader: Callable[[Mapping[str, Any]], Targets]
    split: str = "train"
    limit: int | None = None
    repeat: int = 1
    more: Mapping[str, int] = field(default_factory=dict)
    skip_langs: tuple[str, ...] = ()


_SUBJECT_ROW: Final = subject_row()
PARTS: Final = (
    Part(file="semeval2017_4a/all.jsonl.gz", reader=nothing_of_telecom(sentiment_row), limit=30_000),
    Part(file="umsab/train_dev.jsonl.gz", reader=umsab_row, repeat=3, more={"hi": 6}, skip_langs=("en",)),
    Part(file="afrisenti/train_dev.jsonl.gz", reader=sentiment_row, limit=20_000),
    Part(file="wisesight_th/train.jsonl.gz", reader=sentiment_row, limit=4_000),
    Part(file="tweeteval/emotion.jsonl.gz", reader=emotion_row, repeat=5),
    Part(file="goemotions/all.jsonl.gz", reader=nothing_of_telecom(go_emotions_row), limit=15_000),
    Part(file="tweeteval/irony.jsonl.gz", reader=yes_row("irony", "irony"), repeat=5),
    Part(file="tweeteval/offensive.jsonl.gz", reader=yes_row("offensive", "offensive"), repeat=2),
    Part(file="sentitel_ug/train_dev.jsonl.gz", reader=sentitel_row, repeat=3),
    Part(file="banking77/train.jsonl.gz", reader=_SUBJECT_ROW),
    Part(file="clinc150/all.jsonl.gz", reader=_SUBJECT_ROW, limit=11_000),
)
WRITTEN_REPEAT: Final = 4
HELD_OUT: Final = "held_out.json"
"""Ids of the rows of public sets that are held out, by file: none of the stages behind what ships saw them."""
ONE_IN: Final = 25
"""Of files that are not named there, and of our own rows, one in so many is held out; its words alone decide."""

DEV: Final = {
    "tweeteval_sentiment": Part(file="tweeteval/sentiment.jsonl.gz", reader=sentiment_row, split="dev"),
    "umsab": Part(file="umsab/train_dev.jsonl.gz", reader=sentiment_row, split="dev"),
    "tweeteval_emotion": Part(file="tweeteval/emotion.jsonl.gz", reader=emotion_row, split="dev"),
    "tweeteval_irony": Part(file="tweeteval/irony.jsonl.gz", reader=yes_row("irony", "irony"), split="dev"),
    "tweeteval_offensive": Part(
        file="tweeteval/offensive.jsonl.gz", reader=yes_row("offensive", "offensive"), split="dev"
    ),
    "sentitel": Part(file="sentitel_ug/train_dev.jsonl.gz", reader=sentitel_row, split="dev"),
    "afrisenti": Part(file="afrisenti/train_dev.jsonl.gz", reader=sentiment_row, split="dev", limit=2_800),
}
OWN_DEV: Final = "written"
"""One in seven of our own rows, picked by its words, is measured on and never trained on."""


@dataclass(kw_only=True)
class TrainingRows:
    """What a run learns from, calibrates on and is measured on, and how much was left out."""

    train: list[Row]
    holdout: list[Row]
    dev: dict[str, list[Row]]
    used: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)


def read_corpus(folder: Path, *, seed: int, parts: Sequence[Part] = PARTS, examples: Path = HERE) -> TrainingRows:
    """Read every part below `folder` and our own examples; rows in training order."""
    there = {name: part for name, part in DEV.items() if (folder / part.file).exists()}
    dev = {name: _limited(list(_rows(folder, part)), part, seed) for name, part in there.items()}
    own = list(own_rows(folder, examples))
    dev[OWN_DEV] = [row for row in own if _measured(row)]
    corpus = TrainingRows(train=[], holdout=[], dev=dev)
    near = NearDuplicates(row.text for rows in dev.values() for row in rows)
    pools = [(part, list(_rows(folder, part))) for part in parts]
    pools.append((Part(file=OWN_DEV, reader=written_row, repeat=WRITTEN_REPEAT), _taught(own, examples)))
    # What has the words of a row that is held out teaches nothing.
    held: dict[str, Row] = {}
    path = examples / HELD_OUT
    listed = {file: set(ids) for file, ids in json.loads(path.read_text()).items()} if path.exists() else {}
    for part, rows in pools:
        ids = listed.get(part.file)
        for row in rows:
            key = fingerprint(row.text)
            number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
            is_held_out = number % ONE_IN == 0 if ids is None else row.id in ids
            if is_held_out:
                held[key] = row
    held = {key: row for key, row in held.items() if row.text not in near}
    corpus.holdout = list(held.values())
    for part, rows in pools:
        drawn = _limited([row for row in rows if fingerprint(row.text) not in held], part, seed)
        kept = [row for row in drawn if row.text not in near]
        corpus.used[part.file] = len(kept)
        corpus.dropped[part.file] = len(drawn) - len(kept)
        corpus.train += [row for row in kept for _ in range(part.more.get(row.lang, part.repeat))]
    random.Random(seed).shuffle(corpus.train)
    random.Random(seed).shuffle(corpus.holdout)
    return corpus


def own_rows(folder: Path, examples: Path = HERE) -> Iterator[Row]:
    """Yield the rows written for Earshot, and those of public sets that we labelled by id."""
    yield from _written(examples, WRITTEN)
    by_file: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    if (examples / BY_ID).exists():
        for line in (examples / BY_ID).read_text(encoding="utf-8").splitlines():
            label = json.loads(line)
            by_file[f"{label['set']}/{label['file']}"][str(label["id"])] = label
    for file, labels in by_file.items():
        if (folder / file).exists():
            yield from _labelled_by_id(folder / file, labels)


def teaching_rows(folder: Path, examples: Path = HERE) -> list[Row]:
    """Return our own rows but for those that are measured on."""
    return _taught(own_rows(folder, examples), examples)


def _taught(own: Iterable[Row], examples: Path) -> list[Row]:
    return [row for row in own if not _measured(row)] + list(_written(examples, NEVER_MEASURED))


def _written(examples: Path, names: Iterable[str]) -> Iterator[Row]:
    for name in names:
        if (examples / name).exists():
            yield from read_rows(examples / name, written_row, origin="written")


def _labelled_by_id(path: Path, labels: Mapping[str, dict[str, Any]]) -> Iterator[Row]:
    def reader(line: Mapping[str, Any]) -> Targets:
        label = labels.get(str(line["id"]))
        if label is None:
            return {}
        given = sentitel_row(line) if "opinions" in line.get("extra", {}) else {}
        return given | written_row(label) | ({"telecom": (1,)} if path.parent.name in _ALL_TELECOM else {})

    for split in ("train", "weak", "unlabelled"):
        yield from read_rows(path, reader, split=split)


_ALL_TELECOM: Final = {"ng_isp", "fr_free_tweets", "sentitel_ug"}


def _measured(row: Row) -> bool:
    return int.from_bytes(fingerprint(row.text).encode()[-6:], "big") % 7 == 0


def _rows(folder: Path, part: Part) -> Iterator[Row]:
    rows = read_rows(folder / part.file, part.reader, split=part.split)
    return (row for row in rows if row.lang not in part.skip_langs)


def _limited(rows: list[Row], part: Part, seed: int) -> list[Row]:
    return rows if part.limit is None or len(rows) <= part.limit else evenly(rows, part.limit, seed)


def evenly(rows: Sequence[Row], limit: int, seed: int) -> list[Row]:
    """Draw about the same number of rows of each language."""
    by_lang: dict[str, list[Row]] = defaultdict(list)
    for row in random.Random(seed).sample(list(rows), len(rows)):
        by_lang[row.lang].append(row)
    drawn: list[Row] = []
    for left, lang in enumerate(sorted(by_lang, key=lambda code: len(by_lang[code]))):
        share = (limit - len(drawn)) // (len(by_lang) - left)
        drawn += by_lang[lang][:share]
    return drawn
