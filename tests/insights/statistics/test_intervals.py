import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from insights.statistics.intervals import bounds, net, net_interval, share_interval

counts = st.integers(0, 5_000)


def width(interval):
    return interval.high - interval.low


@given(counts, counts, counts)
def test_the_interval_of_net_sentiment_is_on_the_scale_and_holds_the_estimate(negative, neutral, positive):
    assume(negative + neutral + positive)
    interval = net_interval(negative, neutral, positive)
    assert -1 <= interval.low <= net(negative, neutral, positive) <= interval.high <= 1


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.integers(2, 20))
def test_more_of_the_same_posts_narrow_the_interval(negative, neutral, positive, times):
    assume(negative + neutral + positive)
    few = net_interval(negative, neutral, positive)
    many = net_interval(times * negative, times * neutral, times * positive)
    assert width(many) < width(few)


@given(counts, counts, counts)
def test_turning_the_sentiment_round_turns_the_interval_round(negative, neutral, positive):
    assume(negative + neutral + positive)
    there, back = net_interval(negative, neutral, positive), net_interval(positive, neutral, negative)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)


def test_a_few_posts_that_agree_leave_much_open():
    assert net_interval(0, 0, 3).low < 0.2
    assert width(net_interval(0, 4, 0)) > 0.8


def test_with_many_posts_it_is_the_normal_interval():
    negative, neutral, positive = 30_000, 50_000, 20_000
    half = 1.96 * ((0.3 + 0.2 - 0.1**2) / 100_000) ** 0.5
    interval = net_interval(negative, neutral, positive)
    assert bounds(interval) == pytest.approx((-0.1 - half, -0.1 + half), abs=1e-4)


def test_the_published_example_of_the_score_interval():
    # Fagerland, Lydersen, Laake (2014): airway hyper-responsiveness of Bentur et al., 21 pairs, 1 and 7 differ.
    assert bounds(net_interval(7, 13, 1)) == pytest.approx((-0.517, -0.026), abs=5e-4)


def test_nothing_is_known_of_no_posts():
    assert net(0, 0, 0) is None
    assert net_interval(0, 0, 0) is None
    assert share_interval(0, 0) is None
    assert bounds(None) == (None, None)


@given(counts, counts)
def test_the_interval_of_a_share_is_on_the_scale_and_holds_the_estimate(posts, others):
    assume(posts + others)
    interval = share_interval(posts, posts + others)
    assert 0 <= interval.low <= posts / (posts + others) <= interval.high <= 1


@pytest.mark.parametrize(
    ("posts", "of", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_wilson_intervals(posts, of, low, high):
    assert bounds(share_interval(posts, of)) == pytest.approx((low, high), abs=5e-5)
