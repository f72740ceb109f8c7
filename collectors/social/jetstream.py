"""Posts of the Bluesky network about the brands, from a Jetstream server: all that the network says, sifted here.

A round goes on where the last one ended, less a few seconds (what was handed on there is known by its hash),
until it has caught up with the clock. What an account or a post takes back passes whether we have it or not.
A server keeps a day or two; where it begins later than asked, that is said, for v1 does not say it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from collectors.parsing.values import brief
from collectors.search.stream_filter import StreamFilter
from collectors.social.jetstream_events import POSTS, SOURCE, StreamEvent, microseconds, sift, to_deletion, to_post
from collectors.social.jetstream_pages import MAX_UNREADABLE, REWIND_US, SECOND_US, StreamPage, StreamPosition
from domain.errors import ConfigurationError, RecordUnreadable, SourceBusy, SourceError, SourceRefused
from domain.post import Deletion
from domain.setting import setting
from domain.terms import Terms
from transport.foreign import ODD_SHAPE, oddness
from transport.retry import Retry
from transport.streams import MAX_FRAME, StreamDeclined, Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from collectors.polling.source_context import SourceContext
    from domain.ports import Batch, Clock

WIRES: Final = ("v1", "v2")


@dataclass(frozen=True, kw_only=True)
class JetstreamSettings:
    """A Jetstream server in the configuration."""

    host: str = setting(default="jetstream.us-east.bsky.network", help="Host name of the server")
    wire: str = setting(default="v1", help="What the server speaks: v1 or v2")
    since_hours: float = setting(
        default=1, unit="hours", help="How far back the first collection goes; most servers keep 36"
    )
    max_seconds: float = setting(default=300, unit="seconds", help="The longest that one round listens")
    quiet_seconds: float = setting(default=20, unit="seconds", help="After so long without an event a round ends")
    contact: str = setting(default="", help="Mail or web address that the server sees in our User-Agent")
    allow_private: bool = setting(default=False, help="Whether the server may be inside a private network")


class JetstreamCollector:
    """Collects what a network says about the brands."""

    terms = Terms()

    def __init__(
        self,
        name: str,
        settings: JetstreamSettings,
        *,
        stream_filter: StreamFilter,
        streams: Streams,
        clock: Clock,
        chance: Callable[[], float] = random.random,
        retry: Retry | None = None,
    ) -> None:
        scheme, separator, host = settings.host.rpartition("://")
        self._base = f"{scheme.replace('ws', 'http') if separator else 'https'}://{host.rstrip('/')}"
        self._host = urlsplit(self._base).netloc.rpartition("@")[2]
        self._settings = settings
        self._filter = stream_filter
        self._streams = streams
        self._clock = clock
        self._chance = chance
        self._retry = retry or Retry()
        self.name = f"jetstream:{name}:{self._host}"

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield what is about the brands, and what was taken back, until now.

        Raises:
            SourceBusy: the server is out of reach, or ends the stream again and again.
            SourceRefused: the server says no, or sends what is no stream of events.
        """
        began = self._clock.now()
        first_us = microseconds(began) - int(self._settings.since_hours * 3600) * SECOND_US
        page = StreamPage(StreamPosition(cursor or {"time_us": first_us}), self._host, until=began)
        retry = self._retry
        known = cursor is not None
        while True:
            reached = page.position.time_us
            try:
                yield from self._listen(page, began, goes_on=known)
                break
            except SourceError as error:
                known = known or page.position.time_us > reached
                retry = self._retry if page.position.time_us > reached else retry
                pause_s = self._pause_s(error, page, retry, first_us)
                if pause_s is None:
                    yield from page.rest()
                    raise
            self._clock.sleep(pause_s)
            retry = retry.spent()
        yield from page.rest()

    def _pause_s(self, error: SourceError, page: StreamPage, retry: Retry, first_us: int) -> float | None:
        """Return how long to wait before listening again, None where there is no use in it."""
        if isinstance(error, StreamDeclined) and error.name == "CursorTooOld" and page.position.time_us < first_us:
            page.skip_to(first_us)
            return 0.0
        if not isinstance(error, SourceBusy):
            return None
        pause_s = retry.pause_s(error.retry_after_s, self._chance)
        return pause_s if retry.agrees_to(pause_s) else None

    def _listen(self, page: StreamPage, began: datetime, *, goes_on: bool) -> Iterator[Batch]:
        """Listen from the page's position until we have caught up, nothing more comes or the time is up."""
        if self._settings.wire == "v1":
            path, subprotocol, asked = "subscribe", None, [("wantedCollections", POSTS)]
        else:
            path, subprotocol = "xrpc/network.bsky.jetstream.subscribeEvents", "xrpc.v1.json"
            asked = [("collections", POSTS), ("kinds", "commit"), ("kinds", "account")]
        limits = [("maxMessageSizeBytes", str(MAX_FRAME)), ("cursor", str(page.position.time_us - REWIND_US))]
        url = f"{self._base}/{path}?{urlencode(asked + limits)}"
        page.goes_on = goes_on
        astray = 0
        with self._streams.open(url, subprotocol=subprotocol) as stream:
            while (frame := stream.receive(self._settings.quiet_seconds)) is not None:
                astray = 0 if self._take(frame, page) else astray + 1
                if astray > MAX_UNREADABLE:
                    raise SourceRefused(f"{self._host} sends what are no events; it may speak another wire")
                if page.is_full:
                    yield page.turned()
                if page.caught_up or (self._clock.now() - began).total_seconds() > self._settings.max_seconds:
                    return

    def _take(self, frame: bytes, page: StreamPage) -> bool:
        """Put what a frame holds on the page; tell whether it was an event."""
        try:
            heard = sift(frame.decode("utf-8"), self._filter)
            if isinstance(heard, int):
                page.reach(heard)
            elif heard.kind == "error":
                raise SourceBusy(f"{self._host} ended the stream: {brief(heard.name)}")
            elif heard.kind == "info":
                page.is_outdated |= heard.name == "OutdatedCursor"
            else:
                page.reach(heard.time_us)
                self._keep(heard, page)
        except UnicodeDecodeError:
            page.unreadable.append(RecordUnreadable(f"{SOURCE} {self._host}", "a frame is not UTF-8"))
        except RecordUnreadable as unreadable:
            page.unreadable.append(unreadable)
        except ODD_SHAPE as error:
            page.unreadable.append(RecordUnreadable(f"{SOURCE} {self._host}", f"an event is {oddness(error)}"))
        else:
            return True
        return False

    def _keep(self, event: StreamEvent, page: StreamPage) -> None:
        deletion = to_deletion(event)
        if event.writes_post:
            post = to_post(event, now=self._clock.now())
            if self._filter.passes(post):
                page.add(event, post)
                return
            if event.operation == "update":
                # What it said of a brand, if anything, is said no more; and it may be said again.
                deletion = Deletion(source=SOURCE, native_id=event.uri, final=False)
        if deletion is not None:
            page.remove(event, deletion)


def jetstream(opening: SourceContext) -> JetstreamCollector:
    """Open the source.

    Raises:
        ConfigurationError: no brand is configured, or there is no such wire.
    """
    settings: JetstreamSettings = opening.settings
    if settings.wire not in WIRES:
        raise ConfigurationError(f"{opening.where}: wire must be one of {', '.join(WIRES)}")
    return JetstreamCollector(
        opening.name,
        settings,
        stream_filter=StreamFilter(opening.listened()),
        streams=Streams(clock=opening.clock, allow_private=settings.allow_private, contact=settings.contact),
        clock=opening.clock,
    )
