"""Answers and shares: who talks to whom, which is what influence is computed from."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from world.drafts import Draft
from world.incidents import OUTAGE_END
from world.ordinary import reactions
from world.speech import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world.chance import Chance
    from world.material import World
    from world.people import Crowd, Person
    from world.speech import Speech

ANSWERS, SHARES, CARE = 300, 190, 50
_ANSWERS: Final = {
    "negative": ("agree", "agree", "agree", "disagree", "advise"),
    "positive": ("cheer",),
    "neutral": ("answer",),
}
"""What people answer to a post of a mood."""


class Threads:
    """Answers and passes on what others wrote; the well-known get more of both."""

    def __init__(self, island: World, chance: Chance, speech: Speech, people: Sequence[Person]) -> None:
        self._island = island
        self._chance = chance
        self._speech = speech
        self._people = people

    def answers(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Return answers to posts of the social network and the forum, in the same language."""
        open_to = [d for d in drafts if d.author.source in {"mastodon", "forum"} and d.mood]
        weights = [self._attention(draft) for draft in open_to]
        answers = []
        for _ in range(ANSWERS):
            post = self._chance.weighted(open_to, weights)
            author = self._speaker(post)
            mood = self._chance.one(_ANSWERS[post.mood])
            answers.append(self._reply(author, post, mood, hours=1 if post.topic == "outage" else 9))
        return answers

    def shares(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Return posts that pass on another one with its text."""
        people = {person.id for person in self._people}
        seen = [d for d in drafts if d.author.source == "mastodon" and d.text and d.author.id in people]
        weights = [self._attention(draft) ** 1.5 for draft in seen]
        shares = []
        for _ in range(SHARES):
            post = self._chance.weighted(seen, weights)
            author = self._speaker(post)
            at = post.at + timedelta(minutes=1 + 600 * self._chance.between(0, 1) ** 3)
            post.shared += 1
            shares.append(
                Draft(at=at, author=author, text=post.text, lang=post.lang, shares=post, mentions=post.mentions)
            )
        return shares

    def care(self, drafts: Sequence[Draft], crowd: Crowd) -> list[Draft]:
        """Return what the operators' own accounts answer."""
        accounts = {
            operator.key: crowd.account("mastodon", operator.care, f"{operator.name} Help", operator, 18_000)
            for operator in self._island.operators
        }
        asked = [d for d in drafts if d.author.source == "mastodon" and d.mood in {"negative", "positive"}]
        replies = []
        for post in self._chance.some(asked, CARE):
            account = accounts[(post.about or post.author.brand).key]
            # Operators answer at once as long as the town has no service.
            is_dark = post.topic == "outage" and post.at < OUTAGE_END - timedelta(hours=1)
            mood = "care_outage" if is_dark else f"care_{post.mood}"
            replies.append(self._reply(account, post, mood, hours=0.8 if is_dark else 5))
        return replies

    def _attention(self, draft: Draft) -> float:
        burst = 2.5 if draft.topic in {"outage", "story", "price_rise"} else 0.4 if draft.mood == "neutral" else 1
        return burst * (1 + math.sqrt(draft.author.followers or 30))

    def _reply(self, author: Person, post: Draft, mood: str, *, hours: float) -> Draft:
        chance, social = self._chance, author.source == "mastodon"
        local = author in self._people and post.topic != "outage"
        place = author.place if local else post.author.place
        brand, to = post.about or post.author.brand, post.author.handle
        subject = Subject(topic=post.topic, mood=post.mood, brand=brand, place=place, source=author.source, to=to)
        text = self._speech.answer(post.author.tongue, subject, mood)
        if social and f"@{to}" not in text:
            text = f"@{to} {text}"
        post.answered += 1
        return Draft(
            at=post.at + timedelta(minutes=2 + 60 * hours * chance.between(0, 1) ** 3),
            author=author,
            text=text,
            lang=post.lang,
            about=brand,
            answers=post,
            mentions=(to,) if social else (),
            likes=reactions(chance, author, 0.004),
        )

    def _speaker(self, post: Draft) -> Person:
        """Return somebody of the same source and language, most likely one who writes much."""
        near = [
            person
            for person in self._people
            if person.source == post.author.source
            and person.tongue.code == post.author.tongue.code
            and person.id != post.author.id
        ]
        return self._chance.weighted(near, [0.4 + person.zeal for person in near])
