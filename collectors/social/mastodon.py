"""Posts with a tag from a Mastodon server (and servers that speak its language).

First walk forward from the newest status known (`min_id`) until there is nothing newer. Then read
the newest pages again without a cursor: statuses that federate late appear behind the cursor,
edits change what we have, and what has gone from there is asked for one by one (404 and 410
are deletions). What was deleted further back than these pages is heard of by `recheck`.

Where it is told to, each round ends with listening to the server's stream: what is said there becomes posts,
edits and deletions at once. The cursor stays where the pages ended, so that nothing depends on the stream: it
may end, be silent or say nonsense, and the next round reads all of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from collectors.parsing.values import as_text, brief, dig
from collectors.polling.pagination import MAX_RECORDS
from collectors.social.mastodon_statuses import SOURCE, age, id_of, is_open, linked, to_post
from collectors.social.mastodon_stream import MAX_UNREADABLE, STREAM_TYPES, heard, streaming_base
from domain.errors import RecordUnreadable, SourceBusy, SourceRefused
from domain.ports import Batch
from domain.post import Deletion
from domain.setting import Secret, setting
from domain.stored import post_fingerprint
from domain.terms import Recheck, Terms
from transport.foreign import answered
from transport.http import JSON_TYPES, Reply, Request, Web

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from httpx_sse import ServerSentEvent

    from domain.ports import Clock

PAGE_SIZE: Final = 40
MAX_SEEN: Final = 400
_LOGGER: Final = logging.getLogger(__name__)
_GONE: Final = (404, 410)


@dataclass(frozen=True, kw_only=True)
class MastodonSettings:
    """A tag on a server in the configuration."""

    instance: str = setting(help="Host name of the server")
    tag: str = setting(help="The tag, with or without #")
    token: Secret | None = setting(default=None, help="Access token, where the server wants one (environment only)")
    since_days: int = setting(default=30, unit="days", help="How far back the first collection goes; 0: to the start")
    overlap_pages: int = setting(default=2, unit="pages", help="Newest pages to read again each time, at least 1")
    recheck: int = setting(default=20, unit="posts", help="Most posts gone from there to ask for each time")
    listen_s: float = setting(
        default=0, unit="seconds", help="How long to listen to the stream at the end of each round; 0: not at all"
    )
    contact: str = setting(default="", help="Mail or web address that the server sees in our User-Agent")
    allow_private: bool = setting(default=False, help="Whether the server may be inside a private network")


@dataclass
class _TagState:
    """What the cursor holds: the newest id, where we once began, and a hash per recent status."""

    newest: str
    start: str
    seen: dict[str, str] = field(default_factory=dict)

    def cursor(self) -> dict[str, Any]:
        recent = sorted(self.seen, key=age)[-MAX_SEEN:]
        return {"newest": self.newest, "start": self.start, "seen": {key: self.seen[key] for key in recent}}


class MastodonCollector:
    """Collects the public statuses with one tag."""

    source = SOURCE
    terms = Terms(
        keep=timedelta(days=90),
        rechecks=(Recheck(every=timedelta(days=1), up_to=timedelta(days=7)), Recheck(every=timedelta(days=7))),
    )

    def __init__(self, name: str, settings: MastodonSettings, *, web: Web, clock: Clock) -> None:
        instance = settings.instance if "://" in settings.instance else f"https://{settings.instance}"
        self._base = instance.rstrip("/")
        self._host = urlsplit(self._base).netloc
        self._tag = settings.tag.lstrip("#")
        self._settings = settings
        self._web = web
        self._clock = clock
        self.name = f"{SOURCE}:{name}:{self._host}:{self._tag.lower()}"
        self.instance = self._host
        self._streaming = ""
        self._odd: list[RecordUnreadable] = []
        # One request each: few enough to be done between two answers of "too many requests".
        self.recheck_size = max(settings.recheck, 1)

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield new, changed and deleted statuses since a cursor.

        Raises:
            SourceBusy: the server is busy.
            SourceRefused: the server says no, closes its tags or its stream to us, or repeats its cursor.
        """
        start = "0"
        if self._settings.since_days > 0:
            # An id as old as the first collection goes back: Mastodon's ids begin with the time.
            since = self._clock.now() - timedelta(days=self._settings.since_days)
            start = str(int(since.timestamp() * 1000) << 16)
        state = _TagState(**cursor) if cursor else _TagState(newest=start, start=start)
        state.seen = dict(state.seen)
        with self._web as web, answered(self._host):
            while True:
                statuses, reply = self._page(web, {"min_id": state.newest})
                if not statuses:
                    break
                newest = linked(reply, "prev", "min_id") or max(map(id_of, statuses), key=age)
                if age(newest) <= age(state.newest):
                    raise SourceRefused(f"{self._host} repeats its cursor {newest[:40]!r}")
                state.newest = newest
                yield self._batch(statuses, state)
            yield from self._again(web, state)
            if not state.seen:
                self._check_open(web)
            if self._settings.listen_s > 0:
                yield from self._listen(web, state)

    def recheck(self, native_ids: Sequence[str]) -> Batch:
        """Return statuses as they are now, and deletions for those that are gone or no longer for everybody.

        Raises:
            SourceBusy: the server is busy.
            SourceRefused: the server says no.
        """
        with self._web as web, answered(self._host):
            answers = {native_id: self._one(web, native_id) for native_id in native_ids}
        shown = [status for status in answers.values() if status is not None and "visibility" in status]
        closed = {id_of(status) for status in shown if not is_open(status)}
        deletions = [
            Deletion(source=SOURCE, instance=self._host, native_id=native_id, final=status is None)
            for native_id, status in answers.items()
            if status is None or native_id in closed
        ]
        return self._batch(shown, _TagState(newest="", start=""), deletions)

    def _again(self, web: Web, state: _TagState) -> Iterator[Batch]:
        statuses, whole = self._newest(web)
        shown = {id_of(status) for status in statuses}
        oldest = state.start if whole else min(shown, key=age)
        missing = [known for known in state.seen if known not in shown and age(known) >= age(oldest)]
        deletions = []
        for native_id in sorted(missing, key=age, reverse=True)[: self._settings.recheck]:
            status = self._one(web, native_id)
            if status is None:
                state.seen.pop(native_id)
                deletions.append(Deletion(source=SOURCE, instance=self._host, native_id=native_id))
            else:
                statuses.append(status)
        recent = [status for status in statuses if age(id_of(status)) >= age(state.start)]
        # What is odd on the newest pages is there each time; it was named when it was new.
        self._odd.clear()
        batch = self._batch(recent, state, deletions)
        if batch.posts or batch.deletions:
            yield batch

    def _listen(self, web: Web, state: _TagState) -> Iterator[Batch]:
        """Yield what the server says by itself, until it stops or the time is up."""
        bad = 0
        try:
            if not self._streaming:
                # The stream may be on a host of its own.
                found, _ = web.ask_json(self._request("/api/v2/instance", also=(401, 403, *_GONE)))
                self._streaming = streaming_base(found, self._base)
            request = self._request("/api/v1/streaming/hashtag", {"tag": self._tag})
            url = request.url.replace(self._base, self._streaming, 1)
            for event in web.listen(replace(request, url=url, types=STREAM_TYPES), self._settings.listen_s):
                batch = self._hear(event, state)
                bad += len(batch.unreadable)
                if batch.posts or batch.deletions or batch.unreadable:
                    yield batch
                if bad > MAX_UNREADABLE:
                    return
        except SourceBusy as busy:
            _LOGGER.info("listening ends: %s", busy)
        except RecordUnreadable as error:
            yield Batch(unreadable=(error,), cursor=state.cursor())

    def _hear(self, event: ServerSentEvent, state: _TagState) -> Batch:
        """Return what an event tells, where it is new."""
        try:
            told = heard(event, instance=self._host)
        except RecordUnreadable as error:
            return Batch(unreadable=(error,), cursor=state.cursor())
        if isinstance(told, Deletion):
            state.seen.pop(told.native_id or "", None)
            return Batch(deletions=(told,), cursor=state.cursor())
        wanted = told is not None and age(id_of(told)) >= age(state.start)
        return self._batch([told] if told and wanted else (), state)

    def _newest(self, web: Web) -> tuple[list[dict[str, Any]], bool]:
        """Return the newest pages, read backwards without a cursor of ours, and whether they are all there is."""
        found: dict[str, dict[str, Any]] = {}
        params: dict[str, str] = {}
        for _ in range(max(self._settings.overlap_pages, 1)):
            statuses, reply = self._page(web, params)
            if not statuses:
                return list(found.values()), True
            last = linked(reply, "next", "max_id") or min(map(id_of, statuses), key=age)
            if "max_id" in params and age(last) >= age(params["max_id"]):
                raise SourceRefused(f"{self._host} repeats its cursor {last[:40]!r}")
            params = {"max_id": last}
            found |= {id_of(status): status for status in statuses}
        return list(found.values()), False

    def _batch(self, statuses: Iterable[dict[str, Any]], state: _TagState, deletions: Iterable[Deletion] = ()) -> Batch:
        """Return what is new or changed among statuses, oldest first, and note it."""
        posts, unreadable = [], []
        for status in sorted({id_of(status): status for status in statuses}.values(), key=lambda one: age(id_of(one))):
            if not is_open(status):
                continue
            try:
                post = to_post(status, instance=self._host, now=self._clock.now())
            except RecordUnreadable as error:
                unreadable.append(error)
                continue
            content = post_fingerprint(post, ())
            if state.seen.get(post.native_id) != content:
                state.seen[post.native_id] = content
                posts.append(post)
        unreadable += self._odd
        self._odd.clear()
        return Batch(
            posts=tuple(posts), deletions=tuple(deletions), unreadable=tuple(unreadable), cursor=state.cursor()
        )

    def _page(self, web: Web, params: Mapping[str, str]) -> tuple[list[dict[str, Any]], Reply]:
        path = f"/api/v1/timelines/tag/{quote(self._tag, safe='')}"
        found, reply = web.ask_json(self._request(path, {"limit": str(PAGE_SIZE), **params}))
        statuses = [one for one in found if isinstance(one, dict) and _has_id(one)] if isinstance(found, list) else []
        if not isinstance(found, list) or (found and not statuses):
            raise SourceRefused(f"{self._host} answered with something that is not a list of statuses")
        if len(found) > MAX_RECORDS:
            raise SourceRefused(f"{self._host} answered with more than {MAX_RECORDS} statuses at once")
        odd = [one for one in found if not (isinstance(one, dict) and _has_id(one))]
        self._odd += [RecordUnreadable(f"{SOURCE} {self._host} status", f"{brief(one)} has no id") for one in odd]
        return statuses, reply

    def _one(self, web: Web, native_id: str) -> dict[str, Any] | None:
        """Return a status, or None where the server says that it is gone."""
        path = f"/api/v1/statuses/{quote(native_id, safe='')}"
        status, reply = web.ask_json(self._request(path, also=(401, 403, *_GONE)))
        if reply.status in _GONE:
            return None
        # Forbidden is not gone: the server shows statuses to its own people only.
        return status if isinstance(status, dict) and as_text(status.get("id")) == native_id else {"id": native_id}

    def _check_open(self, web: Web) -> None:
        """Tell silence from a closed door: a server that closes its tags answers with an empty list."""
        found, _ = web.ask_json(self._request("/api/v2/instance", also=(401, 403, *_GONE)))
        feeds = dig(found, "configuration", "timelines_access", "hashtag_feeds")
        access = {told for told in feeds.values() if isinstance(told, str)} if isinstance(feeds, dict) else set()
        if access == {"disabled"}:
            raise SourceRefused(f"{self._host} does not show posts by tag")
        if access and "public" not in access and self._settings.token is None:
            raise SourceRefused(f"{self._host} shows posts by tag only with a token; set one")

    def _request(self, path: str, params: Mapping[str, str] | None = None, also: tuple[int, ...] = ()) -> Request:
        token = self._settings.token
        headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
        return Request(url=f"{self._base}{path}", types=JSON_TYPES, params=params or {}, headers=headers, also=also)


def _has_id(status: Mapping[str, Any]) -> bool:
    return isinstance(status.get("id"), str | int) and as_text(status["id"]) is not None
