"""Which events are laid over the charts."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from dashboard.components.overlay import laid_over, shown_events
from domain.questions import Filters
from stores.open import open_store
from tests.dashboard.sample import build
from tests.support.stored_posts import stored_post

DAY = "2019-11-{:02}T00:00:00.000Z"


def event(key, first, last=None, *, kind="outage", brand=None):
    found = {"id": key, "kind": kind, "title": key, "started_at": DAY.format(first)}
    return found | ({"ended_at": DAY.format(last)} if last else {}) | ({"brand": brand} if brand else {})


@pytest.fixture
def ids(tmp_path):
    """Lay events over a view of posts that coincide with them so and so often; return those drawn."""
    store = open_store(f"sqlite:///{tmp_path / 'posts.sqlite'}")

    def laid(events, *, posts=None, overlay="all", **asked):
        store.upsert("events", events)
        linked = [key for key, count in (posts or {}).items() for _ in range(count)]
        store.upsert("posts", [stored_post(events=[key], created_at=at(3), brands=("nimbus",)) for key in linked])
        found = laid_over(store, Filters(**asked), overlay=overlay)
        return [event["id"] for event in found.events]

    yield laid
    store.close()


def at(day):
    return datetime(2019, 11, day, tzinfo=UTC)


def test_main_events_are_those_of_most_posts_in_the_order_of_time(ids):
    events = [event(key, day) for day, key in enumerate("abcde", start=1)]
    assert ids(events, posts={"e": 9, "b": 5, "d": 7, "a": 1}, overlay="main") == ["b", "d", "e"]


def test_without_linked_posts_network_events_come_before_campaigns(ids):
    events = [event("offer", 1, kind="campaign"), event("x", 2), event("y", 3), event("z", 4)]
    assert ids(events, overlay="main") == ["x", "y", "z"]


def test_none_is_none(ids):
    assert ids([event("a", 1)], overlay="none") == []


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [(9, None, False), (9, 10, True), (10, None, True), (11, 30, True), (12, None, False), (1, 30, True)],
)
def test_events_that_touch_the_period_are_shown(ids, first, last, shown):
    assert bool(ids([event("a", first, last)], start=at(10), end=at(12))) is shown


def test_events_of_other_brands_are_left_out_and_those_of_none_are_everybodys(ids):
    events = [event("ours", 1, brand="nimbus"), event("theirs", 2, brand="vela"), event("both", 3)]
    assert ids(events, brands=("nimbus",)) == ["ours", "both"]


def test_events_of_customers_stay_with_them(tmp_path):
    url = f"sqlite:///{tmp_path / 'posts.sqlite'}"
    build(url)
    store = open_store(url)
    assert [found["id"] for found in laid_over(store, Filters(), overlay="all").events] == ["event-outage"]
    assert shown_events(store) == 1
    store.close()


def here(key, kind, hours, **said):
    first, last = (f"2019-11-05T{hour:02}:00:00.000Z" for hour in hours)
    return {"id": key, "kind": kind, "title": key, "started_at": first, "ended_at": last, **said}


def test_main_events_are_three_causes_and_not_one_outage_three_times(ids):
    port = {"place": "Port", "region": "Coast", "subject": "mobile_data"}
    events = [
        here("alarm", "alarm", (8, 12), **port),
        here("outage", "outage", (9, 12), **port),
        here("kpi", "kpi_degradation", (9, 13), **port),
        here("elsewhere", "outage", (9, 12), **{**port, "place": "Ashford"}),
        here("offer", "campaign", (9, 12), place="Port"),
    ]
    # What is felt names the cause, also where the alarm before it has more posts.
    posts = {"alarm": 10, "outage": 9, "kpi": 9, "elsewhere": 2}
    assert sorted(ids(events, posts=posts, overlay="main")) == ["elsewhere", "offer", "outage"]
    assert len(ids(events, posts=posts, overlay="all")) == 5


def test_one_cause_may_be_said_of_a_whole_region_or_of_no_place(ids):
    north = {"region": "North", "subject": "voice"}
    events = [
        here("outage", "outage", (9, 12), **north),
        here("village", "alarm", (9, 11), **north, place="Village"),
        here("core", "outage", (9, 12), subject="billing"),
        here("core alarm", "alarm", (10, 11), subject="billing"),
        here("unknown", "alarm", (10, 11)),
    ]
    assert sorted(ids(events, overlay="main")) == ["core", "outage", "unknown"]


def test_another_subject_or_another_time_in_one_place_is_another_cause(ids):
    port = {"place": "Port", "subject": "voice"}
    events = [
        here("works", "planned_work", (1, 8), **port),
        here("later", "outage", (9, 12), **port),
        here("broadband", "outage", (9, 12), place="Port", subject="broadband"),
    ]
    assert sorted(ids(events, overlay="main")) == ["broadband", "later", "works"]


def test_posts_that_the_view_leaves_out_decide_nothing(ids):
    events = [event(key, day) for day, key in enumerate("abcd", start=1)]
    assert ids(events, posts={"d": 9, "a": 1}, overlay="main", brands=("vela",)) == ["a", "b", "c"]


def test_of_many_events_those_of_most_posts_are_drawn_and_the_others_counted(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path / 'posts.sqlite'}")) as store:
        alarms = [event(f"alarm{n:03}", 5, kind="alarm") for n in range(100)]
        store.upsert("events", [*alarms, event("early", 1, 20), event("other time", 25)])
        store.upsert("posts", [stored_post(events=["alarm099"], created_at=at(5))])
        found = laid_over(store, Filters(start=at(4), end=at(9)), overlay="all")
    assert (len(found.events), found.left_out) == (60, 41)
    assert {"alarm099", "early"} <= {one["id"] for one in found.events}
