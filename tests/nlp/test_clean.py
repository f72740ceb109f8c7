"""The text that the encoder sees."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.clean import MAX_CHARACTERS, has_words, model_text

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=300)


@given(ANYTHING)
def test_nothing_unreadable_is_left(text):
    shown = model_text(text)
    assert all(unicodedata.category(c) not in {"Cc", "Cs"} for c in shown)
    assert shown == shown.strip()
    assert "  " not in shown
    shown.encode()


@given(ANYTHING)
def test_cleaning_twice_changes_no_mask(text):
    assert model_text(model_text(text)).count("@user") == model_text(text).count("@user")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@Ann_B look: https://a.example/x?y=1", "@user look: http"),
        ("mail ann@b.example today", "mail ann@b.example today"),
        ("no\u200bsignal\u202e here", "nosignal here"),
        ("a &amp; b", "a & b"),
        ("tabs\tand\nlines", "tabs and lines"),
        ("broken \ud800 half", "broken half"),
        ("", ""),
    ],
)
def test_what_is_masked(text, shown):
    assert model_text(text) == shown


def test_a_very_long_text_is_cut():
    assert len(model_text("word " * 300_000)) <= MAX_CHARACTERS


@pytest.mark.parametrize(("text", "readable"), [("", False), ("...!?", False), ("ok", True), ("😡", True), ("5", True)])
def test_what_counts_as_something_to_read(text, readable):
    assert has_words(text) is readable
