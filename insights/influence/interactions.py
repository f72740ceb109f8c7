"""Who turned to whom: links among authors, read from posts as they stream by.

A link goes from an author to whom they mention, answer or share. Each pair of authors has one
vote a day, whatever the number of posts; nobody votes for themselves; bots are left out. Texts
are not kept: memory holds authors, ids of posts and links.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from domain.identity import post_id

if TYPE_CHECKING:
    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Filters

Contact: TypeAlias = Literal["mention", "reply", "share"]


class Node(NamedTuple):
    """Someone at a source: an author by id, or by folded handle alone who is only mentioned."""

    source: str
    instance: str
    author_id: str
    handle: str = ""


FIELDS: Final = (
    "id", "source", "instance", "author", "created_at", "parent_id", "shared_id", "mentions", "reach", "metrics",
    "sentiment",
)  # fmt: skip
_POINTERS: Final[tuple[tuple[str, Contact], ...]] = (("parent_id", "reply"), ("shared_id", "share"))
_PAGE: Final = 500
_DAY: Final = len("2019-11-25")


@dataclass
class Speaker:
    """What is known of an author, added up over posts."""

    handle: str | None = None
    followers: int | None = None
    posts: int = 0
    reach: int | None = None
    moods: dict[str, int] = field(default_factory=lambda: {"negative": 0, "neutral": 0, "positive": 0})


@dataclass
class Attention:
    """The speakers, and for each pair of them on which days and how one turned to the other."""

    speakers: dict[Node, Speaker]
    contacts: dict[tuple[Node, Node], dict[str, set[Contact]]]
    posts: int
    without_author: int
    by_bots: int


def listen(store: Store, filters: Filters) -> Attention:
    """Return who turned to whom in the posts chosen; answered and shared posts may lie outside of them."""
    reading = _Reading()
    for post in store.scan("posts", filters=filters, fields=FIELDS):
        reading.hear(post)
    reading.look_up(store)
    return reading.attention()


@dataclass
class _Reading:
    speakers: dict[Node, Speaker] = field(default_factory=dict)
    bots: set[Node] = field(default_factory=set)
    writers: dict[str, Node] = field(default_factory=dict)
    handles: dict[Node, Node] = field(default_factory=dict)
    to_posts: list[tuple[Node, str, Contact, str]] = field(default_factory=list)
    to_handles: list[tuple[Node, str, Node]] = field(default_factory=list)
    posts: int = 0
    without_author: int = 0
    by_bots: int = 0

    def hear(self, post: Document) -> None:
        """Take in one post: its author and whom it turns to."""
        self.posts += 1
        node = self._meet(post)
        if node is None:
            self.without_author += 1
            return
        if node in self.bots:
            self.by_bots += 1
            return
        speaker, author = self.speakers.setdefault(node, Speaker()), post["author"]
        speaker.handle = author.get("handle", speaker.handle)
        if author.get("followers") is not None:
            speaker.followers = max(author["followers"], speaker.followers or 0)
        speaker.posts += 1
        if "metrics" in post:
            speaker.reach = post["reach"] + (speaker.reach or 0)
        if "sentiment" in post:
            speaker.moods[post["sentiment"]["label"]] += 1
        day = post["created_at"][:_DAY]
        for name, contact in _POINTERS:
            if name in post:
                target = post_id(post["source"], post.get("instance", ""), post[name])
                self.to_posts.append((node, day, contact, target))
        self.to_handles += [(node, day, _mentioned(post, handle)) for handle in post.get("mentions", ())]

    def _meet(self, post: Document) -> Node | None:
        """Learn a post's author and handle; return None where it names no author."""
        author = post.get("author")
        if author is None:
            return None
        node = Node(post["source"], post.get("instance", ""), author["id"])
        self.writers[post["id"]] = node
        if author.get("is_bot"):
            self.bots.add(node)
        if author.get("handle"):
            self.handles.setdefault(_mentioned(post, author["handle"]), node)
        return node

    def look_up(self, store: Store) -> None:
        """Learn the authors of answered and shared posts that are stored but were not among the chosen."""
        missing = sorted({target for *_, target in self.to_posts} - self.writers.keys())
        for start in range(0, len(missing), _PAGE):
            for post in store.get("posts", missing[start : start + _PAGE]).values():
                node = self._meet(post)
                if node is not None:
                    self.speakers.setdefault(node, Speaker(handle=post["author"].get("handle")))

    def attention(self) -> Attention:
        """Return the links: pointers turned into authors, bots and self-links left out."""
        contacts: dict[tuple[Node, Node], dict[str, set[Contact]]] = defaultdict(lambda: defaultdict(set))
        for node, day, contact, target in self.to_posts:
            if target in self.writers:
                contacts[node, self.writers[target]][day].add(contact)
        for node, day, mentioned in self.to_handles:
            contacts[node, self.handles.get(mentioned, mentioned)][day].add("mention")
        # An account may turn out to be a bot after the first posts that turn to it.
        kept = {
            pair: days for pair, days in contacts.items() if pair[0] != pair[1] and not self.bots.intersection(pair)
        }
        for _, target_node in kept:
            self.speakers.setdefault(target_node, Speaker(handle=target_node.handle or None))
        speakers = {node: speaker for node, speaker in self.speakers.items() if node not in self.bots}
        return Attention(speakers, kept, self.posts, self.without_author, self.by_bots)


def _mentioned(post: Document, handle: str) -> Node:
    return Node(post["source"], post.get("instance", ""), "", handle.casefold())
