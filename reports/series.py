"""From an answer over time to what is drawn: which brands, over which stretches of time, resting on how many posts.

A figure of a day stands from the beginning of that day to its end. Nothing is drawn where nobody listened, and zero
where somebody did. Sentiment of neighbouring times of few posts is pooled: one post says nothing of its hour.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.documents import parse_instant
from domain.questions import TIME_DIMENSIONS
from domain.zones import end_of
from insights.statistics.intervals import bounds, net, net_interval
from reports import style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.config import Brand
    from domain.questions import Answer, Dimension

Row: TypeAlias = dict[str, Any]

EVERYTHING: Final = "all posts"
MOST: Final = 8
"""More lines than this cannot be told apart: the smaller brands are one line together."""
FEW: Final = 10
"""Neighbouring times of fewer posts than this are one stretch of a line of sentiment."""
LONGEST: Final[Mapping[Dimension, timedelta]] = {
    "hour": timedelta(days=1),
    "day": timedelta(weeks=4),
    "week": timedelta(weeks=26),
}
"""How long such a stretch gets; after that it is drawn on fewer posts."""
TOGETHER: Final = "\x1f"
"""Stands between keys where a mark stands for several brands or events."""

_COUNTED: Final = ("posts", "once", "negative", "neutral", "positive")
_MOODS: Final = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Stretch:
    """From when to when one value holds; None where none is known."""

    start: datetime
    end: datetime
    row: Row | None


@dataclass
class Series:
    """One line: what it is called, how it looks, and its rows in the order of time."""

    key: str
    name: str
    colour: str
    rows: list[Row] = field(default_factory=list)

    @property
    def posts(self) -> int:
        """How many posts all rows have together."""
        return sum(row["posts"] for row in self.rows)


def time_of(answer: Answer) -> Dimension:
    """Return the time that an answer is grouped by."""
    return next(name for name in TIME_DIMENSIONS if name in keys_of(answer))


def keys_of(answer: Answer) -> list[str]:
    """Return the dimensions of an answer: the columns before its figures."""
    names = [column.name for column in answer.columns]
    return names[: names.index("posts")]


def shown_brands(sizes: Mapping[str, int], brands: Sequence[Brand]) -> list[str]:
    """Return the keys of the brands that a chart shows by themselves: own ones, then the largest, in their order."""
    places = {
        brand.key: (not brand.own, -sizes[brand.key], place) for place, brand in enumerate(brands) if brand.key in sizes
    }
    chosen = set(sorted(places, key=places.__getitem__)[:MOST])
    return [brand.key for brand in brands if brand.key in chosen]


def series_of(answer: Answer, brands: Sequence[Brand]) -> list[Series]:
    """Return a line per brand, those of the smaller ones as one; one of all posts where brands were not asked for.

    Rows get `start` and `end`. Those without posts are left out; so are brands that are not configured.
    """
    time = time_of(answer)
    found: dict[str, list[Row]] = defaultdict(list)
    named = {EVERYTHING: EVERYTHING, **{brand.key: brand.name for brand in brands}}

    @cache
    def lasting(at: str) -> Row:
        """Return from when to when a time lasts; the rows of many brands have the same times."""
        start = parse_instant(at)
        return {"start": start, "end": end_of(time, start, answer.zone)}

    for row in answer.records():
        key = row.get("brand", EVERYTHING)
        if key in named and row["posts"]:
            found[key].append(row | lasting(row[time]))
    if EVERYTHING in found:
        return [Series(EVERYTHING, EVERYTHING, style.OWN, found[EVERYTHING])]
    shown = shown_brands({key: sum(row["posts"] for row in rows) for key, rows in found.items()}, brands)
    colours = style.brand_colours(brands, shown)
    lines = [Series(key, named[key], colours[key], found[key]) for key in shown]
    rest = [brand.key for brand in brands if brand.key in found and brand.key not in shown]
    if rest:
        pooled = _pooled([row for key in rest for row in found[key]])
        key = TOGETHER.join(rest)
        lines.append(Series(key, others(len(rest)), style.UNKNOWN, [row | {"brand": key} for row in pooled]))
    return lines


def others(number: int) -> str:
    """Return what the smaller brands are called together."""
    return f"{number} other brand{'s' if number > 1 else ''}"


def _pooled(rows: Sequence[Row]) -> list[Row]:
    """Return a row per time, in the order of time, of rows of several brands."""
    groups: dict[tuple[datetime, datetime], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["start"], row["end"]].append(row)
    return [_summed(members, start, end) for (start, end), members in sorted(groups.items())]


def _summed(rows: Sequence[Row], start: datetime, end: datetime) -> Row:
    """Return one row of several: posts added up, sentiment worked out anew."""
    sums: Row = {name: sum(row[name] for row in rows) for name in _COUNTED if name in rows[0]}
    row = {**rows[0], **sums, "start": start, "end": end}
    if "net" in row:
        counts = [sums[name] for name in _MOODS]
        row["low"], row["high"] = bounds(net_interval(*counts))
        row["net"] = net(*counts)
    return row


def silences(answer: Answer) -> list[datetime]:
    """Return the beginnings of the times that were not heard throughout, in order."""
    time = time_of(answer)
    if all(column.name != "heard" for column in answer.columns):
        return []
    return sorted(
        {parse_instant(row[time]) for row in answer.records() if row["heard"] is not None and row["heard"] < 1}
    )


def counted(line: Series, span: tuple[datetime, datetime], silent: Sequence[datetime], answer: Answer) -> list[Stretch]:
    """Return how many posts there were over a whole span: zero between rows, None where nobody listened throughout."""
    time, known = time_of(answer), {row["start"]: row for row in line.rows}
    found: list[Stretch] = []
    cursor = span[0]
    for start in sorted({*known, *(at for at in silent if span[0] <= at < span[1])}):
        if start > cursor:
            found.append(Stretch(cursor, start, {"posts": 0}))
        cursor = end_of(time, start, answer.zone)
        found.append(Stretch(start, cursor, known.get(start)))
    return [*found, Stretch(cursor, span[1], {"posts": 0})] if cursor < span[1] else found


def pooled_where_few(line: Series, answer: Answer) -> list[Row]:
    """Return the rows of a line, neighbours of few posts pooled until they have `FEW`; one that has is by itself."""
    longest = LONGEST[time_of(answer)]
    stretches: list[list[Row]] = []
    posts, open_end = 0, False
    for row in line.rows:
        fits = open_end and row["posts"] < FEW and row["end"] - stretches[-1][0]["start"] <= longest
        if fits:
            stretches[-1].append(row)
            posts += row["posts"]
        else:
            stretches.append([row])
            posts = row["posts"]
        open_end = posts < FEW
    return [_summed(rows, rows[0]["start"], rows[-1]["end"]) if len(rows) > 1 else rows[0] for rows in stretches]
