"""Combining marks in hostile numbers: normal forms sort those that follow one letter, in quadratic time.

No language sets more than a few; 30 are what Unicode calls safe for streams (UAX #15, section 13).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

MOST_MARKS: Final = 30
SHORT: Final = 2_000
"""A text of so few characters is sorted within milliseconds, whatever it holds."""
_FIRST_MARK: Final = 0x300
_SUPPLEMENTARY: Final = 0x10000


def stream_safe(text: str) -> str:
    """Return a text in which no letter bears more than 30 marks in a row; those after them are left out."""
    if len(text) <= SHORT or text.isascii():
        return text
    return _long_runs().sub(_without_excess, text)


@cache
def _long_runs() -> re.Pattern[str]:
    """Return what finds all runs that are too long, and some that are not.

    Of the supplementary planes all characters count: a set of the others is searched twenty times faster.
    """
    marks = filter(unicodedata.combining, map(chr, range(_FIRST_MARK, _SUPPLEMENTARY)))
    return re.compile(f"[{''.join(marks)}\U00010000-\U0010ffff]{{{MOST_MARKS + 1},}}")


def _without_excess(found: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in found[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
