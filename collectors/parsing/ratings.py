"""Ratings in the forms that people and platforms write: `4,5`, `4.5/5`, `1 star`, `8 von 10`, `★★★★☆`."""

from __future__ import annotations

import re
from typing import Any, Final

from collectors.parsing.values import parse_number

BEST: Final = 5.0
"""The best rating, where none is named."""
_GIVEN: Final = re.compile(r"[★⭐🌟⯪½✭☆✩\ufe0f\s]+")
_FULL: Final = re.compile("[★⭐🌟]")
_HALF: Final = re.compile("[½⯪]")
_OUT_OF: Final = re.compile(
    r"(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:/|out of|of|von|sur|de|su|z|ze|van|av|af|üzerinden|из|στα)\s*(\d{1,3})"
    r"(?:\s*[^\W\d_]{3,12}\.?)?",
    re.IGNORECASE,
)
_STARS: Final = re.compile(
    r"(\d{1,3}(?:[.,]\d{1,2})?)\s*[-\s]?\s*(?:stars?|sterne?n?|étoiles?|etoiles?|estrellas?|stelle|stella|estrelas?|sterren|ster"
    r"|gwiazd\w{0,3}|yıldız|hvězd\w{0,4}|stjern\w{0,3}|stjärn\w{0,3}|зв[её]зд\w{0,2}|★|⭐\ufe0f?)",
    re.IGNORECASE,
)
_DECIMAL_COMMA: Final = re.compile(r"\d{1,2},\d{1,2}")


def parse_rating(value: Any) -> float | None:
    """Return a rating; one out of another number than five is brought to 1 to 5. None where it is none.

    A number alone is taken as it is: nobody says what is best there.
    """
    if (number := parse_number(value)) is not None or not isinstance(value, str):
        return number
    text = value.strip()
    if _DECIMAL_COMMA.fullmatch(text):
        return _number(text)
    if found := _STARS.fullmatch(text):
        return _number(found[1])
    if found := _OUT_OF.fullmatch(text):
        return _of_five(_number(found[1]), _number(found[2]))
    if text and _GIVEN.fullmatch(text):
        return len(_FULL.findall(text)) + len(_HALF.findall(text)) / 2 or None
    return None


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _of_five(given: float, best: float) -> float | None:
    """Return a rating from 1 to 5; those that begin at nought have the worst in common with those from one."""
    if best <= 1 or given > best:
        return None
    return given if best == BEST else round(1 + (max(given, 1.0) - 1) * (BEST - 1) / (best - 1), 2)
