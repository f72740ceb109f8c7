"""One thing that happens, and what is true about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from domain.documents import instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world.network.country import Town

START: Final = datetime(2026, 5, 4, tzinfo=UTC)
"""The first moment of the simulated country: a Monday."""
DAY: Final = 1440
"""Minutes."""
LOCAL_HOURS: Final = 2
"""Its clocks are so far ahead of UTC, in the summer in which all of it happens."""

Verdict: TypeAlias = Literal["incident", "explained", "trap"]
"""`incident`: to be found. `explained`: a planned or slight fault; finding it is no mistake. `trap`: none of ours."""


@dataclass(kw_only=True, eq=False)
class Happening:
    """Something that people speak of. Times are minutes since `START`.

    `kind` is of the calendar, `subject` a code of what is touched, `said` the topic of the material in which people
    speak of it. `towns` are where, nothing: everywhere. `affected` counts customers, `ranges` are their numbers.
    `alarm_at` is when the operator's systems tell of it, `known_at` when it knows, from people who call where there is
    no alarm. `speakers` and `posts` fill up while posts are written.
    """

    id: str
    kind: str
    verdict: Verdict
    brand: str
    subject: str
    said: str
    towns: Sequence[Town] = ()
    ranges: Sequence[tuple[int, int]] = ()
    start: float
    end: float
    severity: float = 1.0
    rate: float
    affected: int
    alarm_at: float | None = None
    known_at: float | None = None
    alarm_town: Town | None = None
    event_ids: list[str] = field(default_factory=list)
    speakers: set[str] = field(default_factory=set)
    posts: int = 0

    @property
    def is_own_fault(self) -> bool:
        """Tell whether something of the operator's network fails."""
        return self.verdict != "trap"

    def truth(self) -> dict[str, Any]:
        """Return the row of truth/incidents.jsonl."""
        return {
            "id": self.id,
            "kind": self.kind,
            "verdict": self.verdict,
            "brand": self.brand,
            "subject": self.subject,
            "places": [town.place.name for town in self.towns],
            "start": instant(moment(self.start)),
            "end": instant(moment(self.end)),
            "known_at": None if self.known_at is None else instant(moment(self.known_at)),
            "known_by": None if self.known_at is None else "alarm" if self.alarm_at is not None else "calls",
            "affected": self.affected,
            "people": len(self.speakers),
            "posts": self.posts,
            "events": self.event_ids,
        }


def moment(minutes: float) -> datetime:
    """Return a time given in minutes since `START`."""
    return START + timedelta(milliseconds=round(minutes * 60_000))
