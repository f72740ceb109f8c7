"""Why a text was missed, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.corpora import text_queries
from textquery.evaluate import matches
from textquery.explain import holds_any, is_close, listed, why_met, why_missed, written
from textquery.parser import parse
from textquery.tree import Phrase, Prefix, positive
from textquery.words import spoken

NORTH = 'northmobile OR "north mobile" OR (north NEAR/2 signal) NOT "north sea"'


@pytest.mark.parametrize(
    ("query", "text", "close", "why"),
    [
        (NORTH, "signal over the north sea", True, 'NOT excludes it: it has "north sea"'),
        (NORTH, "north of the hills far from any signal", True, "NEAR: north and signal are more than 2 words apart"),
        (NORTH, "up north", False, "NEAR: north without signal"),
        (NORTH, "no signal", False, "NEAR: signal without north"),
        ("three (signal OR outage OR mast)", "three", False, "it has no signal, outage or mast"),
        ("three (a OR b OR c OR d OR e)", "three", False, "it has no a, b, c or 2 more"),
        ("three signal", "signal", False, "it has no three"),
        ("three -uk -me", "three uk me", True, "NOT excludes it: it has uk; NOT excludes it: it has me"),
        ("three -(uk OR me)", "three uk me", True, "NOT excludes it: it has uk or me"),
        ("(three signal mast) OR (signal -uk)", "signal uk", True, "NOT excludes it: it has uk"),
        ("three -(uk OR -me)", "three", True, "NOT excludes it: it has no me"),
        ("three outag*", "three", False, "it has no outag*"),
        ('three "no signal"', "three has no signals", False, 'it has no "no signal"'),
        ("three (a NEAR/3 b)", "three", False, "it has no a NEAR/3 b"),
        ("three #No_Signal", "three", False, "it has no #no_signal"),
        ("three (#no* OR x)", "three", False, "it has no #no* or x"),
        ("(a OR b) NEAR/0 (c OR d)", "b x d", True, "NEAR: b and d are more than 0 words apart"),
    ],
)
def test_the_reason_is_that_of_the_closest_alternative(query, text, close, why):
    asked, words = parse(query), text.split()
    assert not matches(asked, words)
    assert holds_any(asked, words)
    assert (is_close(asked, words), why_missed(asked, words)) == (close, why)


@given(text_queries(), st.lists(st.sampled_from(["signal", "down", "outage", "cant", "o2", "signals"]), max_size=6))
def test_whatever_is_missed_has_a_reason(text, words):
    query = parse(text)
    assert is_close(query, words) or not matches(query, words) or "NOT" in text
    if holds_any(query, words) and not matches(query, words):
        assert why_missed(query, words)


@given(text_queries())
def test_a_leaf_is_written_as_it_is_read(text):
    for leaf in positive(parse(f"({text}) OR #no_Signal OR #信* OR x")):
        assert parse(written(leaf)) == leaf


def test_words_are_named_once_and_as_they_are_written():
    assert listed([Phrase(("a", "b")), Prefix(("c",)), Phrase(("a", "b"))]) == '"a b" or c*'
    assert listed([Phrase(("a",))]) == "a"


@pytest.mark.parametrize(
    ("query", "text", "why"),
    [
        (NORTH, "no signal up north, northmobile", "northmobile or north NEAR/2 signal"),
        ("three -uk", "three", "three"),
        ("outag* #Down", "outages here #down", "outag* or #down"),
        ("-uk", "three", ""),
    ],
)
def test_what_is_met_is_met_by_these_words(query, text, why):
    assert matches(parse(query), spoken(text))
    assert why_met(parse(query), spoken(text)) == why
