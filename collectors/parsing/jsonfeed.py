"""JSON Feed 1.0 and 1.1: its items as entries of the shape that feedparser gives to those of RSS and Atom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import as_text
from transport.foreign import read_json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES: Final = ("application/feed+json", "application/json")
"""Content types that say that a feed is of this kind."""


def read_feed(body: bytes) -> Mapping[str, Any] | None:
    """Return a feed, or None where a document is none."""
    try:
        feed = read_json_text(body)
    except ValueError:
        return None
    return feed if isinstance(feed, dict) and isinstance(feed.get("items"), list) else None


def entries(feed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a feed's items as entries; what is of another type than the format says counts as missing."""
    kinds = (("content_html", "text/html"), ("content_text", "text/plain"), ("summary", "text/plain"))
    items = [item if isinstance(item, dict) else {} for item in feed["items"]]
    return [
        {
            "id": as_text(item.get("id")),
            "link": as_text(item.get("url")) or as_text(item.get("external_url")),
            "title_detail": _detail(item.get("title"), "text/plain"),
            "content": [_detail(item.get(key), kind) for key, kind in kinds],
            "published": as_text(item.get("date_published")),
            "updated": as_text(item.get("date_modified")),
            "author": _author(item) or _author(feed),
            "language": as_text(item.get("language")) or as_text(feed.get("language")),
        }
        for item in items
    ]


def _detail(value: Any, kind: str) -> dict[str, str]:
    return {"value": as_text(value) or "", "type": kind}


def _author(values: Mapping[str, Any]) -> str | None:
    """Return who wrote: the first of the authors of version 1.1, the author of 1.0."""
    authors = values.get("authors")
    listed = authors[:1] if isinstance(authors, list) else []
    names = [as_text(author.get("name")) for author in (*listed, values.get("author")) if isinstance(author, dict)]
    return next(filter(None, names), None)
