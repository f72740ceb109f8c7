"""How figures and times are written for people: in findings, on charts, in reports and on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

NOT_KNOWN: Final = "not known"
NO_DATA: Final = "no data"
MINUS: Final = "\u2212"


def count(value: int | None) -> str:
    """Return a whole number with thousands apart: `12,345`."""
    return NOT_KNOWN if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """Return a share as whole per cent, `<1%` where rounding would hide it."""
    if share is None:
        return NOT_KNOWN
    return "<1%" if 0 < share < 0.005 else f"{100 * share:.0f}%"


def points(net: float | None) -> str:
    """Return net sentiment (-1..1) as points of 100 with its sign: `−23`, `+8`, `0`."""
    if net is None:
        return NO_DATA
    value = round(100 * net)
    return f"{MINUS if value < 0 else '+' if value > 0 else ''}{abs(value)}"


def day(time: datetime) -> str:
    """Return a day: `Mon 25 Nov 2019`."""
    return f"{time:%a} {time.day} {time:%b %Y}"


def moment(time: datetime) -> str:
    """Return a minute: `Mon 25 Nov 2019, 14:05`."""
    return f"{day(time)}, {time:%H:%M}"


def many(number: int, word: str) -> str:
    """Return a number of things: `1 post`, `1,200 posts`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
