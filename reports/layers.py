"""The layers that charts are made of, and their axes. Rows carry `name`, `label` (of few letters) and `colour`."""

from __future__ import annotations

from datetime import UTC
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from unicodedata import east_asian_width

from domain.documents import instant
from domain.zones import in_zone
from reports import style

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.zones import ZoneName

Layer: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]
Tooltip: TypeAlias = "Sequence[tuple[str, str]]"

CHOSEN: Final = "chosen"
UNTIL: Final = {"field": "to", "type": "temporal"}
"""The second end of a mark over time. Without its type the chart library takes the axis for two and warns."""
_AXIS_LETTERS: Final = 34
_END_LETTERS: Final = 18
_TAIL: Final = 7
"""Letters of a long name's end that stay: names of one family differ there."""
_COLOUR: Final = {"field": "colour", "type": "nominal", "scale": None}
_SHAPE: Final = {"field": "shape", "type": "nominal", "scale": None, "legend": None}
_INTERVALS: Final = 7
_LINES: Final = 18
"""Of text that fit above each other on a time chart."""
_MANY_POINTS: Final = 60
_MANY_DAYS: Final = 14
_FEW_DAYS: Final = 2
_SIGNED: Final = "(datum.value > 0 ? '+' : '') + format(datum.value, ',d')"


def drawn(at: datetime, zone: ZoneName) -> str:
    """Return where a time is drawn: what clocks of a zone show, written as if it were UTC."""
    return instant(in_zone(at, zone).replace(tzinfo=UTC))


def short_names(names: Sequence[str], letters: int = _AXIS_LETTERS) -> list[str]:
    """Return names of at most so many letters (wide ones count twice), cut in the middle, each another."""
    found: dict[str, None] = {}
    for name in names:
        cut = name
        if _wide(name) > letters:
            head, tail = name[:letters], name[-_TAIL:] if _wide(name[-_TAIL:]) <= letters // 2 else name[-_TAIL // 2 :]
            while _wide(head) + 1 + _wide(tail) > letters:
                head = head[:-1]
            cut = f"{head.rstrip()}…{tail.lstrip()}"
        number, label = 1, cut
        while label in found:
            number += 1
            label = f"{cut} ({number})"
        found[label] = None
    return list(found)


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def whole_ticks(low: float, high: float) -> list[int]:
    """Return few whole numbers, evenly apart, that a range from `low` to `high` lies between."""
    steps = (factor * 10**power for power in range(18) for factor in (1, 2, 5))
    step = next(step for step in steps if (high - low) / step <= _INTERVALS)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    return [step * number for number in range(first, last + 1)]


def time_axis(unit: str, middles: Sequence[str], span: tuple[str, str]) -> Layer:
    """Return the x channel of a time chart over a span, with a label per group on short ones; times are of clocks."""
    days = len({time[:10] for time in middles})
    axis: dict[str, Any] = {"title": None, "grid": False, "format": "%-d %b"}
    if unit != "hour" and days <= _MANY_DAYS:
        # A label stands under the middle of what it names; a tick there would say that it is a moment.
        values = sorted(set(middles))
        axis |= {"format": "%a %-d %b" if unit == "day" else "%-d %b", "values": values, "ticks": False}
    elif days <= _FEW_DAYS:
        axis |= {"format": "%-d %b %H:%M"}
    scale = {"type": "utc", "domain": list(span)}
    return {"field": "at", "type": "temporal", "scale": scale, "axis": axis}


def y_axis(field: str, title: str, ticks: Sequence[int], *, signed: bool = False) -> Layer:
    """Return the y channel of a time chart from the lowest to the highest tick."""
    axis: dict[str, Any] = {"title": title, "format": ",d", "values": list(ticks), "domain": False, "ticks": False}
    if signed:
        axis |= {"labelExpr": _SIGNED}
    scale = {"domain": [ticks[0], ticks[-1]], "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def zero_line(y: Layer) -> list[Layer]:
    """Return the line where as many posts are positive as negative."""
    mark = {"type": "rule", "color": style.QUIET, "strokeWidth": 1}
    encoding = {"x": {"value": 0}, "x2": {"value": "width"}, "y": y | {"field": "zero"}}
    return [{"data": {"values": [{"zero": 0}]}, "mark": mark, "encoding": encoding}]


def silence(rows: Sequence[Row], x: Layer) -> list[Layer]:
    """Return a grey shade over each stretch `from`..`to` in which not all sources were heard."""
    if not rows:
        return []
    mark = {"type": "rect", "color": style.HAIRLINE, "opacity": 0.6}
    encoding = {"x": x | {"field": "from"}, "x2": UNTIL, "tooltip": tooltip_of([("when", "Not heard")])}
    return [{"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}]


def band(corners: Sequence[Row], y: Layer) -> list[Layer]:
    """Return the 95 % band around lines, from `corners` with `at`, `low` and `high`."""
    if not corners:
        return []
    channels = {"y": y | {"field": "low"}, "y2": {"field": "high"}, "color": _COLOUR}
    bands = len({row["name"] for row in corners})
    # Many bands upon each other would be one dark ground.
    area = {"type": "area", "opacity": min(0.14, 0.42 / bands), "line": False, "interpolate": "step-after"}
    return [{"data": {"values": list(corners)}, "mark": area, "encoding": channels | _runs()}]


def lines(corners: Sequence[Row], y: Layer) -> list[Layer]:
    """Return lines in steps that break where there is no data, from `corners`: where a value begins or ends."""
    if not corners:
        return []
    mark = {"type": "line", "strokeWidth": 2, "interpolate": "step-after"}
    return [{"data": {"values": list(corners)}, "mark": mark, "encoding": {"y": y, "color": _COLOUR, **_runs()}}]


def points(rows: Sequence[Row], y: Layer, tooltip: Tooltip, *, keys: Sequence[str]) -> list[Layer]:
    """Return points that can be chosen, of the chart's own data."""
    if not rows:
        return []
    size = 16 if len(rows) > _MANY_POINTS else 45
    hover = tooltip_of([("name", "Brand"), ("when", "When"), *tooltip])
    mark = {"type": "point", "filled": True, "size": size, "opacity": 1, "cursor": "pointer"}
    encoding = {"y": y, "color": _COLOUR, "shape": _SHAPE, "tooltip": hover}
    return [{"params": chosen_by(keys), "mark": mark, "encoding": encoding}]


def columns(rows: Sequence[Row], x: Layer, y: Layer, tooltip: Tooltip, *, keys: Sequence[str]) -> list[Layer]:
    """Return a column per time, of the chart's own data, from `from` to `to`."""
    if not rows:
        return []
    mark = {"type": "bar", "cursor": "pointer"}
    hover = tooltip_of([("when", "When"), *tooltip])
    # With both ends of both sides said it is a column; else the library takes it for a bar that lies.
    sides = {"x": x | {"field": "from"}, "x2": UNTIL, "y": y, "y2": {"datum": 0}}
    encoding = {**sides, "color": _COLOUR, "tooltip": hover}
    return [{"params": chosen_by(keys), "mark": mark, "encoding": encoding}]


def end_labels(ends: Sequence[Row], y: Layer, at: str) -> list[Layer]:
    """Return names at the right ends of lines, moved apart within the chart's height. Ends have `name` and `y`."""
    if not ends:
        return []
    low, high = y["scale"]["domain"]
    gap = (high - low) / _LINES
    ends = sorted(ends, key=lambda row: (row["y"], row["name"]))
    heights: list[float] = []
    for row in ends:
        heights.append(max(row["y"], heights[-1] + gap if heights else low))
    highest = high
    for place in reversed(range(len(heights))):
        heights[place] = highest = min(heights[place], highest)
        highest -= gap
    labels = short_names([row["name"] for row in ends], _END_LETTERS)
    values = [
        {"label": label, "colour": row["colour"], "shape": row["shape"], "at": at, "y": height}
        for row, label, height in zip(ends, labels, heights, strict=True)
    ]
    # Some colours of lines are too light for letters: the name is in ink, behind its line's mark.
    key = {"type": "point", "filled": True, "size": 60, "opacity": 1, "xOffset": 12}
    text = {"type": "text", "align": "left", "dx": 20, "fontSize": 12, "fontWeight": "bold", "color": style.INK}
    height = {"y": y | {"field": "y"}}
    data = {"data": {"values": values}}
    return [
        {**data, "mark": key, "encoding": {**height, "color": _COLOUR, "shape": _SHAPE}},
        {**data, "mark": text, "encoding": {**height, "text": {"field": "label"}}},
    ]


def bars(rows: Sequence[Row], x: Layer, tooltip: Tooltip, *, key: str, label_at: str) -> list[Layer]:
    """Return horizontal bars in the order of rows, each with what is `shown` behind `label_at`."""
    if not rows:
        return []
    bar = {"type": "bar", "height": {"band": 0.62}, "cursor": "pointer"}
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": style.INK}
    hover = tooltip_of([("name", key.capitalize()), *tooltip])
    y = _names(rows)
    return [
        {"params": chosen_by([key]), "mark": bar, "encoding": {"y": y, "x": x, "color": _COLOUR, "tooltip": hover}},
        {"mark": text, "encoding": {"y": y, "x": x | {"field": label_at}, "text": {"field": "shown"}}},
    ]


def shares(field: str, title: str) -> Layer:
    """Return the x channel of bars that are shares in per cent."""
    axis = {"title": title, "format": ",d", "values": list(range(0, 101, 20))}
    return {"field": field, "type": "quantitative", "scale": {"domain": [0, 100], "nice": False}, "axis": axis}


def counts(field: str, rows: Sequence[Row], title: str) -> Layer:
    """Return the x channel of bars that are numbers of posts, with room for what stands to the right of them."""
    longest = max((row[field] for row in rows), default=1) or 1
    values = [tick for tick in whole_ticks(0, longest) if tick <= 1.35 * longest]
    scale = {"domain": [0, 1.35 * longest], "nice": False}
    axis = {"title": title, "format": ",d", "values": values}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def ranges(rows: Sequence[Row], x: Layer) -> list[Layer]:
    """Return the 95 % ranges `low`..`high` over horizontal bars."""
    if not rows:
        return []
    mark = {"type": "rule", "color": style.INK, "strokeWidth": 1.5}
    return [{"mark": mark, "encoding": {"y": _names(rows), "x": x | {"field": "low"}, "x2": {"field": "high"}}}]


def stacks(rows: Sequence[Row], key: str, *, title: str) -> list[Layer]:
    """Return horizontal bars of `count` stacked by sentiment, with the colours named above.

    A click sets the `key` of a row; `title` is what the rows' names are called in the tooltip.
    """
    if not rows:
        return []
    y, x = _names(rows), counts("total", rows, "Posts")
    scale = {"domain": list(style.MOODS), "range": list(style.MOODS.values())}
    colour = {"field": "sentiment", "type": "nominal", "scale": scale}
    hover = tooltip_of([("name", title), ("shown", "Posts")])
    part = x | {"field": "count"}
    encoding = {"y": y, "x": part, "color": colour, "order": {"field": "order"}, "tooltip": hover}
    mark = {"type": "bar", "height": {"band": 0.62}, "cursor": "pointer"}
    totals = [{"label": row["label"], "total": row["total"]} for row in rows if row["order"] == 0]
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": style.INK}
    label = {"field": "total", "type": "quantitative", "format": ",d"}
    return [
        {"params": chosen_by([key]), "mark": mark, "encoding": encoding},
        {"data": {"values": totals}, "mark": text, "encoding": {"y": y, "x": x, "text": label}},
    ]


def _names(rows: Sequence[Row]) -> Layer:
    """Return the y channel of horizontal bars in the order of rows."""
    labels = list(dict.fromkeys(row["label"] for row in rows))
    return {"field": "label", "type": "nominal", "sort": labels, "axis": _NAME_AXIS}


_NAME_AXIS: Final = {"title": None, "domain": False, "ticks": False, "labelColor": style.INK}


def _runs() -> Layer:
    return {"detail": {"field": "run", "type": "nominal"}}


def chosen_by(keys: Sequence[str]) -> list[Layer]:
    """Return the selection that a click sets to a mark's keys."""
    return [{"name": CHOSEN, "select": {"type": "point", "fields": list(keys)}}]


def tooltip_of(fields: Sequence[tuple[str, str]]) -> list[Layer]:
    """Return the tooltip of marks: fields of their rows under titles."""
    return [{"field": field, "type": "nominal", "title": title} for field, title in fields]
