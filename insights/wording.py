"""How figures, times and codes are written for people: in findings, on charts, in reports and on screen.

Whatever shows a figure asks here. The minus is the sign U+2212, which is as wide as a plus and is read aloud as minus;
a hyphen is read as a hyphen, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

NOT_KNOWN: Final = "not known"
NO_DATA: Final = "no data"
REACTIONS: Final = "likes, replies and shares that the source told us of"
"""What reactions are, wherever they are counted."""
MINUS: Final = "\u2212"
_CAPITALS: Final = {name.casefold(): name for name in ("KPI", "SIM", "eSIM", "TV", "SMS", "MMS", "VoLTE", "API")}
"""Words of codes that are not written small."""


def count(value: int | None) -> str:
    """Return a whole number with thousands apart: `12,345`."""
    return NOT_KNOWN if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """Return a share as whole per cent, `<1%` where rounding would hide it."""
    if share is None:
        return NOT_KNOWN
    return "<1%" if 0 < share < 0.005 else f"{100 * share:.0f}%"


def estimate(value: float | None, low: float | None, high: float | None) -> str:
    """Return net sentiment with its 95 % interval, in points: `−23 (−30 to −15)`."""
    return points(value) if value is None else f"{points(value)} ({points(low)} to {points(high)})"


def money(value: float | None) -> str:
    """Return an amount with its two decimals: `1,034.50`, `−5.00`."""
    if value is None:
        return NOT_KNOWN
    written = f"{abs(value):,.2f}"
    return f"{MINUS}{written}" if value < 0 and written.strip("0.,") else written


def in_words(code: str) -> str:
    """Return a code as words, with the capitals of the field: `KPI degradation` for `kpi_degradation`."""
    return " ".join(_CAPITALS.get(word.casefold(), word) for word in code.split("_"))


def begun(words: str) -> str:
    """Return words as they begin a line: the first letter is a capital, the others stay as they are."""
    return words[:1].upper() + words[1:]


def points(net: float | None) -> str:
    """Return net sentiment (-1..1) as points of 100 with its sign: `−23`, `+8`, `0`."""
    if net is None:
        return NO_DATA
    value = round(100 * net)
    return f"{MINUS if value < 0 else '+' if value > 0 else ''}{abs(value)}"


def effect_in_points(moved: float) -> str:
    """Return by how much something moves a score, in points: `−6.5 points`, `+2 points`."""
    sign = MINUS if moved < 0 else "+"
    return f"{sign}{abs(moved):.1f}".removesuffix(".0") + " points"


def day(time: datetime) -> str:
    """Return a day: `Mon 25 Nov 2019`."""
    return f"{time:%a} {time.day} {time:%b %Y}"


def moment(time: datetime) -> str:
    """Return a minute: `Mon 25 Nov 2019, 14:05`."""
    return f"{day(time)}, {time:%H:%M}"


def many(number: int, word: str) -> str:
    """Return a number of things: `1 post`, `1,200 posts`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
