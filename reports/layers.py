"""The layers that charts are made of. Rows carry `name`, `colour` and, on time charts, `at` and `run`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.documents import instant, parse_instant
from domain.zones import in_zone
from reports import style
from reports.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.documents import Document
    from domain.zones import ZoneName

Layer: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]
Tooltip: TypeAlias = "Sequence[tuple[str, str]]"

CHOSEN: Final = "chosen"
_LABEL_LIMIT: Final = 34
_LABEL_ROWS: Final = 3
_LETTER_SHARE: Final = 0.0125
"""Of a chart's width, what a letter of an event's title takes."""
_LATE: Final = 0.55
"""From this share of the width on, titles stand to the left of where their event begins."""
_MOST_EVENTS: Final = 8
_WEIGHTS: Final = ("outage", "campaign", "kpi_degradation", "planned_work", "alarm")
_COLOUR: Final = {"field": "colour", "type": "nominal", "scale": None}
_MANY_POINTS: Final = 60
_MANY_DAYS: Final = 14
_FEW_DAYS: Final = 2
_SIGNED: Final = "(datum.value > 0 ? '+' : '') + format(datum.value, ',d')"


def drawn(at: datetime, zone: ZoneName) -> str:
    """Return where a time is drawn: what clocks of a zone show, written as if it were UTC."""
    return instant(in_zone(at, zone).replace(tzinfo=UTC))


def time_axis(unit: str, times: Sequence[str], span: tuple[str, str]) -> Layer:
    """Return the x channel of a time chart over a span, with a tick per group on short ones; times are of clocks."""
    days = len({time[:10] for time in times})
    axis: dict[str, Any] = {"title": None, "grid": False, "format": "%-d %b"}
    if unit != "hour" and days <= _MANY_DAYS:
        axis |= {"format": "%a %-d %b" if unit == "day" else "%-d %b", "values": sorted(set(times))}
    elif days <= _FEW_DAYS:
        axis |= {"format": "%-d %b %H:%M"}
    scale = {"type": "utc", "domain": list(span)}
    return {"field": "at", "type": "temporal", "scale": scale, "axis": axis}


def y_axis(field: str, title: str, *, scale: Mapping[str, Any], signed: bool = False) -> Layer:
    """Return the y channel of a time chart."""
    axis: dict[str, Any] = {"title": title, "format": ",d", "tickCount": 5, "domain": False, "ticks": False}
    if signed:
        axis |= {"labelExpr": _SIGNED}
    return {"field": field, "type": "quantitative", "scale": dict(scale), "axis": axis}


def zero_line() -> list[Layer]:
    """Return the line where as many posts are positive as negative."""
    mark = {"type": "rule", "color": style.QUIET, "strokeWidth": 1}
    return [{"data": {"values": [{"zero": 0}]}, "mark": mark, "encoding": {"x": None, "y": {"datum": 0}}}]


def band(rows: Sequence[Row], y: Layer) -> list[Layer]:
    """Return the 95 % band around lines; a bar where a stretch is a single time."""
    lengths = Counter(row["run"] for row in rows)
    single = [row for row in rows if lengths[row["run"]] == 1]
    channels = {"y": y | {"field": "low"}, "y2": {"field": "high"}, "color": _COLOUR}
    area = {"mark": {"type": "area", "opacity": 0.14, "line": False}, "encoding": channels | _runs()}
    bar = {"data": {"values": single}, "mark": {"type": "rule", "opacity": 0.3, "strokeWidth": 5}, "encoding": channels}
    return [area, bar]


def lines(rows: Sequence[Row], y: Layer, tooltip: Tooltip, *, keys: Sequence[str]) -> list[Layer]:
    """Return lines that break where there is no data, and points that can be chosen."""
    size = 12 if len(rows) > _MANY_POINTS else 45
    return [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"y": y, "color": _COLOUR, **_runs()}},
        {
            "params": _chosen(keys),
            "mark": {"type": "point", "filled": True, "size": size, "opacity": 1, "cursor": "pointer"},
            "encoding": {
                "y": y,
                "color": _COLOUR,
                "tooltip": _tooltip([("name", "Brand"), ("when", "When"), *tooltip]),
            },
        },
    ]


def columns(y: Layer, tooltip: Tooltip, *, keys: Sequence[str], width: float) -> list[Layer]:
    """Return a column per time, `width` pixels wide."""
    mark = {"type": "bar", "width": width, "cursor": "pointer"}
    encoding = {"y": y, "color": _COLOUR, "tooltip": _tooltip([("when", "When"), *tooltip])}
    return [{"params": _chosen(keys), "mark": mark, "encoding": encoding}]


def end_labels(rows: Sequence[Row], field: str, *, gap: float) -> list[Layer]:
    """Return the names at the right ends of the lines, moved apart to at least `gap` units of y."""
    ends = sorted({row["name"]: row for row in rows}.values(), key=lambda row: (row[field], row["name"]))
    latest = max((row["at"] for row in rows), default=None)
    labels: list[Row] = []
    for row in ends:
        lowest = labels[-1]["y"] + gap if labels else row[field]
        labels.append({"name": row["name"], "colour": row["colour"], "at": latest, "y": max(row[field], lowest)})
    # Pushing upwards alone would lift the whole bundle: let it sink back by half of what the top one rose.
    drop = (labels[-1]["y"] - ends[-1][field]) / 2 if labels else 0
    labels = [label | {"y": label["y"] - drop} for label in labels]
    mark = {"type": "text", "align": "left", "dx": 10, "fontSize": 12, "fontWeight": "bold", "limit": 130}
    y = {"field": "y", "type": "quantitative"}
    encoding = {"y": y, "text": {"field": "name"}, "color": _COLOUR}
    return [{"data": {"values": labels}, "mark": mark, "encoding": encoding}]


def event_rows(events: Sequence[Document], span: tuple[str, str]) -> list[Row]:
    """Return the weightiest events that touch a span, cut to it; those whose title finds room have a `row`."""
    first, last = span
    touching = [
        event
        for event in events
        if event["started_at"] < last and (event.get("ended_at") or event["started_at"]) >= first
    ]
    chosen = sorted(touching, key=_weight)[:_MOST_EVENTS]
    rows = [
        {
            "from": max(event["started_at"], first),
            "to": min(event.get("ended_at") or event["started_at"], last),
            "title": event["title"][:_LABEL_LIMIT] + ("…" if len(event["title"]) > _LABEL_LIMIT else ""),
            "kind": in_words(event["kind"]),
        }
        for event in chosen
    ]
    start, end = map(parse_instant, span)
    taken: list[list[tuple[float, float]]] = [[] for _ in range(_LABEL_ROWS)]
    for row in rows:
        # Where its title begins and ends, in shares of the chart's width.
        at = (parse_instant(row["from"]) - start) / (end - start)
        width = _LETTER_SHARE * len(row["title"])
        left, right = (at - width, at) if at > _LATE else (at, at + width)
        free = (i for i, others in enumerate(taken) if all(right <= a or b <= left for a, b in others))
        if (place := next(free, None)) is not None:
            taken[place].append((left, right))
            row["row"] = -8 - 15 * place
    return rows


def _weight(event: Document) -> tuple[int, int, str, str]:
    """Order events by what readers ask about first: outages and campaigns, the severe before the others."""
    kind = _WEIGHTS.index(event["kind"]) if event["kind"] in _WEIGHTS else len(_WEIGHTS)
    severe = 0 if event.get("severity") in {"critical", "major", None} else 1
    return severe, kind, event["started_at"], event["id"]


def event_shades(rows: Sequence[Row]) -> list[Layer]:
    """Return a shade from the start to the end of each event, and a rule at its start."""
    tooltip = _tooltip([("kind", "Event"), ("title", "Title")])
    start = {"field": "from", "type": "temporal"}
    shade = {"type": "rect", "color": style.SHADE, "opacity": 0.25}
    rule = {"type": "rule", "color": style.SHADE, "strokeWidth": 1.5}
    values = {"values": list(rows)}
    return [
        {"data": values, "mark": shade, "encoding": {"x": start, "x2": {"field": "to"}, "tooltip": tooltip}},
        {"data": values, "mark": rule, "encoding": {"x": start, "tooltip": tooltip}},
    ]


def event_titles(rows: Sequence[Row], span: tuple[str, str]) -> list[Layer]:
    """Return the events' titles above the chart, to the left of those that start late."""
    middle = instant(parse_instant(span[0]) + (parse_instant(span[1]) - parse_instant(span[0])) * _LATE)
    titled = [row for row in rows if "row" in row]
    late = [row for row in titled if row["from"] > middle]
    early = [row for row in titled if row["from"] <= middle]
    level = {"field": "row", "type": "quantitative", "scale": None, "axis": None}
    encoding = {"x": {"field": "from", "type": "temporal"}, "y": level, "text": {"field": "title"}}
    mark = {"type": "text", "fontSize": 12, "color": style.INK, "fontStyle": "italic"}
    return [
        {"data": {"values": shown}, "mark": mark | {"align": align}, "encoding": encoding}
        for shown, align in ((early, "left"), (late, "right"))
        if shown
    ]


def bars(rows: Sequence[Row], field: str, title: str, tooltip: Tooltip, *, key: str, label_at: str) -> list[Layer]:
    """Return horizontal bars in the order of rows, each with what is `shown` behind `label_at`."""
    names = [row["name"] for row in rows]
    longest = max((row[label_at] for row in rows), default=1) or 1
    y = {"field": "name", "type": "nominal", "sort": names, "axis": _NAME_AXIS}
    # The labels stand to the right of the bars and need room there.
    scale = {"domain": [0, longest * 1.35], "nice": False}
    x = {"field": field, "type": "quantitative", "scale": scale, "axis": {"title": title, "tickCount": 5}}
    bar = {"type": "bar", "height": {"band": 0.62}, "cursor": "pointer"}
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": style.INK}
    hover = _tooltip([("name", key.capitalize()), *tooltip])
    return [
        {"params": _chosen([key]), "mark": bar, "encoding": {"y": y, "x": x, "color": _COLOUR, "tooltip": hover}},
        {"mark": text, "encoding": {"y": y, "x": x | {"field": label_at}, "text": {"field": "shown"}}},
    ]


def ranges(rows: Sequence[Row]) -> list[Layer]:
    """Return the 95 % ranges `low`..`high` over horizontal bars."""
    y = {"field": "name", "type": "nominal", "sort": [row["name"] for row in rows]}
    x = {"field": "low", "type": "quantitative"}
    mark = {"type": "rule", "color": style.INK, "strokeWidth": 1.5}
    return [{"mark": mark, "encoding": {"y": y, "x": x, "x2": {"field": "high"}}}]


def stacks(rows: Sequence[Row], key: str, *, title: str) -> list[Layer]:
    """Return horizontal bars of `count` stacked by sentiment, with the colours named above.

    A click sets the `key` of a row; `title` is what the rows' names are called in the tooltip.
    """
    names = list(dict.fromkeys(row["name"] for row in rows))
    y = {"field": "name", "type": "nominal", "sort": names, "axis": _NAME_AXIS}
    x = {"field": "count", "type": "quantitative", "axis": {"title": "Posts", "format": ",d", "tickCount": 5}}
    scale = {"domain": list(style.MOODS), "range": list(style.MOODS.values())}
    colour = {"field": "sentiment", "type": "nominal", "scale": scale}
    hover = _tooltip([("name", title), ("shown", "Posts")])
    encoding = {"y": y, "x": x, "color": colour, "order": {"field": "order"}, "tooltip": hover}
    mark = {"type": "bar", "height": {"band": 0.62}, "cursor": "pointer"}
    totals = [{"name": row["name"], "total": row["total"]} for row in rows if row["order"] == 0]
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": style.INK}
    label = {"field": "total", "type": "quantitative", "format": ",d"}
    return [
        {"params": _chosen([key]), "mark": mark, "encoding": encoding},
        {"data": {"values": totals}, "mark": text, "encoding": {"y": y, "x": x | {"field": "total"}, "text": label}},
    ]


_NAME_AXIS: Final = {"title": None, "domain": False, "ticks": False, "labelColor": style.INK}


def _runs() -> Layer:
    return {"detail": {"field": "run", "type": "nominal"}}


def _chosen(keys: Sequence[str]) -> list[Layer]:
    return [{"name": CHOSEN, "select": {"type": "point", "fields": list(keys)}}]


def _tooltip(fields: Sequence[tuple[str, str]]) -> list[Layer]:
    return [{"field": field, "type": "nominal", "title": title} for field, title in fields]
