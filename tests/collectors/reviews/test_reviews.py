"""What all sources of reviews share: stars out of five, and how long reviews stay."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.reviews.common import ReviewSettings, review_terms, stars


@pytest.mark.parametrize(
    ("value", "best", "expected"), [(1, 5, 1.0), (5, 5, 5.0), ("4", 5, 4.0), (10, 10, 5.0), (1, 10, 1.0), (2, 3, 3.0)]
)
def test_ratings_are_out_of_five(value, best, expected):
    assert stars(value, best) == expected


@given(st.integers(2, 100).flatmap(lambda best: st.tuples(st.floats(1, best), st.just(best))))
def test_every_rating_lies_between_one_and_five(rated):
    assert 1 <= stars(*rated) <= 5


@pytest.mark.parametrize(("value", "best"), [(0, 5), (6, 5), (None, 5), ("x", 5), (True, 5), (1, 1), (1, None)])
def test_what_is_no_rating_says_so(value, best):
    with pytest.raises(ValueError, match="no rating"):
        stars(value, best)


def test_reviews_are_asked_for_weekly_and_stay_a_year():
    terms = review_terms(ReviewSettings())
    assert terms.keep == timedelta(days=365)
    assert [recheck.every for recheck in terms.rechecks] == [timedelta(days=7)]
    assert review_terms(ReviewSettings(keep_days=0)).keep is None
