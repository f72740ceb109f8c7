"""Ratios of rates over strata, and how many odds stand out."""

from math import exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.statistics.false_discovery import discoveries
from insights.statistics.rate_ratio import Stratum, clustered, rate_ratio


def test_one_stratum_gives_the_plain_ratio_with_its_known_interval():
    """Of 30 cases in 100 days and 20 in 200: 3; its logarithm has the standard error sqrt(1/30 + 1/20)."""
    found = rate_ratio([Stratum(exposed_cases=30, exposed_time=100, cases=50, time=300)])
    reach = 1.96 * sqrt(1 / 30 + 1 / 20)
    assert found.ratio == pytest.approx(3)
    assert (found.interval.low, found.interval.high) == pytest.approx((3 / exp(reach), 3 * exp(reach)), rel=1e-4)
    assert found.odds < 0.01


def test_what_differs_between_strata_alone_is_no_ratio():
    """Most of the exposed time lies on the day with many cases: within each day the rates are the same."""
    busy = Stratum(exposed_cases=80, exposed_time=80, cases=100, time=100)
    calm = Stratum(exposed_cases=1, exposed_time=20, cases=5, time=100)
    found = rate_ratio([busy, calm])
    assert found.ratio == pytest.approx(1)
    assert found.odds > 0.4


def test_without_a_case_in_the_rest_the_ratio_has_an_end_and_a_wide_interval():
    found = rate_ratio([Stratum(exposed_cases=10, exposed_time=100, cases=10, time=1000)])
    assert 1 < found.interval.low < found.ratio < found.interval.high


def test_groups_that_differ_widen_the_interval_and_groups_that_agree_do_not():
    held = rate_ratio([Stratum(exposed_cases=30, exposed_time=100, cases=50, time=300)])
    assert clustered(held, [(10, 3.0)] * 3) == held
    apart = clustered(held, [(28, 3.0), (1, 3.0), (1, 3.0)])
    assert apart.ratio == held.ratio
    assert apart.interval.low < 1 < held.interval.low
    assert apart.odds > 0.05 > held.odds


@pytest.mark.parametrize(
    "stratum", [Stratum(0, 10, 5, 100), Stratum(5, 100, 5, 100), Stratum(0, 0, 5, 100)], ids=["none", "all", "no time"]
)
def test_where_there_is_nothing_to_compare_there_is_no_ratio(stratum):
    assert rate_ratio([stratum]) is None


def test_more_odds_stand_out_where_others_do():
    assert discoveries([0.04], 0.05) == 1
    assert discoveries([0.04, 0.9], 0.05) == 0
    assert discoveries([0.04, 0.01], 0.05) == 2
    assert discoveries([], 0.05) == 0


@given(st.lists(st.floats(0, 1), max_size=20))
def test_no_more_stand_out_than_each_alone_would(odds):
    assert discoveries(odds, 0.05) <= sum(one <= 0.05 for one in odds)
