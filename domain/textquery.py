"""A text query as a tree of frozen values, and what it means for the words of a text.

Stores translate it into their own language (`stores/textquery.py` reads it from what people type),
sources into theirs; where a post is in hand, `matches` says it at once. All cut texts into words by
`domain.words`, so a query means the same everywhere. `spelt` has the words of a leaf with the accents that
they were written with, for sources that tell these apart; it is no part of the meaning.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


@dataclass(frozen=True)
class Phrase:
    """These words, next to each other, in this order; often just one."""

    words: tuple[str, ...]
    spelt: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Prefix:
    """These words in order, the last one only as the beginning of a word; often just one."""

    words: tuple[str, ...]
    spelt: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Near:
    """Two different phrases in any order with at most `distance` words between them.

    Counted from the end of the one that begins first to the beginning of the other, so phrases
    that overlap are near.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    distance: int
    spelt: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class And:
    """All of two or more parts, none of which is an And."""

    parts: tuple[Query, ...]


@dataclass(frozen=True)
class Or:
    """Any of two or more parts, none of which is an Or."""

    parts: tuple[Query, ...]


@dataclass(frozen=True)
class Not:
    """All posts but those of the part, which is no Not itself."""

    part: Query


Leaf: TypeAlias = Phrase | Prefix | Near
Query: TypeAlias = Leaf | And | Or | Not


def positive(query: Query) -> tuple[Leaf, ...]:
    """Return the leaves outside every Not: what relevance is measured by."""
    if isinstance(query, Not):
        return ()
    if isinstance(query, And | Or):
        return tuple(leaf for part in query.parts for leaf in positive(part))
    return (query,)


def anchored(query: Query) -> bool:
    """Tell whether no text is asked for that holds none of the words: only such a query can be searched for."""
    if isinstance(query, And):
        return any(map(anchored, query.parts))
    if isinstance(query, Or):
        return all(map(anchored, query.parts))
    return not isinstance(query, Not)


def without(query: Query, leaves: Collection[Leaf]) -> Query | None:
    """Return what is left of a query where some of its leaves count for nothing; None: nothing is found by it.

    What stands inside a Not still excludes.
    """
    if isinstance(query, And | Or):
        parts = [without(part, leaves) for part in query.parts]
        left = tuple(part for part in parts if part is not None)
        if not left or (isinstance(query, And) and len(left) < len(parts)):
            return None
        return left[0] if len(left) == 1 else type(query)(left)
    return None if query in leaves else query


def matches(query: Query, text: Sequence[str]) -> bool:
    """Tell whether a text, cut into words, is one of those that a query asks for."""
    match query:
        case And(parts):
            return all(matches(part, text) for part in parts)
        case Or(parts):
            return any(matches(part, text) for part in parts)
        case Not(part):
            return not matches(part, text)
        case Near(left, right, distance):
            return _near(_places(left, text), len(left), _places(right, text), len(right), distance)
        case Prefix(words):
            return any(text[i + len(words) - 1].startswith(words[-1]) for i in _places(words[:-1], text, beyond=1))
        case Phrase(words):
            return bool(_places(words, text))


def _places(words: Sequence[str], text: Sequence[str], *, beyond: int = 0) -> list[int]:
    """Return where words stand next to each other with room for `beyond` more behind them."""
    wanted, size = list(words), len(words)
    return [i for i in range(len(text) - size - beyond + 1) if list(text[i : i + size]) == wanted]


def _near(lefts: Sequence[int], left: int, rights: Sequence[int], right: int, distance: int) -> bool:
    """Tell whether two phrases are near somewhere; `lefts` and `rights` are where they begin, ascending."""
    for a in lefts:
        # The next one and the last one before: all others are further away.
        following = bisect_left(rights, a)
        if following < len(rights) and rights[following] - a - left <= distance:
            return True
        if following and a - rights[following - 1] - right <= distance:
            return True
    return False
