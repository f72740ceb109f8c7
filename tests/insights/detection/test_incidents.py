"""Bursts of people who speak of a fault are found as they begin, and what only looks like one is not."""

import shutil
from contextlib import closing
from datetime import timedelta

import pytest

from configuration.load import load_config
from domain.documents import instant, to_document
from domain.event import Event
from domain.zones import hour_of_week
from insights.detection.bursts import bursts, complaints
from insights.detection.rates import Rates
from insights.detection.watch import Watch
from pipeline.incidents import incident_of, look, watch_of
from stores.open import open_store
from tests.support.bursts import AT, BEGIN, TODAY, burst, ordinary_posts, said

STEP = timedelta(minutes=5)
LEEDS = ("Leeds", 53.8, -1.55)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """A store with four weeks and a day in which nothing happened but what always does."""
    path = tmp_path_factory.mktemp("ordinary") / "earshot.sqlite"
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.upsert("posts", ordinary_posts())
    return path


@pytest.fixture
def store(ordinary, tmp_path):
    path = tmp_path / "earshot.sqlite"
    shutil.copy(ordinary, path)
    with closing(open_store(f"sqlite:///{path}")) as opened:
        yield opened


def found(store, *, brands=("north",), others=(), hours=3):
    watch = Watch(store, brands, others, "UTC")
    return list(watch.replay(AT - timedelta(minutes=15), AT + timedelta(hours=hours), STEP))


def test_an_ordinary_day_has_no_incident(store):
    assert (
        list(Watch(store, ["north"], [], "UTC").replay(TODAY, TODAY + timedelta(days=1), timedelta(minutes=30))) == []
    )


@pytest.mark.parametrize("told", [{"place": "Leeds"}, {"mentioned": (LEEDS,)}])
def test_an_outage_of_a_town_is_found_while_it_begins(store, told):
    store.upsert("posts", burst(12, **told))
    [incident] = found(store)
    assert (incident.places, incident.subject, incident.kind) == (("Leeds",), "mobile network", "posts")
    assert AT - timedelta(hours=1) <= incident.started_at <= AT
    assert incident.detected_at - AT <= timedelta(minutes=10)
    assert incident.people >= 12
    assert incident.expected < 1.5
    assert incident.ended_at
    assert AT < incident.ended_at < AT + timedelta(hours=2)


def test_one_fault_that_people_call_by_several_names_is_one_incident(store):
    """Some have no internet, some no network, some cannot open the app: of none of them there are enough."""
    several = (("broadband", "negative"), ("network", "negative"), ("app", "negative"))
    for number, felt in enumerate(several):
        store.upsert("posts", burst(3, place="Leeds", first=f"{number}b", felt=felt, minutes=8))
    [incident] = found(store)
    assert (incident.subject, incident.places, incident.people) == ("service", ("Leeds",), 9)


def test_what_turns_out_to_be_of_one_subject_is_named_by_it(store):
    for number, felt in enumerate((("broadband", "negative"), ("app", "negative"))):
        store.upsert("posts", burst(3, place="Leeds", first=f"{number}b", felt=felt, minutes=8))
    later = AT + timedelta(minutes=20)
    store.upsert("posts", burst(14, at=later, place="Leeds", first="later", felt=("broadband", "negative"), minutes=5))
    [incident] = found(store)
    assert (incident.subject, incident.places) == ("broadband", ("Leeds",))


def test_a_fault_of_the_whole_network_names_no_town(store):
    store.upsert("posts", burst(60, minutes=30))
    [incident] = found(store)
    assert (incident.places, incident.brand) == ((), "north")


def test_posts_of_nobody_known_are_of_somebody_each(store):
    nameless = [
        {key: value for key, value in one.items() if key != "author"}
        for one in burst(12, place="Leeds", mentioned=(LEEDS,))
    ]
    store.upsert("posts", nameless)
    [incident] = found(store, hours=1)
    assert (incident.places, incident.people) == (("Leeds",), 12)


def test_two_towns_at_once_are_two_incidents(store):
    store.upsert("posts", burst(12, place="Leeds") + burst(12, first="c", place="Hull"))
    assert sorted(one.places for one in found(store)) == [("Hull",), ("Leeds",)]


@pytest.mark.parametrize(
    "loud",
    [
        {"author": "ann"},
        {"copy": ("k1", False)},
        {"spam": True},
        {"speaker": "brand"},
        {"felt": ("network", "positive")},
        {"felt": ("price", "negative")},
        {"brand": "vela"},
    ],
    ids=["one person", "copies", "spam", "the brand itself", "praise", "prices", "another brand"],
)
def test_what_is_only_loud_is_no_incident(store, loud):
    store.upsert("posts", burst(30, place="Leeds", **loud))
    assert found(store, hours=1) == []


def test_the_evening_is_louder_than_the_night_and_held_against_evenings(store):
    usual = Rates.of(store, complaints("north", "mobile network"), TODAY, "UTC")
    noon, night = (usual.expected(None, TODAY + timedelta(hours=h), TODAY + timedelta(hours=h + 1)) for h in (12, 3))
    assert 3 < noon < 5
    assert 0.5 < night < 2
    assert (
        usual.expected("Leeds", TODAY, TODAY + timedelta(days=1))
        < usual.expected(None, TODAY, TODAY + timedelta(days=1)) / 3
    )
    assert hour_of_week(TODAY, "Europe/London") == 1


def test_a_holiday_is_as_a_sunday(store):
    # On Sundays twice as many speak of it.
    sundays = [BEGIN + timedelta(days=6 + 7 * week, hours=n % 24, minutes=30) for week in range(4) for n in range(100)]
    store.upsert("posts", [said(f"s{n}", at) for n, at in enumerate(sundays)])
    day = TODAY, TODAY + timedelta(days=1)
    monday = Rates.of(store, complaints("north", "mobile network"), TODAY, "UTC").expected(None, *day)
    held = Rates.of(store, complaints("north", "mobile network"), TODAY, "UTC", {TODAY.date()}).expected(None, *day)
    assert held > 1.5 * monday


def test_an_outage_of_last_week_does_not_make_one_of_today_usual(store):
    store.upsert("posts", burst(150, at=AT - timedelta(weeks=1), minutes=55, first="w"))
    usual = Rates.of(store, complaints("north", "mobile network"), TODAY, "UTC")
    assert usual.expected(None, AT, AT + timedelta(hours=1)) < 6
    assert usual.hours > 600


def test_who_has_not_been_listened_to_for_a_week_has_nothing_usual(store):
    assert Rates.of(store, complaints("north", "mobile network"), BEGIN + timedelta(days=5), "UTC") is None
    assert Rates.of(store, complaints("vela", "mobile network"), TODAY, "UTC") is None


def test_a_silent_collector_is_no_end_of_an_incident(store):
    store.upsert("posts", burst(12, place="Leeds"))
    for hour in range(20):
        at = TODAY + timedelta(hours=hour)
        state = "failed" if 11 <= hour < 16 else "heard"
        store.upsert("coverage", [{"id": f"forum {hour}", "source": "forum", "hour": instant(at), "state": state}])
    watch = Watch(store, ["north"], [], "UTC")
    [open_one] = watch.look(AT + timedelta(minutes=15), [])
    [still] = watch.look(TODAY + timedelta(hours=15), [open_one])
    [over] = watch.look(TODAY + timedelta(hours=19), [still])
    assert (still.ended_at, over.ended_at) == (None, open_one.seen_at)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"place": "Leeds", "subject": "mobile_data"}, "confirmed"),
        ({"region": "Leeds", "subject": "voice"}, "confirmed"),
        ({"subject": "voice"}, "confirmed"),
        ({"place": "Hull", "subject": "mobile_data"}, "posts"),
        ({"place": "Leeds", "subject": "broadband"}, "posts"),
        ({"place": "Leeds", "subject": "mobile_data", "started_at": AT - timedelta(days=3)}, "posts"),
        ({"place": "Leeds", "subject": "mobile_data", "started_at": AT + timedelta(hours=4)}, "posts"),
        ({"place": "Leeds", "subject": "mobile_data", "brand": "vela"}, "posts"),
    ],
)
def test_an_event_of_the_network_explains_it_where_time_place_and_subject_fit(store, event, kind):
    at = {"started_at": AT - timedelta(minutes=20)} | event
    ended = at["started_at"] + timedelta(hours=1)
    store.upsert("events", [to_document(Event(id="e1", kind="outage", title="Mast", ended_at=ended, **at))])
    store.upsert("posts", burst(12, place="Leeds"))
    [incident] = found(store)
    assert (incident.kind, incident.events) == (kind, ("e1",) if kind == "confirmed" else ())


def test_one_fault_that_stands_out_under_several_names_is_one_incident_that_says_them(store):
    store.upsert(
        "posts", burst(14, place="Leeds") + burst(14, first="c", place="Leeds", felt=("broadband", "negative"))
    )
    [incident] = found(store)
    assert (incident.subject, incident.named) == ("service", ("broadband", "mobile network"))
    assert incident.called == "broadband, mobile network"
    assert incident.places == ("Leeds",)


def test_a_fault_of_something_else_that_begins_an_hour_later_is_another(store):
    later = burst(14, first="c", place="Leeds", at=AT + timedelta(minutes=60), felt=("broadband", "negative"))
    store.upsert("posts", burst(14, place="Leeds", minutes=50) + later)
    assert sorted(one.called for one in found(store)) == ["broadband", "mobile network"]


@pytest.mark.parametrize(("ended", "incidents"), [(timedelta(hours=4), 1), (timedelta(hours=1), 2), (None, 1)])
def test_who_is_quiet_while_the_event_lasts_is_quiet_for_now(store, ended, incidents):
    at = {"started_at": AT, "ended_at": ended and AT + ended}
    event = Event(id="e1", kind="outage", title="Mast", place="Leeds", subject="voice", **at)
    store.upsert("events", [to_document(event)])
    store.upsert("posts", burst(12, place="Leeds") + burst(12, first="c", at=AT + timedelta(hours=3), place="Leeds"))
    assert [one.places for one in found(store, hours=5)] == [("Leeds",)] * incidents


def test_nobody_else_suffers_of_what_has_no_name(store):
    store.upsert(
        "posts", burst(14, place="Leeds") + burst(14, first="c", place="Leeds", felt=("broadband", "negative"))
    )
    store.upsert("posts", [said(f"v{n}", BEGIN + timedelta(hours=6 * n), brand="vela") for n in range(110)])
    [incident] = found(store, others=("vela",))
    assert incident.elsewhere == ()


def test_what_others_suffer_as_well_is_said(store):
    history = [said(f"v{n}", BEGIN + timedelta(hours=6 * n), brand="vela") for n in range(110)]
    store.upsert("posts", history + burst(40, minutes=30) + burst(60, minutes=30, first="o", brand="vela"))
    [incident] = found(store, others=("vela",))
    assert incident.elsewhere == ("vela",)


def test_looks_made_by_processes_that_end_each_time_find_what_history_replayed_finds(store, tmp_path):
    store.upsert("posts", burst(12, place="Leeds") + burst(40, first="c", at=AT + timedelta(hours=1), minutes=30))
    file = tmp_path / "earshot.toml"
    file.write_text('[brand.north]\nname = "North"\nterms = ["north"]\nown = true\n', encoding="utf-8")
    config = load_config(file, {"EARSHOT_HOME": str(tmp_path)})
    at = AT - timedelta(minutes=15)
    while at < AT + timedelta(hours=3):
        look(store, watch_of(store, config), at)
        assert look(store, watch_of(store, config), at) == []  # looked at twice it is the same
        at += STEP
    kept = sorted((incident_of(one) for one in store.scan("incidents")), key=lambda one: one.started_at)
    assert kept == sorted(found(store), key=lambda one: one.started_at)
    assert len(kept) == 1
    assert kept[0].places == ()


def test_odds_are_those_of_the_book(store):
    from scipy.stats import nbinom

    usual = Rates.of(store, complaints("north", "mobile network"), TODAY, "UTC")
    store.upsert("posts", burst(12, place="Leeds"))
    [one] = bursts(store, "north", AT + timedelta(minutes=15), {"mobile network": usual})
    size = 1 / usual.spread
    assert one.odds == pytest.approx(nbinom.sf(one.people - 1, size, size / (size + one.expected)), rel=1e-6)
