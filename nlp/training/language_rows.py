"""Rows that teach languages: posts of sets whose licence lets weights ship, posts we wrote, and two stand-ins.

Where a language has no posts, its stop words and the n-grams that py3langid knows of it stand in for them. They
teach the correction what it should leave alone.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from stopwordsiso import stopwords

from nlp.clean import model_text
from nlp.training.data import NearDuplicates, fingerprint
from nlp.training.rows import EXAMPLES, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nlp.language.langid import ByteGrams

WRITTEN: Final = ("languages.jsonl", "written_en.jsonl", "written_europe.jsonl", "written_world.jsonl")
MEASURED: Final = "lid_short/all.jsonl.gz"
CODES: Final = {
    "hau": "ha",
    "ibo": "ig",
    "yor": "yo",
    "amh": "am",
    "ary": "ar-ma",
    "arq": "ar-dz",
    "kin": "rw",
    "por": "pt",
    "twi": "tw",
    "swa": "sw",
    "tso": "ts",
    "tir": "ti",
    "orm": "om",
}
"""Codes of AfriSenti that are not ours."""

# Row numbers that a set's own splitting left in front of the text.
_ROW_NUMBER: Final = re.compile(r"^\w+_dev_\d+\s*")
# Words that only Hindi has, in either script.
_HINDI: Final = re.compile(
    r"[\u0900-\u097f]|\b(?:hai|hain|mein|nahi|nhi|bhai|kya|kyun?|aur|toh|koi|kuch|karo?|kr|hua|tha|thi|yeh?|woh?|ji|"
    r"apn[aei]|aap|tum|mer[aei]|ter[aei]|hum|sab|bhi|rah[aei]|rh[aei]|ga?ya|gaye|abhi|jab|tab|kab|yaar|acc?ha|"
    r"bahut|bo?hot|wal[aei]|diya|kiya|haan|agar|phir|liye|aaj|kal|logo|sahi|kais[aei]|kaha|iss|isko|usko|unko|"
    r"kisi|hot[aei]|jo|ais[aei]|bata|dekh|dil|ki|ko|ka)\b",
    re.IGNORECASE,
)
_WORDS_A_ROW: Final = 9


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows of one split of a file; `dev_of` names languages of which the set has only a dev split."""

    file: str
    lang: str | None = None
    split: str | None = "train"
    dev_of: tuple[str, ...] = ()


SOURCES: Final = (
    Source(file="afrisenti/train_dev.jsonl.gz", dev_of=("orm", "tir")),
    Source(file="umsab/train_dev.jsonl.gz"),
    Source(file="wisesight_th/train.jsonl.gz"),
    Source(file="semeval2017_4a/all.jsonl.gz"),
    Source(file="sentitel_ug/train_dev.jsonl.gz", lang="en"),
    Source(file="goemotions/all.jsonl.gz", lang="en"),
    Source(file="banking77/train.jsonl.gz", lang="en"),
)


@dataclass(frozen=True)
class Told:
    """A text in the form that models read, with its language and where it is from."""

    text: str
    lang: str
    origin: str


@dataclass(kw_only=True)
class LanguageRows:
    """Rows to learn from, and what was left out: (language, why) -> rows."""

    posts: list[Told] = field(default_factory=list)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)


def measured_rows(data: Path) -> list[Told]:
    """Return the rows that are only measured on."""
    lines = [line for line in lines_of(data / MEASURED) if line["split"] == "test"]
    return [Told(model_text(line["text"]), line["lang"], "lid_short") for line in lines]


def read_posts(data: Path) -> LanguageRows:
    """Read all posts; what is measured or is in a dev split, in any set and any language, is dropped and counted.

    Of what is measured, near duplicates are dropped as well.
    """
    texts = [_ROW_NUMBER.sub("", row.text) for row in measured_rows(data)]
    measured, nearly = {fingerprint(text) for text in texts}, NearDuplicates(texts)
    dev = {fingerprint(row.text) for source in SOURCES for row in _rows(data, source, dev=True)}
    found = LanguageRows()
    seen: set[tuple[str, str]] = set()
    for row in (*(row for source in SOURCES for row in _rows(data, source, dev=False)), *written()):
        mark = fingerprint(row.text)
        known = (mark, row.lang) in seen
        why = "measured" if mark in measured else "in dev" if mark in dev else "twice" if known else ""
        why = why or ("nearly measured" if row.text in nearly else "")
        if why:
            found.dropped[row.lang, why] += 1
        elif row.text:
            seen.add((mark, row.lang))
            found.posts.append(row)
    return found


def written() -> Iterator[Told]:
    """Yield the posts that were written for Earshot."""
    for name in WRITTEN:
        for line in lines_of(Path(__file__).with_name(EXAMPLES) / name):
            yield Told(model_text(line["text"]), line["lang"], "written")


def has_hindi(text: str) -> bool:
    """Tell whether a text has Devanagari or a word that is Hindi in Latin letters."""
    return _HINDI.search(text) is not None


def without_english(found: LanguageRows, base: ByteGrams, sure: float) -> LanguageRows:
    """Drop rows of other languages that are English: py3langid is sure of it, or no word of theirs is Hindi.

    A third of the Hindi part of UMSAB is English tweets, and some of the Pidgin part of AfriSenti; labelled as
    they are, they would teach that talk of cricket, or of a bad network, is not English.
    """
    english = base.languages.index("en")
    kept = LanguageRows(dropped=found.dropped.copy())
    for start in range(0, len(found.posts), 2_000):
        some = found.posts[start : start + 2_000]
        probabilities = base.probabilities([row.text for row in some])[:, english]
        for row, probability in zip(some, probabilities, strict=True):
            mistaken = probability >= sure or (row.lang == "hi" and not has_hindi(row.text))
            if mistaken and row.lang != "en" and row.origin != "written":
                kept.dropped[row.lang, "English"] += 1
            else:
                kept.posts.append(row)
    return kept


def limited(rows: Sequence[Told], *, each: int, limits: dict[str, int], seed: int) -> list[Told]:
    """Return at most `each` rows of a language from a source, or as many as `limits` says, in random order."""
    rng = random.Random(seed)
    groups: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for row in rows:
        groups[row.lang, row.origin].append(row)
    kept = []
    for (lang, _), some in sorted(groups.items()):
        most = limits.get(lang, each)
        kept += rng.sample(some, most) if len(some) > most else some
    rng.shuffle(kept)
    return kept


def fragment_rows(rows: Sequence[Told], lang: str, *, each: int, seed: int) -> list[Told]:
    """Return pieces of one to three words of rows in a language.

    English words stand in posts of every language; alone, as many replies are, they are English.
    """
    rng = random.Random(seed)
    pieces = []
    for row in rng.choices([row for row in rows if row.lang == lang], k=each):
        words = row.text.split()
        start = rng.randrange(len(words))
        pieces.append(Told(" ".join(words[start : start + rng.randint(1, 3)]), lang, "fragments"))
    return pieces


def stop_word_rows(languages: Iterable[str], *, each: int, seed: int) -> list[Told]:
    """Return rows of random stop words of languages."""
    rng = random.Random(seed)
    rows = []
    for language in languages:
        words = sorted(stopwords(language))
        texts = (" ".join(rng.choices(words, k=_WORDS_A_ROW)) for _ in range(each if words else 0))
        rows += [Told(text, language, "stop words") for text in texts]
    return rows


def gram_rows(base: ByteGrams, languages: Iterable[str], *, each: int, length: int, seed: int) -> list[Told]:
    """Return rows of n-grams drawn as often as py3langid expects them in a language."""
    rng = np.random.default_rng(seed)
    strings = _strings(base)
    features = np.array(sorted(strings))
    rows = []
    for language in languages:
        columns = np.flatnonzero(base.column == base.languages.index(language))
        for column in columns:
            weights = np.exp(base.likelihood[features, column].astype(np.float64))
            drawn = rng.choice(features, size=(each, length), p=weights / weights.sum())
            rows += [Told("".join(strings[f] for f in row), language, "n-grams") for row in drawn]
    return rows


def _strings(base: ByteGrams) -> dict[int, str]:
    """Return the n-gram behind each feature that is whole characters, by walking the automaton from its start."""
    spelled = {0: b""}
    seen = np.zeros(len(base.rows), bool)
    seen[0] = True
    level = np.zeros(1, np.int64)
    while len(level):
        targets = base.after(level[:, None], np.arange(256)).ravel()
        reached, first = np.unique(targets, return_index=True)
        new = ~seen[reached]
        for target, place in zip(reached[new].tolist(), first[new].tolist(), strict=True):
            spelled[target] = spelled[int(level[place // 256])] + bytes([place % 256])
        level = reached[new].astype(np.int64)
        seen[level] = True
    found: dict[int, str] = {}
    for state, spelling in spelled.items():
        text = spelling.decode("utf-8", "ignore")
        if base.feature[state] >= 0 and text.encode() == spelling and any(c.isalpha() for c in text):
            found[int(base.feature[state])] = text
    return found


def _rows(data: Path, source: Source, *, dev: bool) -> Iterator[Told]:
    """Yield the rows of a source that teach, or those of its dev split."""
    for line in lines_of(data / source.file):
        teaches = line.get("split") == source.split or line.get("lang") in source.dev_of
        if teaches is not dev and (teaches or line.get("split") == "dev"):
            lang = source.lang or CODES.get(line["lang"], line["lang"])
            text = model_text(_ROW_NUMBER.sub("", line["text"]))
            yield Told(text, lang, source.file.split("/", maxsplit=1)[0])
