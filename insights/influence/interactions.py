"""Who turned to whom: links among authors, read from posts as they stream by.

A link goes from an author to whom they mention, answer or share. Each pair of authors has one
vote a day, whatever the number of posts; nobody votes for themselves; bots are left out. Texts
are not kept: memory holds authors, and some forty bytes for each post and each link.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

from domain.identity import post_id
from domain.pages import paged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Filters

Numbers: TypeAlias = "NDArray[np.int64]"
CONTACTS: Final = ("mention", "reply", "share")
"""The ways of turning to somebody."""


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
_POINTERS: Final = (("parent_id", CONTACTS.index("reply")), ("shared_id", CONTACTS.index("share")))
_MENTION: Final = CONTACTS.index("mention")
_KINDS: Final = 4
_PAGE: Final = 500
_DAY: Final = len("2019-11-25")


@dataclass(slots=True)
class Speaker:
    """What is known of an author, added up over posts."""

    handle: str | None = None
    followers: int | None = None
    posts: int = 0
    reach: int | None = None
    negative: int = 0
    neutral: int = 0
    positive: int = 0


@dataclass(frozen=True)
class Links:
    """Who turned to whom, by numbers of nodes: a pair once, with on how many `days`."""

    sources: Numbers
    targets: Numbers
    days: Numbers
    contacts: Numbers
    """In which ways, each at most once a day: shape (pairs, ways of `CONTACTS`)."""


@dataclass(frozen=True)
class Attention:
    """The speakers in order of their nodes, and the links among them by their places in that order."""

    nodes: tuple[Node, ...]
    speakers: tuple[Speaker, ...]
    links: Links
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
    numbers: dict[Node, int] = field(default_factory=dict)
    speakers: dict[int, Speaker] = field(default_factory=dict)
    bots: set[int] = field(default_factory=set)
    handles: dict[Node, int] = field(default_factory=dict)
    written: array[int] = field(default_factory=lambda: array("q"))
    """Hashes of ids of posts; beside it, `writers`."""
    writers: array[int] = field(default_factory=lambda: array("q"))
    pointers: array[int] = field(default_factory=lambda: array("q"))
    """Three numbers for each pointer to a post: who, when and how, the hash of its id; beside it, `targets`."""
    targets: list[str] = field(default_factory=list)
    mentions: array[int] = field(default_factory=lambda: array("q"))
    """Three numbers for each mention: who, when and how, whom."""
    posts: int = 0
    without_author: int = 0
    by_bots: int = 0

    def hear(self, post: Document) -> None:
        """Take in one post: its author and whom it turns to."""
        self.posts += 1
        number = self._meet(post)
        if number is None:
            self.without_author += 1
            return
        if number in self.bots:
            self.by_bots += 1
            return
        speaker, author = self.speakers.setdefault(number, Speaker()), post["author"]
        speaker.handle = author.get("handle", speaker.handle)
        if author.get("followers") is not None:
            speaker.followers = max(author["followers"], speaker.followers or 0)
        speaker.posts += 1
        if "metrics" in post:
            speaker.reach = post["reach"] + (speaker.reach or 0)
        if "sentiment" in post:
            mood = post["sentiment"]["label"]
            setattr(speaker, mood, getattr(speaker, mood) + 1)
        day = date.fromisoformat(post["created_at"][:_DAY]).toordinal() * _KINDS
        for name, contact in _POINTERS:
            if name in post:
                target = post_id(post["source"], post.get("instance", ""), post[name])
                self.pointers.extend((number, day + contact, _hash(target)))
                self.targets.append(target)
        for handle in post.get("mentions", ()):
            self.mentions.extend((number, day + _MENTION, self._number(_mentioned(post, handle))))

    def _number(self, node: Node) -> int:
        return self.numbers.setdefault(node, len(self.numbers))

    def _meet(self, post: Document) -> int | None:
        """Learn a post's author and handle; return None where it names no author."""
        author = post.get("author")
        if author is None:
            return None
        number = self._number(Node(post["source"], post.get("instance", ""), author["id"]))
        self.written.append(_hash(post["id"]))
        self.writers.append(number)
        if author.get("is_bot"):
            self.bots.add(number)
        if author.get("handle"):
            self.handles.setdefault(_mentioned(post, author["handle"]), number)
        return number

    def look_up(self, store: Store) -> None:
        """Learn the authors of answered and shared posts that are stored but were not among the chosen."""
        there = np.isin(_rows(self.pointers)[:, 2], np.frombuffer(self.written, np.int64))
        missing = sorted({target for target, known in zip(self.targets, there.tolist(), strict=True) if not known})
        for page in paged(missing, _PAGE):
            for post in store.get("posts", page, fields=("source", "instance", "author")).values():
                number = self._meet(post)
                if number is not None:
                    self.speakers.setdefault(number, Speaker(handle=post["author"].get("handle")))

    def attention(self) -> Attention:
        """Return the links: pointers turned into authors, bots and self-links left out."""
        links = np.concatenate([self._to_posts(), self._to_handles()])
        bots = np.fromiter(self.bots, np.int64, len(self.bots))
        # An account may turn out to be a bot after the first posts that turn to it.
        apart = (links[:, 0] == links[:, 2]) | np.isin(links[:, 0], bots) | np.isin(links[:, 2], bots)
        links = links[~apart]
        nodes = list(self.numbers)
        for number in np.unique(links[:, 2]).tolist():
            self.speakers.setdefault(number, Speaker(handle=nodes[number].handle or None))
        # In one order whatever the store's: the same links give the same sums to the last digit.
        order = sorted(self.speakers.keys() - self.bots, key=nodes.__getitem__)
        places = np.full(len(nodes), -1)
        places[order] = np.arange(len(order))
        return Attention(
            nodes=tuple(nodes[number] for number in order),
            speakers=tuple(self.speakers[number] for number in order),
            links=_paired(places[links[:, 0]], links[:, 1], places[links[:, 2]]),
            posts=self.posts,
            without_author=self.without_author,
            by_bots=self.by_bots,
        )

    def _to_posts(self) -> Numbers:
        """Return the links to the writers of posts: who, when and how, whom."""
        pointers = _rows(self.pointers)
        # Of a post that was met twice, the last one counts.
        written, places = np.unique(np.frombuffer(self.written, np.int64)[::-1], return_index=True)
        writers = np.frombuffer(self.writers, np.int64)[::-1][places]
        at = np.searchsorted(written, pointers[:, 2])
        at[at == len(written)] = 0
        known = written[at] == pointers[:, 2] if len(written) else np.zeros(len(pointers), bool)
        return np.column_stack([pointers[known, :2], writers[at[known]]])

    def _to_handles(self) -> Numbers:
        """Return the links to those who were mentioned: to the author of a handle, where one wrote."""
        mentions = _rows(self.mentions).copy()
        owners = np.arange(len(self.numbers))
        for handle, number in self.handles.items():
            if handle in self.numbers:
                owners[self.numbers[handle]] = number
        mentions[:, 2] = owners[mentions[:, 2]]
        return mentions


def _paired(sources: Numbers, moments: Numbers, targets: Numbers) -> Links:
    """Return links by pairs; `moments` are days with the way behind them."""
    order = np.lexsort((moments, targets, sources))
    rows = np.column_stack([sources, targets, moments])[order]
    rows = rows[np.append(True, (rows[1:] != rows[:-1]).any(axis=1))[: len(rows)]]
    new_pair = np.append(True, (rows[1:, :2] != rows[:-1, :2]).any(axis=1))[: len(rows)]
    new_day = new_pair | np.append(True, rows[1:, 2] // _KINDS != rows[:-1, 2] // _KINDS)[: len(rows)]
    pair = np.cumsum(new_pair) - 1
    count = int(new_pair.sum())
    contacts = np.zeros((count, len(CONTACTS)), np.int64)
    np.add.at(contacts, (pair, rows[:, 2] % _KINDS), 1)
    firsts = rows[new_pair]
    return Links(firsts[:, 0], firsts[:, 1], np.bincount(pair[new_day], minlength=count), contacts)


def _rows(numbers: array[int]) -> Numbers:
    return np.frombuffer(numbers, np.int64).reshape(-1, 3)


def _hash(post: str) -> int:
    """Return 63 bits that stand for the id of a post."""
    return int.from_bytes(hashlib.blake2b(post.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def _mentioned(post: Document, handle: str) -> Node:
    return Node(post["source"], post.get("instance", ""), "", handle.casefold())
