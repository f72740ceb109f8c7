"""Posts from feeds: RSS 2.0, RSS 1.0, Atom and JSON Feed.

A feed shows its newest entries only and says nothing about what it takes back: there are no
deletions here. The cursor holds what the server wants to hear next time (ETag, Last-Modified)
and a hash per entry of the feed, so that only new and changed entries are handed on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from collectors.parsing import jsonfeed
from collectors.parsing.feeds import read_feed
from collectors.parsing.markup import html_to_text
from collectors.parsing.times import layouts_of, zone_of
from collectors.parsing.values import AHEAD, clean_text, language_code, parse_time
from collectors.polling.pagination import MAX_RECORDS
from domain.documents import canonical_json, to_document
from domain.errors import RecordUnreadable, SourceBusy, SourceRefused
from domain.ports import Batch
from domain.post import Author, Post
from domain.setting import setting
from domain.terms import Terms
from transport.foreign import answered, recorded
from transport.http import Reply, Request, Web
from transport.redaction import redact_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, tzinfo

    from domain.ports import Clock

TYPES: Final = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
    *jsonfeed.TYPES,
)
"""What a feed should be sent as; many are not, so the body decides."""
PAGE_SIZE: Final = 200
REDIRECTS: Final = 5


@dataclass(frozen=True, kw_only=True)
class RssSettings:
    """A feed in the configuration."""

    url: str = setting(help="Address of the feed")
    contact: str = setting(default="", help="Mail or web address that the server sees in our User-Agent")
    timezone: str = setting(default="UTC", help="Time zone of dates without zone, such as Europe/Berlin")
    time_layout: tuple[str, ...] = setting(
        default=(), help="Layouts of its dates, such as %d/%m/%Y %H:%M, where what they mean is not sure by itself"
    )
    allow_private: bool = setting(default=False, help="Whether the feed may be inside a private network")


class RssCollector:
    """Collects the entries of one feed."""

    terms = Terms()

    def __init__(self, name: str, settings: RssSettings, *, web: Web, clock: Clock) -> None:
        self.name = f"rss:{name}:{_short(settings.url)}"
        self._url = settings.url
        where = f"the source {name}"
        self._dates = Dates(zone_of(settings.timezone, where), layouts_of(tuple(settings.time_layout), where))
        self._web = web
        self._clock = clock

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield the entries that are new or changed since a cursor.

        Raises:
            SourceBusy: the server is busy, or answers with something that is not a feed.
            SourceRefused: the server says no.
        """
        state = dict(cursor or {})
        asked = {"If-None-Match": state.get("etag"), "If-Modified-Since": state.get("last_modified")}
        headers = {"Accept": f"{', '.join(TYPES)};q=0.9"} | {name: value for name, value in asked.items() if value}
        request = Request(url=self._url, types=(), headers=headers, also=(304,), redirects=REDIRECTS)
        with self._web as web, answered(redact_url(self._url)):
            read = web.read(request, _entries)
        if read is None:
            return
        entries, validators = read
        seen = dict(state.get("seen", {}))
        found = list(map(self._read, entries))
        posts = {post.native_id: post for post in found if isinstance(post, Post)}
        fresh = [post for post in posts.values() if seen.get(_short(post.native_id)) != _content(post)]
        unreadable = tuple(error for error in found if isinstance(error, RecordUnreadable))
        for start in range(0, len(fresh) - PAGE_SIZE, PAGE_SIZE):
            page = fresh[start : start + PAGE_SIZE]
            seen |= {_short(post.native_id): _content(post) for post in page}
            # Without what the server wants to hear: should we stop here, it must send the rest again.
            yield Batch(posts=tuple(page), cursor={"seen": dict(seen)})
        after = {
            **validators,
            "seen": {_short(post.native_id): _content(post) for post in posts.values()},
        }
        if after != state:
            rest = fresh[(len(fresh) - 1) // PAGE_SIZE * PAGE_SIZE :] if fresh else []
            yield Batch(posts=tuple(rest), unreadable=unreadable, cursor=after)

    def _read(self, entry: dict[str, Any] | RecordUnreadable) -> Post | RecordUnreadable:
        if isinstance(entry, RecordUnreadable):
            return entry
        try:
            with recorded(redact_url(self._url)):
                return to_post(entry, feed_url=self._url, now=self._clock.now(), dates=self._dates)
        except RecordUnreadable as error:
            return error


@dataclass(frozen=True)
class Dates:
    """How the dates of a feed are read: the zone of those without, and layouts where there are any."""

    zone: tzinfo = UTC
    layouts: tuple[str, ...] = ()

    def read(self, text: str | None, where: str) -> datetime | None:
        """Return a time in UTC, None where there is no text.

        Raises:
            RecordUnreadable: what it means is not sure.
        """
        if not text or not text.strip():
            return None
        try:
            return parse_time(text, timezone=self.zone, layouts=self.layouts)
        except ValueError as error:
            raise RecordUnreadable(where, f"its date {error}") from None


def to_post(entry: dict[str, Any], *, feed_url: str, now: datetime, dates: Dates | None = None) -> Post:
    """Return the post that an entry (as feedparser reads it) tells of. Without a date it is dated `now`.

    Raises:
        RecordUnreadable: it has nothing to know it by, or its date is not sure or lies ahead of `now`.
    """
    native_id = entry.get("known_by") or entry.get("id") or entry.get("link")
    title = _text(entry.get("title_detail"))
    contents = [*entry.get("content", []), entry.get("summary_detail")]
    body = next(filter(None, map(_text, contents)), "")
    author = clean_text((entry.get("author_detail") or {}).get("name") or entry.get("author") or "").strip()
    if not native_id:
        raise RecordUnreadable(redact_url(feed_url), "an entry has neither id nor link nor text")
    parts = urlsplit(feed_url)
    host = parts.netloc.rpartition("@")[2]
    where = f"{redact_url(feed_url)} {native_id[:80]}"
    # Past feedparser's own look-up, which answers for a missing update time with the other one, and past its own
    # reading of times, which takes a zone that it does not know for UTC.
    texts = [dict.get(entry, key) for key in ("published", "updated", "created")]
    published, updated, created = ((dates or Dates()).read(text, where) for text in texts)
    created_at = published or updated or created or now
    if created_at > now + AHEAD:
        raise RecordUnreadable(where, "its date lies in the future")
    return Post(
        source="rss",
        # An id in the form of an address is unique on the server, any other within the feed.
        instance=host if ":" in native_id else f"{host}{parts.path}",
        native_id=clean_text(native_id),
        text=body or title,
        title=title or None,
        created_at=created_at,
        edited_at=updated if published and updated and updated > published else None,
        observed_at=now,
        url=_url(entry, feed_url),
        author=Author(id=author, name=author) if author else None,
        lang=language_code(entry.get("language")),
        attributes={} if published or updated or created else {"undated": "true"},
    )


def _entries(reply: Reply) -> tuple[list[dict[str, Any] | RecordUnreadable], dict[str, str]] | None:
    """Return the entries of a feed, and what to send with the next request; None where nothing has changed."""
    if reply.status == 304:
        return None
    is_json = reply.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if is_json or reply.content_type in jsonfeed.TYPES:
        document = jsonfeed.read_feed(reply.body)
        if document is None:
            raise SourceBusy(f"{redact_url(reply.url)} answered with something that is not a feed")
        entries = jsonfeed.entries(document)
        _check_count(len(entries), reply)
        return [*_known_apart(entries)], _validators(reply)
    # Counted before it is parsed, which takes minutes for a million empty entries; two bytes a letter count as one.
    letters = reply.body.replace(b"\0", b"").lower()
    _check_count(letters.count(b"<item") + letters.count(b"<entry"), reply)
    content_type = reply.headers.get("content-type", "")
    if reply.content_type not in TYPES:
        # What it says of itself is wrong, but where it names an encoding, that may be right.
        content_type = f"application/xml;{content_type.partition(';')[2]}"
    feed = read_feed(reply.body, content_type=content_type, address=redact_url(reply.url))
    if not feed.version and not feed.entries:
        raise SourceBusy(f"{redact_url(reply.url)} answered with something that is not a feed")
    for entry in feed.entries:
        entry.setdefault("language", feed.language)
    # Nothing is sent after a document that was cut off, whose rest we still want.
    return [*_known_apart(feed.entries), *feed.unreadable], _validators(reply) if feed.whole else {}


def _known_apart(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give entries that their ids do not tell apart, or that have none, what they can be known by.

    That is the link, if no entry of another title has it, else what they say.
    """
    titles: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for entry in entries:
        link, title = entry.get("link") or "", _text(entry.get("title_detail"))
        titles.setdefault(("id", entry.get("id") or ""), set()).add((link, title))
        titles.setdefault(("link", link), set()).add((link, title))
    for entry in entries:
        named = [entry[key] for key in ("id", "link") if entry.get(key) and len(titles[key, entry[key]]) == 1]
        if named:
            entry["known_by"] = named[0]
        elif _said(entry):
            entry["known_by"] = f"said-{_short(_said(entry))}"
    return entries


def _said(entry: Mapping[str, Any]) -> str:
    """Return what an entry says, its link too; empty where that is nothing."""
    contents = [*entry.get("content", []), entry.get("summary_detail"), entry.get("title_detail")]
    return "\n".join([*filter(None, map(_text, contents)), *filter(None, [entry.get("link")])])


def _check_count(entries: int, reply: Reply) -> None:
    if entries > MAX_RECORDS:
        raise SourceRefused(f"{redact_url(reply.url)} answered with more than {MAX_RECORDS} entries")


def _validators(reply: Reply) -> dict[str, str]:
    """Return what the server wants to hear next time."""
    known = {"etag": reply.headers.get("etag"), "last_modified": reply.headers.get("last-modified")}
    return {name: value for name, value in known.items() if value}


def _url(entry: Mapping[str, Any], feed_url: str) -> str | None:
    try:
        return clean_text(urljoin(feed_url, entry["link"])) if entry.get("link") else None
    except ValueError:
        return None


def _text(detail: Mapping[str, Any] | None) -> str:
    if not detail or not detail.get("value"):
        return ""
    value = str(detail["value"])
    return clean_text(value).strip() if detail.get("type") == "text/plain" else html_to_text(value)


def _content(post: Post) -> str:
    """Return a hash of what a reader would notice; when we looked, and a date made up from it, do not count."""
    document = to_document(post)
    volatile = {"observed_at"} | ({"created_at"} if "undated" in post.attributes else set())
    return _short(canonical_json({key: value for key, value in document.items() if key not in volatile}))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
