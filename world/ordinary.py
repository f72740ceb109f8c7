"""What is said on ordinary days: all topics, all brands, all sources."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from world.chance import START
from world.drafts import Draft
from world.material import TOPICS
from world.speech import TONES, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from world.chance import Chance
    from world.material import Place, World
    from world.people import Person
    from world.speech import Speech

COUNTS: Final = {"mastodon": 690, "reviews": 370, "forum": 270, "chat": 190}
"""Ordinary posts per source."""

_TOPICS: Final = {
    "mastodon": (11, 14, 11, 15, 9, 6, 12, 5, 8, 6, 0, 14),
    "reviews": (12, 12, 12, 16, 22, 5, 12, 14, 8, 10, 0, 0),
    "forum": (13, 15, 12, 8, 10, 8, 17, 4, 9, 10, 0, 0),
    "chat": (9, 9, 20, 10, 13, 9, 15, 4, 6, 12, 0, 0),
}
"""How often each of TOPICS comes up, and last the general ones."""

_MOODS: Final = {"kestrelo": (46, 31, 23), "nimbrel": (37, 38, 25), "ozmera": (50, 24, 26)}
_MOOD_NAMES: Final = ("negative", "positive", "neutral")
_RATINGS: Final = {"negative": (1, 1, 1, 2, 2), "positive": (4, 4, 5, 5, 5)}
"""Stars of a review; no review is neutral."""


class OrdinaryTalk:
    """Writes the posts of ordinary days."""

    def __init__(self, island: World, chance: Chance, speech: Speech, people: Sequence[Person]) -> None:
        self._island = island
        self._chance = chance
        self._speech = speech
        self._people = {source: [p for p in people if p.source == source] for source in COUNTS}

    def posts(self) -> list[Draft]:
        """Return the ordinary posts of all sources."""
        chance, drafts = self._chance, []
        for source in Counter(COUNTS).elements():
            people = self._people[source]
            author = chance.weighted(people, [person.zeal for person in people])
            at = chance.moment()
            brand = author.brand if chance.happens(0.86) else chance.one(self._island.operators)
            place = author.place if chance.happens(0.8) else chance.one(self._island.places)
            topic, mood = self._about(source, brand.key, at, place)
            subject = Subject(topic=topic, mood=mood, brand=brand, place=place, source=source)
            text = self._speech.text(author.tongue, subject)
            draft = Draft(
                at=at,
                author=author,
                text=text,
                topic=topic,
                mood=TONES.get(mood, mood),
                title=headline(text, author.tongue.say("general", "greeting")) if source == "forum" else None,
                lang=author.tongue.code if source in {"reviews", "forum"} or chance.happens(0.6) else None,
                about=brand,
                place=place.name if source == "chat" or (source == "mastodon" and chance.happens(0.1)) else None,
                rating=chance.one(_RATINGS[mood]) if source == "reviews" else None,
                likes=reactions(chance, author, 0.012),
            )
            drafts.append(draft)
        return drafts

    def _about(self, source: str, brand: str, at: datetime, place: Place) -> tuple[str, str]:
        chance = self._chance
        topic = chance.weighted((*TOPICS, "general"), _TOPICS[source])
        if topic == "general":
            return topic, "sarcasm" if chance.happens(0.55) else "remark"
        mood = chance.weighted(_MOOD_NAMES, _MOODS[brand])
        if source == "chat" and mood == "positive" and chance.happens(0.7):
            mood = "neutral"
        if source == "reviews" and mood == "neutral":
            mood = chance.one(("negative", "positive"))
        if topic == "app" and brand == "kestrelo" and at >= START + timedelta(days=7, hours=8) and chance.happens(0.6):
            mood = "positive"
        if topic == "shop" and mood == "positive" and place.name != "Marenza" and brand == "kestrelo":
            mood = "neutral" if source != "reviews" else mood
        return topic, mood


def headline(text: str, greetings: Sequence[str]) -> str:
    """Return the first words of a text behind its greeting, as people make the title of a thread."""
    greeting = next((greeting for greeting in greetings if text.startswith(greeting)), "")
    words = text.removeprefix(greeting).split()
    title = " ".join(words[:7]).rstrip(".,;:?!،")
    return title if len(words) <= 7 else f"{title} ..."


def reactions(chance: Chance, author: Person, share: float) -> int:
    """Return how many react: a few of those who follow, at times many more."""
    audience = (author.followers or 40) * share
    return int(audience * chance.between(0, 1.4) + chance.heavy(least=1, tail=1.6) - 1)
