"""Retry, Retry-After and the limiter: pure values, no server needed."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rate_limit import RateLimiter
from transport.retry import Retry, retry_after_s

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(st.integers(0, 40), st.floats(0, 1), st.none() | st.floats(0, 1000))
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_the_cap(tries, chance, asked_s):
    pause_s = Retry(spent_tries=tries).pause_s(asked_s, lambda: chance)
    assert (asked_s or 0) <= pause_s <= max(asked_s or 0, Retry().cap_s)


def test_a_retry_never_changes_and_ends():
    retry = Retry(left=2)
    assert (retry.spent().left, retry.left) == (1, 2)
    assert not retry.spent().spent().agrees_to(0)
    assert not retry.agrees_to(retry.patience_s + 1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 22 Nov 2026 12:02:00 GMT", 120),
        ("Sunday, 22-Nov-26 12:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_both_forms(value, seconds):
    assert retry_after_s(value, NOW) == seconds


@given(st.integers(0, 10**6))
def test_a_date_means_the_same_as_its_seconds(seconds):
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s(date, NOW) == retry_after_s(str(seconds), NOW) == seconds


@given(st.text())
def test_no_header_breaks_the_waiting(value):
    seconds = retry_after_s(value, NOW)
    assert seconds is None or seconds >= 0
    limiter = RateLimiter()
    for headers in (
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": value},
        {"x-ratelimit-remaining": value, "x-ratelimit-reset": "5"},
        {"ratelimit": value},
    ):
        limiter.learn("a.example", headers, NOW)
    assert limiter.wait_s("a.example", NOW) >= 0


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-22T12:01:00.000Z"}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-22T12:01:00"}, 60),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "60"}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "60"}, 60),
        ({"ratelimit": "limit=100, remaining=0, reset=60"}, 60),
        ({"ratelimit": '"burst";r=0;t=60, "day";r=900;t=3600'}, 60),
        ({"ratelimit": '"burst";r=3;t=60, "day";r=0;t=3600'}, 3600),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-22T11:00:00Z"}, 0),
        ({"x-ratelimit-remaining": "0"}, 60),
        ({"x-rate-limit": "user-hour-lim:3500;user-hour-rem:0;"}, 300),
        ({"x-rate-limit": "user-hour-lim:3500;user-hour-rem:500;"}, 0),
        ({"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":80}'}, 300),
        ({"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":25}'}, 0),
        ({"x-app-usage": '{"call_count":'}, 0),
        ({"x-business-use-case-usage": '{"1":[{"call_count":100,"estimated_time_to_regain_access":2}]}'}, 120),
        ({"x-bazaarvoice-qpm-allotted": "300", "x-bazaarvoice-qpm-current": "300"}, 60),
        ({"x-bazaarvoice-qpm-allotted": "300", "x-bazaarvoice-qpm-current": "12"}, 0),
        ({}, 0),
    ],
)
def test_what_headers_say_about_limits(headers, wait_s):
    limiter = RateLimiter()
    limiter.learn("a.example", headers, NOW)
    assert limiter.wait_s("a.example", NOW) == wait_s
    assert limiter.wait_s("b.example", NOW) == 0
    assert limiter.wait_s("a.example", NOW + timedelta(seconds=wait_s)) == 0


def test_the_tightest_of_several_limits_holds():
    limiter = RateLimiter()
    limiter.learn("a.example", {"ratelimit": '"a";r=0;t=90'}, NOW)
    limiter.learn("a.example", {"ratelimit": '"a";r=0;t=30'}, NOW)
    assert limiter.wait_s("a.example", NOW) == 90


def test_a_date_without_zone_in_the_header_is_utc():
    assert retry_after_s("Sun, 22 Nov 2026 12:02:00 -0000", NOW) == 120
    assert retry_after_s("Sun, 22 Nov 2026 14:02:00 +0200", NOW.astimezone(timezone(timedelta(hours=5)))) == 120


def test_requests_keep_their_pace_and_a_body_can_ask_for_rest():
    limiter = RateLimiter()
    assert limiter.wait_s("a.example", NOW, pace_s=6) == 0
    limiter.asked("a.example", NOW)
    assert limiter.wait_s("a.example", NOW, pace_s=6) == 6
    assert limiter.wait_s("a.example", NOW + timedelta(seconds=4), pace_s=6) == 2
    limiter.rest("a.example", 30, NOW)
    assert limiter.wait_s("a.example", NOW) == 30


def test_what_is_left_is_the_least_that_was_said_last():
    limiter = RateLimiter()
    assert limiter.fewest_left({"a.example"}) is None
    limiter.learn("a.example", {"ratelimit": '"burst";r=3;t=60, "day";r=900;t=3600'}, NOW)
    limiter.learn("b.example", {"x-ratelimit-remaining": "2"}, NOW)
    assert limiter.fewest_left({"a.example", "c.example"}) == 3
