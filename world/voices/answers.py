"""Answers to posts of the social network: by people near, and by the operators' own accounts."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from world.drafts import Draft
from world.happenings.happening import moment
from world.network.country import ACCOUNTS
from world.people import Person
from world.speech import Speech, Subject
from world.voices.speakers import ABROAD, person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from world.chance import Chance
    from world.happenings.happening import Happening
    from world.network.country import Country
    from world.voices.utterances import Utterance

BY_PEOPLE, BY_CARE = 0.10, 0.12
"""Part of the posts that other people answer, and the operator's account (guesses)."""
SHARED: Final = 0.14
_MOST_SHARES: Final = 40
"""Part of the posts that are passed on, by one or, rarely, by many: a quarter of all are shares."""
_MOODS: Final = {"negative": ("agree", "agree", "disagree", "advise"), "positive": ("cheer",), "neutral": ("answer",)}
_SOCIAL: Final = [source for source, _ in ACCOUNTS].index("mastodon")
_NEAR: Final = 200
"""Who answers has a number so near: most live in the same town."""


@dataclass(frozen=True, slots=True, order=True)
class _Answer:
    at: float
    order: int
    draft: Draft = field(compare=False)
    cause: Happening | None = field(compare=False)


class Answers:
    """Answers that wait until their time comes."""

    def __init__(self, country: Country, chance: Chance, speech: Speech) -> None:
        self._country = country
        self._chance = chance
        self._speech = speech
        self._waiting: list[_Answer] = []
        self._order = 0
        place, tongue = country.towns[0].place, country.material.tongue("en")
        self._care = {
            brand.key: Person(
                source="mastodon",
                handle=brand.care,
                name=f"{brand.name} Help",
                tongue=tongue,
                place=place,
                brand=brand,
                followers=18_000,
                zeal=0,
            )
            for brand in country.material.operators
        }

    def due(self, until: float) -> Iterator[tuple[Draft, Happening | None]]:
        """Yield the answers of before a time, with what is behind them."""
        while self._waiting and self._waiting[0].at < until:
            answer = heapq.heappop(self._waiting)
            yield answer.draft, answer.cause

    def to(self, post: Draft, one: Utterance) -> None:
        """Let somebody answer a post, now and then."""
        chance, tongue = self._chance, post.author.tongue
        if post.author.source != "mastodon" or not post.mood or one.number >= ABROAD:
            return
        if chance.happens(BY_PEOPLE):
            moods = [mood for mood in _MOODS[post.mood] if tongue.say("general", mood)]
            other = self._somebody_near(one.number)
            if moods and other and other.handle != post.author.handle:
                mood = chance.one(moods)
                # Who agrees has the same trouble.
                cause = one.cause if mood == "agree" else None
                self._wait(other, post, mood, one.at + 2 + 60 * chance.between(0, 1) ** 3, cause)
        if chance.happens(SHARED):
            for _ in range(min(_MOST_SHARES, chance.heavy(least=1, tail=1.3))):
                self._share(post, one)
        mood = "care_positive" if post.mood == "positive" else "care_negative"
        if chance.happens(BY_CARE) and tongue.say("general", mood):
            care = self._care[(post.about or post.author.brand).key]
            self._wait(care, post, mood, one.at + 4 + 240 * chance.between(0, 1) ** 3, None)

    def _share(self, post: Draft, one: Utterance) -> None:
        author = self._somebody_near(one.number)
        if author and author.handle != post.author.handle:
            at = one.at + 1 + 600 * self._chance.between(0, 1) ** 3
            draft = Draft(at=moment(at), author=author, text=post.text, lang=post.lang, shares=post, about=post.about)
            self._order += 1
            heapq.heappush(self._waiting, _Answer(at, self._order, draft, one.cause))

    def _somebody_near(self, number: int) -> Person | None:
        """Return somebody with a number near to one, customer of the same operators, who is in the social network."""
        ours, everybody = self._country.customers, self._country.people
        first, last = (0, ours) if number < ours else (ours, everybody)
        near = np.arange(max(first, number - _NEAR), min(last, number + _NEAR), dtype=np.int64)
        social = near[self._country.sources_of(near) == _SOCIAL]
        return person(self._country, int(social[self._chance.below(len(social))])) if len(social) else None

    def _wait(self, author: Person, post: Draft, mood: str, at: float, cause: Happening | None) -> None:
        brand, to = post.about or post.author.brand, post.author.handle
        about = Subject(
            topic=post.topic,
            mood=post.mood,
            brand=brand,
            place=post.author.place,
            source="mastodon",
            to=to,
            tells_place=False,
        )
        text = self._speech.answer(post.author.tongue, about, mood)
        if f"@{to}" not in text:
            text = f"@{to} {text}"
        draft = Draft(
            at=moment(at), author=author, text=text, lang=post.lang, about=brand, answers=post, mentions=(to,)
        )
        self._order += 1
        heapq.heappush(self._waiting, _Answer(at, self._order, draft, cause))
