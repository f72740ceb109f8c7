"""Whether a text, cut into words, is what a query asks for."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from textquery.tree import And, Near, Not, Or, Phrase, Prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textquery.forms import NameForms
    from textquery.tree import Query


class PositionalIndex:
    """A text by its words: where each of them stands. Made once, then asked for many queries.

    `forms` finds the words that are also forms of others: those are there as both.
    """

    def __init__(self, words: Iterable[str], forms: NameForms | None = None) -> None:
        self.words = tuple(words)
        different = frozenset(self.words)
        self._forms = forms.of(different) if forms else {}
        self.vocabulary = different.union(self._forms.values())
        """The different words of the text, and those that they are forms of."""

    @cached_property
    def _at(self) -> Mapping[str, Sequence[int]]:
        # Of most texts that are looked at for brands nothing but the vocabulary is asked.
        at: dict[str, list[int]] = {}
        for position, word in enumerate(self.words):
            at.setdefault(word, []).append(position)
            if word in self._forms:
                at.setdefault(self._forms[word], []).append(position)
        return at

    def places(self, phrase: tuple[str, ...]) -> Sequence[int]:
        """Return where words stand next to each other, in order."""
        first = self._at.get(phrase[0], ())
        size = len(phrase)
        if size == 1:
            return first
        return [position for position in first if self._follow(phrase, position)]

    def begins(self, phrase: tuple[str, ...]) -> bool:
        """Tell whether words stand next to each other, the last one as the beginning of a word."""
        *before, last = phrase
        if not before:
            return any(word.startswith(last) for word in self.vocabulary)
        ends = (position + len(before) for position in self.places(tuple(before)))
        return any(self.words[end].startswith(last) for end in ends if end < len(self.words))

    def _follow(self, phrase: tuple[str, ...], start: int) -> bool:
        there = self.words[start : start + len(phrase)]
        if not self._forms:
            return there == phrase
        return len(there) == len(phrase) and all(
            asked in (word, self._forms.get(word)) for asked, word in zip(phrase, there, strict=True)
        )


Text: TypeAlias = "PositionalIndex | Sequence[str]"
"""The words of a text, in order; indexed where many queries are asked of it."""


def indexed(text: Text) -> PositionalIndex:
    """Return a text by its words; one that is so already, as it is."""
    return text if isinstance(text, PositionalIndex) else PositionalIndex(text)


def matches(query: Query, text: Text) -> bool:
    """Tell whether a text, cut into words, is one of those that a query asks for."""
    index = indexed(text)
    match query:
        case And(parts):
            return all(matches(part, index) for part in parts)
        case Or(parts):
            return any(matches(part, index) for part in parts)
        case Not(part):
            return not matches(part, index)
        case Near():
            return _near(query, index)
        case Prefix(words):
            return index.begins(words)
        case Phrase(words):
            return bool(index.places(words))


def _near(near: Near, index: PositionalIndex) -> bool:
    lefts, rights = index.places(near.left), index.places(near.right)
    if not rights:
        return False
    for left in lefts:
        # Of all that begin behind it the first is nearest, of all before it the last.
        following = bisect_left(rights, left)
        if following < len(rights) and rights[following] - left - len(near.left) <= near.distance:
            return True
        if following and left - rights[following - 1] - len(near.right) <= near.distance:
            return True
    return False
