"""The ranking as a table: words, ranges, and nothing that has to be guessed."""

import pytest

from dashboard.views.voices import rows
from domain.questions import Filters
from insights.influence.ranking import voices
from stores.open import open_store
from tests.dashboard.test_views import opened, words
from tests.support.stored_posts import stored_post


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'posts.sqlite'}")
    yield opened
    opened.close()


def cells(store, *posts):
    """The rows of the ranking by author."""
    store.upsert("posts", list(posts))
    return {row["author"]: row for row in rows(voices(store, Filters(), limit=9).people, {})}


def test_net_sentiment_of_few_posts_is_not_given_and_that_of_many_has_its_range(store):
    many = [stored_post(author="ann", sentiment="negative" if n < 9 else "positive") for n in range(12)]
    found = cells(store, *many, *(stored_post(author="bob", sentiment="positive") for _ in range(9)))
    assert found["ann"]["net"] == "−50 (−82 to +6)"
    assert found["bob"]["net"] == "too few posts"


def test_likes_replies_and_shares_are_reactions_as_in_the_report(small_store):
    page = opened("voices")
    assert {"reactions", "net"} <= set(page.dataframe[0].value.columns)
    assert "reach" not in page.dataframe[0].value.columns
    assert page.dataframe[0].proto.placeholder == "not known"


def test_net_sentiment_that_the_filter_decides_is_not_shown(small_store):
    page = opened("voices", sentiment="positive")
    assert "net" not in page.dataframe[0].value.columns
    assert "Net sentiment is not shown: the filter on sentiment decides it." in words(page)
    brand = opened("brand", sentiment="positive")
    assert "Net sentiment is not shown: the filter on sentiment decides it." in words(brand)
