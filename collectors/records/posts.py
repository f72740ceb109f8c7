"""From a mapped record to a post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collectors.parsing.ratings import parse_rating
from collectors.parsing.values import language_code, mentions, shared_from, unique_handles
from collectors.records.mapping import ColumnMapping, MappedRecord, read_mapping
from domain.errors import RecordUnreadable
from domain.post import Author, Metrics, Post

if TYPE_CHECKING:
    from collections import Counter
    from datetime import datetime

    from collectors.records.stream import Record

REQUIRED: Final = ("id", "text", "created_at")
KNOWN: Final = (
    *REQUIRED,
    *("author", "handle", "name", "followers", "bot"),
    *("source", "instance", "lang", "rating", "brand", "place", "title", "url"),
    *("parent_id", "shared_id", "mentions", "likes", "replies", "shares", "views", "edited_at"),
)
"""The fields that a mapping of posts can name."""

MAX_SOURCE_LENGTH: Final = 64


def read_post_mapping(name: str) -> ColumnMapping:
    """Read a mapping of posts, built in or from a file.

    Raises:
        ConfigurationError: there is no such mapping, or something in it is wrong.
    """
    return read_mapping(name, known=KNOWN, required=REQUIRED)


def to_post(
    record: Record, mapping: ColumnMapping, *, source: str, now: datetime, notes: Counter[str] | None = None
) -> Post:
    """Return the post that a record tells of. `source` is used where the record names none.

    What is to be told of it all the same is counted in `notes`.

    Raises:
        RecordUnreadable: it has no id, no text column or no time, or a time that lies ahead of `now`.
    """
    mapped = mapping.on(record)
    native_id, text = mapped.required_id("id"), mapped.raw_text("text")
    created_at = mapped.time("created_at", now=now)
    if created_at is None:
        raise RecordUnreadable(record.where, "there is no created_at")
    named = mapped.texts("mentions")
    share = {"shared_from": handle} if (handle := shared_from(text)) else {}
    post = Post(
        source=(mapped.text("source") or source)[:MAX_SOURCE_LENGTH],
        instance=mapped.text("instance") or "",
        native_id=native_id,
        text=text,
        created_at=created_at,
        edited_at=mapped.time("edited_at", now=now),
        title=mapped.text("title"),
        url=mapped.text("url"),
        author=_author(mapped),
        parent_id=mapped.related_id("parent_id"),
        shared_id=mapped.related_id("shared_id"),
        mentions=mentions(text) if named is None else unique_handles(named),
        lang=language_code(mapped.text("lang")),
        brand=mapped.text("brand"),
        place=mapped.text("place"),
        rating=mapped.number("rating", parse_rating),
        metrics=Metrics(
            likes=mapped.count("likes"),
            replies=mapped.count("replies"),
            shares=mapped.count("shares"),
            views=mapped.count("views"),
        ),
        attributes={**mapped.rest(), **share},
    )
    if notes is not None:
        notes.update(mapped.notes)
    return post


def _author(mapped: MappedRecord) -> Author | None:
    author_id, handle = mapped.related_id("author"), mapped.text("handle")
    name, followers, is_bot = mapped.text("name"), mapped.count("followers"), mapped.flag("bot")
    if author_id is None and handle is None:
        return None
    return Author(
        id=(author_id or handle or "").lstrip("@"),
        handle=handle.lstrip("@") if handle else None,
        name=name,
        followers=followers,
        is_bot=is_bot,
    )
