"""A post: any public or private utterance, as it was collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.identity import post_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who spoke, as the source names them. `followers` is None where the source does not say."""

    id: str
    handle: str | None = None
    name: str | None = None
    followers: int | None = None
    is_bot: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Reactions at the time of collection; None means that the source does not say."""

    likes: int | None = None
    replies: int | None = None
    shares: int | None = None
    views: int | None = None


@dataclass(frozen=True, kw_only=True)
class Post:
    """One utterance: a status, reply, share, review, comment, blog post, chat message or call note.

    Times are aware and in UTC. `parent_id` is the native id of what this post replies to,
    `shared_id` of what it passes on; both within the same source and instance. `mentions` are
    the handles it names, without @. `brand` is what the source says the post is about.
    `observed_at` is None for files, where the time of reading says nothing.

    Raises:
        ValueError: it has no id, or its text is none.
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

    @property
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
