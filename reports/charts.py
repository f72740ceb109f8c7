"""Answers as charts: pure functions from an `Answer` to a Vega-Lite specification (a plain dict).

Times are drawn where clocks of the answer's zone show them, so ticks are its midnights; in the hour that is there twice
two groups stand above each other. A figure stands over all of its time: a line over time is one of steps.

Colours are fixed by a brand's place among the configured brands. `events` are stored documents
of the kind `events`; they are shaded (or ruled, where no end is known) and numbered.

A click on a point or a bar sets the selection `CHOSEN` to the group's keys, under the names and
with the values that the answer has (`day`, `brand`, `topic`, ...): a page can open the posts behind it. Where a mark
stands for several, their keys are joined by `TOGETHER`. A click on events sets `EVENT` to their ids.

What a reader must know beside the picture stands in `notes_of` and `events_of` a chart.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.config import Brand
from insights.statistics.intervals import bounds, share_interval
from reports import event_layers, layers, style, wording
from reports.layers import drawn
from reports.over_time import DRAWN_TOGETHER, WIDTH, OverTime
from reports.series import FEW, TOGETHER, counted, keys_of, others, pooled_where_few, series_of, shown_brands, time_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.documents import Document
    from domain.questions import Answer

Spec: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]

CHOSEN: Final = layers.CHOSEN
EVENT: Final = event_layers.EVENT
_NAMED: Final = 3
"""Names that a note has room for."""
_SHARE_ROOM: Final = 120
"""Pixels that a share takes in words, on a chart of which each per cent has two or more."""
_FEW_POSTS: Final = (
    "{names}: where one {time} after the other has fewer than {few} posts, the line and its range are of as many "
    "together as have {few}. A point is one {time}."
)


def notes_of(spec: Spec) -> list[str]:
    """Return sentences that belong below a chart: what it does not draw, and what it draws in another way."""
    return list(spec.get("usermeta", {}).get("notes", ()))


def events_of(spec: Spec) -> list[Row]:
    """Return the events on a chart in the order of their numbers: `number`, `event` (its id), `title`, `facts`."""
    return list(spec.get("usermeta", {}).get("events", ()))


def net_sentiment(answer: Answer, *, brands: Sequence[Brand], events: Sequence[Document] = ()) -> Spec:
    """Draw `sentiment` by a time (hour, day or week), and brand where asked, in steps with 95 % bands.

    Net sentiment is in points, -100 to +100. Times without posts interrupt the line. Where neighbouring
    times have few posts the line is of several together, which a note says.
    """
    shown = [line for line in series_of(answer, brands) if any(row["net"] is not None for row in line.rows)]
    for line in shown:
        line.rows = [row for row in line.rows if row["net"] is not None]
    over = OverTime(answer, shown)
    rows = [
        row | _in_points(row) | {"shown": wording.estimate(row["net"], row["low"], row["high"])} for row in over.rows()
    ]
    corners = []
    pooled = []
    for line in shown:
        wide = pooled_where_few(line, answer)
        corners += over.corners(line, ((row["start"], row["end"], _in_points(row)) for row in wide))
        if len(wide) < len(line.rows):
            pooled.append(line.name)
    ends = [0, *(row[bound] for row in [*rows, *corners] for bound in ("low", "high"))]
    y = layers.y_axis("net", "Net sentiment (points)", layers.whole_ticks(min(ends), max(ends)), signed=True)
    tooltip = [("shown", "Net sentiment (95% range)"), ("posts", "Posts")]
    between = [*layers.zero_line(y), *layers.band(corners, y), *layers.lines(corners, y)]
    above = [*layers.points(rows, y, tooltip, keys=keys_of(answer)), *over.labels(corners, y)]
    notes = [_FEW_POSTS.format(names=_some(pooled), few=FEW, time=time_of(answer))] if pooled else []
    return over.spec(rows, ([], between, above), events, says="Net sentiment over time", notes=notes)


def volume(answer: Answer, *, brands: Sequence[Brand], events: Sequence[Document] = ()) -> Spec:
    """Draw `volume` by a time: a line in steps per brand where asked by brand, else columns.

    Where nobody posted it is zero, where sources were not heard it is interrupted.
    """
    shown = series_of(answer, brands)
    over = OverTime(answer, shown)
    rows = over.rows()
    tooltip = [("posts", "Posts"), ("once", "Copies counted once")]
    y = layers.y_axis(
        "posts", f"Posts per {time_of(answer)}", layers.whole_ticks(0, max((row["posts"] for row in rows), default=0))
    )
    unheard = layers.silence(over.silence(), over.x)
    if "brand" not in keys_of(answer):
        for row in rows:
            gap = (row["end"] - row["start"]) / 12
            row |= {"from": drawn(row["start"] + gap, answer.zone), "to": drawn(row["end"] - gap, answer.zone)}
        # Columns would hide what happened on their day: events shade them.
        ground = [*unheard, *layers.columns(rows, over.x, y, tooltip, keys=keys_of(answer))]
        return over.spec(rows, (ground, [], []), events, says="Posts over time")
    corners = []
    for line in shown:
        stretches = counted(line, over.span, over.silent, answer)
        corners += over.corners(
            line, [(one.start, one.end, one.row and {"posts": one.row["posts"]}) for one in stretches]
        )
    above = [*layers.points(rows, y, tooltip, keys=keys_of(answer)), *over.labels(corners, y)]
    return over.spec(rows, (unheard, layers.lines(corners, y), above), events, says="Posts over time")


def share_of_voice(answer: Answer, *, brands: Sequence[Brand]) -> Spec:
    """Draw `share-of-voice`, not grouped further, as bars with 95 % ranges, in the brands' colours."""
    found = {row["brand"]: row for row in answer.records()}
    brands = [*brands, *(Brand(key=key, name=key) for key in sorted(found.keys() - {brand.key for brand in brands}))]
    shown = shown_brands({key: row["posts"] for key, row in found.items()}, brands)
    colours, names = style.brand_colours(brands, shown), {brand.key: brand.name for brand in brands}
    rows = [found[key] | {"name": names[key], "colour": colours[key]} for key in shown]
    rows.sort(key=lambda row: (-row["posts"], row["brand"]))
    rest = [key for key in found if key not in shown]
    if rest:
        posts, of = sum(found[key]["posts"] for key in rest), found[rest[0]]["of"]
        low, high = bounds(share_interval(min(posts, of), of))
        together = {"brand": TOGETHER.join(rest), "name": others(len(rest)), "colour": style.UNKNOWN}
        rows.append(together | {"posts": posts, "of": of, "share": min(posts, of) / of, "low": low, "high": high})
    rows = [
        row
        | {name: 100 * row[name] for name in ("share", "low", "high")}
        | {"shown": f"{wording.percent(row['share'])}  ({wording.count(row['posts'])} posts)"}
        for row in rows
    ]
    x = layers.shares("share", f"Share of the {wording.count(answer.total)} posts that name a tracked brand (%)")
    rows = _labelled(rows)
    marks = layers.bars(rows, x, [("shown", "Share of voice")], key="brand", label_at="high") + layers.ranges(rows, x)
    notes = [DRAWN_TOGETHER.format(others(len(rest)))] if len(rest) > 1 else []
    spec = _across(rows, marks, description="Share of voice by brand with 95% ranges.", notes=notes)
    # What stands behind the longest bar needs the room that the bar leaves, and the rest beside the chart.
    room = max(0, round(_SHARE_ROOM - 2 * (100 - max((row["high"] for row in rows), default=0))))
    return spec | {"padding": {"left": 5, "top": 5, "right": 5 + room, "bottom": 5}}


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
    rows = _labelled(rows)
    x = layers.counts("posts", rows, "Posts")
    marks = layers.bars(rows, x, [("shown", "Posts")], key="topic", label_at="posts")
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
    named = {"language": wording.language, "aspect": wording.aspect}.get(key, str)
    rows = [
        {key: row[key], "name": wording.NOT_KNOWN if row[key] is None else named(row[key])}
        | {"sentiment": label, "order": order, "count": row[label]}
        | {"total": row["posts"], "shown": f"{wording.count(row[label])} {label} of {wording.count(row['posts'])}"}
        for row in largest
        for order, label in enumerate(style.MOODS)
    ]
    return _labelled(rows)


def _across(rows: Sequence[Row], marks: Sequence[Spec], *, description: str, notes: Sequence[str] = ()) -> Spec:
    return {
        "$schema": style.SCHEMA,
        "description": description,
        "width": WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "height": 30 * max(1, len({row["label"] for row in rows})),
        "config": style.CONFIG,
        "usermeta": {"notes": list(notes)},
        "data": {"values": list(rows)},
        "layer": list(marks),
    }


def _labelled(rows: Sequence[Row]) -> list[Row]:
    """Return rows with names that an axis has room for, another for each name."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    labels = dict(zip(names, layers.short_names(names), strict=True))
    return [row | {"label": labels[row["name"]]} for row in rows]


def _in_points(row: Row) -> dict[str, float]:
    return {name: round(100 * row[name], 2) for name in ("net", "low", "high")}


def _some(names: Sequence[str]) -> str:
    """Return a few names in words: `A, B, C and 5 more`."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
