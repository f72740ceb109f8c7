"""What widgets say becomes what is asked."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.controls import (
    STEPS,
    Choices,
    default_step,
    filters_of,
    narrowed,
    period_before,
    weeks_between,
)
from domain.questions import GENUINE, PUBLIC, Filters

FIRST, LAST = date(2019, 11, 25), date(2019, 12, 4)
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def at(day, hour=0, month=11):
    return datetime(2019, month, day, hour, tzinfo=UTC)


def test_nothing_chosen_lets_everything_through():
    assert filters_of(Choices(once=False, public=False)) == Filters()


def test_last_day_is_included_whole():
    filters = filters_of(Choices(days=(FIRST, LAST)))
    assert (filters.start, filters.end) == (at(25), at(5, month=12))


def test_one_day_so_far_is_that_day():
    assert filters_of(Choices(days=(FIRST,))) == filters_of(Choices(days=(FIRST, FIRST)))


def test_blank_search_is_no_search():
    assert filters_of(Choices(text="  ")).text is None


def test_every_choice_reaches_the_filters():
    values = {
        "brands": ("o2",),
        "languages": ("en",),
        "sources": (None,),
        "sentiments": ("negative",),
        "aspects": ("price",),
        "intents": ("complaint", None),
        "topics": ("t",),
    }
    found = filters_of(Choices(chosen=Filters(**values), text=" bill ", once=True, public=True, genuine=True))
    assert found == Filters(**values, text="bill", once=True, speakers=PUBLIC, spam=GENUINE)


@given(DAYS, st.integers(0, 400))
def test_period_before_is_as_long_and_ends_where_this_begins(first, length):
    filters = filters_of(Choices(days=(first, first + timedelta(days=length))))
    before = period_before(filters)
    assert before.end == filters.start
    assert before.end - before.start == filters.end - filters.start


def test_days_weeks_and_what_was_before_are_those_of_the_zone():
    zone = "Europe/London"  # whose clocks go back on 25 October 2026
    week = filters_of(Choices(days=(date(2026, 10, 19), date(2026, 10, 25)), zone=zone))
    assert (week.start, week.end) == (datetime(2026, 10, 18, 23, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
    before = period_before(week, zone)
    assert (before.start, before.end) == (datetime(2026, 10, 11, 23, tzinfo=UTC), week.start)
    after = filters_of(Choices(days=(date(2026, 10, 26), date(2026, 11, 1)), zone=zone))
    assert period_before(after, zone) == week
    day = narrowed(week, {"day": datetime(2026, 10, 24, 23, tzinfo=UTC)}, zone)
    assert (day.start, day.end) == (datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
    whole = narrowed(Filters(), {"week": week.start}, zone)
    assert (whole.start, whole.end) == (week.start, week.end)


def test_open_period_has_none_before():
    assert period_before(Filters(start=at(25))) is None


def test_mark_of_a_day_and_a_brand_narrows_to_both():
    found = narrowed(Filters(brands=("o2", "three"), text="bill"), {"day": at(27), "brand": "o2"})
    assert found == Filters(start=at(27), end=at(28), brands=("o2",), text="bill")


def test_mark_of_something_not_known_asks_for_what_is_not_known():
    assert narrowed(Filters(), {"topic": None}).topics == (None,)


def test_mark_of_what_is_felt_toward_an_aspect_keeps_the_aspects_that_were_chosen():
    found = narrowed(Filters(aspects=("price",)), {"aspect_sentiment": "network:negative"})
    assert found == Filters(aspects=("price",), aspect_sentiments=("network:negative",))


@given(st.sampled_from(sorted(STEPS)), st.integers(-300, 300), st.booleans())
def test_mark_never_widens_the_period(step, hours, ends):
    filters = Filters(start=at(25), end=at(5, month=12) if ends else None)
    found = narrowed(filters, {step: at(28) + timedelta(hours=hours)})
    assert found.start >= filters.start
    assert found.end <= (filters.end or found.end)


def test_short_periods_are_shown_by_the_hour_and_long_ones_by_the_week():
    steps = [default_step(FIRST, FIRST + timedelta(days=days)) for days in (0, 1, 2, 119, 120, 900)]
    assert steps == ["hour", "hour", "day", "day", "week", "week"]


def test_weeks_come_latest_first_and_cross_the_year():
    assert weeks_between(date(2019, 12, 29), date(2020, 1, 6)) == ["2020-W02", "2020-W01", "2019-W52"]


@given(DAYS, st.integers(0, 900))
def test_weeks_hold_every_day_once(first, length):
    days = {first + timedelta(days=number) for number in range(length + 1)}
    expected = {f"{year}-W{week:02}" for year, week, _ in (day.isocalendar() for day in days)}
    weeks = weeks_between(first, first + timedelta(days=length))
    assert (set(weeks), len(weeks)) == (expected, len(expected))


def test_a_mark_of_several_brands_or_events_has_the_posts_of_any():
    filters = narrowed(Filters(brands=("o2",)), {"brand": ("a", "b"), "event": ("e1", "e2")})
    assert (filters.brands, filters.events) == (("a", "b"), ("e1", "e2"))
    assert narrowed(Filters(), {"event": "e1"}).events == ("e1",)
