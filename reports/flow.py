"""Sequences of steps that precede something, drawn as a flow: a line for each, all of them ending at what follows.

Sequences are not merged where they share a step: the same customers may have had several, and no width of a common
line would be true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reports import style
from reports.chart_table import ChartTable
from reports.wording import begun, count, in_words, percent

if TYPE_CHECKING:
    from insights.customers.sequences import Preceding, StepSequence
    from reports.charts import Spec

MOST_DRAWN: Final = 12
"""Sequences that are drawn, those with most lift first; the table has all."""
ROW_PX: Final = 44
WIDEST_PX: Final = 18
_EDGE_PX: Final = 26
_ROOM: Final = 0.65
"""What lift in words takes of the picture, in steps for each step that is drawn: so it has room on a phone."""
_AT: Final = 3.0


def flow(found: Preceding) -> Spec:
    """Return the chart of sequences: each line as wide as it has customers, with its lift at the end."""
    drawn = found.sequences[:MOST_DRAWN]
    longest = max((len(one.steps) for one in drawn), default=1)
    across = longest * (1 + _ROOM)
    widest = max((one.customers for one in drawn), default=1)
    links: list[dict[str, Any]] = []
    for row, one in enumerate(drawn):
        first = _AT - len(one.steps)
        width = max(1.0, WIDEST_PX * one.customers / widest)
        links += [
            {
                "row": row,
                "from": first + place,
                "to": first + place + 1,
                "width": width,
                "step": begun(in_words(step)),
                "shown": f"{_ordered(one)}: {count(one.customers)} customers, {_lift(one)}",
            }
            for place, step in enumerate(one.steps)
        ]
    ends = [{"row": row, "at": _AT, "lift": _lift(one)} for row, one in enumerate(drawn)]
    bar = {"at": _AT, "top": -0.5, "bottom": len(drawn) - 0.5, "name": begun(in_words(found.target))}
    return {
        "$schema": style.SCHEMA,
        "description": f"Sequences of steps that precede: {in_words(found.target)}.",
        "height": ROW_PX * max(len(drawn), 1) + _EDGE_PX,
        "config": style.CONFIG,
        "encoding": {
            "x": {
                "type": "quantitative",
                "scale": {"domain": [_AT - longest, _AT + _ROOM * longest], "nice": False, "zero": False},
                "axis": None,
            },
            "y": {"type": "quantitative", "scale": {"reverse": True, "nice": False}, "axis": None},
        },
        "layer": [
            _marks(links, {"type": "rule", "color": style.OWN, "opacity": 0.4}, "from")
            | {"encoding": _places("from") | {"x2": {"field": "to"}, "strokeWidth": _WIDTH, "tooltip": _TOOLTIP}},
            _marks(links, {"type": "point", "color": style.OWN, "filled": True, "size": 40, "opacity": 1}, "from"),
            _marks([bar], {"type": "rule", "color": style.NEGATIVE, "strokeWidth": 6}, "at")
            | {"encoding": _places("at", "top") | {"y2": {"field": "bottom"}}},
            _words(links, "step", "from", dy=-9, baseline="bottom", limit={"expr": f"width / {across} - 6"}),
            _words(ends, "lift", "at", dx=12, baseline="middle"),
            _words([bar | {"row": -0.5}], "name", "at", dy=-4, baseline="bottom", align="center", fontWeight="bold"),
        ],
    }


def flow_table(found: Preceding) -> ChartTable:
    """Return all sequences as a table."""
    columns = (
        "Sequence",
        "Customers",
        "Occurrences",
        "Followed",
        "Share",
        "Without it",
        "Lift (95% range)",
        "Median hours",
    )
    rows = tuple(
        (
            begun(_ordered(one)),
            count(one.customers),
            count(one.occurrences),
            count(one.followed),
            percent(one.confidence),
            percent(one.base),
            _lift(one),
            f"{one.median_hours:.1f}",
        )
        for one in found.sequences
    )
    return ChartTable(columns, rows)


_WIDTH: Final = {"field": "width", "type": "quantitative", "scale": None}
_TOOLTIP: Final = [{"field": "shown", "title": "Sequence"}]


def _places(x: str, y: str = "row") -> dict[str, Any]:
    """Return where marks stand: steps across, sequences down."""
    return {"x": {"field": x, "type": "quantitative"}, "y": {"field": y, "type": "quantitative"}}


def _marks(rows: list[dict[str, Any]], mark: dict[str, Any], x: str) -> dict[str, Any]:
    return {"data": {"values": rows}, "mark": mark, "encoding": _places(x)}


def _words(rows: list[dict[str, Any]], field: str, x: str, **mark: Any) -> dict[str, Any]:
    text = {"type": "text", "align": "left", "fontSize": 12, "color": style.INK} | mark
    layer = _marks(rows, text, x)
    return layer | {"encoding": layer["encoding"] | {"text": {"field": field}}}


def _ordered(one: StepSequence) -> str:
    return ", then ".join(in_words(step) for step in one.steps)


def _lift(one: StepSequence) -> str:
    return f"{one.lift:.1f} times ({one.low:.1f} to {one.high:.1f})"
