"""Figures of a brand are by what is felt toward it, not by the mood of the whole post."""

import pytest

from domain.questions import Filters, Question
from insights.ask import answer
from insights.felt import count_felt
from tests.support.stored_posts import stored_post


@pytest.fixture
def posts(store):
    store.upsert(
        "posts",
        [
            stored_post(
                "Left North, Vela is great",
                sentiment="positive",
                brands=("north", "vela"),
                toward=(("north", "negative"), ("vela", "positive")),
            ),
            stored_post("North and Vela merge", brands=("north", "vela"), day=1),
            stored_post("happy, but North is down", sentiment="positive", toward=(("north", "negative"),), day=1),
            stored_post("says its source: Vela", sentiment="negative", brands=("vela",)),
            stored_post("nobody", sentiment="positive", brands=()),
        ],
    )
    return store


def counted(tallies):
    return {one.keys: (one.total, one.negative, one.neutral, one.positive) for one in tallies}


def test_each_brand_has_what_is_felt_toward_it(posts):
    assert counted(count_felt(posts, Filters(), ("brand",))) == {
        ("north",): (3, 2, 1, 0),
        ("vela",): (3, 1, 1, 1),
        (None,): (1, 0, 0, 1),
    }


def test_so_it_is_where_but_one_brand_is_let_through(posts):
    assert counted(count_felt(posts, Filters(brands=("north",)), ())) == {(): (3, 2, 1, 0)}
    by_day = count_felt(posts, Filters(brands=("north",)), ("day",))
    assert [(one.total, one.negative, one.neutral, one.positive) for one in by_day] == [(1, 1, 0, 0), (2, 1, 1, 0)]


def test_beside_other_dimensions_too(posts):
    found = counted(count_felt(posts, Filters(), ("language", "brand", "day")))
    assert [value for (_, brand, _), value in found.items() if brand == "north"] == [(1, 1, 0, 0), (2, 1, 1, 0)]


def test_posts_of_several_brands_together_keep_the_mood_of_the_whole(posts):
    assert counted(count_felt(posts, Filters(brands=("north", "vela")), ())) == {(): (4, 1, 1, 2)}


def test_posts_that_are_chosen_by_their_mood_keep_it(posts):
    found = counted(count_felt(posts, Filters(sentiments=("positive",)), ("brand",)))
    assert found == {("north",): (2, 0, 0, 2), ("vela",): (1, 0, 0, 1), (None,): (1, 0, 0, 1)}


def test_of_nothing_nothing_is_counted(posts):
    assert count_felt(posts, Filters(brands=("orange",)), ()) == []


def test_an_answer_about_sentiment_by_brand_is_by_what_is_felt_toward_it(posts):
    rows = answer(posts, Question(measure="sentiment", by=("brand",))).records()
    assert [(row["brand"], row["negative"], row["positive"]) for row in rows[:2]] == [("north", 2, 0), ("vela", 1, 1)]
    (whole,) = answer(posts, Question(measure="sentiment", filters=Filters(brands=("vela",)))).records()
    assert (whole["posts"], whole["negative"], whole["positive"]) == (3, 1, 1)
