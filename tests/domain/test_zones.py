"""Where hours, days and weeks of a zone begin and end."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.zones import at_clock, day_start, end_of, in_zone, start_of

NAMES = ["UTC", "Europe/London", "America/Havana", "Africa/Cairo", "Asia/Kathmandu", "Australia/Lord_Howe"]
HOUR = timedelta(hours=1)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@given(
    at=st.integers(0, 1_500_000_000).map(lambda second: utc(1990, 1, 1) + timedelta(seconds=second)),
    zone=st.sampled_from(NAMES),
    span=st.sampled_from(["hour", "day", "week"]),
)
def test_every_time_is_within_one_hour_day_and_week(at, zone, span):
    start = start_of(span, at, zone)
    end = end_of(span, start, zone)
    assert start <= at < end
    assert start_of(span, start, zone) == start == start_of(span, end - timedelta(seconds=1), zone)
    assert start_of(span, end, zone) == end
    assert start.utcoffset() == in_zone(start, zone).utcoffset()


@pytest.mark.parametrize(
    ("span", "zone", "start", "hours"),
    [
        ("week", "Europe/London", utc(2026, 3, 23), 167),
        ("week", "Europe/London", utc(2026, 10, 18, 23), 169),
        ("day", "Europe/London", utc(2026, 3, 29), 23),
        ("day", "Europe/London", utc(2026, 10, 24, 23), 25),
        ("day", "America/Havana", utc(2026, 3, 8, 5), 23),  # it begins at one o'clock
        ("day", "America/Havana", utc(2026, 11, 1, 4), 25),  # it has two midnights
        ("day", "Asia/Kathmandu", utc(2026, 6, 30, 18, 15), 24),
        ("hour", "Australia/Lord_Howe", utc(2026, 4, 4, 14), 1.5),
    ],
)
def test_they_are_as_long_as_the_clocks_make_them(span, zone, start, hours):
    assert start_of(span, start, zone) == start
    assert end_of(span, start, zone) - start == hours * HOUR
    assert start_of(span, start - timedelta(milliseconds=1), zone) < start


def test_the_hour_that_is_there_twice_is_two_hours():
    first, second = (start_of("hour", utc(2026, 10, 25, hour, 30), "Europe/London") for hour in (0, 1))
    assert (first.isoformat(), second.isoformat()) == ("2026-10-25T01:00:00+01:00", "2026-10-25T01:00:00+00:00")
    assert second - first == HOUR
    assert len({first, second}) == 2


def test_a_time_that_clocks_never_show_is_as_much_later_and_one_that_they_show_twice_is_the_first():
    assert at_clock(date(2026, 3, 29), time(1, 30), "Europe/London") == utc(2026, 3, 29, 1, 30)
    assert at_clock(date(2026, 10, 25), time(1, 30), "Europe/London") == utc(2026, 10, 25, 0, 30)


def test_the_ends_of_time_are_days_too():
    for zone in ("Asia/Kolkata", "America/New_York"):
        assert start_of("week", datetime.min.replace(tzinfo=UTC), zone).date() == date.min
        assert day_start(date.max, zone).date() == date.max
