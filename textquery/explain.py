"""Why a text is not what a text query asks for although it holds some of its words: in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textquery.evaluate import matches
from textquery.tree import And, Near, Not, Or, Prefix, positive
from textquery.words import HASH, UNDERSCORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textquery.tree import Leaf, Query

MOST_NAMED: Final = 4
"""Words that one reason names; the rest are counted."""


def holds_any(query: Query, text: Sequence[str]) -> bool:
    """Tell whether a text holds one of the words that a query asks for; of those that must be near each other, one."""
    return any(matches(part, text) for leaf in positive(query) for part in _sides(leaf))


def is_close(query: Query, text: Sequence[str]) -> bool:
    """Tell whether a text would be asked for if it were not for NOT and NEAR."""
    match query:
        case And(parts):
            return all(is_close(part, text) for part in parts)
        case Or(parts):
            return any(is_close(part, text) for part in parts)
        case Not():
            return True
        case leaf:
            return all(matches(part, text) for part in _sides(leaf))


def why_missed(query: Query, text: Sequence[str]) -> str:
    """Return why a text is not what a query asks for, by the alternative that it comes closest to."""
    return "; ".join(dict.fromkeys(_faults(query, text)))


def named(leaves: Iterable[Leaf]) -> str:
    """Return leaves as one writes them, the first few: `north, "north sea" or sign*`."""
    texts = [written(leaf) for leaf in dict.fromkeys(leaves)]
    if len(texts) > MOST_NAMED:
        texts = [*texts[: MOST_NAMED - 1], f"{len(texts) - MOST_NAMED + 1} more"]
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def written(leaf: Leaf) -> str:
    """Return a leaf as one writes it in a query."""
    if isinstance(leaf, Near):
        left, right = map(written, leaf.sides)
        return f"{left} NEAR/{leaf.distance} {right}"
    text = " ".join(leaf.words).replace(HASH, "#").replace(UNDERSCORE, "_") + "*" * isinstance(leaf, Prefix)
    return f'"{text}"' if len(leaf.words) > 1 else text


def _faults(query: Query, text: Sequence[str]) -> list[str]:
    match query:
        case And(parts):
            return [fault for part in parts if not matches(part, text) for fault in _faults(part, text)]
        case Or(parts):
            holding = [part for part in parts if holds_any(part, text)]
            best = [part for part in holding if is_close(part, text)] or holding
            return (
                min((_faults(part, text) for part in best), key=len)
                if best
                else [f"it has no {named(positive(query))}"]
            )
        case Not(part):
            return [f"NOT excludes it: it has {named(leaf for leaf in positive(part) if matches(leaf, text))}"]
        case Near():
            return [_apart(query, text)]
        case leaf:
            return [f"it has no {written(leaf)}"]


def _apart(near: Near, text: Sequence[str]) -> str:
    left, right = near.sides
    missing = [side for side in (left, right) if not matches(side, text)]
    if len(missing) == 1:
        other = right if missing[0] == left else left
        return f"NEAR: {written(other)} without {written(missing[0])}"
    if missing:
        return f"it has no {written(near)}"
    return f"NEAR: {written(left)} and {written(right)} are more than {near.distance} words apart"


def _sides(leaf: Leaf) -> tuple[Leaf, ...]:
    return leaf.sides if isinstance(leaf, Near) else (leaf,)
