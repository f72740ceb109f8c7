"""A text query as a tree of frozen values.

`textquery.parser` reads it from what people type. Stores translate it into their own language, sources into theirs;
where a text is in hand, `textquery.evaluate` says at once whether it is asked for. All cut texts into words by
`textquery.words`, so a query means the same everywhere. `spelt` has the words of a leaf with the accents that
they were written with, for sources that tell these apart; it is no part of the meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection


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

    @property
    def sides(self) -> tuple[Phrase, Phrase]:
        """The two phrases, each with its accents."""
        size = len(self.left)
        return Phrase(self.left, self.spelt[:size]), Phrase(self.right, self.spelt[size:])


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
