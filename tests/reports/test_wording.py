from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.enrichment import AspectCode
from reports.wording import (
    ASPECTS,
    aspect,
    begun,
    count,
    day,
    estimate,
    felt,
    in_words,
    intent,
    language,
    many,
    moment,
    money,
    percent,
    points,
)


@pytest.mark.parametrize(
    ("net", "text"), [(-0.234, "−23"), (0.08, "+8"), (0.0, "0"), (-0.004, "0"), (1.0, "+100"), (None, "no data")]
)
def test_points(net, text):
    assert points(net) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.5, "50%"), (0.0, "0%"), (0.001, "<1%"), (1.0, "100%"), (None, "not known")]
)
def test_percent(share, text):
    assert percent(share) == text


@given(st.floats(-1, 1))
def test_points_never_show_a_signed_zero(net):
    assert points(net) not in {"−0", "+0"}


def test_times_and_codes():
    time = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
    assert day(time) == "Mon 2 Mar 2026"
    assert moment(time) == "Mon 2 Mar 2026, 09:05"
    assert (language("fr"), language("xx"), language(None)) == ("French", "xx", "not known")
    assert (count(12345), count(None)) == ("12,345", "not known")
    assert (many(1, "post"), many(1200, "post")) == ("1 post", "1,200 posts")


def test_every_part_of_the_service_has_words():
    assert set(ASPECTS) == set(get_args(AspectCode))
    assert (aspect("price"), aspect("new"), felt("price:negative")) == (
        "price and bills",
        "new",
        "price and bills: negative",
    )
    assert (intent("churn_threat"), intent("praise")) == ("threat to leave", "praise")


@pytest.mark.parametrize(
    ("code", "words", "line"),
    [
        ("kpi_degradation", "KPI degradation", "KPI degradation"),
        ("planned_work", "planned work", "Planned work"),
        ("sim_swap", "SIM swap", "SIM swap"),
        ("tv", "TV", "TV"),
        ("alarm", "alarm", "Alarm"),
    ],
)
def test_codes_are_words_with_the_capitals_of_the_field(code, words, line):
    assert (in_words(code), begun(in_words(code))) == (words, line)


@pytest.mark.parametrize(
    ("value", "text"), [(34.5, "34.50"), (-1234.5, "−1,234.50"), (-0.001, "0.00"), (None, "not known")]
)
def test_money(value, text):
    assert money(value) == text


def test_estimates_have_their_range():
    assert estimate(-0.5, -0.834, 0.02) == "−50 (−83 to +2)"
    assert estimate(None, None, None) == "no data"
