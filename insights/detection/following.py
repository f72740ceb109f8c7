"""Bursts of one look after the other become incidents: which of them are one, and when one is over.

What comes out depends on what went in alone, so a detector that was stopped goes on from the incidents in the store,
and history replayed gives what was found when it happened.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.conditions import Between, among
from domain.documents import instant
from domain.event import NETWORK_KINDS, OPEN_END
from domain.identity import fingerprint
from domain.incident import Incident
from insights.detection.bursts import LOOKED_AT, SERVICE, may_be_one, meet
from insights.incidents import lasts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from domain.ports import Store
    from insights.detection.bursts import Burst

QUIET: Final = timedelta(minutes=90)
"""An incident that has not stood out for so long is over."""
AT_ONCE: Final = timedelta(minutes=30)
"""Two faults that begin so shortly after each other are taken for one."""
BEFORE: Final = timedelta(hours=2)
"""An event that began so long before people spoke may still be what they speak of."""


def followed(open_ones: Sequence[Incident], bursts: Iterable[Burst], at: datetime, *, heard: bool) -> list[Incident]:
    """Return the incidents after a look at a time: those that go on, those that are over, those that begin.

    Where nobody listened (`heard`) nothing is over: silence says nothing.
    """
    going = {one.id: one for one in open_ones}
    for burst in bursts:
        # A fault that spreads, or one that narrows down, is one; where it is, says the look at which it stood out most.
        there = [one for one in going.values() if burst.brand == one.brand and meet(burst.places, one.places)]
        known = next((one for one in there if may_be_one(burst.subject, one.subject)), None) or next(
            # What begins at once in one place is one fault, which people call by several names.
            (one for one in there if abs(burst.started_at - one.started_at) <= AT_ONCE),
            None,
        )
        if known is None:
            named = {"brand": burst.brand, "subject": burst.subject, "places": list(burst.places)}
            begun = Incident(
                id=fingerprint(named | {"started_at": instant(burst.started_at)}),
                brand=burst.brand,
                subject=burst.subject,
                places=burst.places,
                started_at=burst.started_at,
                detected_at=at,
                seen_at=at,
                peak_at=at,
                people=burst.people,
                expected=burst.expected,
                odds=burst.odds,
                nature=burst.nature,
                examples=burst.examples,
            )
            going[begun.id] = begun
            continue
        names = {known.subject, burst.subject, *known.named} - {SERVICE}
        # What begins as something may turn out to be of one subject.
        subject = SERVICE if len(names) > 1 else min(names, default=SERVICE)
        is_narrower = known.subject == SERVICE != subject
        # Who speaks of the service as a whole is not counted with who speaks of one subject of it.
        counts = subject in {SERVICE, burst.subject}
        stands_out_more = counts and (is_narrower or burst.odds < known.odds)
        shown = burst if stands_out_more else known
        places = burst.places if stands_out_more else known.places
        if known.places and burst.places:
            places = tuple(sorted({*known.places, *burst.places}))
        going[known.id] = replace(
            known,
            subject=subject,
            named=tuple(sorted(names)) if len(names) > 1 else (),
            places=places,
            seen_at=at,
            peak_at=at if stands_out_more else known.peak_at,
            people=max(known.people, burst.people) if counts and not is_narrower else shown.people,
            expected=shown.expected,
            odds=shown.odds,
            nature=shown.nature,
            examples=known.examples or burst.examples,
        )
    return [
        replace(one, ended_at=one.seen_at) if heard and at - one.seen_at >= QUIET else one for one in going.values()
    ]


def still_going(store: Store, incident: Incident, at: datetime) -> bool:
    """Tell whether an event that coincides with an incident lasts at a time: who is quiet meanwhile is so for now."""
    spans = map(lasts, store.get("events", incident.events).values())
    return any(start <= at < end for start, end in spans)


def explained(store: Store, incident: Incident, elsewhere: Iterable[str] = ()) -> Incident:
    """Return an incident with the events that coincide with it in time, place and subject, as they are stored now."""
    end = incident.last_at + timedelta(milliseconds=1)
    began = incident.started_at - BEFORE
    near = (
        Between("started_at", began - OPEN_END, end),
        among("kind", NETWORK_KINDS),
        among("brand", (None, incident.brand)),
        among("customer", (None,)),
    )
    found = {
        event["id"]
        for event in store.scan("events", where=near)
        if event.get("subject") in LOOKED_AT[incident.subject].touched_by
        and (event.get("ended_at") or "9999") >= instant(began)
        and meet([name for name in (event.get("place"), event.get("region")) if name], incident.places)
    }
    events = tuple(sorted(found))
    others = tuple(sorted({*incident.elsewhere, *elsewhere}))
    return replace(incident, events=events, kind="confirmed" if events else "posts", elsewhere=others)
