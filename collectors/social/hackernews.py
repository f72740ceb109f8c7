"""Stories and comments of Hacker News that a search finds, newest first.

The search (Algolia's) shows at most 1,000 hits of a query, so each page asks for what is older than the
last one. It leaves out silently what was deleted; the site's own interface says so when asked for an item.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.markup import html_to_text
from collectors.parsing.values import (
    as_count,
    as_id,
    as_second,
    as_text,
    attributes,
    clean,
    clean_text,
    dig,
    parse_time,
)
from collectors.polling.pagination import SearchedSettings, SourcePage, older, read_each
from collectors.search.dialects import hacker_news
from domain.errors import SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import setting
from domain.terms import Recheck, Terms
from transport.http import JSON_TYPES, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "hackernews"
TERMS: Final = Terms(rechecks=(Recheck(every=timedelta(days=30)),))
PAGE_SIZE: Final = 100
ITEM: Final = "https://news.ycombinator.com/item?id="


@dataclass(frozen=True, kw_only=True)
class HackerNewsSettings(SearchedSettings):
    """A search in the configuration."""

    search: str = setting(default="https://hn.algolia.com", help="Where the search is")
    items: str = setting(default="https://hacker-news.firebaseio.com", help="Where single items are asked for")


class Search:
    """What one search finds."""

    source = SOURCE
    instance = ""
    newest_first = True
    recheck_size = 20

    def __init__(self, query: str, settings: HackerNewsSettings) -> None:
        self.key = query
        self._settings = settings

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the newest hits up to a position."""
        before = int(position["before"]) if position else None
        filters = [f"created_at_i>={int(since.timestamp())}"] + ([] if before is None else [f"created_at_i<={before}"])
        params = {
            "query": self.key,
            "tags": "(story,comment)",
            "numericFilters": ",".join(filters),
            "hitsPerPage": str(PAGE_SIZE),
        }
        url = f"{self._settings.search}/api/v1/search_by_date"
        answer, _ = web.ask_json(Request(url=url, types=JSON_TYPES, params=params))
        hits = answer.get("hits") if isinstance(answer, dict) else None
        if not isinstance(hits, list):
            raise SourceRefused(f"{SOURCE} answered with something that is not a list of hits")
        times = [time for hit in hits if (time := as_second(dig(hit, "created_at_i"))) is not None]
        more = len(hits) >= PAGE_SIZE and times
        found = read_each(hits, to_post, f"{SOURCE} item", key="objectID")
        return SourcePage(found=found, next={"before": older(times, before)} if more else None)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return items as they are now, and deletions for those that are gone."""
        found: list[Found] = []
        for native_id in native_ids:
            url = f"{self._settings.items}/v0/item/{native_id}.json"
            item, _ = web.ask_json(Request(url=url, types=JSON_TYPES))
            # Nothing at all is said of an item that is not known, or not known yet.
            found += read_each([item] if item is not None else [], item_to_found, f"{SOURCE} item")
        return found


def hackernews(opening: SourceContext) -> Polled:
    """Open the searches for the brands."""
    settings: HackerNewsSettings = opening.settings
    searches = [Search(query, settings) for query in opening.searches(hacker_news)]
    return opening.polled(SOURCE, searches, TERMS, only_wanted=not settings.everything)


def to_post(hit: Mapping[str, Any]) -> Post:
    """Return the post that a hit of the search tells of. A story that is only a link has its title for a text."""
    title = html_to_text(hit.get("title") or "")
    text = html_to_text(hit.get("comment_text") or hit.get("story_text") or "")
    if not (title or text):
        raise ValueError("neither title nor text")
    native_id, author = as_id(hit["objectID"]), clean_text(hit["author"])
    return Post(
        source=SOURCE,
        native_id=native_id,
        text=text or title,
        title=title if title and text else None,
        created_at=parse_time(hit["created_at_i"]),
        url=f"{ITEM}{native_id}",
        author=Author(id=author, handle=author),
        parent_id=as_text(hit.get("parent_id")),
        metrics=Metrics(likes=as_count(hit.get("points")), replies=as_count(hit.get("num_comments"))),
        attributes=clean(attributes({"link": hit.get("url")})),
    )


def item_to_found(item: Mapping[str, Any]) -> Found:
    """Return what the site's own interface says of an item; one that was only flagged away may come back."""
    if item.get("deleted") or item.get("dead"):
        return Deletion(source=SOURCE, native_id=as_id(item["id"]), final=bool(item.get("deleted")))
    return to_post(
        {
            "objectID": item["id"],
            "author": item["by"],
            "created_at_i": item["time"],
            "title": item.get("title"),
            "comment_text": item.get("text"),
            "url": item.get("url"),
            "parent_id": item.get("parent"),
            "points": item.get("score"),
            "num_comments": item.get("descendants"),
        }
    )
