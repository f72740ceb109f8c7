"""What needs all posts at once: topics, and coincidence with events. Runs after collecting.

Does nothing where the posts and the events are those of the last time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from domain.terms import may_link
from linking.customers import relink
from linking.events import event_links
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.keys import key_of
from pipeline.topics import find_topics, give_topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.config import Config
    from domain.ports import Store

_CURSOR: Final = "settle"


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What settling changed; `fresh` is False where there was nothing to do."""

    fresh: bool
    topics: int = 0
    with_topic: int = 0
    with_customer: int = 0
    with_event: int = 0


def settle(store: Store, config: Config, tell: Callable[[str, float], None]) -> Settled:
    """Find topics and give every post its own, then join posts to customers and events; safe to repeat.

    `tell` hears of each stage and which share of it is done, from 0 to 1.
    """
    state = {"content": _content(store)}
    if saved_cursor(store, _CURSOR) == state:
        return Settled(fresh=False)
    tell("Finding topics", 0)
    found = find_topics(store, config.brands)
    tell("Finding topics", 1)
    with_topic = give_topics(store, found, partial(tell, "Giving posts their topics"))
    tell("Joining customers and events", 0)
    with_customer = store.amend("posts", relink(store, key_of(config)))
    tell("Joining customers and events", 0.5)
    with_event = store.amend("posts", event_links(store))
    tell("Joining customers and events", 1)
    store.keep("cursors", [], cursor=cursor_document(_CURSOR, state))
    return Settled(
        fresh=True,
        topics=len(found.topics),
        with_topic=with_topic,
        with_customer=with_customer,
        with_event=with_event,
    )


def _content(store: Store) -> str:
    """Return a digest of all posts with their brands, events and consents: equal means there is nothing to settle."""
    digest = hashlib.sha256()
    for part in _states(store):
        digest.update(part.encode())
    return digest.hexdigest()


def _states(store: Store) -> Iterator[str]:
    for post in store.scan("posts", fields=("id", "fingerprint", "terms.link", "brands")):
        yield f"{post['id']} {post['fingerprint']} {may_link(post)} {post.get('brands', [])}\n"
    yield from (f"{event}\n" for event in store.scan("events"))
    yield from (f"{customer}\n" for customer in store.scan("customers", fields=("id", "handles", "linked_with")))
