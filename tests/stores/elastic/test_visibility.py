"""Which posts searches may not see yet."""

import pytest

from domain.errors import StoreUnreachable
from stores.elastic import visibility as elastic_visibility
from stores.elastic.visibility import Visibility


@pytest.fixture
def seen():
    """A store's memory once searches saw everything."""
    visibility = Visibility()
    with visibility.showing("posts"):
        pass
    return visibility


def test_at_first_everything_may_be_hidden():
    assert Visibility().hidden("posts")
    assert Visibility().hidden_post(["1"])


def test_only_what_was_written_since_may_be_hidden(seen):
    seen.wrote("posts", ["1"])
    assert (seen.hidden("posts"), seen.hidden_post(["1", "2"]), seen.hidden_post(["2"])) == (True, True, False)
    seen.wrote("topics", ["2"])
    assert not seen.hidden_post(["2"])


def test_what_is_written_while_searches_learn_to_see_stays_hidden(seen):
    seen.wrote("posts", ["1"])
    with seen.showing("posts"):
        seen.wrote("posts", ["2"])
    assert (seen.hidden("posts"), seen.hidden_post(["1"]), seen.hidden_post(["2"])) == (True, False, True)


def test_where_showing_fails_all_is_as_it_was(seen):
    seen.wrote("posts", ["1"])
    with pytest.raises(StoreUnreachable), seen.showing("posts"):
        raise StoreUnreachable("gone")
    assert (seen.hidden("posts"), seen.hidden_post(["1"])) == (True, True)


def test_of_very_many_posts_nothing_is_remembered(seen, monkeypatch):
    monkeypatch.setattr(elastic_visibility, "MOST_WRITTEN", 2)
    seen.wrote("posts", ["1", "2", "3"])
    assert seen.hidden_post(["9"])
