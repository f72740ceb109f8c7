"""Utterances become posts: in whose words, about which brand, naming which place, answered by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from world.chance import Chance
from world.drafts import Draft
from world.happenings.happening import moment
from world.happenings.rates import GEOTAGGED, TELLS_PLACE, WRONG_PLACE
from world.material import TOPICS
from world.speech import TONES, Speech, Subject
from world.voices.answers import Answers
from world.voices.speakers import ABROAD, person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from world.happenings.happening import Happening
    from world.material import Operator, Place
    from world.network.country import Country
    from world.people import Person
    from world.voices.utterances import Utterance

_WEIGHTS: Final = dict.fromkeys(TOPICS, 11) | {"outage": 0, "shop": 5, "roaming": 6, "general": 12}
"""How often each topic comes up on an ordinary day."""
_MOODS: Final = (("negative", 46), ("positive", 29), ("neutral", 25))
_REMARKS: Final = ("sarcasm", "remark")
_RATINGS: Final = {"negative": (1, 1, 1, 2, 2), "positive": (4, 4, 5, 5, 5)}
_BOTS: Final = 0.008
"""Part of an ordinary day's posts that bots send (guess)."""
_SPAM: Final = (
    "🔥 FREE {brand} top-up!!! Only today, claim here https://win-{n}.example/{n}{n}{n} 🔥🔥",
    "I earned 4.300 a week from my phone, DM me now! {brand} users only https://cash.example/{n}{n}",
    "Unlock ANY {brand} phone in 5 min, cheap, write to @unlock_{n}{n} !!!",
)


class Writer:
    """Writes posts in order of time; answers wait until their time comes."""

    def __init__(self, country: Country, seed: int) -> None:
        self._country = country
        self._chance = Chance(seed)
        self._speech = Speech(country.material, self._chance, repeating=True)
        self._answers = Answers(country, self._chance, self._speech)
        self._written = 0
        self._brands = {one.key: one for one in country.material.operators}

    def posts(self, utterances: Iterable[Utterance], until: float) -> Iterator[tuple[Draft, Happening | None]]:
        """Yield posts with what made people write them, up to a time in minutes."""
        for one in utterances:
            for answer, cause in self._answers.due(one.at):
                yield self._numbered(answer), cause
            author = person(self._country, one.number)
            if one.cause is not None:
                draft = self._caused(one, author, one.cause)
            elif self._chance.happens(_BOTS) and author.source == "mastodon":
                draft = self._spam(one, author.brand)
            else:
                draft = self._ordinary(one, author)
            yield self._numbered(draft), one.cause
            self._answers.to(draft, one)
        for answer, cause in self._answers.due(until):
            yield self._numbered(answer), cause

    def _numbered(self, draft: Draft) -> Draft:
        self._written += 1
        draft.id = f"{draft.author.source[0]}{26_100_000 + self._written * 7}"
        return draft

    def _ordinary(self, one: Utterance, author: Person) -> Draft:
        chance = self._chance
        known = [topic for topic in _WEIGHTS if topic in author.tongue.phrases and _WEIGHTS[topic]]
        topic = chance.weighted(known, [_WEIGHTS[topic] for topic in known])
        mood = chance.weighted([name for name, _ in _MOODS], [weight for _, weight in _MOODS])
        if topic == "general":
            mood = chance.one(_REMARKS)
        if author.source == "reviews" and TONES.get(mood, mood) == "neutral":
            topic, mood = "service", "positive"
        brand = author.brand if chance.happens(0.9) else chance.one(self._country.material.operators)
        return self._said(one, author, brand, topic, mood, author.place, tells_place=chance.happens(TELLS_PLACE))

    def _caused(self, one: Utterance, author: Person, cause: Happening) -> Draft:
        chance = self._chance
        if cause.kind in {"storm", "campaign"}:
            return self._copied(one, author, cause.kind)
        brand = author.brand
        mood = "after" if cause.verdict != "trap" and one.at > cause.end else "negative"
        topic = cause.said
        if cause.kind == "rival_outage":
            is_theirs = author.brand.key == cause.brand
            brand, mood = self._brands[cause.brand], "negative" if is_theirs else "neutral"
        elif cause.kind == "football":
            mood = chance.one(("positive", "neutral"))
        elif cause.kind == "joke":
            brand, mood = self._country.own, "neutral"
        elif cause.kind == "planned":
            mood = chance.one(("negative", "negative", "neutral"))
        elif cause.kind == "price_rise":
            topic, mood = ("general", "price_rise") if author.tongue.say("general", "price_rise") else ("price", mood)
        tells = cause.verdict != "trap" and chance.happens(TELLS_PLACE)
        place = chance.one(self._country.towns).place if tells and chance.happens(WRONG_PLACE) else author.place
        return self._said(one, author, brand, topic, mood, place, tells_place=tells)

    def _said(
        self, one: Utterance, author: Person, brand: Operator, topic: str, mood: str, place: Place, *, tells_place: bool
    ) -> Draft:
        chance, tongue = self._chance, author.tongue
        if not tongue.say(topic, mood):
            # Who has no words of their own for it writes English.
            tongue = self._country.material.tongue("en")
        if not tongue.say(topic, mood):
            mood = "negative"
        about = Subject(topic=topic, mood=mood, brand=brand, place=place, source=author.source, tells_place=tells_place)
        text = self._speech.text(tongue, about)
        tone = TONES.get(mood, mood)
        geotagged = author.source == "mastodon" and one.number < ABROAD and chance.happens(GEOTAGGED)
        return Draft(
            at=moment(one.at),
            author=author,
            text=text,
            lang=tongue.code if chance.happens(0.6) else None,
            topic=topic,
            mood=tone,
            title=" ".join(text.split()[:7]) if author.source == "forum" else None,
            about=brand,
            place=author.place.name if geotagged else None,
            rating=chance.one(_RATINGS[tone]) if author.source == "reviews" and tone in _RATINGS else None,
            likes=chance.heavy(least=1, tail=1.6) - 1,
        )

    def _copied(self, one: Utterance, author: Person, kind: str) -> Draft:
        """Return one more copy of a text, with a few other signs at its end."""
        material, chance = self._country.material, self._chance
        if kind == "storm":
            [text] = material.tongue("en").say("storm", "negative")
            text = text.replace("{brand}", material.own.name)
        else:
            text = material.campaign["text"]
        text += chance.one(material.campaign["endings"]) if kind == "campaign" else "!" * chance.below(3)
        return Draft(at=moment(one.at), author=author, text=text, lang="en", topic=kind, likes=chance.below(3))

    def _spam(self, one: Utterance, brand: Operator) -> Draft:
        chance = self._chance
        author = person(self._country, ABROAD + 10**6 + chance.below(40))
        text = chance.one(_SPAM).replace("{brand}", brand.name)
        while "{n}" in text:
            text = text.replace("{n}", str(2 + chance.below(97)), 1)
        return Draft(at=moment(one.at), author=author, text=text, topic="spam")
