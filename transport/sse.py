"""Server-sent events out of an answer that does not end: with a limit for each, and an end in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from httpx_sse import EventSource

from domain.errors import RecordUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import httpx
    from httpx_sse import ServerSentEvent

    from domain.ports import Clock

MAX_EVENT: Final = 256 * 1024


def events(response: httpx.Response, *, address: str, until: datetime, clock: Clock) -> Iterator[ServerSentEvent]:
    """Yield the events of an answer until it ends or the time is up; half an event at the end is none.

    Raises:
        RecordUnreadable: an event is longer than we take.
    """
    measured = _Measured(response, address, until, clock)
    for event in EventSource(cast("Any", measured)).iter_sse():
        measured.since_event = 0
        yield event


class _Measured:
    """As much of an answer as the library asks for, measured on the way."""

    def __init__(self, response: httpx.Response, address: str, until: datetime, clock: Clock) -> None:
        # Streams of events are UTF-8, whatever an answer says of itself.
        response.encoding = "utf-8"
        self.headers = response.headers
        self.since_event = 0
        self._response = response
        self._address = address
        self._until = until
        self._clock = clock

    def iter_text(self) -> Iterator[str]:
        """Yield pieces of text."""
        for text in self._response.iter_text():
            self.since_event += len(text)
            if self.since_event > MAX_EVENT:
                raise RecordUnreadable(self._address, f"an event of the stream is longer than {MAX_EVENT} characters")
            yield text
            if self._clock.now() >= self._until:
                return
