"""What a round of listening to a Jetstream has in hand: its place in the stream, and the page it is filling."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import AHEAD
from collectors.social.jetstream_events import SOURCE, at, microseconds
from domain.documents import instant
from domain.errors import RecordUnreadable
from domain.ports import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from collectors.social.jetstream_events import StreamEvent
    from domain.post import Deletion, Post

MAX_POSTS: Final = 200
MAX_DELETIONS: Final = 1_000
MAX_UNREADABLE: Final = 100
MAX_SEEN: Final = 2_000

SECOND_US: Final = 1_000_000
REWIND_US: Final = 5 * SECOND_US
"""How much is heard again each time: events come nearly in order, and other servers' clocks differ."""
GAP_US: Final = 60 * SECOND_US
"""A network of millions is never silent for so long."""
STEP_US: Final = 60 * SECOND_US
"""A place that moved on by this much is worth keeping, even without a post."""
SPAN_US: Final = 300 * SECOND_US
"""No page holds more of the stream than this."""
_AHEAD_US: Final = int(AHEAD.total_seconds()) * SECOND_US


class StreamPosition:
    """How far a stream was heard: the latest time, and hashes of what was handed on just before it."""

    def __init__(self, cursor: Mapping[str, Any]) -> None:
        self.time_us = int(cursor["time_us"])
        self._seen: dict[str, int] = dict.fromkeys(cursor.get("seen", ()), self.time_us)

    def is_new(self, event: StreamEvent) -> bool:
        """Tell whether an event was not handed on before, and note it."""
        key = hashlib.sha256(event.key.encode()).hexdigest()[:12]
        if key in self._seen:
            return False
        self._seen[key] = event.time_us
        return True

    def cursor(self) -> dict[str, Any]:
        """Return what is kept of the place."""
        recent = {key: time_us for key, time_us in self._seen.items() if time_us >= self.time_us - REWIND_US}
        self._seen = dict(sorted(recent.items(), key=lambda item: item[1])[-MAX_SEEN:])
        return {"time_us": self.time_us, "seen": list(self._seen)}


class StreamPage:
    """What was heard since the last batch.

    The stream `goes_on` where it must begin at the place that was kept; it `is_outdated` where the server
    said that it does not. Both are asked once, at the next event.
    """

    def __init__(self, position: StreamPosition, host: str, *, until: datetime) -> None:
        self.position = position
        self.goes_on = False
        self.is_outdated = False
        self.caught_up = False
        self.unreadable: list[RecordUnreadable] = []
        self._posts: dict[str, Post] = {}
        self._deletions: dict[str, Deletion] = {}
        self._where = f"{SOURCE} {host}"
        self._until_us = microseconds(until)
        self._kept_us = position.time_us
        if position.time_us > self._until_us:
            # Somebody set the clock back. From ahead of it nothing can be asked for.
            position.time_us = self._until_us
            self._kept_us = self._until_us - STEP_US

    @property
    def is_full(self) -> bool:
        """Whether it is time to hand it on."""
        return (
            len(self._posts) >= MAX_POSTS
            or len(self._deletions) >= MAX_DELETIONS
            or len(self.unreadable) >= MAX_UNREADABLE
            or self.position.time_us - self._kept_us >= SPAN_US
        )

    def reach(self, time_us: int) -> None:
        """Note that the stream is at a time.

        Raises:
            RecordUnreadable: the time lies in the future.
        """
        if time_us > self._until_us + _AHEAD_US:
            raise RecordUnreadable(self._where, f"the time of an event lies in the future: {instant(at(time_us))}")
        if self.is_outdated or (self.goes_on and time_us > self.position.time_us + GAP_US):
            self._miss(self.position.time_us, time_us)
        self.is_outdated = self.goes_on = False
        self.caught_up = time_us >= self._until_us
        self.position.time_us = max(self.position.time_us, min(time_us, self._until_us))

    def skip_to(self, time_us: int) -> None:
        """Go on at a later time, for what was said before it cannot be had."""
        self._miss(self.position.time_us, time_us)
        self.position.time_us = time_us

    def add(self, event: StreamEvent, post: Post) -> None:
        """Add a post, unless it was handed on before."""
        if self.position.is_new(event):
            self._posts[post.native_id] = post
            # It takes the place of whatever was there.
            self._deletions.pop(post.native_id, None)

    def remove(self, event: StreamEvent, deletion: Deletion) -> None:
        """Add a deletion, unless it was handed on before."""
        if not self.position.is_new(event):
            return
        self._deletions[deletion.native_id or event.did] = deletion
        # What is on the page already would be kept after the deletion was done.
        if deletion.native_id is not None:
            self._posts.pop(deletion.native_id, None)
        else:
            mine = f"at://{event.did}/"
            self._posts = {key: post for key, post in self._posts.items() if not key.startswith(mine)}

    def turned(self) -> Batch:
        """Return what is on the page, and begin the next."""
        batch = Batch(
            posts=tuple(self._posts.values()),
            deletions=tuple(self._deletions.values()),
            unreadable=tuple(self.unreadable),
            cursor=self.position.cursor(),
        )
        self._posts, self._deletions, self.unreadable = {}, {}, []
        self._kept_us = self.position.time_us
        return batch

    def rest(self) -> Iterator[Batch]:
        """Yield what is left, if anything is worth keeping."""
        moved = self.position.time_us - self._kept_us >= STEP_US
        if self._posts or self._deletions or self.unreadable or moved:
            yield self.turned()

    def _miss(self, from_us: int, to_us: int) -> None:
        span = f"from {instant(at(from_us))} to {instant(at(to_us))}"
        reason = f"what was said {span} cannot be known: the server's stream begins only then"
        self.unreadable.append(RecordUnreadable(self._where, reason))
