"""Which network events a post coincides with: same place, same hours, same subject, more than chance.

How many such posts there were is held against the same hours of other days. A link says that
things coincide, with both numbers; it never says that one caused the other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant, to_document
from domain.event import NETWORK_KINDS, EventLink
from domain.questions import Filters
from linking.subjects import any_of, names_of, subjects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from domain.documents import Document
    from domain.ports import Store
    from linking.subjects import Subject

GRACE: Final = timedelta(hours=2)
"""People go on talking for a while after the end."""

OPEN_END: Final = timedelta(hours=24)
"""How long an event is taken to last whose end nobody recorded."""

REACH_DAYS: Final = 14
"""How many days back and forward the same hours are looked at."""

LEAST_SCORE, LEAST_POSTS, LEAST_DAYS = 2.0, 3, 3
"""What it takes for a link: how many times more than usual, how many posts, and days to compare with."""

_DAY: Final = timedelta(days=1)


def event_links(store: Store) -> Iterator[Document]:
    """Yield amendments `{"id", "events"}` for the stored posts whose events are not right yet; None removes them.

    Once they are made, the next call yields nothing.
    """
    links: dict[str, list[EventLink]] = defaultdict(list)
    days = _days_with_posts(store)
    for kind in NETWORK_KINDS:
        for event in store.scan("events", equal={"kind": kind}):
            for post_id, link in _links_of(store, event, days):
                links[post_id].append(link)
    changes = []
    for document in store.scan("posts", fields=("id", "events")):
        wanted = [to_document(link) for link in sorted(links.get(document["id"], ()), key=_strongest)] or None
        if document.get("events") != wanted:
            changes.append({"id": document["id"], "events": wanted})
    # Yielded only now, because who makes the changes at once would write below the scan.
    yield from changes


@dataclass(frozen=True)
class _Candidate:
    """A post about the right thing at the right place, at whatever time. Copies are linked, not counted."""

    id: str
    at: datetime
    counts: bool


@dataclass(frozen=True)
class _Window:
    """The hours [start, end)."""

    start: datetime
    end: datetime

    def shifted(self, days: int) -> _Window:
        return _Window(self.start + days * _DAY, self.end + days * _DAY)

    def inside(self, candidates: Sequence[_Candidate]) -> list[_Candidate]:
        return [candidate for candidate in candidates if self.start <= candidate.at < self.end]

    def count(self, candidates: Sequence[_Candidate]) -> int:
        return sum(candidate.counts for candidate in self.inside(candidates))

    def overlaps(self, other: _Window) -> bool:
        return self.start < other.end and other.start < self.end

    def days(self) -> set[datetime]:
        first = _midnight(self.start)
        return {first + n * _DAY for n in range((self.end - first - timedelta(microseconds=1)) // _DAY + 1)}


def _links_of(store: Store, event: Document, days: Collection[datetime]) -> Iterator[tuple[str, EventLink]]:
    subject = subjects().get(event.get("subject", ""))
    if subject is None or not (event.get("place") or event.get("region")):
        return
    window = _window(event)
    others = _same_hours(window, days)
    if len(others) < LEAST_DAYS:
        return
    candidates = _candidates(store, event, subject, window)
    observed = window.count(candidates)
    expected = fmean(other.count(candidates) for other in others)
    score = (observed + 0.5) / (expected + 0.5)
    if observed < LEAST_POSTS or score < LEAST_SCORE:
        return
    where = event.get("place") or event["region"]
    reason = (
        f"{observed} posts about {subject.name} in {where} in these hours; "
        f"{expected:.1f} on the same hours of {len(others)} other days"
    )
    link = EventLink(id=event["id"], score=round(score, 2), reason=reason)
    yield from ((candidate.id, link) for candidate in window.inside(candidates))


def _window(event: Document) -> _Window:
    start = parse_instant(event["started_at"])
    end = parse_instant(event["ended_at"]) if event.get("ended_at") else start + OPEN_END
    return _Window(start, end + GRACE)


def _same_hours(window: _Window, days: Collection[datetime]) -> list[_Window]:
    """Return the same hours of other days, as far as there are posts of all the days they touch."""
    shifts = [shift for shift in range(-REACH_DAYS, REACH_DAYS + 1) if shift]
    others = [window.shifted(shift) for shift in shifts]
    return [other for other in others if not other.overlaps(window) and other.days() <= set(days)]


def _candidates(store: Store, event: Document, subject: Subject, window: _Window) -> list[_Candidate]:
    start, end = window.shifted(-REACH_DAYS).start, window.shifted(REACH_DAYS).end
    terms = any_of(subject.terms)
    declared = [place for place in (event.get("place"), event.get("region")) if place]
    also = event.get("attributes", {}).get("place_names", "").split(";")
    named = any_of(names_of(*declared, *also))
    found: dict[str, _Candidate] = {}
    for filters in (
        Filters(start=start, end=end, places=tuple(declared), text=terms),
        Filters(start=start, end=end, text=f"{named} AND {terms}"),
    ):
        for post in store.scan("posts", filters=filters, fields=("id", "created_at", "brands", "copy")):
            if not event.get("brand") or not post.get("brands") or event["brand"] in post["brands"]:
                counts = post.get("copy", {}).get("first", True)
                found[post["id"]] = _Candidate(post["id"], parse_instant(post["created_at"]), counts)
    return list(found.values())


def _days_with_posts(store: Store) -> set[datetime]:
    return {_midnight(tally.keys[0]) for tally in store.tally(Filters(), ("day",)) if tally.total}


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def _strongest(link: EventLink) -> tuple[float, str]:
    return -link.score, link.id
