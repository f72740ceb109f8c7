"""What a text query means for the words of one post: the same as for the posts of a store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.textquery import matches
from stores.textquery import parse
from tests.support import evaluator
from tests.support.corpora import text_queries


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
