from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from insights.weekly.weeks import choose_week, parse_week, week_of

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def days(*offsets):
    return [MONDAY + timedelta(days=offset) for offset in offsets]


@given(st.integers(-13_000, 13_000), st.integers(0, 86_399))
def test_every_time_is_in_the_week_that_its_label_names(day, second):
    time = MONDAY + timedelta(days=day, seconds=second)
    week = week_of(time)
    assert week.start <= time < week.end
    assert week.start.weekday() == 0
    assert parse_week(week.label) == week
    assert week.before.end == week.start


@given(st.integers(-13_000, 13_000), st.integers(0, 86_399), st.sampled_from(["America/Havana", "Asia/Kathmandu"]))
def test_so_it_is_in_every_zone(day, second, zone):
    time = MONDAY + timedelta(days=day, seconds=second)
    week = week_of(time, zone)
    assert week.start <= time < week.end
    assert parse_week(week.label, zone) == week
    assert week.before.end == week.start == week.days[0]
    assert len(set(week.days)) == 7


@pytest.mark.parametrize(
    ("label", "hours", "start"),
    [
        ("2026-W12", 168, datetime(2026, 3, 16, tzinfo=UTC)),
        ("2026-W13", 167, datetime(2026, 3, 23, tzinfo=UTC)),
        ("2026-W14", 168, datetime(2026, 3, 29, 23, tzinfo=UTC)),
        ("2026-W43", 169, datetime(2026, 10, 18, 23, tzinfo=UTC)),
    ],
)
def test_a_week_in_which_clocks_change_has_an_hour_more_or_less(label, hours, start):
    week = parse_week(label, "Europe/London")
    assert (week.hours, week.start, week.end - week.start) == (hours, start, timedelta(hours=hours))


@pytest.mark.parametrize("text", ["2026", "2026-W00", "2026-W54", "2026-10", "W10-2026", "2026-W1", "", "2026-W53x"])
def test_what_is_not_a_week_is_refused_with_an_example(text):
    with pytest.raises(InputError, match=r"2019-W48|did you mean"):
        parse_week(text)


def test_the_last_whole_week_is_chosen_else_the_last_with_posts():
    assert choose_week(None, days(*range(7), 8, 9)).label == "2026-W10"
    assert choose_week(None, days(3, 8, 9)).label == "2026-W11"


def test_a_week_without_posts_is_refused_and_says_where_there_are_some():
    with pytest.raises(InputError, match="no posts in 2026-W30; they reach from 2026-W10 to 2026-W11"):
        choose_week("2026-W30", days(1, 8))
    with pytest.raises(InputError, match="no posts yet"):
        choose_week(None, [])


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2026-W11", "9 to 15 March 2026"),
        ("2019-W48", "25 November to 1 December 2019"),
        ("2020-W53", "28 December 2020 to 3 January 2021"),
    ],
)
def test_a_week_in_words(label, words):
    assert parse_week(label).words == words
