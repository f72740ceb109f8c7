"""Which events are laid over the charts."""

from datetime import UTC, datetime

import pytest

from dashboard.overlay import laid_over, posts_per_event, shown_events
from domain.questions import Filters
from stores.open import open_store
from tests.dashboard.sample import DAYS, build

DAY = "2019-11-{:02}T00:00:00.000Z"


def event(key, first, last=None, *, kind="outage", brand=None):
    found = {"id": key, "kind": kind, "title": key, "started_at": DAY.format(first)}
    return found | ({"ended_at": DAY.format(last)} if last else {}) | ({"brand": brand} if brand else {})


def ids(events, **asked):
    posts = asked.pop("posts", {})
    overlay = asked.pop("overlay", "all")
    return [found["id"] for found in laid_over(events, posts, Filters(**asked), overlay=overlay)]


def at(day):
    return datetime(2019, 11, day, tzinfo=UTC)


def test_main_events_are_those_of_most_posts_in_the_order_of_time():
    events = [event(key, day) for day, key in enumerate("abcde", start=1)]
    assert ids(events, posts={"e": 9, "b": 5, "d": 7, "a": 1}, overlay="main") == ["b", "d", "e"]


def test_without_linked_posts_network_events_come_before_campaigns():
    events = [event("offer", 1, kind="campaign"), event("x", 2), event("y", 3), event("z", 4)]
    assert ids(events, overlay="main") == ["x", "y", "z"]


def test_none_is_none():
    assert ids([event("a", 1)], overlay="none") == []


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [(9, None, False), (9, 10, True), (10, None, True), (11, 30, True), (12, None, False), (1, 30, True)],
)
def test_events_that_touch_the_period_are_shown(first, last, shown):
    assert bool(ids([event("a", first, last)], start=at(10), end=at(12))) is shown


def test_events_of_other_brands_are_left_out_and_those_of_none_are_everybodys():
    events = [event("ours", 1, brand="nimbus"), event("theirs", 2, brand="vela"), event("both", 3)]
    assert ids(events, brands=("nimbus",)) == ["ours", "both"]


def test_posts_are_counted_and_events_of_customers_stay_with_them(tmp_path):
    url = f"sqlite:///{tmp_path / 'posts.sqlite'}"
    build(url)
    store = open_store(url)
    assert [found["id"] for found in shown_events(store)] == ["event-outage"]
    assert posts_per_event(store) == {"event-outage": DAYS}
    store.close()
