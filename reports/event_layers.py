"""Events on charts over time: shades, numbers above them, and what lies where a reader points or clicks.

Titles are as long as people write them; a chart shows numbers, and whoever shows the chart writes the titles beside it
(`numbered`). Pointing at a place names every event there, a click sets the selection `EVENT` to their ids.
"""

from __future__ import annotations

from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.documents import instant, parse_instant
from domain.zones import in_zone
from reports import style, wording
from reports.layers import UNTIL, drawn
from reports.series import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.documents import Document
    from domain.zones import ZoneName

Layer: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]

EVENT: Final = "event"
_HIT_SHARE: Final = 0.012
"""Of a chart's width, what can be pointed at where an event is shorter."""
_NUMBER_SHARE: Final = 0.04
"""Of a chart's width, what a number takes: events that begin closer together share one, `3–5`."""
_MOST_TOLD: Final = 12
"""More lines than this make a tooltip higher than a screen."""


def numbered(events: Sequence[Document], span: tuple[datetime, datetime], zone: ZoneName) -> list[Row]:
    """Return the events that touch a span, cut to it, each said in full.

    They are numbered by when they begin, those beside the span too: charts of one view have the same numbers.
    """
    first, last = map(instant, span)
    return [
        {
            "from": max(parse_instant(event["started_at"]), span[0]),
            "to": min(parse_instant(event.get("ended_at") or event["started_at"]), span[1]),
            "event": event["id"],
            "number": number,
            "title": event["title"],
            "facts": facts(event, zone),
        }
        for number, event in enumerate(sorted(events, key=itemgetter("started_at", "id")), start=1)
        if event["started_at"] < last and (event.get("ended_at") or event["started_at"]) >= first
    ]


def facts(event: Document, zone: ZoneName) -> str:
    """Return what kind of event it is and from when to when it lasted, as clocks of the zone showed it."""
    kind = wording.in_words(event["kind"]).replace("kpi", "KPI")
    since = in_zone(parse_instant(event["started_at"]), zone)
    if not event.get("ended_at"):
        return f"{kind}, {wording.moment(since)}, no end known"
    until = in_zone(parse_instant(event["ended_at"]), zone)
    same = since.date() == until.date()
    return f"{kind}, {wording.moment(since)} to {f'{until:%H:%M}' if same else wording.moment(until)}"


def shades(rows: Sequence[Row], x: Layer, zone: ZoneName) -> list[Layer]:
    """Return a shade from the start to the end of each event, and a rule at its start."""
    if not rows:
        return []
    start = x | {"field": "from"}
    # Of events that overlap one shade: four upon each other would hide the lines.
    spans: list[list[datetime]] = []
    for row in rows:
        if spans and row["from"] <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], row["to"])
        else:
            spans.append([row["from"], row["to"]])
    shaded = [{"from": drawn(since, zone), "to": drawn(until, zone)} for since, until in spans]
    began = [{"from": at} for at in dict.fromkeys(drawn(row["from"], zone) for row in rows)]
    shade = {"type": "rect", "color": style.SHADE, "opacity": 0.18}
    rule = {"type": "rule", "color": style.SHADE, "strokeWidth": 1.5}
    return [
        {"data": {"values": shaded}, "mark": shade, "encoding": {"x": start, "x2": UNTIL}},
        {"data": {"values": began}, "mark": rule, "encoding": {"x": start}},
    ]


def places(rows: Sequence[Row], x: Layer, span: tuple[datetime, datetime], zone: ZoneName) -> list[Layer]:
    """Return what is pointed at and clicked: unseen bars, each over a stretch in which the same events lie."""
    if not rows:
        return []
    least = (span[1] - span[0]) * _HIT_SHARE
    reached = [(row["from"], min(max(row["to"], row["from"] + least), span[1]), row) for row in rows]
    edges = sorted({edge for start, end, _ in reached for edge in (start, end)})
    values = []
    for start, end in pairwise(edges):
        here = [row for since, until, row in reached if since < end and until > start]
        if here:
            told = {str(row["number"]): f"{row['title']} ({row['facts']})" for row in here[:_MOST_TOLD]}
            if len(here) > _MOST_TOLD:
                told["…"] = f"and {wording.many(len(here) - _MOST_TOLD, 'more event')}"
            values.append(
                {
                    "from": drawn(start, zone),
                    "to": drawn(end, zone),
                    "event": TOGETHER.join(row["event"] for row in here),
                }
                | {"told": told, "said": "; ".join(told.values())}
            )
    mark = {"type": "bar", "opacity": 0, "cursor": "pointer", "tooltip": {"expr": "datum.told"}}
    encoding = {"x": x | {"field": "from"}, "x2": UNTIL, "description": {"field": "said"}}
    encoding |= {"y": {"value": 0}, "y2": {"value": "height"}}
    select = {"type": "point", "fields": ["event"]}
    return [
        {"data": {"values": values}, "params": [{"name": EVENT, "select": select}], "mark": mark, "encoding": encoding}
    ]


def numbers(rows: Sequence[Row], x: Layer, span: tuple[datetime, datetime], zone: ZoneName) -> list[Layer]:
    """Return the events' numbers above the chart."""
    groups: list[list[Row]] = []
    for row in rows:
        if groups and row["from"] - groups[-1][0]["from"] < (span[1] - span[0]) * _NUMBER_SHARE:
            groups[-1].append(row)
        else:
            groups.append([row])
    if not groups:
        return []
    values = [
        {
            "from": drawn(group[0]["from"], zone),
            "number": "–".join(dict.fromkeys(str(row["number"]) for row in (group[0], group[-1]))),
            # Neighbours stand on two levels, so that they do not touch on a narrow screen.
            "row": -8 - 14 * (place % 2),
        }
        for place, group in enumerate(groups)
    ]
    level = {"field": "row", "type": "quantitative", "scale": None, "axis": None}
    mark = {"type": "text", "fontSize": 12, "fontWeight": "bold", "color": style.INK, "align": "center"}
    encoding = {"x": x | {"field": "from"}, "y": level, "text": {"field": "number"}}
    return [{"data": {"values": values}, "mark": mark, "encoding": encoding}]
