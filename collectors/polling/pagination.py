"""How sources that answer in pages are read: one engine, so that a source only says what a page is.

A source is a `Listing`: one query of an interface. Its pages go either way:

- newest first: walk back until everything on a page is older than what the last whole walk reached, less
  an overlap. The cursor moves on when a walk is whole; one that was cut off goes on at its page, or begins
  again where the source no longer knows that page.
- oldest first: go on at the last page's position.

What lies in the overlap comes again each time: edits and late arrivals are noticed by a hash per post,
what is unchanged is not handed on. A `Polled` source is one or several listings under one name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeVar

from collectors.parsing.values import AHEAD, brief
from domain.documents import canonical_json, instant, parse_instant
from domain.errors import RecordUnreadable, SourceRefused
from domain.party import Party
from domain.ports import Batch
from domain.post import Deletion, Post
from domain.records import KIND_OF, Record
from domain.setting import setting
from domain.stored import post_fingerprint
from transport.foreign import ODD_SHAPE, answered, oddness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from domain.ports import Clock
    from domain.terms import Terms
    from transport.http import Web

Found: TypeAlias = Post | Deletion | RecordUnreadable | Record
"""What one record of a page comes to."""
T = TypeVar("T", Post, Deletion, RecordUnreadable)
Position: TypeAlias = "Mapping[str, Any]"
"""Where a page is, JSON-ready; only its listing knows what it means."""

_RECORDS: Final = tuple(KIND_OF)
CHUNK: Final = 1_000
"""Most records of one page that are handed on together: some sources know no page size."""
MAX_RECORDS: Final = 10_000
"""Most records that are taken from one answer: no source shows as many, and each costs more memory than bytes."""
MAX_SEEN: Final = 2_000
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class PolledSettings:
    """What every polled source can be told."""

    since_days: float = setting(default=30, unit="days", help="How far back the first collection goes; 0: to the start")
    overlap_hours: float = setting(default=2, unit="hours", help="How much is read again each time, for edits")
    contact: str = setting(default="", help="Mail or web address that the server sees in our User-Agent")
    allow_private: bool = setting(default=False, help="Whether the server may be inside a private network")


@dataclass(frozen=True, kw_only=True)
class SearchedSettings(PolledSettings):
    """What every source that is searched can be told."""

    query: str = setting(default="", help="What to search for, in the source's own words; else the brands'")
    everything: bool = setting(default=False, help="Keep posts that name none of the brands too")


@dataclass(frozen=True, kw_only=True)
class SourcePage:
    """One answer of a source. `next` is where the next page is; None: there is none.

    Newest first, `next` leads to older records. Oldest first, it leads to newer ones and is kept for
    the next time; `done` says that there are none now. `moved` is when the newest record of the page
    moved, for a source whose order is by something that posts do not show. Where `next` is not `lasting`
    it is good for this run alone: a walk that was cut off begins anew. `reached` stands on the last page of a source of
    the operator's records, which have no time of their own: up to when all that changed was read.
    """

    found: Sequence[Found]
    next: Position | None = None
    done: bool = False
    moved: datetime | None = None
    lasting: bool = True
    reached: datetime | None = None


class Listing(Protocol):
    """One query of an interface."""

    key: str
    """Tells it from the other listings of its source, forever; no secrets."""
    newest_first: bool

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return a page: the first one where `position` is None.

        `since` is how far back anything is wanted; an interface that takes a time is told it.

        Raises:
            SourceBusy: the source asks us to come back later and the patience is used up.
            SourceRefused: the source will not answer, or no longer knows the position.
        """


_STORED_AS: Final = {"place": "position"}
"""What fields of a cursor were called in version 0.1."""


@dataclass
class _WalkState:
    """Where one listing is: nothing older than `start` is wanted, all up to `since` was read; the walk under
    way is at `position` and began at `top`. `seen` has a hash per recent record. A position that is not `lasting` is
    not in the cursor."""

    start: str = ""
    since: str = ""
    position: Position | None = None
    top: str = ""
    seen: dict[str, str] = field(default_factory=dict)
    lasting: bool = True

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> _WalkState:
        kept = {_STORED_AS.get(name, name): value for name, value in cursor.items()}
        return cls(**(kept | {"seen": dict(kept.get("seen", {}))}))

    def cursor(self) -> dict[str, Any]:
        kept = {**vars(self), "seen": dict(self.seen), "position": self.position if self.lasting else None}
        return {key: value for key, value in kept.items() if value and key != "lasting"}


class Polled:
    """A source that is asked for pages: the listings of one configured source.

    `wanted` is the brands' expression, applied to what a search found; None where everything counts.
    """

    listens = True
    """Whether an hour in which nothing came is one in which nobody said anything; set for sources of other records."""

    def __init__(
        self,
        name: str,
        listings: Sequence[Listing],
        settings: PolledSettings,
        *,
        terms: Terms,
        web: Web,
        clock: Clock,
        wanted: Callable[[Post], bool] | None = None,
    ) -> None:
        self.name = name
        self.terms = terms
        self._listings = listings
        self._settings = settings
        self._web = web
        self._clock = clock
        self._wanted = wanted

    @property
    def requests_left(self) -> int | None:
        """How many requests the source last said are left, None where it does not say."""
        return self._web.requests_left

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield new, changed and deleted records since a cursor.

        Raises:
            SourceBusy: a listing's source is busy.
            SourceRefused: it says no, or repeats its cursor.
        """
        states = {key: _WalkState.of(state) for key, state in (cursor or {}).items()}
        with self._web as web:
            for listing in self._listings:
                state = states.setdefault(listing.key, _WalkState())
                for batch in self._walk(web, listing, state):
                    cursors = {key: one.cursor() for key, one in states.items()}
                    yield replace(batch, cursor=cursors)

    def _walk(self, web: Web, listing: Listing, state: _WalkState) -> Iterator[Batch]:
        before = state.cursor()
        back_to = self._back_to(state)
        state.start = state.start or instant(back_to)
        resumed = state.position is not None
        while True:
            page = self._page(web, listing, state, back_to, resumed=resumed)
            resumed = False
            finished = page.done or page.next is None
            if page.next is not None and page.next == state.position and not finished:
                raise SourceRefused(f"{listing.key} repeats its cursor {canonical_json(page.next)[:60]}")
            if listing.newest_first:
                # Where all that a page has is older than what is wanted, so is what comes behind it.
                posts = [found for found in page.found if isinstance(found, Post)]
                times = [page.moved] if page.moved else [moved_at(post) for post in posts]
                finished = finished or (bool(times) and max(times) < back_to)
            chunks = [page.found[i : i + CHUNK] for i in range(0, len(page.found), CHUNK)] or [()]
            for number, chunk in enumerate(chunks):
                batch = self._batch(chunk, state)
                if number == len(chunks) - 1:
                    if page.reached:
                        state.top = max(state.top, min(instant(page.reached), instant(self._clock.now())))
                    self._move(listing, state, page, finished=finished)
                if batch or (finished and number == len(chunks) - 1 and state.cursor() != before):
                    before = state.cursor()
                    yield batch or Batch()
            if finished:
                return

    def _page(self, web: Web, listing: Listing, state: _WalkState, back_to: datetime, *, resumed: bool) -> SourcePage:
        try:
            with self._answered():
                return listing.page(web, state.position, back_to)
        except SourceRefused:
            # A position of the last run that the source has forgotten; the walk begins again.
            if not (resumed and listing.newest_first):
                raise
            state.position = None
            with self._answered():
                return listing.page(web, None, back_to)

    def _answered(self) -> AbstractContextManager[None]:
        """Return the block in which the source's answers are read."""
        kind, _, rest = self.name.partition(":")
        return answered(f"{kind} ({rest.partition(':')[0]})")

    def _move(self, listing: Listing, state: _WalkState, page: SourcePage, *, finished: bool) -> None:
        state.lasting = page.lasting
        if not listing.newest_first:
            state.position = page.next or state.position
            state.since = max(state.since, state.top)
        elif finished:
            state.since, state.position, state.top = max(state.since, state.top), None, ""
        else:
            state.position = page.next

    def _back_to(self, state: _WalkState) -> datetime:
        if state.since:
            return parse_instant(state.since) - timedelta(hours=self._settings.overlap_hours)
        days = self._settings.since_days
        return self._clock.now() - timedelta(days=days) if days > 0 else BEGINNING

    def _batch(self, found: Iterable[Found], state: _WalkState) -> Batch | None:
        """Return what is new or changed on a page, oldest first, and note it; None where nothing is."""
        now = self._clock.now()
        news: list[Found] = []
        for one in found:
            placed = one
            if isinstance(one, Post) and one.created_at > now + AHEAD:
                placed = RecordUnreadable(f"{one.source} {one.native_id[:80]}", "its time lies in the future")
            elif isinstance(one, Post):
                moved = instant(moved_at(one))
                # A clock ahead of ours must not move us past what comes next.
                state.top = max(state.top, min(moved, instant(now)))
                if moved < state.start or not (self._wanted is None or self._wanted(one)):
                    continue
            if _is_news(placed, state):
                news.append(placed)
        if not news:
            return None
        posts = sorted(_only(Post, news), key=lambda post: (post.created_at, post.native_id))
        return Batch(
            posts=tuple(posts),
            records=tuple(one for one in news if isinstance(one, _RECORDS)),
            deletions=_only(Deletion, news),
            unreadable=_only(RecordUnreadable, news),
        )


class RecheckedListing(Listing, Protocol):
    """A listing whose source can be asked for single posts again."""

    source: str
    instance: str
    recheck_size: int

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return what is still there, and deletions for what is gone; nothing where the source will not say."""


class Rechecked(Polled):
    """A polled source that can be asked again for posts that we have."""

    def __init__(self, name: str, listings: Sequence[RecheckedListing], settings: PolledSettings, **parts: Any) -> None:
        super().__init__(name, listings, settings, **parts)
        self._first = listings[0]
        self.source, self.instance = self._first.source, self._first.instance
        self.recheck_size = self._first.recheck_size

    def recheck(self, native_ids: Sequence[str]) -> Batch:
        """Return the posts that are still there as they are now, and deletions for those that are gone."""
        with self._web as web, self._answered():
            found = self._first.recheck(web, native_ids)
        return Batch(
            posts=_only(Post, found), deletions=_only(Deletion, found), unreadable=_only(RecordUnreadable, found)
        )


def _is_news(one: Found, state: _WalkState) -> bool:
    """Tell whether something was not found before, or has changed, and note it."""
    match one:
        case Post():
            key, content = _short(one.native_id), post_fingerprint(one, ())[:12]
        case Deletion():
            key, content = _short(one.native_id or f"author {one.author_id}"), "gone"
        case RecordUnreadable():
            key, content = _short(f"unreadable {one.where}"), _short(one.reason)
        case _:
            # Two agreements of a party are two records of it.
            key, content = _short(f"{KIND_OF[type(one)]} {_told_by(one)}"), _short(canonical_json(one))
    known = state.seen.pop(key, None)
    state.seen[key] = content
    for oldest in list(state.seen)[: max(len(state.seen) - MAX_SEEN, 0)]:
        del state.seen[oldest]
    return known != content


def _told_by(record: Record) -> str:
    """Return what tells a record from others: its id, and of a party's the agreements that it is about."""
    consents = record.consents if isinstance(record, Party) else ()
    return " ".join((record.id, *sorted({one.agreement or "" for one in consents})))


def _only(kind: type[T], found: Iterable[Found]) -> tuple[T, ...]:
    return tuple(one for one in found if isinstance(one, kind))


def moved_at(post: Post) -> datetime:
    """Return when a post last changed, as its source says."""
    return max(post.created_at, post.edited_at or post.created_at)


def read_each(
    records: Iterable[Any], to_found: Callable[[Any], Found | None], what: str, *, key: str = "id"
) -> list[Found]:
    """Return what each record of a page comes to; one that is not of the shape is named, None is passed over.

    `what` says what the records are and where; `key` is where their own id stands.

    Raises:
        SourceRefused: there are too many.
    """
    found: list[Found] = []
    for number, record in enumerate(records):
        if number == MAX_RECORDS:
            raise SourceRefused(f"{what}: an answer holds more than {MAX_RECORDS} of them")
        try:
            one = to_found(record)
        except RecordUnreadable as error:
            one = error
        except ODD_SHAPE as error:
            where = f"{what} {brief(record.get(key) if isinstance(record, dict) else record)}"
            one = RecordUnreadable(where, oddness(error))
        if one is not None:
            found.append(one)
    return found


def gone(native_ids: Iterable[str], shown: Sequence[Any]) -> list[str]:
    """Return the ids of posts that an answer no longer shows; `shown` are the ids of those that it does.

    Where one of these is none, what could not be read is one of ours perhaps: then nothing is known to be gone.
    """
    if not all(isinstance(one, str | int) for one in shown):
        return []
    there = {str(one) for one in shown}
    return [native_id for native_id in native_ids if native_id not in there]


def older(times: Sequence[int], before: int | None) -> int:
    """Return the second up to which the next page of an interface goes that is walked back by time.

    The oldest second of this page comes again: not all of it may have fitted. Where the page is all within
    one second that is asked for again, the interface shows no more of it.
    """
    oldest = min(times)
    return oldest - 1 if oldest == max(times) == before else oldest


def thread_floor(read: str, all_read: Iterable[str], overlap: timedelta) -> datetime:
    """Return how far back one of many threads is read: to where it was `read`, and over the newest hours of all.

    A thread that lies still is not read again, so that stays little however many there are.
    """
    if not read:
        return BEGINNING
    return min(parse_instant(read), parse_instant(max([read, *all_read])) - overlap)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
