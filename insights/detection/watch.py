"""One look after the other at what people say of faults: now, or at any time of history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.zones import start_of
from insights.detection.bursts import LOOKED_AT, bursts, complaints, may_be_one, was_heard
from insights.detection.following import explained, followed, still_going
from insights.detection.rates import Rates

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime, timedelta

    from domain.incident import Incident
    from domain.ports import Store
    from domain.zones import ZoneName


class Watch:
    """Looks at the posts about some brands. Of the `others` it is only told whether people speak of the same then.

    What is usual is worked out once a day of the zone; nothing else is kept.
    """

    def __init__(
        self,
        store: Store,
        brands: Iterable[str],
        others: Iterable[str],
        zone: ZoneName,
        holidays: Container[date] = (),
    ) -> None:
        self._store = store
        self._brands = tuple(brands)
        self._others = tuple(others)
        self._zone = zone
        self._holidays = holidays
        self._usual: dict[str, tuple[datetime, Mapping[str, Rates]]] = {}

    def look(self, at: datetime, going: Sequence[Incident]) -> list[Incident]:
        """Return the incidents after a look at a time, of those that were going before it and of new ones."""
        heard = was_heard(self._store, at)
        found = [
            burst
            for brand in (self._brands if heard else ())
            for burst in bursts(self._store, brand, at, self._usually(brand, at))
        ]
        after = [
            replace(one, ended_at=None) if one.ended_at and still_going(self._store, one, at) else one
            for one in followed(going, found, at, heard=heard)
        ]
        if not any(one.seen_at == at for one in after):
            return after
        others = {
            brand: {burst.subject for burst in bursts(self._store, brand, at, self._usually(brand, at))}
            for brand in self._others
        }
        return [
            explained(
                self._store,
                one,
                (key for key, subjects in others.items() if any(may_be_one(one.subject, other) for other in subjects)),
            )
            if one.seen_at == at
            else one
            for one in after
        ]

    def replay(self, start: datetime, end: datetime, step: timedelta) -> Iterator[Incident]:
        """Yield the incidents of a stretch of history, as looks every `step` would have found them, by their ends."""
        going: list[Incident] = []
        at = start
        while at < end:
            after = self.look(at, going)
            yield from (explained(self._store, one) for one in after if one.ended_at is not None)
            going = [one for one in after if one.ended_at is None]
            at += step
        yield from (explained(self._store, one) for one in going)

    def _usually(self, brand: str, at: datetime) -> Mapping[str, Rates]:
        day = start_of("day", at, self._zone)
        # One day is remembered of each brand: history is looked at from its beginning.
        if brand not in self._usual or self._usual[brand][0] != day:
            known = {
                name: Rates.of(self._store, complaints(brand, name), day, self._zone, self._holidays)
                for name in LOOKED_AT
            }
            self._usual[brand] = day, {name: usual for name, usual in known.items() if usual is not None}
        return self._usual[brand][1]
