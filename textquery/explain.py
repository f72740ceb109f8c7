"""Why a text is what a text query asks for, or is not although it holds some of its words: in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textquery.evaluate import indexed, matches
from textquery.tree import And, Near, Not, Or, Prefix, positive
from textquery.words import HASH, UNDERSCORE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textquery.evaluate import Text
    from textquery.tree import Leaf, Query

MOST_NAMED: Final = 4
"""Words that one reason names; the rest are counted."""


def holds_any(query: Query, text: Text) -> bool:
    """Tell whether a text holds one of the words that a query asks for; of those that must be near each other, one."""
    return any(matches(part, text) for leaf in positive(query) for part in _sides(leaf))


def is_close(query: Query, text: Text) -> bool:
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


def why_met(query: Query, text: Text) -> str:
    """Return what of a query a text holds; nothing where it is asked for because of what it does not hold."""
    index = indexed(text)
    found = [leaf for leaf in positive(query) if matches(leaf, index)]
    return listed(found) if found else ""


def why_missed(query: Query, text: Text) -> str:
    """Return why a text is not what a query asks for, by the alternative that it comes closest to."""
    return "; ".join(dict.fromkeys(_faults(query, indexed(text))))


def listed(leaves: Iterable[Leaf]) -> str:
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


def _faults(query: Query, text: Text) -> list[str]:
    match query:
        case And(parts):
            return [fault for part in parts if not matches(part, text) for fault in _faults(part, text)]
        case Or(parts):
            holding = [part for part in parts if holds_any(part, text)]
            best = [part for part in holding if is_close(part, text)] or holding
            return (
                min((_faults(part, text) for part in best), key=len)
                if best
                else [f"it has no {listed(positive(query))}"]
            )
        case Not(part):
            return [_excluded(part, text)]
        case Near():
            return [_apart(query, text)]
        case leaf:
            return [f"it has no {written(leaf)}"]


def _excluded(part: Query, text: Text) -> str:
    """Return what of a part within NOT a text is met by: by what it has, else by what it has not."""
    if had := why_met(part, text):
        return f"NOT excludes it: it has {had}"
    lacking = [leaf for leaf in _denied(part) if not matches(leaf, text)]
    return f"NOT excludes it: it has no {listed(lacking)}" if lacking else "NOT excludes it"


def _denied(query: Query) -> tuple[Leaf, ...]:
    """Return the leaves that a query is met without."""
    if isinstance(query, And | Or):
        return tuple(leaf for part in query.parts for leaf in _denied(part))
    return positive(query.part) if isinstance(query, Not) else ()


def _apart(near: Near, text: Text) -> str:
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
