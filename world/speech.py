"""How people put it: phrases of one language are combined, filled in and roughened.

`[a|b|c]` in a phrase takes one of the alternatives; `{brand}` and its like are filled in.
Two texts from the same phrase are never near-identical: such a draft is thrown away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textquery.words import words

if TYPE_CHECKING:
    from world.chance import Chance
    from world.material import Operator, Place, Tongue, World

ALIKE: Final = 0.6
"""From this share of common words on, two texts count as near-identical."""

TONES: Final = {
    "sarcasm": "negative",
    "price_rise": "negative",
    "after": "negative",
    "shop_opening": "positive",
    "remark": "neutral",
}
"""How the phrases sound that are not named after a mood."""

_MORE: Final = {
    "price_rise": ("price", "negative_more"),
    "shop_opening": ("shop", "positive_more"),
}
"""Where the second sentence comes from where there is none of the same name."""

_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_PLAIN_WORD: Final = re.compile(r"(?<![\w@#'])[a-zà-ÿ]{5,}(?!\w)")
_TRIES: Final = 30
_SHORT: Final = 18
"""Longer greetings ask for help, which does not go with praise."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What somebody talks about: a topic, in a mood, about a brand, at a place, in a kind of source."""

    topic: str
    mood: str
    brand: Operator
    place: Place
    source: str
    to: str | None = None
    tells_place: bool = True


class Speech:
    """Makes texts; remembers what was said, so that nothing is said twice, unless people may repeat each other."""

    def __init__(self, island: World, chance: Chance, *, repeating: bool = False) -> None:
        self._island = island
        self._chance = chance
        self._repeating = repeating
        self._said: dict[str, list[frozenset[str]]] = {}

    def text(self, tongue: Tongue, subject: Subject) -> str:
        """Return a new text of one to four sentences."""
        for _ in range(_TRIES):
            core = self._chance.one(tongue.say(subject.topic, subject.mood))
            text = self._roughen(self._composed(core, tongue, subject), tongue, subject)
            if self._repeating:
                return text
            said = frozenset(words(text)) - {subject.brand.key}
            if self._is_new(core, said):
                break
        self._said.setdefault(core, []).append(said)
        return text

    def answer(self, tongue: Tongue, subject: Subject, mood: str) -> str:
        """Return an answer of a mood (`agree`, `care_outage` ...) to a post about a subject, mostly two sentences."""
        for _ in range(_TRIES):
            core = self._chance.one(tongue.say("general", mood))
            first = self._filled(core, tongue, subject)
            first = first if first[-1] in ".!?)" else f"{first}."
            text = " ".join(
                [first, *(self._filled(more, tongue, subject) for more in self._added(tongue, subject, mood))]
            )
            if self._repeating:
                return text
            said = frozenset(words(text)) - {subject.brand.key, *words(subject.to or "")}
            if self._is_new(core, said):
                break
        self._said.setdefault(core, []).append(said)
        return text

    def _added(self, tongue: Tongue, subject: Subject, mood: str) -> list[str]:
        if mood.startswith("care"):
            more = tongue.say("general", "care_more") if mood == "care_negative" else ()
            return [*self._chance.some(more, 1), self._chance.one(tongue.say("general", "care_sign"))]
        if mood in {"agree", "cheer"}:
            more = (*tongue.say(subject.topic, subject.mood), *tongue.say(subject.topic, f"{subject.mood}_more"))
        else:
            more = tongue.say("general", "advise" if mood == "disagree" else mood)
        return self._chance.some(more, 1) if self._chance.happens(0.75) else []

    def _is_new(self, core: str, said: frozenset[str]) -> bool:
        return all(len(said & other) < ALIKE * len(said | other) for other in self._said.get(core, ()))

    def _composed(self, core: str, tongue: Tongue, subject: Subject) -> str:
        mood = TONES.get(subject.mood, subject.mood)
        more = tongue.say(*_MORE.get(subject.mood, (subject.topic, f"{subject.mood}_more")))
        wordy = {"reviews": 2, "forum": 2, "chat": 1}.get(subject.source, 1 if self._chance.happens(0.55) else 0)
        parts = [core, *self._chance.some(more, wordy)]
        if subject.source == "reviews" or (subject.mood != "neutral" and self._chance.happens(0.22)):
            parts += self._chance.some(tongue.say("general", f"closer_{mood}"), 1)
        if subject.source in {"chat", "forum"}:
            asks = mood != "positive"
            greetings = [greeting for greeting in tongue.say("general", "greeting") if asks or len(greeting) < _SHORT]
            thanks = self._chance.some(tongue.say("general", "thanks"), self._chance.below(2)) if asks else []
            parts = [self._chance.one(greetings), *parts, *thanks]
        elif subject.source == "mastodon" and self._chance.happens(0.14):
            parts.insert(0, self._chance.one(tongue.say("general", "opener")))
        return self._filled(" ".join(parts), tongue, subject)

    def _filled(self, phrase: str, tongue: Tongue, subject: Subject) -> str:
        while match := _CHOICE.search(phrase):
            phrase = phrase[: match.start()] + self._chance.one(match[1].split("|")) + phrase[match.end() :]
        social = subject.source == "mastodon"
        rivals = [operator for operator in self._island.operators if operator != subject.brand]
        place = subject.place.written(tongue.code, latin=self._chance.happens(0.3))
        brand = self._named(subject.brand, tongue, social=social)
        rival = self._named(self._chance.one(rivals), tongue, social=False)
        amount = f"{4 + self._chance.below(92)}.{self._chance.one(('00', '49', '50', '90', '95', '99'))}"
        if tongue.code == "en":
            amount = self._chance.one((f"€{amount}", f"{amount} euros"))
        else:
            amount = f"{amount} يورو" if tongue.code == "ar" else f"{amount.replace('.', ',')} €"
        values = {
            "brand": brand,
            "rival": rival,
            "brandtag": subject.brand.name,
            "place": place,
            "in": tongue.where.format(place=place) if subject.tells_place else "",
            "placetag": place.replace(" ", "_" if tongue.code == "ar" else "").replace("-", ""),
            "care": subject.brand.care,
            "to": subject.to or subject.brand.care,
            "amount": amount,
        }
        phrase = re.sub(r"\{n\}", lambda _: str(2 + self._chance.below(8)), phrase)
        phrase = re.sub(r"\{(\w+)\}", lambda match: values[match[1]], phrase)
        phrase = re.sub(r"\s+([,،.](?!\d))", r"\1", phrase if social else phrase.replace("@", ""))
        return re.sub(r"\s+", " ", phrase).strip()

    def _named(self, brand: Operator, tongue: Tongue, *, social: bool) -> str:
        name = self._chance.one(brand.arabic if tongue.code == "ar" else brand.written)
        return name if social else name.lstrip("#")

    def _roughen(self, text: str, tongue: Tongue, subject: Subject) -> str:
        """Give a text the looks of its source: typos, lower case, emoji, hashtags, somebody addressed."""
        chance, casual = self._chance, subject.source in {"mastodon", "chat"}
        if tongue.code != "ar" and chance.happens(0.14 if casual else 0.06):
            text = self._mistyped(text)
        if casual and tongue.code != "ar" and chance.happens(0.06 if tongue.code == "de" else 0.16):
            text = text.lower().rstrip(".")
        if TONES.get(subject.mood, subject.mood) == "negative" and chance.happens(0.07):
            text = text.rstrip(".!? ") + chance.one(("!!", "!!!", "?!", "..."))
        if subject.source == "mastodon":
            named = subject.brand.key in text.lower() or any(term in text for term in subject.brand.terms)
            if not named or chance.happens(0.12):
                handle = f"@{subject.brand.care}"
                text = f"{handle} {text}" if chance.happens(0.6) else f"{text} {handle}"
            if chance.happens(0.16):
                text = f"{text} #{self._filled(chance.one(tongue.say('general', 'tags')), tongue, subject)}"
        if chance.happens(0.2 if casual else 0.05):
            text = f"{text} {chance.one(self._island.mood[TONES.get(subject.mood, subject.mood)])}"
        return text

    def _mistyped(self, text: str) -> str:
        found = list(_PLAIN_WORD.finditer(text))
        if not found:
            return text
        match = self._chance.one(found)
        word, at = match[0], 1 + self._chance.below(len(match[0]) - 2)
        wrong = self._chance.one(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at:][0] * 2 + word[at + 1 :],
            )
        )
        return text[: match.start()] + wrong + text[match.end() :]
