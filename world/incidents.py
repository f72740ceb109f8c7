"""What is said because something happened: outage, prices, shop, news, competition, single fates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Final

from world.drafts import Draft
from world.ordinary import reactions
from world.people import Person
from world.speech import TONES, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world.chance import Chance
    from world.material import World
    from world.people import Crowd
    from world.speech import Speech

OUTAGE_TOWN: Final = "Port Almera"
OUTAGE_START: Final = datetime(2026, 10, 15, 16, 8, tzinfo=UTC)
OUTAGE_END: Final = datetime(2026, 10, 15, 21, 14, tzinfo=UTC)
DURING, AFTER, PRICES, OPENING, PICTURES = 160, 40, 140, 52, 14


class Incidents:
    """Writes the posts that the events of the two weeks set off."""

    def __init__(self, island: World, chance: Chance, speech: Speech, people: Sequence[Person]) -> None:
        self._island = island
        self._chance = chance
        self._speech = speech
        self._people = [person for person in people if person.source in {"mastodon", "forum", "chat"}]
        self._social = [person for person in people if person.source == "mastodon"]
        self._town = [p for p in self._people if p.place.name == OUTAGE_TOWN and p.brand.own]

    def outage(self) -> list[Draft]:
        """Return the complaints of the town: a steep rise, a slow fall, and the day after."""
        hours = (OUTAGE_END - OUTAGE_START) / timedelta(hours=1)
        during = [OUTAGE_START + timedelta(hours=hours * self._chance.between(0, 1) ** 1.5) for _ in range(DURING)]
        after = [OUTAGE_END + timedelta(hours=18 * self._chance.between(0, 1) ** 2) for _ in range(AFTER)]
        return [self._outage(at, "negative") for at in during] + [self._outage(at, "after") for at in after]

    def prices(self) -> list[Draft]:
        """Return what people say about the letters with the new prices."""
        start = datetime(2026, 10, 6, 9, tzinfo=UTC)
        own = [person for person in self._people if person.brand.own]
        return [
            self._post(
                self._chance.one(own), start + timedelta(hours=80 * self._chance.between(0, 1) ** 2), "price_rise"
            )
            for _ in range(PRICES)
        ]

    def opening(self) -> list[Draft]:
        """Return the praise for the new shop."""
        near = [person for person in self._social if person.place.region == "Greater Marenza"]
        start = datetime(2026, 10, 10, 9, 30, tzinfo=UTC)
        return [
            self._post(
                self._chance.one(near), start + timedelta(hours=30 * self._chance.between(0, 1) ** 1.6), "shop_opening"
            )
            for _ in range(OPENING)
        ]

    def news(self, crowd: Crowd) -> list[Draft]:
        """Return the agency stories as the papers printed them, almost word for word."""
        outlets = [
            crowd.account("news", name.lower().replace(" ", "_"), name, self._island.own, 4000)
            for name in self._island.news["outlets"]
        ]
        drafts = []
        for story, outlet in product(self._island.news["story"], outlets):
            text = story["text"]
            for old, new in self._chance.some(story["changes"], self._chance.below(3)):
                text = text.replace(old, new)
            at = datetime.fromisoformat(story["at"]) + timedelta(minutes=self._chance.below(300))
            drafts.append(Draft(at=at, author=outlet, text=text, title=story["title"], lang="en", topic="news"))
        return drafts

    def competition(self) -> list[Draft]:
        """Return the copied posts of the prize draw."""
        campaign, chance = self._island.campaign, self._chance
        start, end = (datetime.fromisoformat(campaign[key]) for key in ("start", "end"))
        return [
            Draft(
                at=chance.moment(start, end),
                author=author,
                text=campaign["text"] + chance.one(campaign["endings"]),
                mentions=("Kestrelo",),
                lang="en",
                topic="campaign",
                likes=chance.below(3),
            )
            for author in chance.some(self._social, campaign["copies"])
        ]

    def pictures(self) -> list[Draft]:
        """Return posts without words: a picture alone, or emoji."""
        return [
            Draft(
                at=self._chance.moment(),
                author=self._chance.one(self._social),
                text="" if number % 4 == 0 else self._chance.one(self._island.mood["only"]),
                topic="picture",
                likes=self._chance.below(6),
            )
            for number in range(PICTURES)
        ]

    def fates(self) -> list[Draft]:
        """Return the posts of the customers with a story."""
        drafts = []
        for story in self._island.stories:
            author = Person(
                source=story["source"],
                handle=story["handle"],
                name=story["name"],
                tongue=self._island.tongue(story["lang"]),
                place=self._island.place(story["place"]),
                brand=self._island.own,
                followers=story["followers"] or None,
                zeal=0,
            )
            drafts += [
                Draft(
                    at=datetime.fromisoformat(at),
                    author=author,
                    text=text,
                    lang=story["lang"],
                    topic="story",
                    mood="negative",
                    about=self._island.own,
                    place=story["place"] if author.source != "forum" else None,
                    likes=reactions(self._chance, author, 0.02),
                )
                for at, text in story["posts"]
            ]
        return drafts

    def _outage(self, at: datetime, mood: str) -> Draft:
        author = self._chance.one(self._town)
        return self._post(author, at, mood, topic="outage", tell_place=self._chance.happens(0.3))

    def _post(
        self, author: Person, at: datetime, mood: str, *, topic: str = "general", tell_place: bool = False
    ) -> Draft:
        place = self._island.place(OUTAGE_TOWN) if topic == "outage" else author.place
        subject = Subject(topic=topic, mood=mood, brand=self._island.own, place=place, source=author.source)
        return Draft(
            at=at,
            author=author,
            text=self._speech.text(author.tongue, subject),
            lang=author.tongue.code if self._chance.happens(0.6) else None,
            topic=mood if topic == "general" else topic,
            mood=TONES.get(mood, mood),
            about=self._island.own,
            place=place.name if tell_place or author.source == "chat" else None,
            likes=reactions(self._chance, author, 0.02),
        )
