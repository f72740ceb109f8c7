"""What happened in the network, in the services or to one customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

EventKind: TypeAlias = Literal[
    "alarm",
    "outage",
    "planned_work",
    "kpi_degradation",
    "ticket",
    "call",
    "visit",
    "bill",
    "payment",
    "usage",
    "notice",
    "interaction",
    "service_change",
    "campaign",
]

NETWORK_KINDS: Final[tuple[EventKind, ...]] = ("alarm", "outage", "planned_work", "kpi_degradation")
"""Kinds that shade a time line; the others happen to one customer or to everybody."""

FELT: Final[tuple[EventKind, ...]] = ("outage", "planned_work", "kpi_degradation", "alarm", "campaign")
"""Kinds of what happens to everybody, by how much of it customers feel: an outage before the alarms that tell of it."""

OPEN_END: Final = timedelta(hours=24)
"""How long an event is taken to last whose end nobody recorded."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event. `ended_at` is None while it lasts or where nobody recorded the end.

    `customer` and `party` are pseudonyms: whose it is where it is of one customer, or of a person behind some.
    `subject` names what of the service it touches, with the codes of `linking/subjects.toml`. `reported_at` is when
    anybody could know of it. `place` and `region` are names as people write them; `places` and `services` are ids of
    the operator's registers, `h3` the cells of H3 (resolution 7) that it covers, `uncertainty_m` in metres how sure
    that is. `affected` is how many customers it touches, where the operator says so.
    """

    id: str
    kind: EventKind
    title: str
    started_at: datetime
    ended_at: datetime | None = None
    place: str | None = None
    region: str | None = None
    subject: str | None = None
    severity: str | None = None
    brand: str | None = None
    customer: str | None = None
    party: str | None = None
    reported_at: datetime | None = None
    cause: str | None = None
    affected: int | None = None
    places: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    h3: tuple[str, ...] = ()
    uncertainty_m: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EventLink:
    """A post coincides with an event.

    `score` is how many times more such posts there were in the event's hours than in the same
    hours on other days (1 means no more than usual); `reason` says it in words. `probability` is how likely the post is
    one of those that were more than usual in its hour.
    """

    id: str
    score: float
    reason: str
    probability: float | None = None
