"""What answers say of limits, and headers that make no sense."""

from datetime import UTC, datetime

import pytest

from transport.rate_limit_headers import ROLLING_HOUR_S, Allowance, allowances

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize("left", ["7", " 7 ", "7\t", "7.0"])
def test_blanks_around_a_number_are_none_of_it(left):
    headers = {"x-ratelimit-remaining": left, "x-ratelimit-reset": "30"}
    assert allowances(headers, NOW) == [Allowance(7.0, 30.0)]


@pytest.mark.parametrize("left", ["1\x1d", "\x1c1", "1\x1f", "\u0661", "1e9", "", "9" * 400, "1\n2"])
@pytest.mark.parametrize("name", ["x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining"])
def test_what_is_no_number_is_passed_over(name, left):
    assert allowances({name: left}, NOW) == []


def test_numbers_of_other_dialects_that_are_none_are_passed_over():
    odd = {"x-bazaarvoice-qpm-allotted": "5\x1d", "x-bazaarvoice-qpm-current": "4\x1e"}
    assert allowances(odd, NOW) == []


@pytest.mark.parametrize("minutes", ["1" + "0" * 400, "Infinity", "NaN", "-5", "true0", "1e300"])
def test_a_time_that_nobody_waits_is_none(minutes):
    """The rest of an hour instead of a time without an end."""
    usage = f'{{"call_count": 100, "estimated_time_to_regain_access": {minutes}}}'
    assert allowances({"x-app-usage": usage}, NOW) in ([Allowance(0.0, ROLLING_HOUR_S)], [])


def test_a_time_that_is_told_is_waited():
    usage = '{"call_count": 100, "estimated_time_to_regain_access": 5}'
    assert allowances({"x-app-usage": usage}, NOW) == [Allowance(0.0, 300.0)]
