"""What stored documents of an older version of Earshot lack and cannot be made without the configuration.

Each step finds what lacks it by a condition, so one that was cut off goes on where it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.conditions import Exists, among
from domain.documents import REVISION
from domain.event import NETWORK_KINDS
from domain.identity import handle_pseudonym
from domain.pages import paged
from domain.terms import may_link
from linking.events import meeting_keys
from pipeline.changes import note
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.keys import key_of
from textquery.words import searchable

if TYPE_CHECKING:
    from domain.config import Config
    from domain.documents import Document
    from domain.ports import Store

REVISION_OF_DOCUMENTS: Final = 2
"""What documents of today have; one more with each step."""
PAGE: Final = 500
_CURSOR: Final = "documents"
_WORDS_CURSOR: Final = "documents:words"


def upgrade(store: Store, config: Config) -> int:
    """Bring stored documents to today's form; return how many changed. Done once, it costs one look-up."""
    state = {"revision": REVISION_OF_DOCUMENTS}
    if saved_cursor(store, _CURSOR) == state:
        return 0
    changed = _make_words_anew(store) + _give_author_keys(store, key_of(config)) + _give_meeting_keys(store)
    store.keep("cursors", [], cursor=cursor_document(_CURSOR, state))
    return changed


def _make_words_anew(store: Store) -> int:
    """Cut posts into words as new ones are cut, so that a text query finds both alike."""
    changed = 0
    after = (saved_cursor(store, _WORDS_CURSOR) or {}).get("after", "")
    for page in paged(store.scan("posts", fields=("title", "text", "words", REVISION), after=after), PAGE):
        right = ((post, searchable(post.get("title"), post["text"])) for post in page)
        wrong = ({"id": post["id"], REVISION: post[REVISION], "words": words} for post, words in right)
        stale = [change for post, change in zip(page, wrong, strict=True) if post.get("words") != change["words"]]
        # Who edits a post meanwhile cuts it anew.
        changed += store.amend("posts", stale).changed
        store.keep("cursors", [], cursor=cursor_document(_WORDS_CURSOR, {"after": page[-1]["id"]}))
    store.delete("cursors", [_WORDS_CURSOR])
    return changed


def _give_author_keys(store: Store, key: bytes) -> int:
    """Give posts the pseudonym of their author's handle, which customers' handles are held against."""

    def with_key(post: Document) -> Document:
        author = post["author"]
        pseudonym = handle_pseudonym(key, post["source"], author["handle"])
        return {"id": post["id"], REVISION: post[REVISION], "author": author | {"key": pseudonym}}

    lacking = (Exists("author.handle"), Exists("author.key", there=False))
    posts = store.scan("posts", where=lacking, fields=("author", "source", "terms", REVISION))
    return store.amend("posts", (with_key(post) for post in posts if may_link(post))).changed


def _give_meeting_keys(store: Store) -> int:
    """Give network events what posts find them by, and note that they are to be held against posts."""
    changed = 0
    lacking = (among("kind", NETWORK_KINDS), Exists("meets", there=False))
    for page in paged(store.scan("events", where=lacking), PAGE):
        changes = [{"id": event["id"], "meets": keys} for event in page if (keys := meeting_keys(event))]
        note(store, "events", (change["id"] for change in changes))
        changed += store.amend("events", changes).changed
    return changed
