"""Give stored posts the brands that they name as these are configured now. All other labels stay as they were read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from domain.documents import parse_instant, to_document
from domain.identity import fingerprint
from domain.post import Author, Post
from domain.questions import Filters
from domain.terms import may_label
from nlp.clean import titled
from pipeline.cursors import cursor_document, saved_cursor
from textquery.brands import brand_matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.config import Brand
    from domain.documents import Document
    from domain.enrichment import Trait
    from domain.ports import Store
    from textquery.brands import BrandMatcher

PAGE: Final = 500
FIELDS: Final = (
    *("id", "source", "native_id", "created_at", "title", "text", "brand", "author"),
    *("brands", "speaker", "telecom", "terms"),
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
    after, named = _begun(store, asked)
    total = sum(tally.total for tally in store.count_by(Filters(), ()))
    following = store.scan("posts", fields=FIELDS, after=after)
    while page := list(islice(following, PAGE)):
        changes, found = _renamed(page, matcher, read)
        store.patch("posts", changes)
        named += found
        store.upsert("cursors", [], cursor=_cursor(asked, page[-1]["id"], named))
        tell(min(1.0, named.posts / max(total, 1)))
    store.delete("cursors", [_CURSOR])
    return named


def _begun(store: Store, asked: str) -> tuple[str, Retagged]:
    """Return where a walk for the same brands was cut off, and what it had done."""
    state = saved_cursor(store, _CURSOR) or {}
    if state.get("asked") != asked:
        return "", Retagged()
    done = Retagged(posts=state["posts"], now=Counter(state["now"]), no_longer=Counter(state["no_longer"]))
    return state["after"], done


def _cursor(asked: str, after: str, named: Retagged) -> Document:
    done = {"posts": named.posts, "now": dict(named.now), "no_longer": dict(named.no_longer)}
    return cursor_document(_CURSOR, {"asked": asked, "after": after, **done})


def _renamed(
    page: Sequence[Document], matcher: BrandMatcher, read: Callable[[Sequence[str]], list[Trait]]
) -> tuple[list[Document], Retagged]:
    """Return what changes on a page of posts."""
    posts = {document["id"]: _post(document) for document in page}
    names = {key: matcher.named(post) for key, post in posts.items()}
    traits = _traits([one for one in page if names[one["id"]].is_doubtful], read)
    changes: list[Document] = []
    named = Retagged(posts=len(page))
    for document in page:
        key = document["id"]
        told = traits.get(key) or document.get("telecom", {})
        found = names[key].where(telecom=bool(told.get("holds")) and may_label(document))
        named += _difference(document.get("brands", ()), found)
        changes += _change(document, found, matcher.speaker(posts[key]), traits.get(key))
    return changes, named


def _traits(doubtful: Sequence[Document], read: Callable[[Sequence[str]], list[Trait]]) -> dict[str, Document]:
    """Return whether posts are about telecoms, by id, of those that may be read and were not yet."""
    unread = [one for one in doubtful if may_label(one) and "telecom" not in one]
    told = read([titled(one.get("title"), one["text"]) for one in unread]) if unread else []
    return {one["id"]: to_document(trait) for one, trait in zip(unread, told, strict=True)}


def _difference(before: Sequence[str], after: Sequence[str]) -> Retagged:
    return Retagged(now=Counter({*after} - {*before}), no_longer=Counter({*before} - {*after}))


def _change(document: Document, found: Sequence[str], speaker: str, telecom: Document | None) -> Iterator[Document]:
    """Yield what is to be amended of a post, if anything is."""
    change: dict[str, Any] = {}
    if list(found) != document.get("brands", []):
        change["brands"] = list(found) or None
    if speaker != document.get("speaker"):
        change["speaker"] = speaker
    if telecom is not None:
        change["telecom"] = telecom
    if change:
        yield {"id": document["id"], **change}


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
