"""Give stored posts the brands that they name as these are configured now. All other labels stay as they were read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant, to_document
from domain.identity import fingerprint
from domain.pages import paged
from domain.post import Author, Post
from domain.questions import Filters
from domain.stored import brand_sentiments
from domain.terms import may_label
from insights.totals import count_posts
from nlp.clean import titled
from pipeline.cursors import cursor_document, saved_cursor
from textquery.brands import brand_matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.config import Brand
    from domain.documents import Document
    from domain.enrichment import Trait
    from domain.ports import Store
    from textquery.brands import BrandMatcher

PAGE: Final = 500
FIELDS: Final = (
    *("id", "source", "native_id", "created_at", "title", "text", "brand", "author"),
    *("brands", "toward", "speaker", "telecom", "terms"),
)
_CURSOR: Final = "brands again"


@dataclass(frozen=True, kw_only=True)
class Retagged:
    """How many posts were looked at, and by brand how many are about it now and how many no longer."""

    posts: int = 0
    now: Counter[str] = field(default_factory=Counter)
    no_longer: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Retagged) -> Retagged:
        return Retagged(
            posts=self.posts + other.posts, now=self.now + other.now, no_longer=self.no_longer + other.no_longer
        )


def name_again(
    store: Store,
    brands: Sequence[Brand],
    read: Callable[[Sequence[str]], list[Trait]],
    tell: Callable[[float], None] = lambda _: None,
) -> Retagged:
    """Name all stored posts by the brands and their expressions; cut off, it goes on where it was.

    `read` tells of texts whether they are about telecoms. It is asked only where a word decides that is
    ordinary too, and only of posts that came before this was kept; `tell` hears which share is done, 0 to 1.
    """
    matcher = brand_matcher(brands)
    asked = fingerprint({"brands": [to_document(brand) for brand in brands]})
    after, named = "", Retagged()
    state = saved_cursor(store, _CURSOR) or {}
    if state.get("asked") == asked:
        after = state["after"]
        named = Retagged(posts=state["posts"], now=Counter(state["now"]), no_longer=Counter(state["no_longer"]))
    total = count_posts(store, Filters())
    for page in paged(store.scan("posts", fields=FIELDS, after=after), PAGE):
        changes, found = _renamed(page, matcher, read)
        store.patch("posts", changes)
        named += found
        done = {"posts": named.posts, "now": dict(named.now), "no_longer": dict(named.no_longer)}
        cursor = cursor_document(_CURSOR, {"asked": asked, "after": page[-1]["id"], **done})
        store.upsert("cursors", [], cursor=cursor)
        tell(min(1.0, named.posts / max(total, 1)))
    store.delete("cursors", [_CURSOR])
    return named


def _renamed(
    page: Sequence[Document], matcher: BrandMatcher, read: Callable[[Sequence[str]], list[Trait]]
) -> tuple[list[Document], Retagged]:
    """Return what changes on a page of posts."""
    posts = {document["id"]: _post(document) for document in page}
    names = {key: matcher.named(post) for key, post in posts.items()}
    doubtful = [one for one in page if names[one["id"]].is_doubtful]
    unread = [one for one in doubtful if may_label(one) and "telecom" not in one]
    answers = read([titled(one.get("title"), one["text"]) for one in unread]) if unread else []
    traits = {one["id"]: to_document(trait) for one, trait in zip(unread, answers, strict=True)}
    changes: list[Document] = []
    named = Retagged(posts=len(page))
    for document in page:
        key, before = document["id"], document.get("brands", [])
        told = traits.get(key) or document.get("telecom", {})
        found = names[key].where(telecom=bool(told.get("holds")) and may_label(document))
        named += Retagged(now=Counter({*found} - {*before}), no_longer=Counter({*before} - {*found}))
        change: Document = {"telecom": traits[key]} if key in traits else {}
        if list(found) != before:
            change["brands"] = list(found) or None
            felt = [one for one in document.get("toward", ()) if one["brand"] in found]
            if len(felt) < len(document.get("toward", ())):
                change |= {"toward": felt or None, "brand_sentiments": brand_sentiments(felt) or None}
        speaker = matcher.speaker(posts[key])
        if speaker != document.get("speaker"):
            change["speaker"] = speaker
        if change:
            changes.append({"id": key, **change})
    return changes, named


def _post(document: Document) -> Post:
    """Return as much of a stored post as names brands."""
    author = document.get("author")
    return Post(
        source=document["source"],
        native_id=document["native_id"],
        text=document["text"],
        created_at=parse_instant(document["created_at"]),
        title=document.get("title"),
        brand=document.get("brand"),
        author=Author(id=author["id"], handle=author.get("handle")) if author else None,
    )
