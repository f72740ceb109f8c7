"""Places are found where a text means them, and words, people and clubs are left alone."""

import gzip

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.errors import ModelError
from nlp.places.finder import LEAST_PROBABILITY, MAX_CHARACTERS, PlaceFinder
from nlp.places.gazetteer import Gazetteer, fold
from nlp.training.places import examples, measure

FINDER = PlaceFinder()


def named(text, *, countries=(), ignored=(), author_place=None):
    """Return the places of a text as written, with their countries."""
    found = PlaceFinder(countries, ignored).find(text, author_place=author_place)
    return [(place.text, place.country) for place in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Masts are down in Sheffield and York", [("Sheffield", "GB"), ("York", "GB")]),
        ("La antena de Valladolid no funciona", [("Valladolid", "ES")]),
        ("La fibre arrive à Grenoble", [("Grenoble", "FR")]),
        ("O 4G em Brasília caiu", [("Brasília", "BR")]),
        ("In Bremen ist der Empfang weg", [("Bremen", "DE")]),
        ("A Palermo la rete è lenta", [("Palermo", "IT")]),
        ("الشبكة ضعيفة في الجزائر", [("الجزائر", "DZ")]),
        ("وصلت بالرياض بدون شبكة", [("بالرياض", "SA")]),
        ("कानपुर में नेटवर्क नहीं", [("कानपुर", "IN")]),
        ("Hakuna mtandao mjini Arusha", [("Arusha", "TZ")]),
        ("Jaringan di Makassar lambat", [("Makassar", "ID")]),
        ("В Перми пропала связь", [("Перми", "RU")]),
        ("Adana'da hat çekmiyor", [("Adana", "TR")]),
        ("Network no dey for Enugu", [("Enugu", "NG")]),
        ("W Szczecinie brak internetu", [("Szczecinie", "PL")]),
        ("京都で電波が弱い", [("京都", "JP")]),
        ("ROAMING IN PORTUGAL IS TOO EXPENSIVE", [("PORTUGAL", "PT")]),
        ("no signal in edinburgh since monday", [("edinburgh", "GB")]),
        ("Sao Paulo sem rede", [("Sao Paulo", "BR")]),
    ],
)
def test_place_is_found_in_its_language(text, found):
    assert named(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Reading your bill is a full time job",
        "nice, mobile data works again",
        "Most of the time the bar is empty",
        "Paris Hilton and Jack London are both on hold",
        "Manchester United on my slow box",
        "Mr Lincoln will call me back",
        "ask @london or see https://status.example/Paris or mail nairobi@help.example",
        "Beim Essen klingelt die Hotline",
        "Jordan from support was great",
    ],
)
def test_words_people_clubs_and_addresses_are_no_places(text):
    assert named(text) == []


def test_ambiguous_name_needs_something_that_says_which():
    text = "The mast in Cambridge is down"
    assert named(text) == []
    assert named(text, countries=["gb"]) == [("Cambridge", "GB")]
    assert named("The mast in Cambridge, Massachusetts is down")[0] == ("Cambridge", "US")
    assert ("Cambridge", "GB") in named("The masts in Cambridge and in Manchester are down")
    assert named(text, author_place="Ottawa, Canada") == [("Cambridge", "CA")]


def test_place_where_an_author_lives_is_not_what_the_post_names():
    assert named("No signal today", author_place="Leeds, UK") == []


def test_town_named_like_a_word_is_found_by_those_who_listen_there():
    assert named("The line in Reading is dead", countries=["GB"]) == [("Reading", "GB")]


def test_brand_named_like_a_place_is_ignored():
    assert named("Orange is down in Lyon", countries=["FR"], ignored=["Orange"]) == [("Lyon", "FR")]


def test_what_a_place_is_comes_along():
    city, country = FINDER.find("Is Mombasa, Kenya connected?")
    assert (city.name, city.kind, country.name, country.kind) == ("Mombasa", "city", "Kenya", "country")
    assert city.latitude == pytest.approx(-4.05, abs=0.1)
    assert city.longitude == pytest.approx(39.66, abs=0.1)


def test_region_is_found_beside_its_cities():
    assert [place.kind for place in FINDER.find("All of Bavaria, even Munich")] == ["region", "city"]


WORDS = [
    "Paris",
    "in",
    "London",
    ",",
    "UK",
    "الرياض",
    "في",
    "В",
    "Москве",
    "東京で",
    "New",
    "York",
    "#Lagos",
    "'da",
    "\n",
    "-",
]


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)))
@settings(deadline=None)
def test_place_stands_where_it_says(text):
    end = 0
    for place in FINDER.find(text, author_place=text):
        assert text[place.start : place.end] == place.text
        assert end <= place.start < place.end
        assert LEAST_PROBABILITY <= place.probability <= 1
        assert abs(place.latitude) <= 90
        assert abs(place.longitude) <= 180
        end = place.end


@pytest.mark.parametrize(
    "text", ["@" * 90_000, "a" * 90_000, "New " * 30_000, "東" * 50_000, "London, " * 20_000, "\ud800"]
)
def test_hostile_text_is_read_to_the_limit_and_no_further(text):
    assert all(place.end <= MAX_CHARACTERS for place in FINDER.find(text))


@given(st.text(max_size=40))
@example("\u32cc \u2120 \u1d2c")
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    "content", [b"", b"no gzip", *(gzip.compress(one, mtime=0) for one in (b'{"format": "other"}', b"\xff"))]
)
def test_broken_index_is_said_in_one_sentence(tmp_path, content):
    (tmp_path / "places.gz").write_bytes(content)
    with pytest.raises(ModelError, match="the index of places cannot be read"):
        Gazetteer.open(tmp_path / "places.gz")


def test_missing_index_is_said(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        Gazetteer.open(tmp_path / "none.gz")


def test_labelled_posts_are_well_formed_and_many():
    rows = [row for row, _ in examples()]
    assert len(rows) >= 150
    assert len({row["lang"] for row in rows}) >= 8
    assert all(text in row["text"] for row in rows for text, _ in row["places"])


def test_posts_that_nobody_tuned_on_are_read_well():
    figures = measure()
    assert figures["posts"] >= 100
    assert figures["precision"] >= 0.9
    assert figures["recall"] >= 0.8
