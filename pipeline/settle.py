"""What needs all posts at once: topics, and coincidence with events. Runs after collecting.

Does nothing where the posts and the events are those of the last time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.documents import to_document
from domain.questions import Filters
from linking.customers import relink
from linking.events import event_links
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.keys import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from domain.config import Brand, Config
    from domain.documents import Document
    from domain.ports import Store
    from nlp.topics import Topic

MOST_FITTED: Final = 30_000
"""Posts that topics are discovered on; all others are given to the nearest topic."""
PAGE: Final = 2_000
_CURSOR: Final = "settle"


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What settling changed; `fresh` is False where there was nothing to do."""

    fresh: bool
    topics: int = 0
    with_topic: int = 0
    with_customer: int = 0
    with_event: int = 0


def settle(store: Store, config: Config, tell: Callable[[str], None]) -> Settled:
    """Find topics and give every post its own, then join posts to events; safe to repeat."""
    state = {"content": _content(store)}
    if saved_cursor(store, _CURSOR) == state:
        return Settled(fresh=False)
    tell("Finding topics")
    topics = find_topics(store, config.brands)
    tell("Giving posts their topics")
    with_topic = give_topics(store, topics)
    tell("Joining posts to customers and events")
    with_customer = store.amend("posts", relink(store, key_of(config)))
    with_event = store.amend("posts", event_links(store))
    store.keep("cursors", [], cursor=cursor_document(_CURSOR, state))
    return Settled(
        fresh=True, topics=len(topics), with_topic=with_topic, with_customer=with_customer, with_event=with_event
    )


def find_topics(store: Store, brands: Sequence[Brand]) -> tuple[Topic, ...]:
    """Discover topics on posts counted once and keep them as documents in place of the old ones."""
    from nlp.topics import discover  # UMAP and HDBSCAN take seconds to import

    texts, embeddings, span = _sample(store)
    names = [word for brand in brands for term in (brand.name, *brand.terms) for word in term.split()]
    topics = discover(texts, embeddings, ignore=names)
    documents = [_topic_document(topic, span) for topic in topics]
    old = {document["id"] for document in store.scan("topics", fields=("id",))}
    store.keep("topics", documents)
    store.delete("topics", sorted(old - {document["id"] for document in documents}))
    return topics


def give_topics(store: Store, topics: Sequence[Topic]) -> int:
    """Give every post its nearest topic or none; return how many have one. Memory stays flat."""
    from nlp.topics import assign, topic_model

    model = to_document(topic_model())
    given: dict[str, int] = {}
    posts = store.scan("posts", fields=("id", "embedding", "topic"))
    while page := list(islice(posts, PAGE)):
        changes = []
        for document, assignment in zip(page, assign(topics, _matrix(page)), strict=True):
            topic: dict[str, Any] | None = None
            if assignment.topic is not None:
                topic = {"id": assignment.topic.id, "probability": assignment.probability, "model": model}
                given[assignment.topic.id] = given.get(assignment.topic.id, 0) + 1
            if document.get("topic") != topic:
                changes.append({"id": document["id"], "topic": topic})
        store.amend("posts", changes)
    store.amend("topics", ({"id": topic.id, "size": given.get(topic.id, 0)} for topic in topics))
    return sum(given.values())


def _topic_document(topic: Topic, span: tuple[str, str]) -> Document:
    from nlp.topics import topic_model

    return {
        "id": topic.id,
        "name": topic.name,
        "terms": list(topic.terms),
        "start": span[0],
        "end": span[1],
        "model": to_document(topic_model()),
    }


def _sample(store: Store) -> tuple[list[str], NDArray[np.float32], tuple[str, str]]:
    """Return texts, embeddings and time span of at most `MOST_FITTED` posts, copies in once.

    Ids are hashes, so every n-th of them is a fair draw.
    """
    filters = Filters(once=True)
    total = sum(tally.total for tally in store.tally(filters, ()))
    step = max(1, -(-total // MOST_FITTED))
    posts = store.scan("posts", filters=filters, fields=("id", "text", "created_at", "embedding"))
    picked = [post for post in islice(posts, 0, None, step) if post.get("embedding")]
    times = sorted(post["created_at"] for post in picked) or ["", ""]
    return [post["text"] for post in picked], _matrix(picked), (times[0], times[-1])


def _matrix(posts: Sequence[Document]) -> NDArray[np.float32]:
    """Return the embeddings of posts, shape (posts, width), unit length; zeros where there is none."""
    width = next((len(post["embedding"]) for post in posts if post.get("embedding")), 1)
    return np.array([post.get("embedding") or [0.0] * width for post in posts], dtype=np.float32).reshape(-1, width)


def _content(store: Store) -> str:
    """Return a digest of all posts, events and consents: equal means there is nothing to settle."""
    digest = hashlib.sha256()
    for part in _states(store):
        digest.update(part.encode())
    return digest.hexdigest()


def _states(store: Store) -> Iterator[str]:
    yield from (f"{post['id']} {post['fingerprint']}\n" for post in store.scan("posts", fields=("id", "fingerprint")))
    yield from (f"{event}\n" for event in store.scan("events"))
    yield from (f"{customer}\n" for customer in store.scan("customers", fields=("id", "handles", "linked_with")))
