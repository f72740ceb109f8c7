"""Measurements of cells against what is usual there: a quarter hour that is worse begins an event, a good one ends it.

For each cell and indicator one document (`baselines`) holds a value a week for each hour of the week, and what goes on.
The event is kept before it; whoever is killed between does the same again. A quarter hour that nobody measured
begins nothing and ends nothing.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.documents import ALL, NEW, REVISION, instant, parse_instant
from domain.event import Event
from domain.identity import fingerprint
from domain.pages import paged
from domain.ports import Upserted
from domain.zones import hour_of_week
from insights.statistics.levels import is_worse, level_of
from pipeline.operator import keep_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.documents import Document
    from domain.measurement import Measurement
    from domain.ports import Store
    from domain.zones import ZoneName

WEEKS: Final = 8
"""Weeks whose values are held against today's."""
LONGEST_GAP: Final = timedelta(hours=1)
"""What is worse again so long after is another event."""
PAGE: Final = 200


def keep_measurements(store: Store, measurements: Sequence[Measurement], at: datetime, zone: ZoneName) -> Upserted:
    """Keep what measurements tell; return what became of the events. Hours of the week are those of a zone.

    Those that are not newer than what was seen of their cell and indicator change nothing.
    """
    by_baseline: dict[str, list[Measurement]] = defaultdict(list)
    for one in measurements:
        by_baseline[fingerprint({"cell": one.cell, "indicator": one.indicator.key})].append(one)
    total = Upserted()
    for page in paged(by_baseline, PAGE):
        left: Sequence[str] = page
        while left:
            stored = store.get("baselines", left, fields=(ALL, REVISION))
            known = {key: _Baseline.of(key, stored.get(key), by_baseline[key][0], zone) for key in left}
            events: dict[str, Event] = {}
            for key, baseline in known.items():
                for one in sorted(by_baseline[key], key=lambda one: one.started_at):
                    events |= {event.id: event for event in baseline.told(one)}
            total += keep_records(store, list(events.values()), at)
            documents = [
                one.document | {REVISION: stored.get(key, {}).get(REVISION, NEW)} for key, one in known.items()
            ]
            left = store.upsert("baselines", documents).conflicts
    return total


@dataclass(kw_only=True)
class _Baseline:
    """What is known of a cell by an indicator, as it moves on with each measurement."""

    document: Document
    zone: ZoneName

    @classmethod
    def of(cls, key: str, stored: Document | None, first: Measurement, zone: ZoneName) -> _Baseline:
        document = {name: value for name, value in (stored or {}).items() if name != REVISION}
        return cls(
            document={"weeks": {}, "id": key, "cell": first.cell, "kpi": first.indicator.key} | document, zone=zone
        )

    def told(self, one: Measurement) -> list[Event]:
        """Take a measurement in; return the events that it changes."""
        if instant(one.ended_at) <= self.document.get("until", ""):
            return []
        self.document["until"] = instant(one.ended_at)
        slot, hour = str(hour_of_week(one.started_at, self.zone)), instant(one.started_at)[:13]
        now = self.document.get("hour")
        if now is None or now["at"] != hour:
            if now is not None:
                # That hour is over: its median is what is known of this week.
                past = [*self.document["weeks"].get(now["slot"], ()), statistics.median(now["values"])]
                self.document["weeks"] = {**self.document["weeks"], now["slot"]: past[-WEEKS:]}
            now = {"at": hour, "slot": slot, "values": []}
        self.document["hour"] = {**now, "values": [*now["values"], _short(one.value)]}
        known = level_of(self.document["weeks"].get(slot, ()))
        if known is None:
            return []
        worse = is_worse(
            one.value,
            known,
            higher_is_better=one.indicator.higher_is_better,
            tolerance=one.indicator.tolerance,
        )
        return self._worse(one, known.median) if worse else self._over(one)

    def _worse(self, one: Measurement, median: float) -> list[Event]:
        ended = []
        going_on = self.document.get("worse")
        if going_on is not None and one.started_at > parse_instant(going_on["until"]) + LONGEST_GAP:
            ended, going_on = self._over(one), None
        if going_on is None:
            going_on = {"since": instant(one.started_at), "first": instant(one.ended_at), "worst": None}
        worst = going_on["worst"]
        sign = 1 if one.indicator.higher_is_better else -1
        if worst is None or sign * one.value < sign * worst:
            going_on = {**going_on, "worst": _short(one.value), "usual": _short(median)}
        self.document["worse"] = {**going_on, "until": instant(one.ended_at)}
        return [*ended, self._event(one, ended=False)]

    def _over(self, one: Measurement) -> list[Event]:
        if "worse" not in self.document:
            return []
        ended = self._event(one, ended=True)
        del self.document["worse"]
        return [ended]

    def _event(self, one: Measurement, *, ended: bool) -> Event:
        worse, indicator = self.document["worse"], one.indicator
        told = f"{worse['worst']:g} {indicator.unit}, usually {worse['usual']:g}"
        return Event(
            id=f"kpi-{fingerprint({'baseline': self.document['id'], 'since': worse['since']})}",
            kind="kpi_degradation",
            title=f"{indicator.title} worse than usual: {told}",
            started_at=parse_instant(worse["since"]),
            ended_at=parse_instant(worse["until"]) if ended else None,
            reported_at=parse_instant(worse["first"]),
            subject=indicator.subject,
            places=(one.cell,),
            attributes={
                "kpi": indicator.key,
                "worst": f"{worse['worst']:g}",
                "usual": f"{worse['usual']:g}",
                "unit": indicator.unit,
            },
        )


def _short(value: float) -> float:
    """Return a value with as many digits as anybody needs: they are kept for many cells."""
    return float(f"{value:.6g}")
