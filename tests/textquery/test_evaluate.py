"""What a text query means for the words of one post: the same as for the posts of a store."""

import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import evaluator
from tests.support.corpora import text_queries
from textquery.evaluate import matches
from textquery.parser import parse
from textquery.tree import Near, Phrase, anchored, positive, without
from textquery.words import spelt, spoken, words


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
        ("(a OR b) NEAR/1 (c OR d)", "d x b", True),
        ("(a OR b) NEAR/1 (c OR d)", "d x x b a", False),
        ("(a OR b) NEAR/1 (c OR d)", "a b", False),
    ],
)
def test_exclusions_nearness_and_beginnings(query, text, said):
    assert matches(parse(query), text.split()) is said


@pytest.mark.parametrize(
    ("query", "text", "said"),
    [
        ("#northwind", "#NorthWind down again", True),
        ("#northwind", "northwind is down", False),
        ("northwind", "#NorthWind down again", True),
        ('"northwind down"', "#NorthWind down again", True),
        ("NOT #northwind", "#NorthWind down again", False),
        ("#no_signal", "#no_signal", True),
        ("#nosignal", "#no_signal", False),
        ("#north*", "see #NorthwindDown", True),
        ("#north*", "north wind", False),
        ("#northwind", "see https://a.example/#northwind", False),
        ("again NEAR/0 northwind", "#northwind again and again", True),
        ("again NEAR/0 northwind", "#northwind down again", False),
    ],
)
def test_a_hashtag_can_be_asked_for_alone(query, text, said):
    assert matches(parse(query), spoken(text)) is said


def test_nearness_in_a_long_text_is_told_in_linear_time():
    # The words of each pair are one too far apart. Each place must be held against its neighbours, not against all:
    # that would take 256 times as long for 16 times the text.
    def seconds(size):
        text = ["a", "x", "b", "x"] * size
        return min(timeit.repeat(lambda: matches(Near(("a",), ("b",), 0), text), time.process_time, number=1, repeat=7))

    assert not matches(Near(("a",), ("b",), 0), ["a", "x", "b", "x"] * 3)
    assert seconds(8_000) < 64 * seconds(500)


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
    assert parse("#Más_Móvil").spelt == ("más", "móvil")
    assert parse('"más mó*"').spelt == ("más", "mó")
    assert parse("más NEAR/2 x").spelt == parse('"más x"~2').spelt == ("más", "x")
    assert parse("x NEAR/2 más").spelt == ("x", "más")
    assert parse("x NEAR/2 y").spelt == ()
