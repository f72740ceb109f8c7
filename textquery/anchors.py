"""The words that a text must hold before a query can hold of it: told by looking a few words up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textquery.tree import And, Near, Not, Or, Phrase, Prefix
from textquery.words import HASH, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textquery.tree import Query


@dataclass(frozen=True)
class Anchor:
    """A word that must be in a text; not `whole`, some word must begin with it; `inner`, hold it anywhere."""

    word: str
    whole: bool = True
    inner: bool = False


def anchors(query: Query) -> frozenset[Anchor] | None:
    """Return words of which every text that a query asks for holds one at least; None where there are no such."""
    match query:
        case Or(parts):
            sets = [anchors(part) for part in parts]
            return None if None in sets else frozenset().union(*filter(None, sets))
        case And(parts):
            found = [some for part in parts if (some := anchors(part)) is not None]
            # Those that let the least through: few of them, and long.
            return min(found, key=lambda some: (len(some), -min((len(a.word) for a in some), default=0)), default=None)
        case Not():
            return None
        case Near(left, right):
            return _longest(map(Anchor, (*left, *right)))
        case Prefix(asked):
            *before, last = _plain(asked)
            return _longest([*map(Anchor, before), Anchor(last, whole=False)])
        case Phrase(asked):
            return _longest(map(Anchor, _plain(asked)))


class AnchorIndex:
    """Queries by their anchors: which of them can hold of a text, by looking its words up."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self.always: set[int] = set()
        """The queries without anchors."""
        self._whole: dict[str, set[int]] = {}
        self._begun: dict[str, set[int]] = {}
        for number, query in enumerate(queries):
            found = anchors(query)
            if found is None:
                self.always.add(number)
            for anchor in found or ():
                (self._whole if anchor.whole else self._begun).setdefault(anchor.word, set()).add(number)
        self._lengths = sorted({len(word) for word in self._begun})

    @property
    def anchors(self) -> Iterable[Anchor]:
        """All anchors, each once; where a word is an anchor whole and not, both."""
        yield from map(Anchor, self._whole)
        yield from (Anchor(word, whole=False) for word in self._begun)

    def near(self, cut: Iterable[str]) -> set[int]:
        """Return which queries have an anchor among different words, by their places in the order given."""
        near = set(self.always)
        for word in cut:
            if word in self._whole:
                near |= self._whole[word]
            for length in self._lengths:
                near |= self._begun.get(word[:length], frozenset())
        return near


def _plain(asked: Sequence[str]) -> Sequence[str]:
    """Return the words that stand in a text for words that are asked for: a hashtag's are its own."""
    return words(" ".join(asked)) if asked[0].startswith(HASH) else asked


def _longest(found: Iterable[Anchor]) -> frozenset[Anchor] | None:
    best = max(found, key=lambda anchor: (len(anchor.word), anchor.whole), default=Anchor(""))
    return frozenset([best]) if best.word else None
