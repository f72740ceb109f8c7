"""What stored documents of an older version of Earshot lack and cannot be made without the configuration.

Each step finds what lacks it by a condition, so one that was cut off goes on where it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actions.changes import note
from configuration.keys import key_of
from domain.conditions import Exists, among
from domain.documents import ALL, REVISION, parse_instant, to_document
from domain.event import NETWORK_KINDS
from domain.identity import handle_pseudonym
from domain.pages import paged
from domain.post import Post
from domain.stored import whereabouts
from domain.terms import may_link
from linking.copy_groups import grouped
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.whereabouts import relocated
from textquery.words import searchable, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.config import Config
    from domain.documents import Document
    from domain.ports import Store

REVISION_OF_DOCUMENTS: Final = 5
"""What documents of today have; one more with each step."""
REVISION_OF_PAGES: Final = 3
"""The last one for which all posts had to be gone through; those of a later one are not gone through again."""
REVISION_OF_LINKS: Final = 1
"""The same of the links of posts, which are made without looking at all posts."""
PAGE: Final = 500
_CURSOR: Final = "documents"
_FIELDS: Final = ("source", "instance", "native_id", "created_at", "title", "text", "words", "copy")
_LAST: Final = "\U0010ffff"
"""Behind every id."""


def upgrade(store: Store, config: Config) -> int:
    """Bring stored documents to the form of today and of the configuration; return how many changed.

    Done once, it costs one look-up.
    """
    state = document_state(config)
    if saved_cursor(store, _CURSOR) == state:
        return 0
    changed = 0
    for page in _pages(store, "words"):
        # As new posts are cut into words, so that a text query finds both alike.
        words = {post["id"]: searchable(whole(post.get("title"), post["text"])) for post in page}
        old = [post for post in page if post.get("words") != words[post["id"]]]
        anew = [{"id": post["id"], REVISION: post[REVISION], "words": words[post["id"]]} for post in old]
        changed += store.patch("posts", anew).changed
    for page in _pages(store, "copies"):
        changed += store.patch("posts", list(_copies_anew(store, page))).changed
    changed += _gather_places(store)
    # Posts get the pseudonym of their author's handle, which customers' handles are held against.
    key = key_of(config)
    keyless = (Exists("author.handle"), Exists("author.key", there=False))
    posts = store.scan("posts", where=keyless, fields=("author", "source", "terms", REVISION))
    for page in paged(filter(may_link, posts), PAGE):
        named = []
        for post in page:
            author = post["author"]
            author = author | {"key": handle_pseudonym(key, post["source"], author["handle"])}
            named.append({"id": post["id"], REVISION: post[REVISION], "author": author})
        changed += store.patch("posts", named).changed
    if not config.privacy.author_names:
        changed += _forget_names(store)
    # Network events get where they are and what posts find them by, as today, and are to be held against posts again.
    for page in paged(store.scan("events", where=(among("kind", NETWORK_KINDS),), fields=(ALL, REVISION)), PAGE):
        changes = relocated(store, page)
        note(store, "events", (event["id"] for event in page))
        changed += store.patch("events", changes).changed
    # Posts that were linked before there were documents of links get theirs.
    unexplained = (Exists("customer.id"), Exists("customer.link", there=False))
    for page in paged(store.scan("posts", where=unexplained, fields=("customer.id",)), PAGE):
        note(store, "customers", (post["customer"]["id"] for post in page))
    store.upsert("cursors", [], cursor=cursor_document(_CURSOR, state))
    return changed


def document_state(config: Config) -> Document:
    """Return what tells whether stored documents are in the form that they should have."""
    return {"revision": REVISION_OF_DOCUMENTS, "author_names": config.privacy.author_names, "links": REVISION_OF_LINKS}


def _gather_places(store: Store) -> int:
    """Give posts the places that they are from or name in one field, too, which they are counted by."""
    changed = 0
    for place in ("place", "places.name"):
        apart = (Exists(place), Exists("whereabouts", there=False))
        for page in paged(store.scan("posts", where=apart, fields=("place", "places", REVISION)), PAGE):
            gathered = []
            for post in page:
                named = whereabouts(post.get("place"), (one["name"] for one in post.get("places", ())))
                gathered.append({"id": post["id"], REVISION: post[REVISION], "whereabouts": named})
            changed += store.patch("posts", gathered).changed
    return changed


def _forget_names(store: Store) -> int:
    """Take the names of authors out of posts that were stored with them; return how many there were."""
    changed = 0
    for page in paged(store.scan("posts", where=(Exists("author.name"),), fields=("author", REVISION)), PAGE):
        nameless = []
        for post in page:
            author = {field: value for field, value in post["author"].items() if field != "name"}
            nameless.append({"id": post["id"], REVISION: post[REVISION], "author": author})
        changed += store.patch("posts", nameless).changed
    return changed


def _pages(store: Store, step: str) -> Iterator[list[Document]]:
    """Yield all posts for a step by ascending id; one that was cut off goes on behind the last whole page.

    Who edits a post meanwhile keeps it in today's form.
    """
    # Named by the revision too: what a step did once, it may have to do again.
    cursor = f"{_CURSOR}:{step}:{REVISION_OF_PAGES}"
    after = (saved_cursor(store, cursor) or {}).get("after", "")
    for page in paged(store.scan("posts", fields=(*_FIELDS, REVISION), after=after), PAGE):
        yield page
        store.upsert("cursors", [], cursor=cursor_document(cursor, {"after": page[-1]["id"]}))
    store.upsert("cursors", [], cursor=cursor_document(cursor, {"after": _LAST}))


def _copies_anew(store: Store, posts: Sequence[Document]) -> Iterator[Document]:
    """Yield the groups of copies that posts belong to, among those that went before them."""
    said = [
        Post(
            source=post["source"],
            instance=post.get("instance", ""),
            native_id=post["native_id"],
            text=post["text"],
            created_at=parse_instant(post["created_at"]),
        )
        for post in posts
    ]
    for post, copy in zip(posts, grouped(store, said), strict=True):
        if post.get("copy") != to_document(copy):
            yield {"id": post["id"], REVISION: post[REVISION], "copy": to_document(copy)}
