"""Where the names of a brand stand in a text as written: as words, else with an ending, else within a longer word."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, TypeAlias

from textquery.words import IDEOGRAPHS, JOINING, LINK, UNSPACED

Span: TypeAlias = tuple[int, int]
"""Where something begins and ends in a text, in characters; the end is the first one after it."""

_APART: Final = rf"(?<![^\W_{UNSPACED}{IDEOGRAPHS}{JOINING}])"
"""No letter stands before a name but of scripts that set no space there, or write prefixes onto it."""
_END: Final = rf"(?![^\W_{UNSPACED}{IDEOGRAPHS}{JOINING}])"
LONG: Final = 4
"""Letters that a name must have to be looked for within a longer word (#LeaveNorthwindNow)."""


def places_of(names: tuple[str, ...], text: str) -> list[Span]:
    """Return where any of one brand's names stands in a text outside its links, in order."""
    said = LINK.sub(lambda link: " " * len(link[0]), text)
    for pattern in _patterns(names):
        if found := [one.span() for one in pattern.finditer(said)]:
            return found
    return []


@lru_cache(maxsize=10_000)
def _patterns(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    # Longest first: of names that begin alike the whole one stands there.
    longest = sorted(filter(str.strip, names), key=len, reverse=True)
    found = []
    for before, after, least in ((_APART, _END, 1), (_APART, "", 1), ("", "", LONG)):
        either = "|".join(r"[\W_]+".join(map(re.escape, name.split())) for name in longest if len(name) >= least)
        if either:
            found.append(re.compile(f"{before}(?:{either}){after}", re.IGNORECASE))
    return tuple(found)
