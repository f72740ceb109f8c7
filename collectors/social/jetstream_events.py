"""Events of the Bluesky network as Jetstream tells them, on both of its wires, and the posts they tell of.

v1 wraps a commit in an envelope with `time_us`; v2 (`{"$type": "message", "payload": ...}`) is flat, with a
written `time`. Both become an `StreamEvent`. What a client declares is not trusted: a post cannot be younger than
its event, and positions in a text (they count bytes of UTF-8) may lie outside of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import (
    MAX_ATTRIBUTE_LENGTH,
    brief,
    clean_text,
    dig,
    language_code,
    parse_time,
    unique_handles,
)
from domain.documents import instant
from domain.errors import RecordUnreadable
from domain.post import Author, Deletion, Post
from transport.foreign import ODD_SHAPE, read_json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.search.stream_filter import StreamFilter

SOURCE: Final = "bluesky"
POSTS: Final = "app.bsky.feed.post"
FAR: Final = timedelta(days=1)
"""A declared time further than this from the stream's is kept beside it."""
FINAL: Final = frozenset({"deleted", "takendown"})
"""What an account does not come back from."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_TIMES_US: Final = range(10**15, 10**17)
"""Smaller numbers are places in one server's own count, larger ones are nobody's time."""
_DID: Final = re.compile(r"did:[a-z0-9]{1,32}:[A-Za-z0-9._:%-]{1,512}")
_KEY: Final = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
_HANDLE: Final = re.compile(r"@[\w.-]+")
_FACET: Final = "app.bsky.richtext.facet#"
# What both servers write first: the time, and whether this is a new record. An identity is none of our business.
_HEAD: Final = re.compile(
    r'\{"did":"[^"\\]*","time_us":(?P<us>\d{16}),(?:"cursor":\d+,)?"kind":"'
    r'(?:identity"|commit","commit":\{"rev":"[^"\\]*",(?P<v1>"operation":"create"))'
    r'|\{"\$type":"message","payload":\{"\$type":"[^"\\]*#(?:identity|commit)","seq":\d+,"did":"[^"\\]*",'
    r'"time":"(?P<time>[^"\\]*)",(?:"identity"|"rev":"[^"\\]*",(?P<v2>"operation":"create"))'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """What happened, on either wire. `name` is what a notice (kinds `info` and `error`) is called."""

    kind: str
    did: str = ""
    time_us: int = 0
    name: str = ""
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    rev: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    active: bool = True
    status: str = ""

    @property
    def uri(self) -> str:
        """The address of the record in the network, which is a post's id."""
        return f"at://{self.did}/{self.collection}/{self.rkey}"

    @property
    def key(self) -> str:
        """What is the same when an event is told again."""
        if self.kind == "commit":
            return f"{self.did} {self.collection} {self.rkey} {self.rev}"
        return f"{self.did} {self.kind} {self.active} {self.status} {self.time_us}"

    @property
    def writes_post(self) -> bool:
        """Whether it brings a post, new or changed."""
        return self.kind == "commit" and self.collection == POSTS and self.operation != "delete"


def sift(raw: str, stream_filter: StreamFilter) -> StreamEvent | int:
    """Return the event in a frame, or its time alone where it cannot concern us; most are not even decoded.

    Raises:
        RecordUnreadable: it is not an event.
    """
    head = _HEAD.match(raw)
    if head and raw.endswith("}") and not ((head["v1"] or head["v2"]) and stream_filter.may_pass(raw)):
        try:
            return int(head["us"]) if head["us"] else microseconds(datetime.fromisoformat(head["time"]))
        except (ValueError, TypeError):
            pass
    return read_event(raw)


def read_event(raw: str) -> StreamEvent:
    """Return the event in a frame of either wire.

    Raises:
        RecordUnreadable: it is not an event.
    """
    try:
        told = read_json_text(raw)
        if "$type" not in told:
            kind, time_us = _of(str, told["kind"]), _of(int, told["time_us"])
            return _event(kind, time_us, _of(str, told["did"]), told.get("commit"), told.get("account"))
        if told["$type"] == "error":
            return StreamEvent(kind="error", name=_of(str, told["error"]))
        payload = told["payload"]
        kind = payload["$type"].rpartition("#")[2]
        if kind == "info":
            return StreamEvent(kind="info", name=_of(str, payload["name"]))
        time_us = microseconds(datetime.fromisoformat(payload["time"]))
        return _event(kind, time_us, _of(str, payload["did"]), payload, payload.get("account"))
    except ODD_SHAPE as error:
        reason = f"not the shape of an event ({type(error).__name__}: {brief(error)})"
        raise RecordUnreadable(f"{SOURCE} event {brief(raw)}", reason) from None


def to_post(event: StreamEvent, *, now: datetime) -> Post:
    """Return the post that a commit brings; the event must be one that `writes_post`.

    Raises:
        RecordUnreadable: it does not have the shape of a post.
    """
    record, seen = event.record, _EPOCH + event.time_us * _TICK
    text = record.get("text")
    if not isinstance(text, str):
        raise RecordUnreadable(f"{SOURCE} {event.uri}", "the post has no text")
    try:
        declared = parse_time(record["createdAt"]) if isinstance(record.get("createdAt"), str) else seen
    except ValueError:
        declared = seen
    return Post(
        source=SOURCE,
        native_id=event.uri,
        text=clean_text(text),
        created_at=min(declared, seen),
        edited_at=seen if event.operation == "update" else None,
        observed_at=now,
        url=f"https://bsky.app/profile/{event.did}/post/{event.rkey}",
        author=Author(id=event.did),
        parent_id=_text(dig(record, "reply", "parent", "uri")),
        mentions=unique_handles(handle for kind, handle in _facets(record, text) if kind == "mention"),
        lang=language_code(next(_texts(record.get("langs")), None)),
        attributes=_attributes(record, text, declared=declared, seen=seen),
    )


def to_deletion(event: StreamEvent) -> Deletion | None:
    """Return what an event wants deleted, if anything: a post, or all posts of an account that is gone."""
    if event.kind == "commit" and event.collection == POSTS and event.operation == "delete":
        return Deletion(source=SOURCE, native_id=event.uri)
    if event.kind == "account" and not event.active:
        return Deletion(source=SOURCE, author_id=event.did, final=event.status in FINAL)
    return None


def microseconds(time: datetime) -> int:
    """Return a time as the network counts it, since 1970."""
    return (time - _EPOCH) // _TICK


def at(time_us: int) -> datetime:
    """Return the time that the network counts so."""
    return _EPOCH + time_us * _TICK


def _event(kind: str, time_us: int, did: str, commit: Any, account: Any) -> StreamEvent:
    if time_us not in _TIMES_US:
        raise ValueError(f"{time_us} is no time")
    if not _DID.fullmatch(did):
        raise ValueError(f"{brief(did)} is no account")
    if kind == "account":
        status = _text(account.get("status")) or ""
        return StreamEvent(kind=kind, did=did, time_us=time_us, active=_of(bool, account["active"]), status=status)
    if kind != "commit":
        return StreamEvent(kind=kind, did=did, time_us=time_us)
    operation, rkey = _of(str, commit["operation"]), _of(str, commit["rkey"])
    if operation not in {"create", "update", "delete"}:
        raise ValueError(f"{brief(operation)} is no operation")
    if not _KEY.fullmatch(rkey):
        raise ValueError(f"{brief(rkey)} is no key")
    return StreamEvent(
        kind=kind,
        did=did,
        time_us=time_us,
        operation=operation,
        collection=_of(str, commit["collection"]),
        rkey=rkey,
        rev=_of(str, commit["rev"]),
        record=_of(dict, commit["record"]) if operation != "delete" else {},
    )


def _attributes(record: Mapping[str, Any], text: str, *, declared: datetime, seen: datetime) -> dict[str, str]:
    facets, embed, langs = list(_facets(record, text)), record.get("embed"), list(_texts(record.get("langs")))
    # A quote with pictures holds what a plain one is, one level further in.
    quoted = dig(embed, "record", "uri") or dig(embed, "record", "record", "uri")
    card = dig(embed, "external") or dig(embed, "media", "external")
    links = [*(value for kind, value in facets if kind == "link"), _text(dig(card, "uri"))]
    found = {
        "root": _text(dig(record, "reply", "root", "uri")),
        "quotes": _text(quoted),
        "links": _joined(links),
        "link_title": _text(dig(card, "title")),
        "tags": _joined([*(value for kind, value in facets if kind == "tag"), *_texts(record.get("tags"))]),
        "langs": _joined(langs) if len(langs) > 1 else None,
        "labels": _joined([_text(dig(one, "val")) for one in _list(dig(record, "labels", "values"))]),
    }
    if abs(declared - seen) > FAR:
        found |= {"declared_at": instant(declared), "seen_at": instant(seen)}
    return {key: clean_text(value)[:MAX_ATTRIBUTE_LENGTH] for key, value in found.items() if value}


def _facets(record: Mapping[str, Any], text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands in a text: mentions by their handles, links and tags. What makes no sense is left out."""
    whole = text.encode("utf-8", "surrogatepass")
    for facet in _list(record.get("facets")):
        start, end = dig(facet, "index", "byteStart"), dig(facet, "index", "byteEnd")
        for feature in _list(dig(facet, "features")):
            kind = (_text(dig(feature, "$type")) or "").removeprefix(_FACET)
            value = _text(dig(feature, {"mention": "did", "link": "uri", "tag": "tag"}.get(kind, "")))
            if kind == "mention" and isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
                shown = whole[start:end].decode("utf-8", "ignore")
                value = shown if _HANDLE.fullmatch(shown) else value
            if value:
                yield kind, value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: Any) -> Iterator[str]:
    return (text for item in _list(value) if (text := _text(item)))


def _joined(values: list[Any]) -> str:
    return ", ".join(dict.fromkeys(value for value in values if value))


def _of(kind: type, value: Any) -> Any:
    """Return a value that must be of this kind, and of no other that passes for it."""
    if type(value) is not kind:
        raise TypeError(f"{brief(value)} is not of the kind {kind.__name__}")
    return value
