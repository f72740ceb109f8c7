import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.statistics.comparing import direction, net_change, volume_change
from insights.statistics.intervals import Interval, difference_interval, share_interval
from insights.weekly.findings import Mood
from insights.weekly.topics_and_aspects import movement_of

counts = st.integers(0, 2000)
NOTHING = Mood.counted(0, 0, 0)


def test_a_clear_fall_is_called_worse_and_a_small_one_no_change():
    before = Mood.counted(100, 300, 100)
    assert net_change(Mood.counted(250, 200, 50), before).direction == "down"
    assert net_change(Mood.counted(250, 200, 50), before).words == "worse than the week before (0)"
    assert net_change(Mood.counted(105, 300, 95), before).direction == "unclear"


def test_few_posts_never_make_a_change():
    change = net_change(Mood.counted(9, 0, 0), Mood.counted(0, 0, 90))
    assert change.direction == "unclear"
    assert change.words == "too few posts to compare with the week before (+100)"


def test_without_posts_there_is_no_change_but_no_data():
    some = Mood.counted(1, 2, 3)
    assert net_change(some, NOTHING).direction == net_change(NOTHING, some).direction == "no data"
    assert volume_change([], of=7).words == "no data for the week before"


@pytest.mark.parametrize(
    ("low", "high", "way"), [(0.0, 0.2, "unclear"), (0.1, 0.2, "up"), (-0.2, 0.0, "unclear"), (-0.2, -0.1, "down")]
)
def test_a_difference_that_may_be_none_has_no_direction(low, high, way):
    assert direction(Interval(low, high)) == way


@given(counts, counts, counts)
def test_the_same_week_again_is_no_change(negative, neutral, positive):
    mood = Mood.counted(negative, neutral, positive)
    assert net_change(mood, mood).direction in {"unclear", "no data"}


def test_growth_on_every_day_is_more_and_a_burst_on_one_day_is_not():
    assert volume_change([(150, 100)] * 7, of=7).words == "50% more than the week before (1,050 against 700)"
    assert volume_change([(60, 100)] * 7, of=7).direction == "down"
    burst = [(100, 100), (104, 98), (99, 103), (2000, 100), (96, 101), (103, 99), (100, 97)]
    assert volume_change(burst, of=7).direction == "unclear"


def test_only_days_that_both_weeks_cover_are_compared_and_that_is_said():
    change = volume_change([(150, 100)] * 3, of=5)
    assert change.words == "50% more than the week before (450 against 300 on the 3 days that both weeks cover)"
    assert volume_change([(150, 100)] * 2, of=5).direction == "unclear"


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=7))
def test_words_agree_with_the_direction(days):
    change = volume_change(days, of=7)
    assert ("more than" in change.words) == (change.direction == "up")
    assert ("fewer than" in change.words) == (change.direction == "down")


def test_the_published_interval_of_a_difference_of_shares():
    # Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10: 56/70 - 48/80.
    interval = difference_interval(56 / 70, share_interval(56, 70), 48 / 80, share_interval(48, 80))
    assert (interval.low, interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(
    ("now", "of_now", "before", "of_before", "movement"),
    [
        (30, 300, 0, 300, "appeared"),
        (60, 300, 20, 300, "rose"),
        (20, 300, 60, 300, "fell"),
        (0, 300, 30, 300, "fell"),
        (33, 300, 30, 300, "steady"),
        (9, 300, 0, 300, "steady"),
        (2600, 10_000, 2000, 10_000, "steady"),
        (30, 300, 0, 3, "steady"),
        (30, 300, 0, 0, "no data"),
    ],
)
def test_a_topic_moves_only_beyond_chance_and_by_half_or_more(now, of_now, before, of_before, movement):
    assert movement_of(now, of_now, before, of_before) == movement
