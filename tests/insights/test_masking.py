import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.masking import ACCOUNT, EMAIL, LINK, NUMBER, excerpt, mask

pieces = st.lists(
    st.sampled_from(
        [
            "@",
            "@",
            "ann_b",
            "call ",
            "0171",
            "-",
            " ",
            "(",
            ")",
            "447",
            "12",
            ".",
            "/",
            "://",
            "http",
            "www.",
            "co.uk",
            "u/",
            "signal",
            "\u200b",
            "\u200d",
            "ö",
            "☎",
            "+",
            "\n",
            "٣٤٥",
            "[link]",
            "€",
        ]
    ),
    max_size=40,
).map("".join)
texts = st.one_of(st.text(max_size=200), pieces)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("@Some_One please call +44 (0)20 7946 0018 now", f"{ACCOUNT} please call {NUMBER} now"),
        ("write to first.last+tag@mail.example.org!", f"write to {EMAIL}!"),
        ("see https://example.org/a?b=c and www.example.org", f"see {LINK} and {LINK}"),
        ("seen at exa.mp/le1 by @ann@social.example", f"seen at {LINK} by {ACCOUNT}"),
        ("my number is 0171-234 567 89.", f"my number is {NUMBER}."),
        ("IMEI 356938035643809, u/ann_b", f"IMEI {NUMBER}, {ACCOUNT}"),
        ("hidden 07\u200b911\u200b123456 number", f"hidden {NUMBER} number"),
        ("@ann.b wide", f"{ACCOUNT} wide"),
    ],
)
def test_what_points_to_a_person_is_replaced(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text", ["5G is down since 14:30", "£25 a month for 100GB", "and/or", "3 bars, 2019", "👨‍👩‍👧 family plan"]
)
def test_the_rest_stays_as_it_is(text):
    assert mask(text) == text


@given(texts)
def test_nothing_that_looks_like_an_address_or_a_long_number_is_left(text):
    masked = mask(text)
    assert not re.search(r"[@@]\w", masked)
    assert not re.search(r"\w://|www\.\S", masked)
    assert not re.search(r"\d(?:[\s().\-]{0,3}\d){5}", masked)


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Zs", "Po"], exclude_characters="@@./:"), max_size=100))
def test_plain_words_are_never_touched(text):
    assert mask(text) == text


@given(texts, st.integers(10, 60))
def test_an_excerpt_is_one_short_line(text, limit):
    short = excerpt(text, limit=limit)
    assert len(short) <= limit
    assert "\n" not in short


def test_a_megabyte_is_cut_quickly():
    assert excerpt("a.b" * 300_000) != ""
    assert len(mask("a" * 1_000_000 + "@")) == 1_000_001
