"""A joke that is passed on, a campaign and phones are told from people who say in their own words that it fails."""

import pytest

from domain.questions import Filters
from insights.detection.nature import nature_of
from tests.support.handmade import direction
from tests.support.stored_posts import stored_post

EVERYTHING = Filters()


def kept(store, embeddings, felt=(("network", "negative"),)):
    posts = [stored_post(f"Something about it, {n}", felt=felt) for n in range(len(embeddings))]
    pairs = zip(posts, embeddings, strict=True)
    store.upsert("posts", [post | ({"embedding": vector} if vector else {}) for post, vector in pairs])


def own_words(count, first=0):
    return [direction(first + n) for n in range(count)]


def variants(count):
    return [direction(0, lean=0.02 * n) for n in range(count)]


def test_people_who_tell_of_a_fault_in_their_own_words(store):
    kept(store, own_words(8))
    assert nature_of(store, EVERYTHING) == "fault"


def test_variants_of_one_text_among_few_others(store):
    kept(store, variants(6) + own_words(2, first=10))
    assert nature_of(store, EVERYTHING) == "one_text"


@pytest.mark.parametrize("count", [3, 0])
def test_of_few_posts_nothing_is_said(store, count):
    kept(store, variants(count))
    assert nature_of(store, EVERYTHING) == "fault"


def test_posts_without_embedding_say_nothing_of_how_alike_they_are(store):
    kept(store, [*variants(3), None, None])
    assert nature_of(store, EVERYTHING) == "fault"


def test_who_complains_of_prices_as_much_was_called_upon_to(store):
    kept(store, own_words(3), felt=(("network", "negative"), ("price", "negative")))
    kept(store, own_words(3, first=10))
    assert nature_of(store, EVERYTHING) == "campaign"
    kept(store, own_words(1, first=20))
    assert nature_of(store, EVERYTHING) == "fault"


def test_half_of_whom_speak_of_their_phones_speak_of_phones(store):
    kept(store, own_words(2), felt=(("data", "negative"), ("device", "negative")))
    kept(store, own_words(2, first=10), felt=(("data", "negative"),))
    assert nature_of(store, EVERYTHING) == "devices"
    kept(store, own_words(1, first=20))
    assert nature_of(store, EVERYTHING) == "fault"
