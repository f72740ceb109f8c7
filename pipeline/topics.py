"""Topics of all posts: discovered on a fair draw and given to every post; posts that come later get theirs at once.

What is needed to give posts their topics is kept with the topics, as one document: the topics' centres, and what
languages have in common.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.conditions import among
from domain.documents import REVISION, to_document
from domain.questions import PUBLIC, Filters
from insights.totals import count_posts
from nlp.topics.assignment import FEWEST_POSTS, Centring, Topic, assign, topic_model
from pipeline.cursors import cursor_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from domain.config import Brand
    from domain.documents import Document
    from domain.ports import Store

MOST_FITTED: Final = 30_000
"""Posts that topics are discovered on; all others are given to the nearest topic."""
PAGE: Final = 2_000
GROWN: Final = 2
"""Topics are found anew before their time where there are this many times as many posts as they were found on."""
DIGITS: Final = 5
_MODEL: Final = "topics"
"""Under which id the model is kept among the cursors."""


@dataclass(frozen=True)
class TopicModel:
    """Topics, how embeddings are moved before they are held against them, and how many posts there were then."""

    topics: tuple[Topic, ...] = ()
    centring: Centring | None = None
    posts: int = 0

    def labels(self, posts: Sequence[Document]) -> list[Document | None]:
        """Return the field `topic` of posts that have `embedding` and `language`; None where no topic is near."""
        read = [post for post in posts if post.get("embedding")]
        given: dict[str, Document] = {}
        if self.centring is not None and self.topics and read:
            model = to_document(topic_model())
            moved = self.centring.applied(_matrix(read), _languages(read))
            for post, one in zip(read, assign(self.topics, moved), strict=True):
                if one.topic is not None:
                    given[post["id"]] = {"id": one.topic.id, "probability": one.probability, "model": model}
        return [given.get(post["id"]) for post in posts]

    def state(self) -> dict[str, Any]:
        """Return what is kept of it beside the topics' documents; `known_topics` reads it."""
        by_language = self.centring.by_language if self.centring else {}
        return {
            "posts": self.posts,
            "topics": [
                {"id": topic.id, "centre": _rounded(topic.centre), "nearest_cosine": topic.nearest_cosine}
                for topic in self.topics
            ],
            "by_language": {code: _rounded(centre) for code, centre in by_language.items()},
            "others": _rounded(self.centring.others) if self.centring else [],
        }


class KnownTopics:
    """The topics that posts are given as they come; read anew where they were found anew."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._revision: Any = None
        self._model = TopicModel()

    def label(self, posts: Sequence[Document]) -> None:
        """Give each post its topic, in place."""
        revision = self._store.get("cursors", [_MODEL], fields=(REVISION,)).get(_MODEL, {}).get(REVISION)
        if revision != self._revision:
            self._model, self._revision = known_topics(self._store), revision
        for post, topic in zip(posts, self._model.labels(posts), strict=True):
            if topic is not None:
                post["topic"] = topic


def known_topics(store: Store) -> TopicModel:
    """Return the topics that were found last; none where none ever were."""
    kept = store.get("cursors", [_MODEL]).get(_MODEL)
    if kept is None:
        return TopicModel()
    state = kept["state"]
    names = store.get("topics", [one["id"] for one in state["topics"]])
    topics = (
        Topic(
            id=one["id"],
            name=names[one["id"]]["name"],
            terms=tuple(names[one["id"]]["terms"]),
            centre=np.array(one["centre"], np.float32),
            nearest_cosine=one["nearest_cosine"],
        )
        for one in state["topics"]
        if one["id"] in names
    )
    centres = {code: np.array(centre, np.float32) for code, centre in state["by_language"].items()}
    centring = Centring(centres, np.array(state["others"], np.float32)) if state["others"] else None
    return TopicModel(tuple(topics), centring, state["posts"])


def outgrown(store: Store) -> bool:
    """Tell whether there are so many more posts than at the last time that topics should be found anew."""
    kept = store.get("cursors", [_MODEL]).get(_MODEL)
    return count_posts(store, Filters()) >= max(GROWN * (kept["state"]["posts"] if kept else 0), FEWEST_POSTS)


def find_topics(store: Store, brands: Sequence[Brand]) -> TopicModel:
    """Discover topics in what the public said, copies once; keep them in place of the old ones."""
    from nlp.topics.discovery import discover  # BERTopic takes seconds to import

    sample = _sample(store)
    found = TopicModel(posts=count_posts(store, Filters()))
    if sample:
        languages, embeddings = _languages(sample), _matrix(sample)
        centring = Centring.of(embeddings, languages)
        names = [word for brand in brands for term in (brand.name, *brand.terms) for word in term.split()]
        topics = discover(
            [post["text"] for post in sample], centring.applied(embeddings, languages), languages, ignore=names
        )
        found = TopicModel(topics, centring, found.posts)
    times = sorted(post["created_at"] for post in sample)
    documents = [
        {
            "id": topic.id,
            "name": topic.name,
            "terms": list(topic.terms),
            "start": times[0],
            "end": times[-1],
            "model": to_document(topic_model()),
        }
        for topic in found.topics
    ]
    store.upsert("topics", documents, cursor=cursor_document(_MODEL, found.state()))
    return found


def give_topics(store: Store, found: TopicModel, tell: Callable[[float], None]) -> int:
    """Give every post its nearest topic or none, and let go of old topics; return how many have one. Memory is flat."""
    total, done = count_posts(store, Filters()) or 1, 0
    tell(0)
    posts = store.scan("posts", fields=("id", "embedding", "language", "topic"))
    while page := list(islice(posts, PAGE)):
        _relabelled(store, found, page)
        done += len(page)
        tell(done / total)
    kept = {topic.id for topic in found.topics}
    gone = sorted({document["id"] for document in store.scan("topics", fields=("id",))} - kept)
    # Pages that were read before the new topics stood there came with old ones.
    late = store.scan("posts", where=[among("topic.id", gone)], fields=("id", "embedding", "language", "topic"))
    while gone and (page := list(islice(late, PAGE))):
        _relabelled(store, found, page)
    store.delete("topics", gone)
    sizes = {tally.keys[0]: tally.total for tally in store.count_by(Filters(), ("topic",)) if tally.keys[0]}
    store.patch("topics", ({"id": topic.id, "size": sizes.get(topic.id, 0)} for topic in found.topics))
    return sum(sizes.values())


def _relabelled(store: Store, found: TopicModel, page: Sequence[Document]) -> None:
    labels = zip(page, found.labels(page), strict=True)
    store.patch("posts", [{"id": post["id"], "topic": topic} for post, topic in labels if post.get("topic") != topic])


def _sample(store: Store) -> list[Document]:
    """Return about `MOST_FITTED` posts of the public at most, copies in once, of each source its share.

    Within a source ids are hashes, so the lowest of them are a fair draw, and nearly the same one each time.
    """
    filters = Filters(once=True, speakers=PUBLIC)
    sources = {group.keys[0]: group.total for group in store.count_by(filters, ("source",))}
    share = min(MOST_FITTED / max(sum(sources.values()), 1), 1.0)
    sample: list[Document] = []
    for source, count in sources.items():
        posts = store.scan(
            "posts",
            filters=replace(filters, sources=(source,)),
            fields=("id", "text", "created_at", "language", "embedding"),
        )
        sample += islice((post for post in posts if post.get("embedding")), ceil(count * share))
    return sample


def _rounded(vector: NDArray[np.float32]) -> list[float]:
    return [round(float(number), DIGITS) for number in vector]


def _languages(posts: Iterable[Document]) -> list[str]:
    return [post["language"]["code"] for post in posts]


def _matrix(posts: Sequence[Document]) -> NDArray[np.float32]:
    """Return the embeddings of posts, shape (posts, width), unit length."""
    return np.array([post["embedding"] for post in posts], dtype=np.float32)
