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

if TYPE_CHECKING:
    from domain.config import Config
    from domain.documents import Document
    from domain.ports import Store

REVISION_OF_DOCUMENTS: Final = 2
"""What documents of today have; one more with each step."""
PAGE: Final = 500
_CURSOR: Final = "documents"


def upgrade(store: Store, config: Config) -> int:
    """Bring stored documents to today's form; return how many changed. Done once, it costs one look-up."""
    state = {"revision": REVISION_OF_DOCUMENTS}
    if saved_cursor(store, _CURSOR) == state:
        return 0
    changed = _give_author_keys(store, key_of(config)) + _give_meeting_keys(store)
    store.keep("cursors", [], cursor=cursor_document(_CURSOR, state))
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
