"""A journey as a time line: what happened to one customer, shaded by what the network and the services did."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.documents import instant
from insights.customers.journey import CONSENT_GIVEN, CONSENT_WITHDRAWN, POST
from reports import style
from reports.charts import CHOSEN
from reports.wording import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from insights.customers.journey import Journey, Step
    from reports.charts import Spec

LANE_PX: Final = 40
EDGES_PX: Final = 70
"""What the axis and the names of events need besides the lanes: pages count them into the height."""

MARGIN: Final = timedelta(hours=12)
_LONG_AGO: Final = {CONSENT_GIVEN, CONSENT_WITHDRAWN}
"""Kinds that often lie years back; on the time line they would press all else together."""

_TONES: Final = {**style.MOODS, "none": style.INK}


def timeline(found: Journey) -> Spec | None:
    """Return the Vega-Lite specification of a journey, None where nothing happened but consent.

    A click on a mark sets the selection `CHOSEN` to its `step`: the place among the journey's steps.
    """
    marks = [row for row in map(_mark, range(len(found.steps)), found.steps) if row is not None]
    if not marks:
        return None
    first, last = min(row["at"] for row in marks), max(row["until"] for row in marks)
    start, end = instant(first - MARGIN), instant(last + MARGIN)
    shades = [row for step in found.steps if step.shade and (row := _shade(step, start, end))]
    lanes = sorted({row["lane"] for row in marks}, key=lambda lane: (lane != "Post", lane))
    return {
        "$schema": style.SCHEMA,
        "description": "What happened to the customer over time, shaded by network and service events.",
        "height": LANE_PX * len(lanes) + EDGES_PX,
        "config": style.CONFIG,
        "layer": [*_shaded(shades), *_happened([_dated(row) for row in marks], lanes, [start, end])],
    }


def _mark(place: int, step: Step) -> dict[str, Any] | None:
    if step.shade or step.kind in _LONG_AGO:
        return None
    return {
        "step": str(place),
        "at": step.at,
        "until": step.ended_at or step.at,
        "lane": lane(step.kind),
        "title": step.title,
        "when": moment(step.at),
        "tone": step.sentiment or "none",
    }


def lane(kind: str) -> str:
    """Return the name of a kind of step: `Service change`."""
    return "Post" if kind == POST else kind.replace("_", " ").capitalize()


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"at": instant(row["at"]), "until": instant(row["until"])}


def _shade(step: Step, start: str, end: str) -> dict[str, str] | None:
    """Return a network event cut to what is drawn, None where it lies outside. An open end lasts."""
    since, until = instant(step.at), instant(step.ended_at) if step.ended_at else end
    if until < start or since > end:
        return None
    return {
        "from": max(since, start),
        "to": min(until, end),
        "title": step.title,
        "when": _span(step.at, step.ended_at),
    }


def _span(start: datetime, end: datetime | None) -> str:
    return f"{moment(start)} to {moment(end) if end else 'an end that is not known'}"


def _shaded(rows: Sequence[dict[str, str]]) -> list[Spec]:
    x = {"field": "from", "type": "temporal"}
    tooltip = [{"field": "title", "title": "Event"}, {"field": "when", "title": "From"}]
    label = {"type": "text", "align": "left", "baseline": "bottom", "dy": -4, "fontSize": 12, "fontStyle": "italic"}
    shade = {"type": "rect", "color": style.SHADE, "opacity": 0.3}
    values = {"values": list(rows)}
    if not rows:
        return []
    return [
        {"data": values, "mark": shade, "encoding": {"x": x, "x2": {"field": "to"}, "tooltip": tooltip}},
        {
            "data": values,
            "mark": label | {"color": style.INK},
            "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "title"}},
        },
    ]


def _happened(rows: Sequence[dict[str, Any]], lanes: Sequence[str], span: Sequence[str]) -> list[Spec]:
    x = {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc", "domain": list(span)},
        "axis": {"title": None, "format": "%-d %b", "grid": False, "tickCount": {"interval": "day", "step": 1}},
    }
    y = {"field": "lane", "type": "nominal", "sort": list(lanes), "axis": {"title": None, "grid": True, "ticks": False}}
    colour = {
        "field": "tone",
        "type": "nominal",
        "scale": {"domain": list(_TONES), "range": list(_TONES.values())},
        "legend": None,
    }
    tooltip = [
        {"field": "when", "title": "When"},
        {"field": "title", "title": "What"},
        {"field": "tone", "title": "Tone"},
    ]
    bar = {"type": "rule", "strokeWidth": 5, "strokeCap": "round", "opacity": 0.45}
    point = {"type": "point", "filled": True, "size": 130, "opacity": 1, "cursor": "pointer", "stroke": "white"}
    values = {"values": list(rows)}
    return [
        {"data": values, "mark": bar, "encoding": {"x": x, "x2": {"field": "until"}, "y": y, "color": colour}},
        {
            "data": values,
            "params": [{"name": CHOSEN, "select": {"type": "point", "fields": ["step"]}}],
            "mark": point,
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
        },
    ]
