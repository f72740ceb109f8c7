"""Which posts of a stream are about a brand, told fast enough for all that a network says.

Nearly nothing in such a stream is wanted, so it is told apart in two steps. `may_match` looks at the
JSON of an event as it came, for words without which no query can hold (its anchors); it is wrong only
in letting some through. `names` then asks the queries themselves, those whose anchors are there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ahocorasick

from collectors.foreign import read_json_text
from textquery.evaluate import matches
from textquery.tree import And, Near, Not, Or, Phrase, Prefix
from textquery.words import HASH, MAX_WORD, fold, spoken, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from textquery.tree import Query

TEXT: Final = '"text"'
"""The key that the text of a post stands under."""

_WORD: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
# A link ends the word that it follows without a space, behind a possessive too.
_LINK_BEHIND: Final = ("http", "www.", "shttp", "swww.")
# What servers that mean HTML escape without need parts words either way. Any other escape may be a letter.
_HIDDEN: Final = re.compile(r"\\u(?!0026|003[ceCE]|202[89])")


@dataclass(frozen=True)
class Anchor:
    """A word that must be in a text; not `whole`, some word must begin with it."""

    word: str
    whole: bool = True


def anchors(query: Query) -> frozenset[Anchor] | None:
    """Return words of which every text that a query asks for holds one at least; None where there are no such."""
    match query:
        case Or(parts):
            sets = [anchors(part) for part in parts]
            return None if None in sets else frozenset().union(*filter(None, sets))
        case And(parts):
            return _best(found for part in parts if (found := anchors(part)) is not None)
        case Not():
            return None
        case Near(left, right):
            return _longest(map(Anchor, (*left, *right)))
        case Prefix(whole):
            *before, last = _plain(whole)
            return _longest([*map(Anchor, before), Anchor(last, whole=False)])
        case Phrase(whole):
            return _longest(map(Anchor, _plain(whole)))


class Wanted:
    """The queries of the brands, ready to be asked of many texts."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._brands = tuple(queries)
        self._parts = [(brand, part) for brand, query in queries.items() for part in _parts(query)]
        self._always: set[int] = set()
        self._whole: dict[str, set[int]] = {}
        self._begun: dict[str, set[int]] = {}
        for number, (_, part) in enumerate(self._parts):
            self._note(number, anchors(part))
        self._lengths = sorted({len(word) for word in self._begun})
        self._automaton = _automaton(self._whole.keys(), self._begun.keys())

    def may_match(self, raw: str) -> bool:
        """Tell whether the text in an event could be wanted; `raw` is the JSON of the event as it came."""
        if self._always:
            return True
        if "\\u" in raw and _HIDDEN.search(raw):
            try:
                raw = json.dumps(read_json_text(raw), ensure_ascii=False)
            except ValueError:
                return True
        start = raw.find(TEXT)
        return start < 0 or self._anchored(fold(raw[start + len(TEXT) :]))

    def names(self, text: str) -> tuple[str, ...]:
        """Return the brands whose query asks for a text, in the order they were given in."""
        cut = spoken(text)
        named = {self._parts[number][0] for number in self._near(cut) if matches(self._parts[number][1], cut)}
        return tuple(brand for brand in self._brands if brand in named)

    def _note(self, number: int, found: frozenset[Anchor] | None) -> None:
        if found is None:
            self._always.add(number)
            return
        for anchor in found:
            (self._whole if anchor.whole else self._begun).setdefault(anchor.word, set()).add(number)

    def _near(self, cut: Iterable[str]) -> set[int]:
        """Return the parts of queries whose anchors are among words."""
        near = set(self._always)
        for word in set(cut):
            near |= self._whole.get(word, frozenset())
            for length in self._lengths:
                near |= self._begun.get(word[:length], frozenset())
        return near

    def _anchored(self, folded: str) -> bool:
        """Tell whether an anchor stands in folded JSON as a word, or at the beginning of one."""
        if self._automaton is None:
            return False
        for last, (length, whole) in self._automaton.iter(folded):
            start = last - length + 1
            begins = start == 0 or folded[start - 1] not in _WORD or _escaped(folded, start)
            goes_on = whole and folded[last + 1 : last + 2] in _WORD
            if begins and not (goes_on and not folded.startswith(_LINK_BEHIND, last + 1)):
                return True
        return False


def _parts(query: Query) -> tuple[Query, ...]:
    return query.parts if isinstance(query, Or) else (query,)


def _plain(asked: Sequence[str]) -> Sequence[str]:
    """Return the words that stand in a text for words that are asked for: a hashtag's are its own."""
    return words(" ".join(asked)) if asked[0].startswith(HASH) else asked


def _longest(found: Iterable[Anchor]) -> frozenset[Anchor] | None:
    best = max(found, key=lambda anchor: (len(anchor.word), anchor.whole), default=Anchor(""))
    return frozenset([best]) if best.word else None


def _best(found: Iterable[frozenset[Anchor]]) -> frozenset[Anchor] | None:
    """Return the anchors that let the least through: few of them, and long."""
    return min(found, key=lambda some: (len(some), -min((len(one.word) for one in some), default=0)), default=None)


def _automaton(whole: Collection[str], begun: Collection[str]) -> Any:
    """Return what finds all of these at once, each with its length and whether it must end where it ends."""
    made = ahocorasick.Automaton()
    for word in (*whole, *begun):
        # A word that was cut goes on in the text.
        made.add_word(word, (len(word), word not in begun and len(word) < MAX_WORD))
    if not made:
        return None
    made.make_automaton()
    return made


def _escaped(folded: str, start: int) -> bool:
    r"""Tell whether what stands before a place may be the end of an escape (`\n`, `\u0026`) and no letter."""
    return folded[max(start - 2, 0)] == "\\" or folded[max(start - 6, 0) : max(start - 4, 0)] == "\\u"
