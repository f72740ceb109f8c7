"""Posts with a tag from a Mastodon server (and servers that speak its language).

First walk forward from the newest status known (`min_id`) until there is nothing newer. Then read
the newest pages again without a cursor: statuses that federate late appear behind the cursor,
edits change what we have, and what has gone from there is asked for one by one (404 and 410
are deletions). What was deleted further back than these pages is heard of by `recheck`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from collectors.http import JSON_TYPES, Reply, Request, Web
from collectors.markup import html_to_text
from collectors.values import (
    AHEAD,
    MAX_ATTRIBUTE_LENGTH,
    as_text,
    clean_text,
    language_code,
    parse_number,
    parse_time,
    unique_handles,
)
from domain.errors import RecordUnreadable, SourceRefused
from domain.ports import Batch
from domain.post import Author, Deletion, Metrics, Post
from domain.settings import Secret, setting
from domain.stored import post_fingerprint
from domain.terms import Recheck, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.ports import Clock

SOURCE: Final = "mastodon"
PAGE_SIZE: Final = 40
MAX_SEEN: Final = 400
_LINK: Final = re.compile(r'<([^<>]*)>\s*;[^,<]*?\brel="?(prev|next)"?')
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
    contact: str = setting(default="", help="Mail or web address that the server sees in our User-Agent")
    allow_private: bool = setting(default=False, help="Whether the server may be inside a private network")


@dataclass
class _State:
    """What the cursor holds: the newest id, where we once began, and a hash per recent status."""

    newest: str
    start: str
    seen: dict[str, str] = field(default_factory=dict)

    def cursor(self) -> dict[str, Any]:
        recent = sorted(self.seen, key=_age)[-MAX_SEEN:]
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
        # One request each: few enough to be done between two answers of "too many requests".
        self.recheck_size = max(settings.recheck, 1)

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield new, changed and deleted statuses since a cursor.

        Raises:
            SourceBusy: the server is busy.
            SourceRefused: the server says no, closes its tags to us, or repeats its cursor.
        """
        start = self._start()
        state = _State(**cursor) if cursor else _State(newest=start, start=start)
        state.seen = dict(state.seen)
        with self._web as web:
            yield from self._forward(web, state)
            yield from self._again(web, state)
            if not state.seen:
                self._check_open(web)

    def recheck(self, native_ids: Sequence[str]) -> Batch:
        """Return statuses as they are now, and deletions for those that are gone or no longer for everybody.

        Raises:
            SourceBusy: the server is busy.
            SourceRefused: the server says no.
        """
        with self._web as web:
            answers = {native_id: self._one(web, native_id) for native_id in native_ids}
        shown = [status for status in answers.values() if status is not None and "visibility" in status]
        closed = {_id(status) for status in shown if not _is_open(status)}
        deletions = [
            Deletion(source=SOURCE, instance=self._host, native_id=native_id, final=status is None)
            for native_id, status in answers.items()
            if status is None or native_id in closed
        ]
        return self._batch(shown, _State(newest="", start=""), deletions)

    def _forward(self, web: Web, state: _State) -> Iterator[Batch]:
        while True:
            statuses, reply = self._page(web, {"min_id": state.newest})
            if not statuses:
                return
            newest = _linked(reply, "prev", "min_id") or max(map(_id, statuses), key=_age)
            if _age(newest) <= _age(state.newest):
                raise SourceRefused(f"{self._host} repeats its cursor {newest[:40]!r}")
            state.newest = newest
            yield self._batch(statuses, state)

    def _again(self, web: Web, state: _State) -> Iterator[Batch]:
        statuses, whole = self._newest(web)
        shown = {_id(status) for status in statuses}
        oldest = state.start if whole else min(shown, key=_age)
        missing = [known for known in state.seen if known not in shown and _age(known) >= _age(oldest)]
        deletions = []
        for native_id in sorted(missing, key=_age, reverse=True)[: self._settings.recheck]:
            status = self._one(web, native_id)
            if status is None:
                state.seen.pop(native_id)
                deletions.append(Deletion(source=SOURCE, instance=self._host, native_id=native_id))
            else:
                statuses.append(status)
        recent = [status for status in statuses if _age(_id(status)) >= _age(state.start)]
        batch = self._batch(recent, state, deletions)
        if batch.posts or batch.deletions:
            yield batch

    def _newest(self, web: Web) -> tuple[list[dict[str, Any]], bool]:
        """Return the newest pages, read backwards without a cursor of ours, and whether they are all there is."""
        found: dict[str, dict[str, Any]] = {}
        params: dict[str, str] = {}
        for _ in range(max(self._settings.overlap_pages, 1)):
            statuses, reply = self._page(web, params)
            if not statuses:
                return list(found.values()), True
            last = _linked(reply, "next", "max_id") or min(map(_id, statuses), key=_age)
            if "max_id" in params and _age(last) >= _age(params["max_id"]):
                raise SourceRefused(f"{self._host} repeats its cursor {last[:40]!r}")
            params = {"max_id": last}
            found |= {_id(status): status for status in statuses}
        return list(found.values()), False

    def _batch(self, statuses: Iterable[dict[str, Any]], state: _State, deletions: Iterable[Deletion] = ()) -> Batch:
        """Return what is new or changed among statuses, oldest first, and note it."""
        posts, unreadable = [], []
        for status in sorted({_id(status): status for status in statuses}.values(), key=lambda one: _age(_id(one))):
            if not _is_open(status):
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
        return Batch(
            posts=tuple(posts), deletions=tuple(deletions), unreadable=tuple(unreadable), cursor=state.cursor()
        )

    def _page(self, web: Web, params: Mapping[str, str]) -> tuple[list[dict[str, Any]], Reply]:
        path = f"/api/v1/timelines/tag/{quote(self._tag, safe='')}"
        found, reply = web.ask_json(self._request(path, {"limit": str(PAGE_SIZE), **params}))
        if not isinstance(found, list) or not all(isinstance(one, dict) and as_text(one.get("id")) for one in found):
            raise SourceRefused(f"{self._host} answered with something that is not a list of statuses")
        return found, reply

    def _one(self, web: Web, native_id: str) -> dict[str, Any] | None:
        """Return a status, or None where the server says that it is gone."""
        path = f"/api/v1/statuses/{quote(native_id, safe='')}"
        status, reply = web.ask_json(self._request(path, also=(401, 403, *_GONE)))
        if reply.status in _GONE:
            return None
        # Forbidden is not gone: the server shows statuses to its own people only.
        return status if isinstance(status, dict) and _id(status) == native_id else {"id": native_id}

    def _check_open(self, web: Web) -> None:
        """Tell silence from a closed door: a server that closes its tags answers with an empty list."""
        found, _ = web.ask_json(self._request("/api/v2/instance", also=(401, 403, *_GONE)))
        feeds = found
        for key in ("configuration", "timelines_access", "hashtag_feeds"):
            feeds = feeds.get(key) if isinstance(feeds, dict) else None
        access = set(feeds.values()) if isinstance(feeds, dict) else set()
        if access == {"disabled"}:
            raise SourceRefused(f"{self._host} does not show posts by tag")
        if access and "public" not in access and self._settings.token is None:
            raise SourceRefused(f"{self._host} shows posts by tag only with a token; set one")

    def _request(self, path: str, params: Mapping[str, str] | None = None, also: tuple[int, ...] = ()) -> Request:
        token = self._settings.token
        headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
        return Request(url=f"{self._base}{path}", types=JSON_TYPES, params=params or {}, headers=headers, also=also)

    def _start(self) -> str:
        """Return an id as old as the first collection goes back: Mastodon's ids begin with the time."""
        if self._settings.since_days <= 0:
            return "0"
        since = self._clock.now() - timedelta(days=self._settings.since_days)
        return str(int(since.timestamp() * 1000) << 16)


def to_post(status: Mapping[str, Any], *, instance: str, now: datetime) -> Post:
    """Return the post that a status tells of. A reblog is a share with the text of what it passes on.

    Raises:
        RecordUnreadable: it does not have the shape of a status, or its time lies ahead of `now`.
    """
    where = f"{SOURCE} {instance} status {as_text(status.get('id'))}"
    try:
        post = _post(status, instance, now)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordUnreadable(where, f"not the shape of a status ({type(error).__name__}: {error})") from None
    if post.created_at > now + AHEAD:
        raise RecordUnreadable(where, "its time lies in the future")
    return post


def _post(status: Mapping[str, Any], instance: str, now: datetime) -> Post:
    shared = status.get("reblog")
    content = shared or status
    named = [one["acct"] for one in content.get("mentions") or []]
    if shared:
        named.insert(0, shared["account"]["acct"])
    edited = content.get("edited_at")
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=_id(status),
        text=html_to_text(content["content"]),
        title=clean_text(content.get("spoiler_text") or "").strip() or None,
        created_at=parse_time(status["created_at"]),
        edited_at=parse_time(edited) if edited else None,
        observed_at=now,
        url=as_text(status.get("url")) or as_text(content.get("url")),
        author=_author(status["account"], instance),
        parent_id=as_text(status.get("in_reply_to_id")),
        shared_id=_id(shared) if shared else None,
        mentions=unique_handles(_full_handle(handle, instance) for handle in named),
        lang=language_code(content.get("language")),
        metrics=Metrics(
            likes=_count(content, "favourites_count"),
            replies=_count(content, "replies_count"),
            shares=_count(content, "reblogs_count"),
        ),
        attributes=_attributes(content),
    )


def _author(account: Mapping[str, Any], instance: str) -> Author:
    is_bot = account.get("bot")
    return Author(
        id=str(account["id"]),
        handle=_full_handle(account["acct"], instance),
        name=clean_text(account.get("display_name") or "").strip() or None,
        followers=_count(account, "followers_count"),
        is_bot=is_bot if isinstance(is_bot, bool) else None,
    )


def _attributes(status: Mapping[str, Any]) -> dict[str, str]:
    tags = ", ".join(str(tag["name"]) for tag in status.get("tags") or [])
    kept = {"uri": as_text(status.get("uri")), "tags": tags}
    return {key: clean_text(value)[:MAX_ATTRIBUTE_LENGTH] for key, value in kept.items() if value}


def _count(values: Mapping[str, Any], key: str) -> int | None:
    number = parse_number(values.get(key))
    return None if number is None else max(int(number), 0)


def _full_handle(acct: str, instance: str) -> str:
    """Return user@server; a server leaves its own name out."""
    return clean_text(acct if "@" in acct else f"{acct}@{instance}")


def _is_open(status: Mapping[str, Any]) -> bool:
    """Tell whether everybody may read a status and its author did not opt out of being indexed."""
    account = status.get("account")
    opted_out = isinstance(account, dict) and account.get("noindex") is True
    return status.get("visibility") == "public" and not opted_out


def _id(status: Mapping[str, Any]) -> str:
    return clean_text(str(status["id"]))


def _age(native_id: str) -> tuple[int, str]:
    """Return what sorts ids by age: they are numbers too long for some, so by length, then as text."""
    return len(native_id), native_id


def _linked(reply: Reply, relation: str, parameter: str) -> str | None:
    """Return a parameter of a link in the `Link` header; the link itself is never followed."""
    links = {match[2]: match[1] for match in _LINK.finditer(reply.headers.get("link", ""))}
    try:
        values = parse_qs(urlsplit(links.get(relation, "")).query).get(parameter)
    except ValueError:
        return None
    return values[0] if values else None
