"""An incident: a fault that people speak of, with or without an event of the network that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

IncidentKind: TypeAlias = Literal["confirmed", "posts"]
"""`confirmed`: an event of the network coincides with it. `posts`: people speak of a fault that is on no record."""

IncidentNature: TypeAlias = Literal["fault", "one_text", "campaign", "devices"]
"""What its posts look like: many people who say in their own words that something fails; one text that is passed on
with small changes, as jokes are; people who are called upon to complain, and speak of prices as much."""

ORIGIN: Final = "Earshot"
"""Whose words a service problem is that was opened about an incident: read back it confirms nothing."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """What is known of an incident. `places` are where, nothing where it is everywhere. `subject` is what fails, as
    people call it; where they call it by several names, those are `named` and the subject is the service as a whole.

    `started_at` is the first post of it, `detected_at` the look that found it, `seen_at` the last look at which it
    stood out, `ended_at` is None while it may go on. `people`, `expected` and `odds` are those of the look at which it
    stood out most, `peak_at`. `events` are ids of events that coincide with it, `elsewhere` keys of other brands about
    which people speak of the same at the same time, `examples` ids of posts.
    """

    id: str
    brand: str
    subject: str
    named: tuple[str, ...] = ()
    kind: IncidentKind = "posts"
    nature: IncidentNature = "fault"
    places: tuple[str, ...] = ()
    started_at: datetime
    detected_at: datetime
    seen_at: datetime
    peak_at: datetime
    ended_at: datetime | None = None
    people: int
    expected: float
    odds: float
    events: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def last_at(self) -> datetime:
        """When it was over; while it may go on, the last look at which it stood out."""
        return self.ended_at or self.seen_at

    @property
    def called(self) -> str:
        """What fails, in the words in which people call it."""
        return ", ".join(self.named) or self.subject
