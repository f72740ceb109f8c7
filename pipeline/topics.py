"""Topics of all stored posts: discovered on a fair draw, then given to every post, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.documents import to_document
from domain.questions import PUBLIC, Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from domain.config import Brand
    from domain.documents import Document
    from domain.ports import Store
    from nlp.topics.discovery import Centring, Topic

MOST_FITTED: Final = 30_000
"""Posts that topics are discovered on; all others are given to the nearest topic."""
PAGE: Final = 2_000


@dataclass(frozen=True)
class Found:
    """Topics, and how embeddings are moved before they are held against them."""

    topics: tuple[Topic, ...]
    centring: Centring | None


def find_topics(store: Store, brands: Sequence[Brand]) -> Found:
    """Discover topics in what the public said, copies once; keep them in place of the old ones."""
    from nlp.topics.discovery import Centring, discover  # UMAP and HDBSCAN take seconds to import

    sample = _sample(store)
    found = Found((), None)
    if sample:
        languages, embeddings = _languages(sample), _matrix(sample)
        centring = Centring.of(embeddings, languages)
        names = [word for brand in brands for term in (brand.name, *brand.terms) for word in term.split()]
        texts = [post["text"] for post in sample]
        found = Found(discover(texts, centring.applied(embeddings, languages), languages, ignore=names), centring)
    times = sorted(post["created_at"] for post in sample)
    documents = [_topic_document(topic, times[0], times[-1]) for topic in found.topics]
    old = {document["id"] for document in store.scan("topics", fields=("id",))}
    store.upsert("topics", documents)
    store.delete("topics", sorted(old - {document["id"] for document in documents}))
    return found


def give_topics(store: Store, found: Found, tell: Callable[[float], None]) -> int:
    """Give every post its nearest topic or none; return how many have one. Memory stays flat."""
    from nlp.topics.discovery import topic_model

    model = to_document(topic_model())
    given: dict[str, int] = {}
    total = sum(tally.total for tally in store.count_by(Filters(), ())) or 1
    posts = store.scan("posts", fields=("id", "embedding", "language", "topic"))
    done = 0
    tell(0)
    while page := list(islice(posts, PAGE)):
        changes = []
        for document, topic, probability in _assigned(found, page):
            wanted: dict[str, Any] | None = None
            if topic is not None:
                wanted = {"id": topic, "probability": probability, "model": model}
                given[topic] = given.get(topic, 0) + 1
            if document.get("topic") != wanted:
                changes.append({"id": document["id"], "topic": wanted})
        store.patch("posts", changes)
        done += len(page)
        tell(done / total)
    store.patch("topics", ({"id": topic.id, "size": given.get(topic.id, 0)} for topic in found.topics))
    return sum(given.values())


def _assigned(found: Found, page: Sequence[Document]) -> list[tuple[Document, str | None, float]]:
    """Return each post with the id and probability of its topic; none without an embedding."""
    from nlp.topics.discovery import assign

    read = [post for post in page if post.get("embedding")]
    given: dict[str, tuple[str | None, float]] = {}
    if found.centring is not None and read:
        moved = found.centring.applied(_matrix(read), _languages(read))
        for post, one in zip(read, assign(found.topics, moved), strict=True):
            given[post["id"]] = (one.topic.id if one.topic else None, one.probability)
    return [(post, *given.get(post["id"], (None, 0.0))) for post in page]


def _topic_document(topic: Topic, start: str, end: str) -> Document:
    from nlp.topics.discovery import topic_model

    return {
        "id": topic.id,
        "name": topic.name,
        "terms": list(topic.terms),
        "start": start,
        "end": end,
        "model": to_document(topic_model()),
    }


def _sample(store: Store) -> list[Document]:
    """Return at most `MOST_FITTED` posts of the public, copies in once.

    Ids are hashes, so every n-th of them is a fair draw.
    """
    filters = Filters(once=True, speakers=PUBLIC)
    total = sum(tally.total for tally in store.count_by(filters, ()))
    step = max(1, -(-total // MOST_FITTED))
    posts = store.scan("posts", filters=filters, fields=("id", "text", "created_at", "language", "embedding"))
    return [post for post in islice(posts, 0, None, step) if post.get("embedding")]


def _languages(posts: Sequence[Document]) -> list[str]:
    return [post["language"]["code"] for post in posts]


def _matrix(posts: Sequence[Document]) -> NDArray[np.float32]:
    """Return the embeddings of posts, shape (posts, width), unit length."""
    return np.array([post["embedding"] for post in posts], dtype=np.float32)
