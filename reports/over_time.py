"""What charts over time have in common: their span, steps that last as long as their time, names, silence, events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.zones import end_of, in_zone
from reports import event_layers, layers, style, wording
from reports.layers import drawn
from reports.series import TOGETHER, others, silences, time_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.documents import Document
    from domain.questions import Answer, Dimension
    from domain.zones import ZoneName
    from reports.layers import Layer
    from reports.series import Series

Row: TypeAlias = dict[str, Any]
Stretches: TypeAlias = "Iterable[tuple[datetime, datetime, Mapping[str, float] | None]]"

WIDTH: Final = 760
HEIGHT: Final = 260
DRAWN_TOGETHER: Final = "{} are drawn as one: a post that names several of them counts in each."
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class OverTime:
    """A chart over time in the making: the lines of an answer over their common span."""

    def __init__(self, answer: Answer, lines: Sequence[Series]) -> None:
        self.lines, self.zone, self.time = lines, answer.zone, time_of(answer)
        starts = sorted({row["start"] for line in lines for row in line.rows}) or [_NEVER]
        self.span = starts[0], end_of(self.time, starts[-1], self.zone)
        self.silent = [at for at in silences(answer) if self.span[0] <= at < self.span[1]]
        middles = [self._drawn(at + (end_of(self.time, at, self.zone) - at) / 2) for at in starts]
        self.x = layers.time_axis(self.time, middles, (self._drawn(self.span[0]), self._drawn(self.span[1])))

    def rows(self) -> list[Row]:
        """Return the rows of all lines with how they look; points of one time stand beside each other within it."""
        places = len(self.lines) + 1
        return [
            row
            | {"name": line.name, "colour": line.colour, "shape": style.shape(line.colour)}
            | {"at": self._drawn(row["start"] + (row["end"] - row["start"]) * place / places)}
            | {"when": when(self.time, row["start"], self.zone)}
            for place, line in enumerate(self.lines, start=1)
            for row in line.rows
        ]

    def corners(self, line: Series, stretches: Stretches) -> list[Row]:
        """Return where the steps of a line begin and end, from when to when it has which figures."""
        found: list[Row] = []
        run, reached, last = -1, None, None
        for start, end, figures in stretches:
            if figures is None:
                continue
            if start != reached:
                found += [last | {"at": self._drawn(reached)}] if last and reached else []
                run, last = run + 1, None
            row = {"name": line.name, "colour": line.colour, "run": f"{line.key} {run}", **figures}
            if row != last:
                found.append(row | {"at": self._drawn(start)})
            last, reached = row, end
        return [*found, last | {"at": self._drawn(reached)}] if last and reached else found

    def labels(self, corners: Sequence[Row], y: Layer) -> list[Layer]:
        """Return the names at the ends of the lines; a line alone is named by the chart."""
        ends = {row["name"]: row for row in corners}
        rows = [row | {"y": row[y["field"]], "shape": style.shape(row["colour"])} for row in ends.values()]
        return layers.end_labels(rows, y, self._drawn(self.span[1]))

    def silence(self) -> list[Row]:
        """Return the stretches in which not all sources were heard, from where to where they are drawn."""
        found: list[tuple[datetime, datetime]] = []
        for at in self.silent:
            end = end_of(self.time, at, self.zone)
            if found and found[-1][1] == at:
                found[-1] = found[-1][0], end
            else:
                found.append((at, end))
        return [
            {"from": self._drawn(start), "to": self._drawn(end)}
            | {"when": f"{wording.moment(in_zone(start, self.zone))} to {wording.moment(in_zone(end, self.zone))}"}
            for start, end in found
        ]

    def spec(
        self,
        rows: Sequence[Row],
        marks: tuple[Sequence[Layer], Sequence[Layer], Sequence[Layer]],
        events: Sequence[Document],
        *,
        says: str,
        notes: Sequence[str] = (),
    ) -> Layer:
        """Return the chart: marks that events shade, marks that events are pointed at through, and marks above them."""
        ground, between, above = marks
        known = event_layers.numbered(events, self.span, self.zone)
        several = [line for line in self.lines if TOGETHER in line.key]
        notes = [*notes, *(DRAWN_TOGETHER.format(others(line.key.count(TOGETHER) + 1)) for line in several)]
        lasting = {"start", "end"}
        return {
            "$schema": style.SCHEMA,
            "description": f"{says}: {', '.join(line.name for line in self.lines) or wording.NO_DATA}.",
            "width": WIDTH,
            "autosize": {"type": "fit-x", "contains": "padding"},
            "height": HEIGHT,
            # Readers' letters may be wider than those that the room for names was measured with.
            "padding": {"left": 5, "top": 5, "right": 20, "bottom": 5},
            "config": style.CONFIG,
            "usermeta": {
                "notes": notes,
                "events": [{name: row[name] for name in ("number", "event", "title", "facts")} for row in known],
            },
            "data": {"values": [{name: value for name, value in row.items() if name not in lasting} for row in rows]},
            "encoding": {"x": self.x},
            "layer": [
                *ground,
                *event_layers.shades(known, self.x, self.zone),
                *between,
                *event_layers.places(known, self.x, self.span, self.zone),
                *above,
                *event_layers.numbers(known, self.x, self.span, self.zone),
            ],
        }

    def _drawn(self, at: datetime) -> str:
        return drawn(at, self.zone)


def when(time: Dimension, at: datetime, zone: ZoneName) -> str:
    """Return an hour, a day or a week in words."""
    at = in_zone(at, zone)
    if time == "hour":
        return wording.moment(at)
    return f"week of {wording.day(at)}" if time == "week" else wording.day(at)
