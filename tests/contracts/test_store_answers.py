"""What every store answers (see `domain.ports.Store`): counts, listings and neighbours, the same from each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.documents import instant, parse_instant
from domain.errors import QueryError, StoreRefused
from domain.questions import GENUINE, PUBLIC, Count, Filters, Hits, Page
from domain.zones import end_of
from tests.support import evaluator
from tests.support.corpora import corpora, filters, groupings, pages
from tests.support.handmade import FIRST, direction, post
from textquery.parser import parse
from textquery.words import words

EXAMPLES = {"sqlite": 100, "elastic": 40}
QUESTIONS = st.lists(st.tuples(filters(), groupings(), pages()), min_size=1, max_size=6)


def natives(listing):
    return [document["native_id"] for document in listing.documents]


def found(store, text=None, **chosen):
    """Return the native ids of the posts that take part, sorted."""
    return sorted(natives(store.search(Filters(text=text, **chosen), order="oldest", page=Page(limit=1000))))


# Filters

FULL = {
    "at": datetime(2019, 11, 25, 8, tzinfo=UTC),
    "source": "mastodon",
    "author": "ann",
    "place": "Leeds",
    "mentioned": (("York", 53.96, -1.08),),
    "language": "de",
    "sentiment": "negative",
    "emotion": "anger",
    "intents": ("complaint", "churn_threat"),
    "felt": (("network", "positive"), ("price", "negative")),
    "urgent": True,
    "ironic": True,
    "spam": True,
    "brands": ("o2", "three"),
    "copy": ("k1", False),
    "topic": "t1",
    "customer": "c1",
    "events": ("e1", "e2"),
    "speaker": "brand",
}


@pytest.fixture
def two_posts(store):
    """A store with a post of which everything is known and one of which nearly nothing is."""
    bare = post("bare", at=datetime(2019, 11, 26, tzinfo=UTC), language=None, sentiment=None, copy=None, speaker=None)
    store.upsert("posts", [post("full", **FULL), bare])
    return store


FILTERS = [
    ({}, ["bare", "full"]),
    ({"text": ""}, ["bare", "full"]),
    ({"start": datetime(2019, 11, 25, 8, tzinfo=UTC)}, ["bare", "full"]),
    ({"start": datetime(2019, 11, 25, 8, 0, 0, 1000, tzinfo=UTC)}, ["bare"]),
    ({"end": datetime(2019, 11, 26, tzinfo=UTC)}, ["full"]),
    ({"end": datetime(2019, 11, 26, 2, tzinfo=timezone(timedelta(hours=2)))}, ["full"]),
    ({"brands": ("three",)}, ["full"]),
    ({"brands": ("vodafone", "o2")}, ["full"]),
    ({"brands": ("O2",)}, []),
    ({"brands": (None,)}, ["bare"]),
    ({"brands": (None, "o2")}, ["bare", "full"]),
    ({"languages": ("de",)}, ["full"]),
    ({"languages": (None,)}, ["bare"]),
    ({"sources": ("file",)}, ["bare"]),
    ({"sentiments": ("negative", "positive")}, ["full"]),
    ({"sentiments": (None,)}, ["bare"]),
    ({"emotions": ("anger", "joy")}, ["full"]),
    ({"emotions": (None,)}, ["bare"]),
    ({"intents": ("churn_threat",)}, ["full"]),
    ({"intents": ("churn",)}, []),
    ({"intents": (None, "complaint")}, ["bare", "full"]),
    ({"aspects": ("price",)}, ["full"]),
    ({"aspects": ("data",)}, []),
    ({"aspects": (None,)}, ["bare"]),
    ({"aspect_sentiments": ("price:negative",)}, ["full"]),
    ({"aspect_sentiments": ("price:positive", "network:negative")}, []),
    ({"aspect_sentiments": (None,)}, ["bare"]),
    ({"urgent": (True,)}, ["full"]),
    ({"urgent": (False,)}, []),
    ({"urgent": (None, True)}, ["bare", "full"]),
    ({"ironic": (False, None)}, ["bare"]),
    ({"spam": (True,)}, ["full"]),
    ({"spam": GENUINE}, ["bare"]),
    ({"topics": ("t1",)}, ["full"]),
    ({"topics": (None,)}, ["bare"]),
    ({"authors": ("ann",)}, ["full"]),
    ({"authors": (None,)}, ["bare"]),
    ({"places": ("Leeds",)}, ["full"]),
    ({"places": (None,)}, ["bare"]),
    ({"mentioned": ("Leeds",)}, []),
    ({"whereabouts": ("York",)}, ["full"]),
    ({"whereabouts": ("Leeds", "Hull")}, ["full"]),
    ({"whereabouts": (None,)}, ["bare"]),
    ({"customers": ("c1",)}, ["full"]),
    ({"customers": (None,)}, ["bare"]),
    ({"events": ("e2", "e9")}, ["full"]),
    ({"events": (None,)}, ["bare"]),
    ({"copies": ("k1",)}, ["full"]),
    ({"copies": (None,)}, ["bare"]),
    ({"speakers": ("brand",)}, ["full"]),
    ({"speakers": PUBLIC}, ["bare"]),
    ({"once": True}, ["bare"]),
    ({"brands": ("o2",), "languages": ("en",)}, []),
]


def test_filters(two_posts):
    assert [(chosen, found(two_posts, **chosen)) for chosen, _ in FILTERS] == FILTERS


# Tallies


KNOWN = {
    "language": ["de"],
    "sentiment": ["negative"],
    "emotion": ["anger"],
    "intent": ["churn_threat", "complaint"],
    "topic": ["t1"],
    "author": ["ann"],
    "place": ["Leeds"],
    "copy": ["k1"],
    "brand": ["o2", "three"],
}


def test_groups_with_the_unknown_last(two_posts):
    unknown = Count((None,), 1, 0, 0, 0)
    groups = {dimension: [*(Count((key,), 1, 1, 0, 0) for key in keys), unknown] for dimension, keys in KNOWN.items()}
    assert {dimension: two_posts.count_by(Filters(), (dimension,)) for dimension in KNOWN} == groups


def test_groups_of_two_dimensions(two_posts):
    assert two_posts.count_by(Filters(), ("source", "brand")) == [
        Count(("file", None), 1, 0, 0, 0),
        Count(("mastodon", "o2"), 1, 1, 0, 0),
        Count(("mastodon", "three"), 1, 1, 0, 0),
    ]


def test_by_aspect_the_sentiment_is_that_toward_the_aspect(two_posts):
    by_aspect = [Count(("network",), 1, 0, 0, 1), Count(("price",), 1, 1, 0, 0), Count((None,), 1, 0, 0, 0)]
    assert two_posts.count_by(Filters(), ("aspect",)) == by_aspect
    assert two_posts.count_by(Filters(aspects=("price",)), ("aspect",)) == by_aspect[:2]
    assert two_posts.count_by(Filters(sentiments=("positive",)), ("aspect",)) == []


def test_one_group_per_aspect_whatever_is_felt_toward_it(store):
    felt = [("negative", "en"), ("positive", "en"), ("neutral", "en"), ("negative", "de")]
    posts = [post(str(n), language=code, felt=(("price", label),)) for n, (label, code) in enumerate(felt)]
    store.upsert("posts", posts)
    assert store.count_by(Filters(), ("aspect", "language")) == [
        Count(("price", "de"), 1, 1, 0, 0),
        Count(("price", "en"), 3, 1, 1, 1),
    ]


def test_all_posts_are_one_group_and_none_are_no_group(two_posts):
    assert two_posts.count_by(Filters(), ()) == [Count((), 2, 1, 0, 0)]
    assert two_posts.count_by(Filters(brands=("vodafone",)), ()) == []
    assert two_posts.count_by(Filters(brands=("vodafone",)), ("day",)) == []


STARTS = {
    "hour": ["2019-12-01T23", "2019-12-02T00", "2020-01-01T12"],
    "day": ["2019-12-01", "2019-12-02", "2020-01-01"],
    "week": ["2019-11-25", "2019-12-02", "2019-12-30"],
}


def test_time_groups_begin_at_aware_times_in_utc(store):
    times = ["2019-12-01T23:59:59.999+00:00", "2019-12-02T01:00:00+01:00", "2020-01-01T12:30:00+00:00"]
    store.upsert("posts", [post(str(n), at=datetime.fromisoformat(at)) for n, at in enumerate(times)])
    for dimension, starts in STARTS.items():
        keys = [key for one in store.count_by(Filters(), (dimension,)) for key in one.keys]
        assert keys == [datetime.fromisoformat(at).replace(tzinfo=UTC) for at in starts]
        assert {key.utcoffset() for key in keys} == {timedelta(0)}


def test_many_groups_are_all_counted(store):
    store.upsert("posts", [post(str(n), author=f"a{n % 1050:04}") for n in range(1200)])
    tallies = store.count_by(Filters(), ("author",))
    assert [one.keys[0] for one in tallies] == [f"a{n:04}" for n in range(1050)]
    assert sum(one.total for one in tallies) == 1200


# Text queries


MATCHING = [
    ("signal", "No SIGNAL!"),
    ("Zürich cafe", "Café in Zurich"),
    ("ПРИВЕТ", "привет"),
    ("won't", "wont"),
    ("wont", "It won’t work"),
    ('"o2 s"', "o2 s"),
    ("o2", "O2's"),
    ("信号", "没有信号了"),
    ('"没有 信号"', "没有信号"),
    ("إشارة", "لا توجد إشارة"),
    ("up", "🚀up🚀"),
    ("hello", "𝐇𝐞𝐥𝐥𝐨"),
    ("5g-mast", "the 5g mast"),
    ('"no signal"', "there is no signal"),
    ("outag*", "OUTAGES everywhere"),
    ("outage*", "outage"),
    ('"no sig*"', "no signal"),
    ("5g-m*", "5G mast"),
    ("NOT wifi", "signal"),
    ("NOT wifi", "🤷"),
    ("NOT (wifi OR NOT signal)", "signal"),
    ("-wifi OR signal", "wifi signal"),
    ('"signal down"~0', "down signal"),
    ('"signal down"~2', "down again, no signal"),
    ('signal NEAR/1 "since monday"', "since monday no signal"),
    ('"no signal" NEAR/0 signal', "no signal"),
    ("(outage OR down) NEAR/2 (signal OR network)", "signal is so down"),
    ("(outage OR down) NEAR/2 (signal OR network)", "a network in outage"),
    ("(a OR b) NEAR/0 c -((a OR b) NEAR/0 d)", "b c a x d"),
    ("#northwind", "#NorthWind down again"),
    ("northwind", "down again #northwind!"),
    ('"northwind down"', "#northwind down"),
    ("#no_signal", "#No_Signal"),
    ("#north*", "＃northwind"),
    ("#信号", "#信号 down"),
    ("-#northwind", "northwind"),
    ("a OR b c", "a"),
]
NOT_MATCHING = [
    ("signal", "signals"),
    ("信号", "号信"),
    ("b", "\N{ADLAM CAPITAL LETTER ALIF}b"),
    ("b", "a\N{DEVANAGARI VOWEL SIGN AA}b"),
    ("5g-mast", "mast 5g"),
    ('"no signal"', "signal no"),
    ('"no signal"', "no mobile signal"),
    ("outag*", "an out age"),
    ('"no sig*"', "signal no"),
    ("NOT signal", "no signal"),
    ("signal NOT no", "no signal"),
    ("signal wifi", "signal"),
    ('"signal down"~1', "down again, no signal"),
    ("signal NEAR/3 down", "signal"),
    ("(outage OR down) NEAR/2 (signal OR network)", "signal is now so very down"),
    ("(outage OR down) NEAR/2 (signal OR network)", "down and outage"),
    ("(a OR b) NEAR/0 c -((a OR b) NEAR/0 d)", "b c a d"),
    ("#northwind", "northwind down again"),
    ("#northwind", "#northwinds"),
    ("#no_signal", "#nosignal no signal"),
    ("#north*", "northern #wind"),
    ('"again northwind"', "#northwind down again"),
    ("(a OR b) c", "a"),
    ("a OR b c", "b"),
]


def test_texts_that_match_and_texts_that_do_not(store):
    cases = [*MATCHING, *NOT_MATCHING]
    # Each text is a post of its own, named by its place.
    store.upsert("posts", [post(str(place), text) for place, (_, text) in enumerate(cases)])
    found_by = [case for place, case in enumerate(cases) if str(place) in found(store, case[0])]
    assert found_by == MATCHING


def test_titles_are_searched_too(store):
    store.upsert("posts", [post("1", "It is slow", title="Broadband")])
    assert found(store, '"broadband it"') == ["1"]


def test_a_wrong_query_is_an_error_of_the_query(store):
    wrong = Filters(text='"no signal')
    for ask in (
        lambda: store.search(wrong, order="newest", page=Page()),
        lambda: store.count_by(wrong, ("day",)),
        lambda: list(store.scan("posts", filters=wrong)),
        lambda: store.knn(direction(0), wrong, limit=1),
    ):
        with pytest.raises(QueryError, match="never closed"):
            ask()


def test_long_queries_are_answered(store):
    store.upsert("posts", [post("1", "signal " * 300), post("2", "信" * 3000), post("3", "o s")])
    assert found(store, " OR ".join(f'("w{n} x" AND NOT "signal {n}")' for n in range(95)) + " OR signal") == ["1"]
    assert found(store, f'"{"信" * 3000}"') == ["2"]
    assert found(store, "(" * 20 + "signal" + ")" * 20) == ["1"]
    left, right = (f"({' OR '.join(f'{letter}{i}' for i in range(19))} OR {last})" for letter, last in ("as", "bo"))
    assert found(store, f"{left} NEAR/0 {right}") == ["3"]
    ranked = store.search(Filters(text=f"{left} NEAR/0 {right}"), order="relevance", page=Page())
    assert natives(ranked) == ["3"]


# Listings


@pytest.fixture
def three_posts(store):
    """A store with posts whose times and reach differ, two of them the same in both."""
    documents = [
        post("quiet", at=FIRST, likes=1),
        post("loud", at=FIRST + timedelta(days=40), likes=500),
        post("twin", at=FIRST, likes=1),
    ]
    store.upsert("posts", documents)
    return store


def test_orders_with_ties_by_id(three_posts):
    twins = sorted(["quiet", "twin"], key=lambda native_id: post(native_id)["id"])

    def listed(order):
        return natives(three_posts.search(Filters(), order=order, page=Page()))

    assert listed("newest") == ["loud", *twins]
    assert listed("oldest") == [*twins, "loud"]
    assert listed("reach") == ["loud", *twins]


def test_pages(three_posts):
    whole = natives(three_posts.search(Filters(), order="newest", page=Page()))
    part = three_posts.search(Filters(), order="newest", page=Page(limit=1, offset=1))
    assert (natives(part), part.total) == (whole[1:2], 3)
    assert three_posts.search(Filters(), order="newest", page=Page(limit=2, offset=3)) == Hits(documents=(), total=3)
    assert three_posts.search(Filters(), order="newest", page=Page(limit=0)) == Hits(documents=(), total=3)


def test_listed_documents_are_whole_but_for_the_long_fields(store):
    whole = post("1", author="ann", brands=("o2",), embedding=direction(1))
    store.upsert("posts", [whole])
    shown = {key: value for key, value in whole.items() if key not in {"embedding", "words"}}
    assert store.search(Filters(), order="newest", page=Page()).documents == (shown,)
    assert store.knn(direction(1), Filters(), limit=1).documents == (shown,)


def test_the_most_relevant_first(store):
    store.upsert(
        "posts", [post("some", "signal " + "filler " * 30), post("much", "signal signal down"), post("none", "ok")]
    )
    listing = store.search(Filters(text="signal OR down"), order="relevance", page=Page())
    assert (natives(listing), listing.total) == (["much", "some"], 2)
    rest = store.search(Filters(text="NOT signal"), order="relevance", page=Page())
    assert (natives(rest), rest.total) == (["none"], 1)
    with pytest.raises(QueryError, match="needs a text query"):
        store.search(Filters(), order="relevance", page=Page())


def test_the_nearest_are_close_and_chosen(store):
    leaning = [post(str(n), embedding=direction(7, lean=n / 10), place="Leeds" if n % 2 else None) for n in range(10)]
    store.upsert("posts", [*leaning, post("far", embedding=direction(200)), post("unread")])
    assert natives(store.knn(direction(7), Filters(), limit=3)) == ["0", "1", "2"]
    assert natives(store.knn(direction(7), Filters(places=("Leeds",)), limit=3)) == ["1", "3", "5"]
    assert "unread" not in natives(store.knn(direction(7), Filters(), limit=50))
    assert store.knn(direction(7), Filters(), limit=0).documents == ()
    with pytest.raises(StoreRefused, match="384"):
        store.knn([1.0, 0.0], Filters(), limit=1)


# Agreement


def test_answers_are_what_they_should_be(store, store_name):
    @settings(
        max_examples=EXAMPLES[store_name],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(corpus=corpora(), questions=QUESTIONS)
    def agrees(corpus, questions):
        store.delete("posts", [document["id"] for document in store.scan("posts", fields=("id",))])
        store.upsert("posts", corpus)
        for chosen, by, page in questions:
            assert store.count_by(chosen, by) == evaluator.count_by(corpus, chosen, by)
            for order in ("newest", "oldest", "reach"):
                expected = evaluator.find_ids(corpus, chosen, order)
                listing = store.search(chosen, order=order, page=page)
                ids = [document["id"] for document in listing.documents]
                assert (ids, listing.total) == (expected[page.offset : page.offset + page.limit], len(expected))
            assert [one["id"] for one in store.scan("posts", filters=chosen)] == sorted(expected)
            placed = {one["id"] for one in corpus if one["id"] in expected and "embedding" in one}
            assert {one["id"] for one in store.knn(direction(1), chosen, limit=100).documents} == placed

    agrees()


# Zones, with a time some days before their clocks change: by an hour at night or at midnight, by half an hour, never.
ZONES = [
    ("Europe/London", datetime(2026, 3, 24, tzinfo=UTC)),
    ("Europe/London", datetime(2026, 10, 20, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 3, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 10, 27, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 10, 27, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 7, 1, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 7, 1, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 9, 22, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 3, 31, tzinfo=UTC)),
]


def moved(corpus, chosen, by):
    """Return posts and filters at other times."""
    posts = [one | {"created_at": instant(parse_instant(one["created_at"]) + by)} for one in corpus]
    return posts, replace(chosen, start=chosen.start and chosen.start + by, end=chosen.end and chosen.end + by)


def test_answers_are_what_they_should_be_in_every_zone(store, store_name):
    spans = st.lists(st.sampled_from(["hour", "day", "week"]), min_size=1, max_size=2, unique=True)
    groups = st.builds(lambda by, more: (*by, *(one for one in more if one not in by)), spans, groupings())

    @settings(max_examples=EXAMPLES[store_name], deadline=None, derandomize=True, database=None)
    @given(corpus=corpora(), chosen=filters(), by=groups, where=st.sampled_from(ZONES))
    def agrees(corpus, chosen, by, where):
        zone, first = where
        corpus, chosen = moved(corpus, chosen, first - FIRST)
        store.delete("posts", [document["id"] for document in store.scan("posts", fields=("id",))])
        store.upsert("posts", corpus)
        found = store.count_by(chosen, by, zone=zone)
        assert found == evaluator.count_by(corpus, chosen, by, zone=zone)
        for one in found:
            for key in (key for key in one.keys if isinstance(key, datetime)):
                assert key.utcoffset() == key.astimezone(ZoneInfo(zone)).utcoffset()

    agrees()


# Weeks and days over the change of clocks, counted by a post in each quarter of an hour.
LENGTHS = [
    ("Europe/London", "week", datetime(2026, 3, 23, tzinfo=UTC), 167),
    ("Europe/London", "week", datetime(2026, 10, 18, 23, tzinfo=UTC), 169),
    ("Europe/London", "day", datetime(2026, 3, 29, tzinfo=UTC), 23),
    ("Europe/London", "day", datetime(2026, 10, 24, 23, tzinfo=UTC), 25),
    ("America/Havana", "day", datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
    ("America/Havana", "day", datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
    ("Asia/Kathmandu", "day", datetime(2026, 6, 30, 18, 15, tzinfo=UTC), 24),
    ("Asia/Kathmandu", "hour", datetime(2026, 6, 30, 18, 15, tzinfo=UTC), 1),
    ("Australia/Lord_Howe", "hour", datetime(2026, 4, 4, 14, tzinfo=UTC), 1.5),
    ("Australia/Lord_Howe", "day", datetime(2026, 4, 4, 13, tzinfo=UTC), 24.5),
]


@pytest.mark.parametrize(("zone", "span", "start", "hours"), LENGTHS)
def test_hours_days_and_weeks_are_as_long_as_the_clocks_make_them(store, zone, span, start, hours):
    quarter = timedelta(minutes=15)
    times = [start + number * quarter for number in range(-8, int(4 * hours) + 8)]
    store.upsert("posts", [post(str(number), at=at) for number, at in enumerate(times)])
    counts = {one.keys[0]: one.total for one in store.count_by(Filters(), (span,), zone=zone)}
    assert counts[start] == 4 * hours
    assert end_of(span, start, zone) - start == timedelta(hours=hours)
    inside = Filters(start=start, end=end_of(span, start, zone))
    assert [(one.keys[0], one.total) for one in store.count_by(inside, (span,), zone=zone)] == [(start, 4 * hours)]


def test_times_at_the_ends_of_time_are_counted_in_every_zone(store):
    store.upsert("posts", [post("1", at=datetime.min.replace(tzinfo=UTC))])
    for zone in ("America/New_York", "Asia/Kolkata"):
        for span in ("day", "week"):
            assert [one.total for one in store.count_by(Filters(), (span,), zone=zone)] == [1]


# Letters that fold, compose, join or are marks, in scripts that people write in.
LETTERS = st.characters(codec="utf-8", categories=("L", "N", "M", "P", "S", "Z", "Cc", "Cf"))


def test_every_text_is_found_by_its_own_words(store, store_name):
    @settings(max_examples=EXAMPLES[store_name] // 2, deadline=None, derandomize=True, database=None)
    @given(text=st.text(LETTERS, max_size=40))
    def finds(text):
        document = post("1", text)
        store.upsert("posts", [document])
        own = " ".join(words(text))
        assert found(store, f'"{own}"' if own else "NOT x") == ["1"]
        assert found(store, f'NOT "{own}"' if own else "x*") == []

    finds()


def test_the_reference_reads_queries_itself():
    # The evaluator shares only the parsed tree with the stores: its own reading is pinned here.
    words = ["no", "signal", "since", "monday"]
    assert evaluator.matches(words, parse('"no sig*" AND since NEAR/0 monday NOT wifi'))
    assert not evaluator.matches(words, parse('"signal no" OR since NEAR/0 no OR mond'))
