"""Slices by the second: whatever changes while they are read, nothing is missed and the walk ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.polling.time_slices import Slice
from domain.errors import SourceRefused

SIZE = 3
HOUR = timedelta(hours=1)
BACK_TO = datetime.fromtimestamp(1_000, tz=UTC)


def at(place):
    return Slice.at(place, BACK_TO, HOUR)


def walk(records, changes=()):
    """Read records (id -> second) as an interface shows them, each change made after one page; return what came."""
    came, place, changes = {}, None, list(changes)
    for _ in range(200):
        one = at(place)
        shown = sorted((second, number) for number, second in records.items() if second >= one.since)
        page = shown[one.skip * SIZE : (one.skip + 1) * SIZE]
        came |= {number: second for second, number in page}
        last = str(page[-1][1]) if page else ""
        place = one.after([second for second, _ in page], last, size=SIZE, name="desk")
        if changes:
            number, second = changes.pop(0)
            records[number] = second
        elif place.get("ended"):
            return came
    raise AssertionError("the walk never ends")


SECONDS = st.dictionaries(st.integers(0, 40), st.integers(1_000, 1_006), max_size=40)


@given(SECONDS)
def test_all_is_read(records):
    assert walk(dict(records)) == records


@given(st.integers(0, 40), st.lists(st.integers(0, 40), max_size=8))
def test_what_changes_meanwhile_hides_nothing(many, changes):
    records = {number: 1_000 + number // 2 for number in range(many)}
    assert walk(records, [(number, 1_100 + when) for when, number in enumerate(changes)]) == records


def test_the_next_walk_overlaps_the_one_that_ended():
    assert at({"since": 9_000, "ended": True}) == Slice(since=5_400)
    assert at({"since": 9_000, "last": "7"}) == Slice(since=9_000, last="7")
    assert at({"since": 60, "ended": True}) == Slice(since=0)
    assert at(None) == Slice(since=1_000)


def test_the_same_page_twice_is_a_repeated_cursor():
    place = Slice(since=1_000).after([1_005] * SIZE, "7", size=SIZE, name="desk")
    place = at(place).after([1_005] * SIZE, "7", size=SIZE, name="desk")
    assert place == {"since": 1_005, "skip": 1, "last": "7"}
    with pytest.raises(SourceRefused, match="desk repeats its cursor"):
        at(place).after([1_005] * SIZE, "7", size=SIZE, name="desk")
