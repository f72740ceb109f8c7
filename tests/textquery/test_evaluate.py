"""What a text query means for the words of one post: the same as for the posts of a store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import evaluator
from tests.support.corpora import text_queries
from textquery.evaluate import matches
from textquery.parser import parse
from textquery.tree import Phrase, anchored, positive, without
from textquery.words import spelt, words


@given(text_queries(), st.lists(st.sampled_from(["a", "b", "ab", "abc", "c"]), max_size=8))
def test_a_query_means_the_same_in_hand_as_in_a_store(text, words):
    query = parse(text)
    assert matches(query, words) == evaluator.matches(words, query)


@pytest.mark.parametrize(
    ("query", "text", "said"),
    [
        ('three NOT "three times"', "three has no signal", True),
        ('three NOT "three times"', "called three times", False),
        ('"three uk"~2', "uk and three", True),
        ('"three uk"~2', "uk of one two and three", False),
        ("sign*", "no signal", True),
        ('"no sig*"', "no signal", True),
        ('"no sig*"', "signal no", False),
    ],
)
def test_exclusions_nearness_and_beginnings(query, text, said):
    assert matches(parse(query), text.split()) is said


@given(text_queries(), st.lists(st.sampled_from(["a", "b", "ab", "abc", "c"]), max_size=8))
def test_what_an_anchored_query_finds_holds_one_of_its_words(text, words):
    query = parse(text)
    assert not (anchored(query) and matches(query, []))
    assert not anchored(query) or not matches(query, words) or any(matches(leaf, words) for leaf in positive(query))


@pytest.mark.parametrize(
    ("text", "said"),
    [("a", True), ("a NOT b", True), ("NOT a", False), ("a OR NOT b", False), ("(a OR NOT b) c", True)],
)
def test_only_what_needs_a_word_is_anchored(text, said):
    assert anchored(parse(text)) is said


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a", None),
        ("a OR b", "b"),
        ("a OR b OR c", "b OR c"),
        ("a b", None),
        ("(a OR b) c", "b c"),
        ("b NOT a", "b NOT a"),
        ("a NEAR/2 b", "a NEAR/2 b"),
        ('"a b"', '"a b"'),
    ],
)
def test_a_query_without_one_of_its_words(text, left):
    assert without(parse(text), {Phrase(("a",))}) == (left and parse(left))


@pytest.mark.parametrize(
    ("text", "accented"),
    [
        ("Telefónica", ("telefónica",)),
        ("T-Móvil's", ("t", "móvil")),
        ("Straße", ("straße",)),
        ("señal 信号", ("señal", "信", "号")),
        ("plain Text", ()),
        ("كستريلو", ()),
        ("\u0301 lone", ()),
    ],
)
def test_words_keep_their_accents_beside_their_meaning(text, accented):
    assert spelt(text) == accented
    query = parse(f'"{text}"')
    assert query == Phrase(tuple(words(text)))
    assert query.spelt == accented


def test_every_leaf_knows_its_accents():
    assert parse('"más mó*"').spelt == ("más", "mó")
    assert parse("más NEAR/2 x").spelt == parse('"más x"~2').spelt == ("más", "x")
    assert parse("x NEAR/2 más").spelt == ("x", "más")
    assert parse("x NEAR/2 y").spelt == ()
