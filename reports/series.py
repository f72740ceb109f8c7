"""From an answer over time to what is drawn: which brands, over which stretches of time, resting on how many posts.

A figure of a day stands from the beginning of that day to its end. Nothing is drawn where nobody listened, and zero
where somebody did. Sentiment that rests on few posts is pooled over wider stretches: one post an hour says nothing
of that hour.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from operator import itemgetter
from statistics import median
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.documents import parse_instant
from domain.questions import TIME_DIMENSIONS
from domain.zones import at_clock, day_start, end_of, in_zone
from insights.statistics.intervals import bounds, net, net_interval
from reports import style

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.config import Brand
    from domain.questions import Answer, Dimension
    from domain.zones import ZoneName

Row: TypeAlias = dict[str, Any]

EVERYTHING: Final = "all posts"
MOST: Final = 8
"""More lines than this cannot be told apart: the smaller brands are one line together."""
FEW: Final = 5
"""Where most points of a line rest on fewer posts than this, it is drawn over wider stretches."""
_LEAST: Final = 2
"""Stretches that a line is made of: one alone shows no course of time."""
TOGETHER: Final = "\x1f"
"""Stands between keys where a mark stands for several brands or events."""

_COUNTED: Final = ("posts", "once", "negative", "neutral", "positive")
_MOODS: Final = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Width:
    """How long a stretch is: so many hours of a day, or so many days counted from a Monday."""

    words: str
    hours: int = 0
    days: int = 0


_HOURS: Final = (
    Width("3 hours", hours=3),
    Width("6 hours", hours=6),
    Width("12 hours", hours=12),
    Width("day", days=1),
)
_WEEKS: Final = (Width("week", days=7), Width("4 weeks", days=28))
WIDER: Final[Mapping[Dimension, Sequence[Width]]] = {"hour": (*_HOURS, *_WEEKS), "day": _WEEKS, "week": _WEEKS[1:]}


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
        pooled = _pooled([row for key in rest for row in found[key]], itemgetter("start", "end"))
        key = TOGETHER.join(rest)
        lines.append(Series(key, others(len(rest)), style.UNKNOWN, [row | {"brand": key} for row in pooled]))
    return lines


def others(number: int) -> str:
    """Return what the smaller brands are called together."""
    return f"{number} other brand{'s' if number > 1 else ''}"


def _pooled(rows: Sequence[Row], key: Callable[[Row], tuple[datetime, datetime]]) -> list[Row]:
    """Return a row per `key` (a start and an end), in the order of time: posts added up, sentiment worked out anew."""
    groups: dict[tuple[datetime, datetime], list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    pooled = []
    for (start, end), members in sorted(groups.items()):
        sums: Row = {name: sum(row[name] for row in members) for name in _COUNTED if name in members[0]}
        row = {**members[0], **sums, "start": start, "end": end}
        if "net" in row:
            counts = [sums[name] for name in _MOODS]
            row["low"], row["high"] = bounds(net_interval(*counts))
            row["net"] = net(*counts)
        pooled.append(row)
    return pooled


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


def pooled_widely(line: Series, answer: Answer) -> tuple[list[Row], Width | None]:
    """Return the rows of a line, pooled as widely as few posts ask for, and how widely. One stretch is no line.

    Pooled once, nine stretches of ten are to rest on posts enough: nights are quiet and would stand out.
    """
    chosen: Width | None = None
    enough = median([row["posts"] for row in line.rows] or [FEW]) >= FEW
    for width in WIDER[time_of(answer)]:
        if enough:
            break
        posts: Counter[datetime] = Counter()
        for row in line.rows:
            posts[_block(row, width, answer.zone)[0]] += row["posts"]
        if len(posts) < _LEAST:
            break
        enough, chosen = sorted(posts.values())[len(posts) // 10] >= FEW, width
    if chosen is None:
        return line.rows, None
    return _pooled(line.rows, partial(_block, width=chosen, zone=answer.zone)), chosen


def _block(row: Row, width: Width, zone: ZoneName) -> tuple[datetime, datetime]:
    """Return the stretch of a width that a row begins in."""
    at = row["start"]
    day = in_zone(at, zone).date()
    if width.hours:
        hour = in_zone(at, zone).hour // width.hours * width.hours
        behind = hour + width.hours
        end = at_clock(day, time(behind), zone) if behind < 24 else day_start(day + timedelta(days=1), zone)
        return at_clock(day, time(hour), zone), end
    # Day 1 of the calendar is a Monday.
    first = day.toordinal() - (day.toordinal() - 1) % width.days
    return day_start(date.fromordinal(first), zone), day_start(date.fromordinal(first + width.days), zone)
