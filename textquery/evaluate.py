"""Whether a text, cut into words, is what a query asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textquery.tree import And, Near, Not, Or, Phrase, Prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textquery.tree import Query


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
    return any((b - a - left if a <= b else a - b - right) <= distance for a in lefts for b in rights)
