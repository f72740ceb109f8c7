"""A journey drawn as a time line, shaded by what the network and the services did, and written as a list."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any, Final

from dashboard.components.post_list import safe, text_html, tone_html
from domain.documents import parse_instant
from domain.event import FELT
from domain.zones import DEFAULT_ZONE, in_zone
from insights.customers.experience import course
from insights.customers.steps import ABOUT, POST
from reports import style
from reports.charts import CHOSEN
from reports.layers import UNTIL, drawn
from reports.wording import begun, effect_in_points, in_words, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.zones import ZoneName
    from insights.customers.journey import Journey
    from insights.customers.steps import Step
    from reports.charts import Spec

LANE_PX: Final = 40
SCORE_PX: Final = 90
"""The height of the experience score, below the lanes."""
EDGES_PX: Final = 50
"""What the axis needs besides the lanes: pages count it into the height, and a row for each title of an incident."""
TITLE_PX: Final = 18
MOST_TITLES: Final = 6
"""Incidents whose titles are written above the line, each in a row of its own; the others are shaded alone."""
_LATE: Final = 0.55
"""From this share of the width on, a title stands to the left of where its incident begins."""

MARGIN: Final = timedelta(hours=12)
_TONES: Final = {**style.MOODS, "none": style.INK}


def timeline(found: Journey, zone: ZoneName = DEFAULT_ZONE) -> Spec | None:
    """Return the Vega-Lite specification of a journey, None where nothing happened but consent.

    Times are drawn as clocks of a zone showed them. A click on a mark sets the selection `CHOSEN` to its `step`: the
    place among the journey's steps.
    """
    happened = [(place, step) for place, step in enumerate(found.steps) if not step.shade and step.kind not in ABOUT]
    if not happened:
        return None
    marks = [
        {
            "step": str(place),
            "at": drawn(step.at, zone),
            "until": drawn(step.ended_at or step.at, zone),
            "lane": lane(step.kind),
            "title": step.title,
            "when": moment(in_zone(step.at, zone)),
            "tone": step.sentiment or "none",
        }
        for place, step in happened
    ]
    first = min(step.at for _, step in happened) - MARGIN
    last = max(step.ended_at or step.at for _, step in happened) + MARGIN
    start, end = drawn(first, zone), drawn(last, zone)
    shades = _shades(found.steps, start, end, zone)
    lanes = sorted({mark["lane"] for mark in marks}, key=lambda lane: (lane != "Post", lane))
    return {
        "$schema": style.SCHEMA,
        "description": "What happened to the customer over time, shaded by network and service events.",
        "height": LANE_PX * len(lanes) + SCORE_PX + EDGES_PX + TITLE_PX * sum("row" in shade for shade in shades),
        "config": style.CONFIG,
        "layer": [
            *_shaded(shades),
            _score([(drawn(at, zone), score) for at, score in course(found.steps, first, last)], len(lanes)),
            *_happened(marks, lanes, [start, end]),
        ],
        "resolve": {"scale": {"y": "independent"}},
    }


def steps_html(steps: Sequence[Step], zone: ZoneName = DEFAULT_ZONE) -> str:
    """Return steps in their order as escaped HTML, with the reasons for each link."""
    items = []
    for step in steps:
        began = moment(in_zone(step.at, zone))
        until = f" to {moment(in_zone(step.ended_at, zone))}" if step.ended_at else ""
        tone = tone_html(step.sentiment) if step.kind == POST else f'<span class="kind">{safe(lane(step.kind))}</span>'
        moved = f"<span>{escape(effect_in_points(step.effect))}</span>" if step.effect else ""
        reasons = "".join(f"<li>{safe(reason)}</li>" for reason in step.evidence)
        items.append(
            f'<li class="{"network" if step.shade else "own"}">'
            f'<p class="facts">{tone}<span>{escape(began + until)}</span><span>{safe(step.title)}</span>{moved}</p>'
            f"{text_html(step.detail) if step.detail else ''}"
            f'{f"""<ul class="evidence">{reasons}</ul>""" if reasons else ""}</li>'
        )
    return f'<ol class="earshot-posts earshot-steps">{"".join(items)}</ol>'


def lane(kind: str) -> str:
    """Return the name of a kind of step: `Service change`."""
    return begun(in_words(kind))


def _shades(steps: Sequence[Step], start: str, end: str, zone: ZoneName) -> list[dict[str, Any]]:
    """Return the incidents among steps, cut to what is drawn, an open end lasting; those that are titled have a `row`.

    Titled are the incidents that customers feel most.
    """
    rows: list[dict[str, Any]] = []
    for step in steps:
        since, until = drawn(step.at, zone), drawn(step.ended_at, zone) if step.ended_at else end
        if step.shade and until >= start and since <= end:
            last = moment(in_zone(step.ended_at, zone)) if step.ended_at else "an end that is not known"
            shade = {"from": max(since, start), "to": min(until, end), "title": step.title, "kind": step.kind}
            rows.append(shade | {"when": f"{moment(in_zone(step.at, zone))} to {last}"})
    titled = sorted(rows, key=lambda row: FELT.index(row["kind"]) if row["kind"] in FELT else len(FELT))[:MOST_TITLES]
    for place, row in enumerate(sorted(titled, key=lambda row: row["from"], reverse=True)):
        row["row"] = place
    first, last_at = parse_instant(start), parse_instant(end)
    for row in rows:
        row["late"] = (parse_instant(row["from"]) - first) / (last_at - first) > _LATE
    return rows


def _shaded(shades: Sequence[dict[str, Any]]) -> list[Spec]:
    """Return the layers of the incidents: shades over all lanes, and titles above them, each in a row of its own."""
    x = {"field": "from", "type": "temporal"}
    tooltip = [{"field": "title", "title": "Event"}, {"field": "when", "title": "From"}]
    shade = {"type": "rect", "color": style.SHADE, "opacity": 0.3}
    encoding = {"x": x, "x2": UNTIL, "tooltip": tooltip}
    layers = [{"data": {"values": list(shades)}, "mark": shade, "encoding": encoding}] if shades else []
    for row in shades:
        if "row" not in row:
            continue
        at = -4 - TITLE_PX * row["row"]
        # However narrow the page is, a title ends where the line does.
        room = "scale('x', datum.from)"
        side = {"align": "right", "dx": -3, "limit": {"expr": room}} if row["late"] else {"align": "left", "dx": 3}
        side.setdefault("limit", {"expr": f"width - {room}"})
        text = {"type": "text", "baseline": "bottom", "fontSize": 12, "fontStyle": "italic", "color": style.INK}
        values = {"values": [row]}
        stem = {"type": "rule", "color": style.SHADE, "strokeWidth": 1.5}
        level = {"value": at - TITLE_PX + 4}
        layers += [
            {"data": values, "mark": stem, "encoding": {"x": x, "y": level, "y2": {"value": 0}}},
            {
                "data": values,
                "mark": text | side,
                "encoding": {"x": x, "y": {"value": at}, "text": {"field": "title"}, "tooltip": tooltip},
            },
        ]
    return layers


def _score(points: Sequence[tuple[str, float]], lanes: int) -> Spec:
    """Return the layer of the experience score: a line of its own scale, below the lanes."""
    top = LANE_PX * lanes
    return {
        "data": {"values": [{"at": at, "score": round(score, 1)} for at, score in points]},
        "mark": {"type": "line", "color": style.INK, "strokeWidth": 1.5, "clip": True},
        "encoding": {
            "x": {"field": "at", "type": "temporal"},
            "y": {
                "field": "score",
                "type": "quantitative",
                "scale": {"domain": [0, 100], "range": [top + SCORE_PX, top + 8]},
                "axis": {"title": "Score", "orient": "right", "values": [0, 50, 100], "grid": False},
            },
            "tooltip": [{"field": "score", "title": "Experience score"}, {"field": "at", "type": "temporal"}],
        },
    }


def _happened(rows: Sequence[dict[str, Any]], lanes: Sequence[str], span: Sequence[str]) -> list[Spec]:
    x = {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc", "domain": list(span)},
        "axis": {"title": None, "format": "%-d %b", "grid": False, "tickCount": {"interval": "day", "step": 1}},
    }
    y = {
        "field": "lane",
        "type": "nominal",
        "sort": list(lanes),
        "scale": {"range": [0, LANE_PX * len(lanes)]},
        "axis": {"title": None, "grid": True, "ticks": False},
    }
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
        {"data": values, "mark": bar, "encoding": {"x": x, "x2": UNTIL | {"field": "until"}, "y": y, "color": colour}},
        {
            "data": values,
            "params": [{"name": CHOSEN, "select": {"type": "point", "fields": ["step"]}}],
            "mark": point,
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
        },
    ]
