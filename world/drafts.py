"""A post of the sample before it is written out, and the row it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.documents import instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world.material import Operator
    from world.people import Person

INSTANCE: Final = "social.example"
BRANDED: Final = ("reviews", "forum", "chat")
"""Sources that say which brand a post is about."""


@dataclass(kw_only=True, eq=False)
class Draft:
    """A post; `id` comes when all are in order of time. `likes` and `shared` are reactions so far."""

    at: datetime
    author: Person
    text: str
    lang: str | None = None
    topic: str = ""
    mood: str = ""
    title: str | None = None
    about: Operator | None = None
    place: str | None = None
    rating: int | None = None
    answers: Draft | None = None
    shares: Draft | None = None
    mentions: tuple[str, ...] = ()
    likes: int = 0
    shared: int = 0
    answered: int = 0
    id: str = ""

    def row(self) -> dict[str, Any]:
        """Return the line of posts.jsonl, in the fields of the built-in mapping `jsonl`."""
        person = self.author
        author = {"id": person.id, "handle": person.handle, "name": person.name, "followers": person.followers}
        metrics = {"likes": self.likes, "replies": self.answered}
        if person.source == "mastodon":
            metrics["shares"] = self.shared
        row: dict[str, Any] = {
            "id": self.id,
            "text": self.text,
            "created_at": instant(self.at),
            "source": person.source,
            "instance": INSTANCE if person.source == "mastodon" else None,
            "url": f"https://{INSTANCE}/@{person.handle}/{self.id}" if person.source == "mastodon" else None,
            "title": self.title,
            "lang": self.lang,
            "place": self.place,
            "rating": self.rating,
            "author": {key: value for key, value in author.items() if value is not None},
            "parent_id": self.answers.id if self.answers else None,
            "shared_id": self.shares.id if self.shares else None,
            "mentions": list(self.mentions) or None,
            "metrics": metrics if person.source not in {"chat", "news"} else None,
            "extra": {"brand": self.about.key} if self.about and person.source in BRANDED else None,
        }
        return {key: value for key, value in row.items() if value is not None}


@dataclass(kw_only=True)
class Timeline:
    """All drafts so far."""

    drafts: list[Draft] = field(default_factory=list)

    def numbered(self) -> Sequence[Draft]:
        """Return the drafts in order of time, each with its id; no answer comes before what it answers."""
        for draft in self.drafts:
            earlier = draft.answers or draft.shares
            if earlier is not None and draft.at <= earlier.at:
                draft.at = earlier.at + timedelta(seconds=41)
        self.drafts.sort(key=lambda draft: (draft.at, draft.author.id, draft.text))
        for number, draft in enumerate(self.drafts, start=1):
            draft.id = f"{draft.author.source[0]}{26_100_000 + number * 7}"
        return self.drafts
