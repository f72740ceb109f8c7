"""The names of places as one compact index: token phrases to places, loaded at the first question.

The index is made by `nlp.training.places` from GeoNames (Creative Commons Attribution 4.0,
geonames.org), country names of Unicode CLDR, and corpus counts. It is plain text in gzip: a
header, the places, the names of one token, the names of several, and personal first names.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from domain.errors import ModelError
from domain.marks import stream_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PlaceKind: TypeAlias = Literal["city", "region", "country"]

INDEX: Final = Path(__file__).parents[1] / "trained" / "earshot-places.gz"
SECTION: Final = "\n\n"
_KINDS: Final[Mapping[str, PlaceKind]] = {"c": "city", "r": "region", "k": "country"}

# Letters with the marks that Python does not count as letters: accents, Indic and South-East Asian vowel signs.
_MARKS: Final = (
    r"\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u0900-\u0963\u0971-\u09e5\u09f0-\u0a65\u0a70-\u0ae5\u0b00-\u0b65\u0b80-\u0be5\u0c00-\u0c65\u0c80-\u0ce5"
    r"\u0d00-\u0d65\u0e31-\u0e4e\u0eb1-\u0ecd\u102b-\u103e\u17b6-\u17d3"
)
TOKEN: Final = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*")

_LATIN: Final = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ŋ": "n"})
_ARABIC: Final = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ک": "ك", "ـ": None}
)
# Only accents fall: the vowel signs of Indic and South-East Asian scripts are letters to their readers.
_ACCENT: Final = re.compile(r"[\u0300-\u036f\u064b-\u065f\u0670]")


@cache
def _folded_letter(letter: str) -> str:
    # Some signs are made of capitals: \u32cc is "Hg".
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    plain = unicodedata.normalize("NFKC", _ACCENT.sub("", apart))
    return plain.translate(_LATIN).translate(_ARABIC)


def fold(token: str) -> str:
    """Return a token as the index keeps it: lower case, no accents, one form of each Arabic letter."""
    return token.lower() if token.isascii() else _folded(token)


@lru_cache(maxsize=1 << 15)
def _folded(token: str) -> str:
    return "".join(map(_folded_letter, token))


def phrase(name: str) -> str:
    """Return a name as a key of the index: its folded tokens with single spaces between."""
    return " ".join(fold(token) for token in TOKEN.findall(unicodedata.normalize("NFC", stream_safe(name))))


@dataclass(frozen=True, slots=True)
class GazetteerPlace:
    """A populated place, a first-level region or a country; degrees, inhabitants.

    Regions and countries lie where their inhabitants do on average. `region` is the number of
    the region of a city, -1 where none is known.
    """

    name: str
    country: str
    latitude: float
    longitude: float
    population: int
    kind: PlaceKind
    region: int


@dataclass(frozen=True, slots=True)
class NameEntry:
    """What a name may mean: place numbers, and which of them are only also called so.

    `is_word`: an ordinary word in some language too. `is_first_name`, `is_surname`: people are
    called so too. No places: a longer name, as of a club, that is none.
    """

    places: tuple[int, ...]
    alternates: frozenset[int]
    is_word: bool
    is_first_name: bool
    is_surname: bool


class Gazetteer:
    """The index in memory. Rows are parsed when they are asked for, so that loading stays short."""

    def __init__(
        self, places: list[str], names: Mapping[str, str], lengths: Mapping[str, int], people: set[str]
    ) -> None:
        self._places = places
        self._names = names
        self._lengths = lengths
        self._people = people
        self._parsed: dict[str, NameEntry] = {}
        self._read: dict[int, GazetteerPlace] = {}

    @classmethod
    def open(cls, file: Path = INDEX) -> Gazetteer:
        """Read the index file.

        Raises:
            ModelError: the file is missing or is no such index.
        """
        try:
            sections = [section.split("\n") for section in gzip.decompress(file.read_bytes()).decode().split(SECTION)]
            if json.loads("\n".join(sections[0])).get("format") != "earshot-places-v1" or len(sections) != 8:
                raise ValueError(f"{file.name} has another format")
            _, places, keys, values, longer, meanings, beginnings, people = sections
            names = dict(zip(keys, values, strict=True))
            names.update(zip(longer, meanings, strict=True))
        except (OSError, EOFError, zlib.error, ValueError, AttributeError, RecursionError) as error:
            raise ModelError(f"the index of places cannot be read: {error}") from None
        lengths: dict[str, int] = {}
        for length, line in enumerate(beginnings, start=2):
            lengths.update(dict.fromkeys(line.split("|"), length))
        return cls(places, names, lengths, set(people))

    def longest(self, first_token: str, second_token: str) -> int:
        """Return how many tokens the longest name has that begins with these folded tokens; 0 if none does."""
        return self._lengths.get(f"{first_token} {second_token}", 0)

    def beginnings(self, keys: Sequence[str]) -> list[bool]:
        """Tell of each folded token of a text whether a name begins there."""
        names, lengths = self._names, self._lengths
        return [key in names or f"{key} {after}" in lengths for key, after in pairwise([*keys, ""])]

    def is_name(self, key: str) -> bool:
        """Tell whether a folded name is known, whatever it means."""
        return key in self._names

    def is_first_name(self, token: str) -> bool:
        """Tell whether people are called so."""
        return token in self._people

    def entry(self, key: str) -> NameEntry | None:
        """Return what a name may mean, or None."""
        found = self._parsed.get(key)
        if found is None and key in self._names:
            flags, _, numbers = self._names[key].partition(":")
            parts = numbers.split(",") if numbers else []
            places = tuple(int(part.lstrip("~")) for part in parts)
            others = frozenset(place for place, part in zip(places, parts, strict=True) if part[0] == "~")
            found = self._parsed[key] = NameEntry(
                places, others, is_word="w" in flags, is_first_name="p" in flags, is_surname="s" in flags
            )
        return found

    def everywhere(self) -> Iterator[GazetteerPlace]:
        """Yield all places, by their numbers."""
        return map(self.place, range(len(self._places)))

    def place(self, number: int) -> GazetteerPlace:
        """Return a place by its number."""
        found = self._read.get(number)
        if found is None:
            name, country, latitude, longitude, population, kind, region = self._places[number].split("\t")
            found = self._read[number] = GazetteerPlace(
                name,
                country,
                float(latitude),
                float(longitude),
                int(population),
                _KINDS[kind],
                int(region) if region else -1,
            )
        return found
