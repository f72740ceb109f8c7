"""A post: any public or private utterance, as it was collected.

What strangers sent ends up here, so here it is looked at: a value that is not of its kind, or that no store could
keep, makes no post and no deletion, and a text without end is cut.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from domain.identity import post_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_CHARACTERS: Final = 65_536
"""The longest text, and the longest title. No platform takes longer posts: Facebook's end at 63,206 characters,
Zendesk's at 65,536, Reddit's at 40,000, Discourse's at 32,000; what is longer is a book, or made to harm."""
CUT_FROM: Final = "cut_from"
"""The attribute that says how many characters a text had that was cut."""
MOST_COUNTED: Final = 2**53
"""No count is higher: stores and JSON keep whole numbers up to here."""


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who spoke, as the source names them. `followers` is None where the source does not say."""

    id: str
    handle: str | None = None
    name: str | None = None
    followers: int | None = None
    is_bot: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what is of another kind than declared."""
        _check_texts(f"the author {self.id!r:.80}", [self.id], [self.handle, self.name])
        _check_counts("the author", [self.followers])
        if not isinstance(self.is_bot, bool | None):
            raise ValueError("whether the author is a bot is neither yes nor no")


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Reactions at the time of collection; None means that the source does not say."""

    likes: int | None = None
    replies: int | None = None
    shares: int | None = None
    views: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no count."""
        _check_counts("the reactions", [self.likes, self.replies, self.shares, self.views])


@dataclass(frozen=True, kw_only=True)
class Post:
    """One utterance: a status, reply, share, review, comment, blog post, chat message or call note.

    Times are aware and in UTC. `parent_id` is the native id of what this post replies to,
    `shared_id` of what it passes on; both within the same source and instance. `mentions` are
    the handles it names, without @. `brand` is what the source says the post is about.
    `observed_at` is None for files, where the time of reading says nothing. A text of more than
    `MAX_CHARACTERS` is cut there, and the attribute `cut_from` says how many it had.

    Raises:
        ValueError: it has no id, its text is none, or something else is of another kind than declared.
    """

    source: str
    native_id: str
    text: str
    created_at: datetime
    instance: str = ""
    url: str | None = None
    title: str | None = None
    author: Author | None = None
    parent_id: str | None = None
    shared_id: str | None = None
    mentions: tuple[str, ...] = ()
    lang: str | None = None
    brand: str | None = None
    place: str | None = None
    rating: float | None = None
    metrics: Metrics = field(default_factory=Metrics)
    edited_at: datetime | None = None
    observed_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what a platform sent in the wrong place: without this it would be stored under no name."""
        if not isinstance(self.native_id, str) or not self.native_id:
            raise ValueError(f"a post of {self.source} has no id")
        if not isinstance(self.text, str):
            raise ValueError(f"the text of {self.native_id} is none")
        what = f"the post {self.native_id:.80}"
        told = [self.url, self.title, self.parent_id, self.shared_id, self.lang, self.brand, self.place]
        optional = [*told, *self.attributes, *self.attributes.values()]
        _check_texts(what, [self.source, self.instance, self.native_id, self.text, *self.mentions], optional)
        _check_times(what, [self.created_at], [self.edited_at, self.observed_at])
        if self.rating is not None and not (isinstance(self.rating, int | float) and math.isfinite(self.rating)):
            raise ValueError(f"{what} has a rating that is no number")
        self._cut("text", CUT_FROM)
        self._cut("title", f"title_{CUT_FROM}")

    def _cut(self, name: str, attribute: str) -> None:
        text = getattr(self, name) or ""
        if len(text) > MAX_CHARACTERS:
            object.__setattr__(self, name, text[:MAX_CHARACTERS])
            object.__setattr__(self, "attributes", {**self.attributes, attribute: str(len(text))})

    @property
    def is_cut(self) -> bool:
        """Whether the end of its text is missing."""
        return CUT_FROM in self.attributes

    @cached_property
    def id(self) -> str:
        """The stored id: the same post delivered twice is one document."""
        return post_id(self.source, self.instance, self.native_id)


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """A source says that a post, or all posts of an author, must go.

    With `replies`, all that replies to the post goes too: a ticket takes its messages with it, which
    nobody names any more. Not `final`, it may come back: an account that is only switched off leaves no
    tombstone.
    """

    source: str
    instance: str = ""
    native_id: str | None = None
    author_id: str | None = None
    replies: bool = False
    final: bool = True

    def __post_init__(self) -> None:
        """Refuse what names nothing that could be deleted."""
        _check_texts("a deletion", [self.source, self.instance], [self.native_id, self.author_id])


def _check_texts(what: str, needed: Iterable[Any], optional: Iterable[Any]) -> None:
    for value in (*needed, *(value for value in optional if value is not None)):
        if not isinstance(value, str):
            raise ValueError(f"{what}: {value!r:.40} is no text")
        if not value.isascii():
            # What cannot be written cannot be kept: half a surrogate pair.
            value.encode()


def _check_times(what: str, needed: Iterable[Any], optional: Iterable[Any]) -> None:
    for value in (*needed, *(value for value in optional if value is not None)):
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise ValueError(f"{what}: {value!r:.40} is no time with a zone")


def _check_counts(what: str, counts: Iterable[Any]) -> None:
    for value in counts:
        if value is not None and (type(value) is not int or abs(value) > MOST_COUNTED):
            raise ValueError(f"{what}: {value!r:.40} is no count")
