"""Queries made of subjects and names of places mean what was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking.subjects import any_of, names_of, subjects
from textquery.parser import parse
from textquery.tree import Phrase


@pytest.mark.parametrize("code", sorted(subjects()))
def test_every_subject_makes_a_query(code):
    assert parse(any_of(subjects()[code].terms))


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5))
def test_any_names_make_a_query_or_nothing(names):
    spelled = names_of(*names)
    if spelled:
        assert parse(any_of(spelled))


def test_a_place_is_found_as_a_phrase_and_as_a_hashtag():
    assert names_of("Port Almera", None, "بورت ألميرا") == (
        "port almera",
        "بورت الميرا",
        "portalmera",
        "بورتالميرا",
    )
    assert parse(any_of(["Saint-Brive"])) == Phrase(("saint", "brive"))
