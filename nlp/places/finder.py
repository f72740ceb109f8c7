"""Which places a text names: cities, regions and countries, each with how sure that is.

Two questions are asked of every name that the gazetteer knows. Is a place meant at all, and
not a word (Reading), a person (Jack London) or a club? That is a sum of log odds over what is
seen: size, capitals, the words around, other places beside it. And which place of that name?
There the meanings share the probability by their inhabitants, weighed by the countries that
are listened to, where the author lives, and what else the post names. The product must reach
one half; an ambiguous name without evidence is not listed.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nlp.places.gazetteer import TOKEN, Gazetteer, NameEntry, PlaceKind, fold, phrase
from nlp.places.inflections import base_forms, inner_names, may_be_inflected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_CHARACTERS: Final = 4_000
"""How much of a text is read; posts are shorter, and what a later page of a long one names is no place of it."""

LEAST_PROBABILITY: Final = 0.5
SURE: Final = 0.7
"""From this probability on a place is evidence for the others of its post."""

# Log odds, chosen by reading the tuned half of `nlp/training/examples/places.jsonl`.
PER_TENFOLD: Final = 1.2
BARE: Final = -0.4
LOCATIVE, WEAK, AFTER, KIND_BEFORE = 2.2, 0.9, 1.2, 1.5
COUNTRY: Final = 0.8
HOME: Final = 0.8
SEVERAL_TOKENS, SEVERAL_UNMARKED = 1.5, 0.3
WORD, WORD_UNMARKED = -2.2, -4.5
WORD_UNCASED: Final = -3.0
FIRST_NAME, FIRST_NAME_LARGE, FIRST_NAME_BEGINS = -1.8, -0.6, -1.2
FIRST_NAME_COUNTRY: Final = -2.8
SURNAME: Final = -0.6
UNMARKED, BEGINNING = -1.0, -0.4
ONLY_ALSO_UNMARKED: Final = -1.0
NO_CASE: Final = -0.6
SHORT: Final = -1.0
SMALL_ABROAD: Final = -1.5
UNCASED_BARE: Final = -0.8
INFLECTED: Final = -0.4
HASHTAG: Final = -0.5
BESIDE_CAPITAL: Final = -1.2
PART_OF_A_NAME: Final = -3.5
CONTAINED: Final = 2.5
LISTED: Final = 1.2

HOME_WEIGHT, SAME_COUNTRY_WEIGHT = 20.0, 60.0
CONTAINED_WEIGHT, ALTERNATE_WEIGHT = 1_000.0, 0.1
NEIGHBOURS_DEGREES: Final = 1.0
"""Meanings of one country this near to each other are one place: the city and the region around it."""

_MASKED: Final = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)\S*@\S+", re.IGNORECASE)
_SENTENCE_END: Final = re.compile(r"[.!?:;…।؟。！？\n\r\"“”(•|]")
_GAP_IN_NAME: Final = re.compile(r"[ \u00a0]{1,2}|[-‐'’.]|\. ")
_ENCLOSING_GAP: Final = re.compile(r"\s*[,،、(/-]\s*|\s+")
_LIST_GAP: Final = re.compile(r"\s*(?:[,،、/&+]|\b\w{1,4}\b)\s*")


@dataclass(frozen=True, kw_only=True)
class FoundPlace:
    """A place that a text names. `country` is an ISO 3166-1 code, the point in degrees (WGS 84).

    `text` is the name as written, `start` and `end` its half-open place in the text that was
    given. A region or a country lies where its inhabitants do on average.
    """

    name: str
    kind: PlaceKind
    country: str
    latitude: float
    longitude: float
    text: str
    start: int
    end: int
    probability: float


@dataclass(slots=True)
class _Mention:
    """A name in a text: its characters, its tokens, what it may mean and the log odds that it is a place."""

    start: int
    end: int
    first: int
    last: int
    entry: NameEntry
    odds: float = 0.0
    inside: set[str] = field(default_factory=set)
    regions: set[int] = field(default_factory=set)


@cache
def _cues() -> dict[str, frozenset[str]]:
    lists = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {name: frozenset(fold(word) for word in words.split()) for name, words in lists.items()}


_shipped_gazetteer: Final = cache(Gazetteer.open)


@cache
def _leading() -> frozenset[str]:
    return _cues()["locative"] | _cues()["weak"]


class _Reading:
    """A text cut into tokens, and whether its author marks names by capitals."""

    def __init__(self, text: str) -> None:
        self.text = text
        masked = (
            _MASKED.sub(lambda hit: " " * len(hit[0]), text) if "@" in text or "/" in text or "www" in text else text
        )
        hits = list(TOKEN.finditer(masked))
        self.tokens = [hit[0] for hit in hits]
        self.keys = [fold(token) for token in self.tokens]
        self.starts = [hit.start() for hit in hits]
        self.ends = [hit.end() for hit in hits]
        self.uses_capitals = any(
            token[0].isupper() and not token.isupper() and not self.begins_sentence(i)
            for i, token in enumerate(self.tokens)
        )

    @cached_property
    def shouts(self) -> bool:
        """Tell whether all is in capitals."""
        return len(self.tokens) > 1 and not any(token[-1].islower() for token in self.tokens)

    def gap(self, i: int) -> str:
        """Return what stands between a token and the one before it."""
        return self.text[self.ends[i - 1] if i else 0 : self.starts[i]]

    def begins_sentence(self, i: int) -> bool:
        """Tell whether a capital at this token says nothing."""
        return i == 0 or bool(_SENTENCE_END.search(self.gap(i)))

    def folded(self, i: int) -> str:
        """Return a token as the cues are kept; empty outside of the text."""
        return self.keys[i] if 0 <= i < len(self.keys) else ""


class PlaceFinder:
    """Finds the places that a text names; the gazetteer loads at the first text.

    `countries` (ISO codes) are those that are listened to; `ignored` are terms that name
    something else here, above all the brands.
    """

    def __init__(self, countries: Iterable[str] = (), ignored: Iterable[str] = ()) -> None:
        self._home = frozenset(country.upper() for country in countries)
        self._ignored = frozenset(phrase(term) for term in ignored) - {""}

    @cached_property
    def _gazetteer(self) -> Gazetteer:
        return _shipped_gazetteer()

    def find(self, text: str, *, author_place: str | None = None) -> tuple[FoundPlace, ...]:
        """Return the places of a text in order of appearance, none of them below `LEAST_PROBABILITY`.

        `author_place` is where the author says to live; it only says which place is meant.

        Raises:
            ModelError: the gazetteer cannot be read.
        """
        reading = _Reading(text[:MAX_CHARACTERS])
        mentions = list(self._mentions(reading))
        if not mentions:
            return ()
        home = Counter(self._home)
        if author_place:
            # The countries that the author's own words about where they live most likely mean.
            where = _Reading(author_place[:200])
            named = list(self._mentions(where))
            for mention in named:
                mention.odds = 1.0
            self._relate(where, named, home)
            chosen = [self._choice(mention, home) for mention in named]
            home.update({self._gazetteer.place(number).country for number, share in chosen if share >= SURE})
        for mention in mentions:
            mention.odds = self._evidence(reading, mention)
        self._relate(reading, mentions, home)
        found = (self._decided(reading, mention, home) for mention in mentions)
        return tuple(place for place in found if place.probability >= LEAST_PROBABILITY)

    def _mentions(self, reading: _Reading) -> Iterator[_Mention]:
        """Yield the longest names that the gazetteer knows, left to right, never overlapping."""
        known = self._gazetteer.beginnings(reading.keys)
        i = 0
        while i < len(reading.tokens):
            token, key = reading.tokens[i], reading.keys[i]
            is_candidate = known[i] or may_be_inflected(key) or (i and reading.keys[i - 1] in _leading())
            if not is_candidate or (reading.uses_capitals and token[0].islower()):
                i += 1
                continue
            mention = self._named_at(reading, i)
            if mention is None and not token.isascii():
                # Scripts that put no spaces between words have names inside a token.
                for start, end, cue in inner_names(token, self._gazetteer.entry):
                    entry = self._gazetteer.entry(fold(token[start:end]))
                    if entry and entry.places:
                        at = reading.starts[i]
                        yield _Mention(at + start, at + end, i, i, entry, cue)
            elif mention is not None and mention.entry.places:
                written = reading.text[mention.start : mention.end]
                if phrase(written) not in self._ignored:
                    yield mention
            i = mention.last + 1 if mention else i + 1

    def _named_at(self, reading: _Reading, i: int) -> _Mention | None:
        """Return the mention that begins at a token: the longest name, the token alone, or a name in another case."""
        key, names = reading.keys[i], self._gazetteer
        for length in range(names.longest(key, reading.folded(i + 1)), 1, -1):
            last = i + length - 1
            entry = names.entry(" ".join(reading.keys[i : last + 1])) if last < len(reading.keys) else None
            lowered = reading.uses_capitals and last < len(reading.tokens) and reading.tokens[last][0].islower()
            if entry and not lowered and all(_GAP_IN_NAME.fullmatch(reading.gap(k)) for k in range(i + 1, last + 1)):
                return _Mention(reading.starts[i], reading.ends[last], i, last, entry)
        entry = names.entry(key)
        if entry:
            return _Mention(reading.starts[i], reading.ends[i], i, i, entry)
        led = reading.folded(i - 1) in _leading()
        for base, cue in base_forms(key, led=led):
            entry = names.entry(base)
            if entry is None or not entry.places:
                continue
            # What looks like a prefix in Arabic is a name's own first letter, unless the article follows or the
            # place is large.
            largest = max(names.place(n).population for n in entry.places)
            if not "ء" <= base[0] <= "ي" or base.startswith("ال") or largest >= 1_000_000:
                return _Mention(reading.starts[i], reading.ends[i], i, i, entry, cue + INFLECTED)
        return None

    def _evidence(self, reading: _Reading, mention: _Mention) -> float:
        """Return the log odds that a place is meant, as far as the name and the words beside it tell."""
        names = self._gazetteer
        largest = max((names.place(n) for n in mention.entry.places), key=lambda place: place.population)
        size = max(-1.5, min(3.0, PER_TENFOLD * math.log10(max(largest.population, 1) / 100_000)))
        around = mention.odds + self._surroundings(reading, mention)
        odds = BARE + size + around + (COUNTRY if largest.kind == "country" else 0.0)
        if mention.last > mention.first:
            odds += SEVERAL_TOKENS if reading.uses_capitals else SEVERAL_UNMARKED
        odds += _form(reading, mention, around, largest.population)
        if around >= WEAK:
            return odds
        # Nothing around speaks for a place, so it counts that people are called so.
        if not mention.entry.is_first_name:
            return odds + (SURNAME if mention.entry.is_surname and largest.population < 1_000_000 else 0.0)
        if largest.kind == "country":
            return odds + FIRST_NAME_COUNTRY
        first_name = FIRST_NAME_LARGE if largest.population > 2_000_000 else FIRST_NAME
        return odds + (first_name + (FIRST_NAME_BEGINS if reading.begins_sentence(mention.first) else 0.0))

    def _surroundings(self, reading: _Reading, mention: _Mention) -> float:
        cues, first, last = _cues(), mention.first, mention.last
        before, after = reading.folded(first - 1), reading.folded(last + 1)
        gap_before = reading.gap(first)
        gap_after = reading.gap(last + 1) if after else ""
        odds = HASHTAG if gap_before.endswith("#") else 0.0
        touches = gap_before.strip(" #\u00a0'’") == "" and first > 0
        if touches:
            odds += self._before(reading, first, before)
        if after and gap_after in {"'", "’"} and after in cues["suffixed"]:
            odds += LOCATIVE
        elif after and gap_after.strip() == "":
            following = reading.tokens[last + 1]
            capital = reading.uses_capitals and following[0].isupper() and not following.isupper()
            if after in cues["institution"]:
                odds += PART_OF_A_NAME
            elif after in cues["after"]:
                odds += AFTER
            elif capital and not (after in self._ignored or self._gazetteer.is_name(after)):
                odds += BESIDE_CAPITAL
        if gap_before.endswith("-") or (gap_after == "-" and reading.tokens[last + 1][0].isupper()):
            odds += BESIDE_CAPITAL
        return odds

    def _before(self, reading: _Reading, first: int, before: str) -> float:
        cues = _cues()
        capital = reading.tokens[first - 1][0].isupper()
        if before in cues["person"] and (capital or not reading.uses_capitals):
            return PART_OF_A_NAME
        if before in cues["locative"] or reading.tokens[first - 1] in {"à", "À"}:
            return LOCATIVE
        if before in cues["kinds"]:
            return KIND_BEFORE
        if before in cues["weak"]:
            return WEAK + (LOCATIVE - WEAK if reading.folded(first - 2) in cues["kinds"] else 0.0)
        if capital and reading.uses_capitals and before not in self._ignored:
            if self._gazetteer.is_first_name(before):
                return PART_OF_A_NAME
            return 0.0 if reading.begins_sentence(first - 1) else BESIDE_CAPITAL
        return 0.0

    def _relate(self, reading: _Reading, mentions: Sequence[_Mention], home: Counter[str]) -> None:
        """Let places speak for one another: one inside the next, lists, others of the same country."""
        names = self._gazetteer
        for left, right in pairwise(mentions):
            if _ENCLOSING_GAP.fullmatch(reading.text[left.end : right.start]):
                self._enclose(left, right)
        sure = [(m, *self._choice(m, home)) for m in mentions if _probability(m.odds) >= SURE]
        certain = [(m, names.place(number)) for m, number, share in sure if share >= SURE]
        for mention in mentions:
            mention.inside |= {place.country for other, place in certain if other is not mention}
        for left, right in pairwise(mentions):
            if _is_list(reading.text[left.end : right.start + 1]):
                for one, other in ((left, right), (right, left)):
                    if any(m is other for m, _ in certain):
                        one.odds += LISTED

    def _enclose(self, left: _Mention, right: _Mention) -> None:
        """Raise "Cambridge, UK" and "Austin, Texas": the second place holds one of the first's meanings."""
        names = self._gazetteer
        outer = [(n, names.place(n)) for n in right.entry.places if names.place(n).kind != "city"]
        inner = [names.place(n) for n in left.entry.places]
        countries = {place.country for _, place in outer if place.kind == "country"}
        regions = {n for n, place in outer if place.kind == "region"}
        held = {p.region for p in inner if p.kind == "city" and p.region in regions}
        if held:
            left.regions |= held
            right.regions |= held
        elif countries & {place.country for place in inner if place.kind != "country"}:
            left.regions |= {n for n, place in outer if place.kind == "country"}
            right.regions |= {n for n, place in outer if place.kind == "country"}
        else:
            return
        left.odds += CONTAINED
        right.odds += CONTAINED

    def _choice(self, mention: _Mention, home: Counter[str]) -> tuple[int, float]:
        """Return the number of the likeliest meaning, and the share of the probability that it has."""
        names, entry = self._gazetteer, mention.entry
        held_in = {names.place(n).country for n in mention.regions if names.place(n).kind == "country"}
        weights = {}
        for number in entry.places:
            place = names.place(number)
            weight = float(max(place.population, 1_000))
            weight *= ALTERNATE_WEIGHT if number in entry.alternates else 1.0
            weight *= HOME_WEIGHT ** home[place.country]
            weight *= SAME_COUNTRY_WEIGHT if place.country in mention.inside else 1.0
            held = number in mention.regions or place.region in mention.regions or place.country in held_in
            weights[number] = weight * (CONTAINED_WEIGHT if held else 1.0)
        best = max(weights, key=lambda n: weights[n])
        same = {n for n in weights if self._is_one(n, best)}
        best = max(same, key=lambda n: (names.place(n).kind == "city", weights[n]))
        return best, sum(weights[n] for n in same) / sum(weights.values())

    def _is_one(self, one: int, other: int) -> bool:
        """Tell whether two meanings are one place for a reader: a city and the region that it leads."""
        a, b = self._gazetteer.place(one), self._gazetteer.place(other)
        if a.country != b.country or "country" in {a.kind, b.kind}:
            return one == other
        near = math.dist((a.latitude, a.longitude), (b.latitude, b.longitude)) <= NEIGHBOURS_DEGREES
        return near or a.region == other or b.region == one

    def _decided(self, reading: _Reading, mention: _Mention, home: Counter[str]) -> FoundPlace:
        number, share = self._choice(mention, home)
        place = self._gazetteer.place(number)
        odds = mention.odds
        if place.country in home or place.country in mention.inside:
            odds += HOME
        elif place.population < (15_000 if reading.uses_capitals else 100_000) and not mention.regions:
            odds += SMALL_ABROAD
        return FoundPlace(
            name=place.name,
            kind=place.kind,
            country=place.country,
            latitude=place.latitude,
            longitude=place.longitude,
            text=reading.text[mention.start : mention.end],
            start=mention.start,
            end=mention.end,
            probability=round(_probability(odds) * share, 4),
        )


def _form(reading: _Reading, mention: _Mention, around: float, population: int) -> float:
    """Return what capitals, length and ordinary use of a name say; `around`: the log odds of its neighbours."""
    written, entry = reading.text[mention.start : mention.end], mention.entry
    cased = written[0].lower() != written[0].upper()
    capital = written[0].isupper() and reading.uses_capitals
    beginning = reading.begins_sentence(mention.first)
    odds = 0.0
    if entry.is_word:
        odds += WORD_UNCASED if not cased else WORD if capital and not beginning else WORD_UNMARKED
    if not cased:
        odds += NO_CASE + (UNCASED_BARE if around < WEAK and population < 300_000 else 0.0)
        return odds
    if not capital:
        odds += BEGINNING if written[0].isupper() and not reading.shouts else UNMARKED
        odds += ONLY_ALSO_UNMARKED if population < 2_000_000 and len(entry.alternates) == len(entry.places) else 0.0
    if len(written) < 4 and not (written.isupper() and population > 5_000_000):
        odds += SHORT
    if len(written) > 3 and written.isupper() and reading.uses_capitals:
        odds += HASHTAG
    return odds


def _is_list(gap: str) -> bool:
    """Tell whether two names stand in a list; the gap includes the first letter of the second: Arabic joins "and"."""
    if gap[:-1].isspace() and gap[-1] == "و":
        return True
    gap = gap[:-1]
    if len(gap) > 12 or not _LIST_GAP.fullmatch(gap):
        return False
    word = gap.strip(" ,،、/&+\n")
    return not word or fold(word) in _cues()["joins"]


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
