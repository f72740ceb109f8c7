from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.reviews.appstore_feed import to_post
from domain.errors import ConfigurationError, SourceBusy, SourceRefused
from domain.post import Author, Metrics
from tests.support.cases_public import FakeAppStoreFeed, app_review, labelled, says, second
from tests.support.misbehaving import Says


@pytest.fixture
def fake(server):
    return FakeAppStoreFeed(server)


@pytest.fixture
def opened(server, clock):
    def opened(**settings):
        table = {"type": "appstore_feed", "app_id": "389801252", "countries": "gb", "api": server.url} | settings
        return open_source("app", table | {"allow_private": True}, clock=clock, environ={})

    return opened


def drain(source, cursor=None):
    """Return the reviews' numbers, what could not be read, and the cursor behind all."""
    posts, unreadable = [], []
    for batch in source.batches(cursor):
        posts += batch.posts
        unreadable += batch.unreadable
        assert not batch.deletions
        cursor = batch.cursor
    return sorted(int(post.native_id) - 9000 for post in posts), unreadable, cursor


def test_an_entry_becomes_a_post():
    post = to_post(app_review(5), app="389801252", country="gb", brand="north")
    assert (post.source, post.instance, post.native_id) == ("appstore_feed", "gb", "9005")
    assert (post.text, post.title, post.rating, post.brand) == ("No signal, day 5", "Bad", 1.0, "north")
    assert post.created_at == datetime.fromtimestamp(second(5), tz=UTC)
    assert (post.author, post.metrics) == (Author(id="77", name="ann"), Metrics(likes=2))
    assert post.attributes == {"app": "389801252", "country": "gb", "version": "7.2"}
    assert to_post(app_review(5, author={}), app="1", country="gb", brand="").author is None


def test_all_that_the_feed_shows_is_read_and_no_more_is_asked_for(server, clock, fake, opened):
    fake.add(*map(app_review, range(600)))
    assert drain(opened())[0] == list(range(100, 600))
    assert len(server.asked) == 10
    assert clock.slept == [2.0] * 9


def test_a_single_review_and_the_app_itself_among_them(fake, opened):
    fake.add(app_review(5))
    assert drain(opened())[:2] == ([5], [])
    fake.app = labelled(im_name="North Mobile", id="389801252", title="North Mobile")
    assert drain(opened())[:2] == ([5], [])


def test_an_empty_feed_is_unknown_and_said_once(fake, opened):
    _, unreadable, cursor = drain(opened(countries="gb,de"))
    assert [error.where for error in unreadable] == ["appstore_feed 389801252 gb", "appstore_feed 389801252 de"]
    assert "does not mean that there are no reviews" in unreadable[0].reason
    assert list(opened(countries="gb,de").batches(cursor)) == []


def test_an_empty_feed_forgets_nothing(fake, opened):
    fake.add(app_review(5))
    _, _, cursor = drain(opened())
    kept = dict(fake.reviews)
    fake.reviews.clear()
    found, unreadable, cursor = drain(opened(), cursor)
    assert (found, len(unreadable)) == ([], 1)
    fake.reviews = kept
    assert drain(opened(), cursor)[:2] == ([], [])


def test_reviews_that_appear_late_are_found(clock, fake, opened):
    fake.add(app_review(500))
    _, _, cursor = drain(opened())
    late = datetime.fromtimestamp(second(500), tz=UTC) - timedelta(days=2)
    fake.add(app_review(501, updated={"label": late.isoformat()}))
    assert drain(opened(), cursor)[0] == [501]


def test_a_review_without_a_time_cannot_be_placed(fake, opened):
    undated = app_review(6)
    del undated["updated"]
    fake.add(app_review(5), undated)
    found, [error], _ = drain(opened())
    assert found == [5]
    assert "does not say when" in error.reason


def test_403_is_waited_for(server, fake, opened):
    fake.add(app_review(5))
    server.trouble.append(Says(status=403))
    assert drain(opened())[0] == [5]
    server.answer = lambda asked: Says(status=403)
    with pytest.raises(SourceBusy, match="403"):
        list(opened().batches(None))


@pytest.mark.parametrize("document", [[], {"feed": []}, {"error": "no"}])
def test_something_else_than_a_feed_is_refused(server, opened, document):
    server.answer = lambda asked: says(document)
    with pytest.raises(SourceRefused, match="not a feed"):
        list(opened().batches(None))


@pytest.mark.parametrize("wrong", [{"app_id": "id389"}, {"countries": "gbr"}, {"countries": "../"}, {"countries": ()}])
def test_settings_that_cannot_be_right_are_one_sentence(opened, wrong):
    with pytest.raises(ConfigurationError, match=r"\[source.app\]"):
        opened(**wrong)
