"""Answers as charts: pure functions from an `Answer` to a Vega-Lite specification (a plain dict).

Times are drawn where clocks of the answer's zone show them, so ticks are its midnights; in the hour that is there twice
two groups stand above each other.

Colours are fixed by a brand's place among the configured brands. `events` are stored documents
of the kind `events`; they are shaded (or ruled, where no end is known) and labelled.

A click on a point or a bar sets the selection `CHOSEN` to the group's keys, under the names and
with the values that the answer has (`day`, `brand`, `topic`, ...): a page can open the posts behind it.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.documents import instant, parse_instant
from domain.questions import TIME_DIMENSIONS
from domain.zones import end_of, in_zone
from reports import layers, style, wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.config import Brand
    from domain.documents import Document
    from domain.questions import Answer, Dimension

Spec: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]

CHOSEN: Final = layers.CHOSEN
EVERYTHING: Final = "all posts"
_WIDTH: Final = 760
_HEIGHT: Final = 260
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LABELS: Final = 18  # lines of text that fit above each other on a time chart
_STEP: Final[Mapping[Dimension, timedelta]] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def net_sentiment(answer: Answer, *, brands: Sequence[Brand], events: Sequence[Document] = ()) -> Spec:
    """Draw `sentiment` by a time (hour, day or week), and brand where asked, with 95 % bands.

    Net sentiment is in points, -100 to +100. Times without posts interrupt the line.
    """
    rows = [
        row
        | {name: round(100 * row[name], 2) for name in ("net", "low", "high")}
        | {"shown": f"{wording.points(row['net'])} ({wording.points(row['low'])} to {wording.points(row['high'])})"}
        for row in _timed(answer, brands)
        if row["net"] is not None
    ]
    bounds = [0, *(row[bound] for row in rows for bound in ("low", "high"))]
    scale = {"domain": [min(bounds), max(bounds)], "nice": True}
    y = layers.y_axis("net", "Net sentiment (points)", scale=scale, signed=True)
    tooltip = [("shown", "Net sentiment (95% range)"), ("posts", "Posts")]
    marks = [
        *layers.zero_line(),
        *layers.band(rows, y),
        *layers.lines(rows, y, tooltip, keys=_keys(answer)),
        *layers.end_labels(rows, "net", gap=(max(bounds) - min(bounds)) / _LABELS),
    ]
    return _over_time(answer, rows, marks, events, description=f"Net sentiment over time: {_scope(rows)}.")


def volume(answer: Answer, *, brands: Sequence[Brand], events: Sequence[Document] = ()) -> Spec:
    """Draw `volume` by a time: a line per brand where asked by brand, else columns."""
    rows = [row for row in _timed(answer, brands) if row["posts"] is not None]
    y = layers.y_axis("posts", f"Posts per {_time(answer)}", scale={"zero": True, "nice": True})
    tooltip = [("posts", "Posts"), ("once", "Copies counted once")]
    if "brand" in _keys(answer):
        marks = layers.lines(rows, y, tooltip, keys=_keys(answer))
        marks += layers.end_labels(rows, "posts", gap=max((row["posts"] for row in rows), default=0) / _LABELS)
    else:
        first, last = _span(rows, answer)
        places = max(1.0, (last - first) / _STEP[_time(answer)])
        marks = layers.columns(y, tooltip, keys=_keys(answer), width=0.55 * _WIDTH / places)
    return _over_time(answer, rows, marks, events, description=f"Posts over time: {_scope(rows)}.")


def share_of_voice(answer: Answer, *, brands: Sequence[Brand]) -> Spec:
    """Draw `share-of-voice`, not grouped further, as bars with 95 % ranges, in the brands' colours."""
    names, colours = _names(brands), style.brand_colours(brands)
    rows = [
        row
        | {name: 100 * row[name] for name in ("share", "low", "high")}
        | {"name": names.get(row["brand"], row["brand"]), "colour": colours.get(row["brand"], style.UNKNOWN)}
        | {"shown": f"{wording.percent(row['share'])}  ({wording.count(row['posts'])} posts)"}
        for row in sorted(answer.records(), key=lambda row: (-row["posts"], row["brand"]))
    ]
    title = f"Share of the {wording.count(answer.total)} posts that name a tracked brand (%)"
    marks = layers.bars(rows, "share", title, [("shown", "Share of voice")], key="brand", label_at="high")
    return _across(rows, [*marks, *layers.ranges(rows)], description="Share of voice by brand with 95% ranges.")


def topics(answer: Answer, *, limit: int = 12) -> Spec:
    """Draw `topics`, not grouped further, as bars of posts, largest first, coloured by net sentiment.

    Posts that belong to no topic come last, in grey.
    """
    records = sorted(answer.records(), key=lambda row: (row["topic"] is None, -row["posts"], row["topic"]))
    named = [row for row in records if row["topic"] is not None][:limit]
    rest = [row for row in records if row["topic"] is None]
    seen: Counter[str] = Counter()
    rows = []
    for row in named + rest:
        name = row["name"] or row["topic"]
        seen[name] += 1
        # On an axis equal names would be one bar.
        name += f" ({seen[name]})" if seen[name] > 1 else ""
        colour = style.UNKNOWN if row["topic"] is None else style.mood_colour(row["net"])
        shown = wording.count(row["posts"])
        shown += "" if row["net"] is None else f"  (net {wording.points(row['net'])})"
        rows.append(row | {"name": name, "colour": colour, "shown": shown})
    marks = layers.bars(rows, "posts", "Posts", [("shown", "Posts")], key="topic", label_at="posts")
    return _across(rows, marks, description=f"Posts by topic, the largest {len(named)}, coloured by net sentiment.")


def breakdown(answer: Answer, *, limit: int = 10) -> Spec:
    """Draw `sentiment` by one dimension (language, source, place) as bars of posts split by sentiment."""
    key = answer.columns[0].name
    rows = _parts(key, answer.records(), limit=limit)
    description = f"Posts by {key}, split into negative, neutral and positive."
    return _across(rows, layers.stacks(rows, key, title=key.capitalize()), description=description)


def aspects(answer: Answer) -> Spec:
    """Draw `sentiment` by aspect, not grouped further: bars of posts split by the sentiment toward each aspect.

    Each part of a bar stands for its own posts: a click sets `aspect_sentiment` (`price:negative`).
    Posts that speak of no aspect are left out.
    """
    records = [row for row in answer.records() if row["aspect"] is not None]
    rows = [
        row | {"aspect_sentiment": f"{row['aspect']}:{row['sentiment']}"}
        for row in _parts("aspect", records, limit=len(wording.ASPECTS))
    ]
    description = "Posts by what they speak about, split by the sentiment toward it."
    return _across(rows, layers.stacks(rows, "aspect_sentiment", title="Speaks about"), description=description)


def _parts(key: str, records: Sequence[Row], *, limit: int) -> list[Row]:
    """Return three rows, one per sentiment, for each of the records with most posts."""
    largest = sorted(records, key=lambda row: (-row["posts"], str(row[key])))[:limit]
    return [
        {key: row[key], "name": _named(key, row[key]), "sentiment": label, "order": order, "count": row[label]}
        | {"total": row["posts"], "shown": f"{wording.count(row[label])} {label} of {wording.count(row['posts'])}"}
        for row in largest
        for order, label in enumerate(style.MOODS)
    ]


def _over_time(
    answer: Answer, rows: Sequence[Row], marks: Sequence[Spec], events: Sequence[Document], *, description: str
) -> Spec:
    first, last = _span(rows, answer)
    span = layers.drawn(first, answer.zone), layers.drawn(last, answer.zone)
    shown = [
        row | {end: layers.drawn(parse_instant(row[end]), answer.zone) for end in ("from", "to")}
        for row in layers.event_rows(events, (instant(first), instant(last)))
    ]
    marks = [*layers.event_shades(shown), *marks, *layers.event_titles(shown, span)]
    spec = _spec(rows, marks, description=description, height=_HEIGHT)
    return spec | {"encoding": {"x": layers.time_axis(_time(answer), [row["at"] for row in rows], span)}}


def _span(rows: Sequence[Row], answer: Answer) -> tuple[datetime, datetime]:
    """Return the beginning of the first group drawn and the end of the last."""
    time = _time(answer)
    times = sorted(parse_instant(row[time]) for row in rows) or [_NEVER]
    return times[0], end_of(time, times[-1], answer.zone)


def _across(rows: Sequence[Row], marks: Sequence[Spec], *, description: str) -> Spec:
    names = {row["name"] for row in rows}
    return _spec(rows, marks, description=description, height=30 * max(1, len(names)))


def _spec(rows: Sequence[Row], marks: Sequence[Spec], *, description: str, height: int) -> Spec:
    return {
        "$schema": style.SCHEMA,
        "description": description,
        "width": _WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "height": height,
        "config": style.CONFIG,
        "data": {"values": list(rows)},
        "layer": list(marks),
    }


def _timed(answer: Answer, brands: Sequence[Brand]) -> list[Row]:
    """Return the rows to draw over time with `at`, `name`, `colour`, and `run`: the unbroken stretch they are in."""
    names, colours, time = _names(brands), style.brand_colours(brands), _time(answer)
    runs: Counter[str] = Counter()
    ends: dict[str, datetime] = {}
    rows = []
    for row in answer.records():
        key = row.get("brand", EVERYTHING)
        if key not in names:
            continue
        at = parse_instant(row[time])
        if key in ends and at > ends[key]:
            runs[key] += 1
        ends[key] = end_of(time, at, answer.zone)
        shown = {"name": names[key], "colour": colours.get(key, style.OWN), "when": _when(time, at, answer)}
        # A group stands in the middle of its time, where the events of that time are drawn too.
        middle = layers.drawn(at + (ends[key] - at) / 2, answer.zone)
        rows.append(row | shown | {"at": middle, "run": f"{key} {runs[key]}"})
    return rows


def _when(time: Dimension, at: datetime, answer: Answer) -> str:
    at = in_zone(at, answer.zone)
    if time == "hour":
        return wording.moment(at)
    return f"week of {wording.day(at)}" if time == "week" else wording.day(at)


def _keys(answer: Answer) -> list[str]:
    """Return the dimensions of an answer: the columns before its figures."""
    names = [column.name for column in answer.columns]
    return names[: names.index("posts")]


def _time(answer: Answer) -> Dimension:
    keys = _keys(answer)
    return next(name for name in TIME_DIMENSIONS if name in keys)


def _names(brands: Sequence[Brand]) -> dict[Any, str]:
    return {EVERYTHING: EVERYTHING, **{brand.key: brand.name for brand in brands}}


def _named(key: str, value: str | None) -> str:
    if value is None:
        return wording.NOT_KNOWN
    words = {"language": wording.language, "aspect": wording.aspect}
    return words[key](value) if key in words else value


def _scope(rows: Sequence[Row]) -> str:
    return ", ".join(dict.fromkeys(row["name"] for row in rows)) or wording.NO_DATA
