"""What is sent out, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

Sent: TypeAlias = Literal["sent", "sent before"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """A text to somebody, in answer to a post or on its own, that a person or a rule of theirs let go out.

    `id` says which message it is: one that is sent again, because nobody knows whether it arrived, has the same.
    `channel` is where it goes (`mastodon`, `zendesk`, ...), `to` whom or what it is for there, `answers` the post that
    it answers. `approved_by` names who lets it go out; without that nothing does.
    """

    id: str
    channel: str
    to: str
    text: str
    approved_by: str
    approved_at: datetime
    answers: str | None = None
