"""Whether a word that is also an operator's name is meant as the name where it stands.

"Lost signal three times on Northwind" is about telecoms, and its *three* is no brand. So each mention is looked at: how
it is written, against how the text about it is, and which words stand beside it. What each sign says was learned from
mentions that were written for it (`nlp/training/mentions.py`), by logistic regression; the weights are a page of JSON.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Final

from textquery.letters import plain
from textquery.words import LINK, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WEIGHTS: Final = "mentions.json"
KNOWLEDGE: Final = "mentions.toml"
REACH: Final = 4
"""Words on each side of a mention that are looked at."""
HOLDS: Final = 0.5
SURE: Final = 0.6
"""From here on a mention counts beside words of the trade, though the text as a whole seems to be about other things:
what a model says of short texts is often wrong."""
MOST: Final = 50
"""Mentions of a text that are looked at: nobody names an operator for the first time after so many words like it."""
_WINDOW: Final = 80
_FAR: Final = 200
_NEAREST: Final = 2
_WORD: Final = re.compile(r"[^\W_]+")
_SENTENCE_END: Final = re.compile(r"(?:^|[.!?:;\n…\"“«])[\W_]*\Z")
_NUMBERS: Final = frozenset(
    (
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "drei",
        "tre",
        "trois",
        "tres",
        "uno",
        "zwei",
        "due",
        "deux",
    )
)
_SHORT: Final = 2
_SHOUTED: Final = 0.6


@dataclass(frozen=True)
class Mention:
    """Where a name stands in a text: the characters from `start` to `end`."""

    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """The name, folded."""
        return " ".join(words(self.text[self.start : self.end]))

    @property
    def is_account(self) -> bool:
        """Whether it is the name of a user, which is a name whatever else it is."""
        return self.text.endswith("@", 0, self.start)


@dataclass(frozen=True)
class MentionModel:
    """The weights: a mention is the name where they sum up to more than nothing."""

    weights: Mapping[str, float]
    bias: float

    @classmethod
    @cache
    def shipped(cls) -> MentionModel:
        """Return the weights that ship."""
        return cls(**json.loads(_read(WEIGHTS)))

    def probability(self, mention: Mention) -> float:
        """Return how likely a mention is the operator's name."""
        logit = self.bias + sum(self.weights.get(sign, 0.0) for sign in signs(mention))
        return 1 / (1 + math.exp(-logit))


@dataclass(frozen=True)
class Meant:
    """Brands that are meant for `sure`, whatever a model says of the text, and those whose names are mere words."""

    sure: frozenset[str] = frozenset()
    ordinary: frozenset[str] = frozenset()


class MentionReader:
    """Tells which brands are meant where their ambiguous names stand."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        """Take the ambiguous names of each brand."""
        self._brands: dict[str, set[str]] = {}
        for brand, terms in names.items():
            for term in terms:
                if cut := words(term):
                    self._brands.setdefault(" ".join(cut), set()).add(brand)
        # Longest first: of names that begin alike the whole one stands there.
        either = "|".join(r"[\W_]+".join(map(re.escape, name.split())) for name in sorted(self._brands, reverse=True))
        self._names = re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])", re.IGNORECASE) if either else None

    def read(self, text: str, brands: Iterable[str]) -> Meant:
        """Return what the names of these brands are in a text, where they stand in it.

        A name that is there only in another spelling ("Órange") is left to what the text is about.
        """
        asked = frozenset(brands)
        open_still: set[str] = set()
        meant: set[str] = set()
        sure: set[str] = set()
        for mention in islice(self.mentions(text), MOST):
            for brand in (self._brands.get(mention.name, set()) & asked) - sure:
                open_still.add(brand)
                probability = 1.0 if mention.is_account else MentionModel.shipped().probability(mention)
                if probability >= HOLDS:
                    meant.add(brand)
                if mention.is_account or (probability >= SURE and _has_evidence(mention)):
                    sure.add(brand)
        return Meant(sure=frozenset(sure), ordinary=frozenset(open_still - meant))

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield where names stand in a text outside its links."""
        said = LINK.sub(" ", text)
        yield from (Mention(said, *found.span()) for found in (self._names.finditer(said) if self._names else ()))


@cache
def revision() -> str:
    """Return the first 12 hex digits of the SHA-256 of what decides about mentions."""
    return hashlib.sha256((_read(WEIGHTS) + _read(KNOWLEDGE)).encode()).hexdigest()[:12]


def signs(mention: Mention) -> frozenset[str]:
    """Return what is to be seen about a mention, as names of weights."""
    text, start, end = mention.text, mention.start, mention.end
    name = mention.name
    before = _WORD.findall(plain(text[max(0, start - _WINDOW) : start]))[-REACH:]
    after = _WORD.findall(plain(text[end : end + _WINDOW]))[:REACH]
    found = {f"kind={_kind(name)}", f"name={name}", *_written(text, start, end, name)}
    known = _knowledge()
    for side, around in (("before", before[::-1]), ("after", after)):
        if not around:
            found.add(f"nothing {side}")
        for distance, word in enumerate(around):
            near = "" if distance == 0 else "near " if distance < _NEAREST else "about "
            found.update(f"{near}{side}={group}" for group in known.groups.get(word, ()))
        if len(around) > 1 and around[0] in known.joining and around[1] in known.operators:
            found.add("beside an operator")
    if after and not text[end : end + _WINDOW].lstrip(" '’")[:1].isalnum():
        found.add("sign after")
    # What is counted stands behind a number as a plural that is no verb.
    plurals = [word for word in after[:_NEAREST] if word.endswith("s") and len(word) > 3]
    if _kind(name) == "number" and any("verb_after" not in known.groups.get(word, ()) for word in plurals):
        found.add("counted")
    spoken = " ".join((*before, name, *after))
    if any(f" {phrase} " in f" {spoken} " for phrase in known.phrases.get(name, ())):
        found.add("phrase")
    home = _home(text[: 2 * _WINDOW])
    if home:
        found.add(f"{name} in {home}")
        found.add("word of the language" if home in known.ordinary.get(name, ("en",)) else "foreign to the language")
        if text[start:end].islower() and home in known.ordinary.get(name, ("en",)):
            found.add("word of the language, lower")
    return frozenset(found)


@lru_cache(maxsize=64)
def _home(opening: str) -> str:
    """Return the language of a text by its beginning; each mention in it asks."""
    return _knowledge().language(plain(opening))


def _has_evidence(mention: Mention) -> bool:
    """Tell whether words of the trade or another operator stand beside a name."""
    known, name = _knowledge(), mention.name
    around = plain(mention.text[max(0, mention.start - _FAR) : mention.end + _FAR])
    return any(word in known.evidence and word != name for word in _WORD.findall(around))


def _kind(name: str) -> str:
    if name in _NUMBERS:
        return "number"
    if any(character.isdigit() for character in name):
        return "digits"
    return "short" if len(name) <= _SHORT else "word"


def _written(text: str, start: int, end: int, name: str) -> Iterator[str]:
    """Yield how a name is written, against how the text about it is."""
    mention, rest = text[start:end], text[max(0, start - _FAR) : start] + text[end : end + _FAR]
    sigil = text[start - 1 : start] if start else ""
    if sigil in {"#", "＃"}:
        yield "hashtag"
    letters = sum(character.isalpha() for character in rest)
    capitals = sum(character.isupper() for character in rest)
    style = "shouted" if capitals > letters * _SHOUTED else "mixed" if capitals else "lower"
    case = "lower" if mention.islower() else "upper" if mention.isupper() and len(mention) > 1 else "title"
    first = "first " if _SENTENCE_END.search(text, max(0, start - 8), start) else ""
    yield f"{first}{case} in {style}"
    yield f"{first}{case} {name}"


@dataclass(frozen=True)
class _Knowledge:
    groups: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[str, ...]]
    ordinary: Mapping[str, tuple[str, ...]]
    languages: Mapping[str, frozenset[str]]
    operators: frozenset[str]
    joining: frozenset[str]
    evidence: frozenset[str]

    def language(self, folded: str) -> str:
        """Return which language a folded text is in by its small words; nothing where they do not say."""
        there = _WORD.findall(folded)
        counts = {code: sum(word in small for word in there) for code, small in self.languages.items()}
        best = max(counts, key=counts.__getitem__)
        return best if counts[best] and sorted(counts.values())[-2] < counts[best] else ""


@cache
def _knowledge() -> _Knowledge:
    tables = tomllib.loads(_read(KNOWLEDGE))
    groups: dict[str, list[str]] = {}
    for group, listed in tables["classes"].items():
        for word in dict.fromkeys(listed.split()):
            groups.setdefault(word, []).append(group)
    return _Knowledge(
        groups={word: tuple(some) for word, some in groups.items()},
        phrases={
            name: tuple(" ".join(words(phrase)) for phrase in listed.split(", ") if phrase)
            for name, listed in tables["phrases"].items()
        },
        ordinary={name: tuple(listed.split()) for name, listed in tables["ordinary"].items()},
        languages={code: frozenset(listed.split()) for code, listed in tables["languages"].items()},
        operators=frozenset(tables["beside"]["operators"].split()),
        joining=frozenset(tables["beside"]["joining"].split()),
        # Names of operators that are words themselves say nothing.
        evidence=frozenset((tables["evidence"]["words"] + " " + tables["classes"]["service"]).split())
        | frozenset(tables["beside"]["operators"].split()) - tables["phrases"].keys() - tables["ordinary"].keys(),
    )


def _read(name: str) -> str:
    return (resources.files("textquery") / name).read_text(encoding="utf-8")
