"""Complaints by place as a map: a pure function from areas to a Vega-Lite specification (see `reports/charts.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from shapely.geometry import box, mapping

from reports import layers, style
from reports.outlines import NORTHMOST, View, mercator, outlines
from reports.over_time import WIDTH
from reports.wording import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insights.detection.areas import Area
    from reports.charts import Row, Spec

HEIGHT: Final = 420
NO_EVENT, WITH_EVENT, EVENT_ALONE = "complaints, no event on record", "complaints and events", "events alone"
_LOOKS: Final = {
    NO_EVENT: (style.NEGATIVE, "circle"),
    WITH_EVENT: (style.POSITIVE, "square"),
    EVENT_ALONE: (style.UNKNOWN, "triangle-up"),
}
"""The colour and the shape of a mark: who sees no colours has the shapes."""
_NARROWEST: Final = 4.0
"""Degrees, however close the places are."""
_MARGIN: Final = 0.15
_MOST, _FAR = 0.9, 2.5
"""What is more than so many times as far away as most are lies beyond the map."""
_AROUND: Final = 3.0
"""How many times as wide as the view the ground is drawn: how it lies in a page nobody knows before."""
_NAMED: Final = 12
_APART: Final = 0.05
"""Of the view's height: names that lie closer would be written over each other."""
_SIZES: Final = (40, 700)
"""Square pixels of the marks of one complaint and of most."""


def area_map(areas: Sequence[Area], *, key: str = "whereabouts") -> Spec:
    """Draw areas that are somewhere, each as large as its complaints are many; a click sets `key` to the place."""
    placed: list[Row] = [
        {"name": area.place, key: area.place, "complaints": area.complaints, "events": area.events}
        | {"state": WITH_EVENT if area.complaints and area.events else NO_EVENT if area.complaints else EVENT_ALONE}
        | {"east": area.longitude, "north": round(mercator(area.latitude), 4)}
        for area in areas
        if area.latitude is not None
    ]
    view = _view(placed)
    around = _AROUND * max(view.east - view.west, view.north - view.south)
    ground = View(view.west - around, view.south - around, view.east + around, view.north + around)
    rows = [row for row in placed if _is_in(view, row)]
    left_out = {
        "Beyond the map": [row["name"] for row in placed if not _is_in(view, row)],
        "Nobody said where these are": [area.place for area in areas if area.latitude is None],
    }
    most = max((row["complaints"] for row in rows), default=0)
    there = {"longitude": {"field": "east", "type": "quantitative"}, "latitude": {"field": "north"}}
    states = [state for state in _LOOKS if any(row["state"] == state for row in rows)]
    looks = [_LOOKS[state] for state in states]
    marks = there | {
        "size": {
            "field": "complaints",
            "type": "quantitative",
            "scale": {"domain": [0, max(1, most)], "range": list(_SIZES)},
            "legend": None,
        },
        "color": _legend(states, [colour for colour, _ in looks]),
        "shape": _legend(states, [shape for _, shape in looks]),
        "tooltip": layers.tooltip_of(
            [("name", "Place"), ("complaints", "Complaints"), ("events", "Network events"), ("state", "On record")]
        ),
    }
    point = {"type": "point", "filled": True, "opacity": 0.75, "cursor": "pointer"}
    text = {"type": "text", "align": "left", "dx": 17, "fontSize": 12, "color": style.INK}
    apart = _APART * (view.north - view.south)
    largest: list[Row] = []
    for row in rows:
        if len(largest) < _NAMED and all(abs(row["north"] - other["north"]) > apart for other in largest):
            largest.append(row)
    named = {"data": {"values": largest}, "mark": text, "encoding": there | {"text": {"field": "name"}}}
    return {
        "$schema": style.SCHEMA,
        "description": f"Complaints by place on a map, {count(len(rows))} places.",
        "width": WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "height": HEIGHT,
        "config": style.CONFIG,
        "projection": {"type": "identity", "reflectY": True, "fit": mapping(box(*view))},
        "usermeta": {"notes": [f"{why}: {', '.join(names)}." for why, names in left_out.items() if names]},
        "data": {"values": rows},
        "layer": [
            *({"data": {"values": outlines(kind, ground)}, "mark": mark} for kind, mark in _GROUND.items()),
            {"params": layers.chosen_by([key]), "mark": point, "encoding": marks},
            named,
        ],
    }


_GROUND: Final[Mapping[str, dict[str, Any]]] = {
    "land": {"type": "geoshape", "fill": style.HAIRLINE, "stroke": None, "clip": True},
    "regions": {"type": "geoshape", "filled": False, "stroke": style.UNKNOWN, "strokeWidth": 0.4, "clip": True},
    "borders": {"type": "geoshape", "filled": False, "stroke": style.UNKNOWN, "strokeWidth": 0.9, "clip": True},
}


def _view(rows: Sequence[Row]) -> View:
    """Return the part of the map in which most complaints are: the few from far away would make all else a dot."""
    if not rows:
        return View(-180.0, mercator(-NORTHMOST), 180.0, mercator(NORTHMOST))
    places = np.array([(row["east"], row["north"]) for row in rows])
    weights = np.array([row["complaints"] + row["events"] for row in rows])
    away = np.linalg.norm(places - np.median(np.repeat(places, weights, axis=0), axis=0), axis=1)
    reach = np.quantile(np.repeat(away, weights), _MOST)
    near = places[away <= max(_FAR * reach, _NARROWEST)]
    (west, south), (east, north) = near.min(0).tolist(), near.max(0).tolist()
    margin = max(_NARROWEST, east - west, north - south) * _MARGIN
    return View(west - margin, south - margin, east + margin, north + margin)


def _is_in(view: View, row: Row) -> bool:
    return bool(view.west <= row["east"] <= view.east and view.south <= row["north"] <= view.north)


def _legend(states: Sequence[str], looks: Sequence[str]) -> Spec:
    return {"field": "state", "type": "nominal", "scale": {"domain": list(states), "range": list(looks)}}
