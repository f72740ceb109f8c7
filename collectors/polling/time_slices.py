"""Oldest first where a source knows no cursor: all that changed since a second, page after page.

A list that is sorted by the time of change slides while it is read: what changes meanwhile moves to its end and pulls
everything behind it forward, past the pages that were read. So every page begins anew at the last second of the one
before it. Pages are counted only within one second that fills them; there alone, a change meanwhile may hide a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.errors import SourceRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from collectors.polling.pagination import Position


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A page to ask for: what changed at `since` (seconds since 1970) or later, without the first `skip` pages.

    `last` is the last record of the page before.
    """

    since: int
    skip: int = 0
    last: str = ""

    @classmethod
    def at(cls, position: Position | None, back_to: datetime, overlap: timedelta) -> Slice:
        """Return the page at a position; a walk that came to its end is overlapped by the next one."""
        if position is None:
            return cls(since=max(int(back_to.timestamp()), 0))
        if position.get("ended"):
            return cls(since=max(int(position["since"] - overlap.total_seconds()), 0))
        return cls(since=position["since"], skip=position.get("skip", 0), last=position.get("last", ""))

    def after(self, moved: Sequence[int], last: str, *, size: int, name: str) -> dict[str, Any]:
        """Return the position behind this page: `moved` is when its records changed, `last` the id of its last one.

        Raises:
            SourceRefused: the page is the same as the one before.
        """
        reached = max([self.since, *moved])
        if len(moved) < size:
            return {"since": reached, "ended": True}
        if reached > self.since:
            return {"since": reached, "last": last}
        if self.skip and last == self.last:
            raise SourceRefused(f"{name} repeats its cursor: the same page twice")
        return {"since": self.since, "skip": self.skip + 1, "last": last}
