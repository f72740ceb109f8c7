from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.reviews.appstore import to_post
from domain.errors import ConfigurationError, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import LATER
from tests.support.cases_stores import FakeAppStore, keys
from tests.support.drained import drain_ids
from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fake(server):
    return FakeAppStore(server)


@pytest.fixture
def opened(server, clock):
    def opened(environ=None, **settings):
        table = {"type": "appstore", "app": "77", "issuer": "issuer-1", "key_id": "k1", "api": server.url}
        environ = {"EARSHOT_SOURCE_APP_KEY": keys("ES256")[0]} if environ is None else environ
        return open_source("app", table | {"allow_private": True} | settings, clock=clock, environ=environ)

    return opened


def test_a_review_becomes_a_post(fake):
    fake.add(5, createdDate="2026-11-20T03:00:00-08:00")
    fake.responses = {"5"}
    post = to_post(fake.record("5"), instance="77", brand="north")
    assert (post.source, post.instance, post.native_id, post.brand) == ("appstore", "77", "5", "north")
    assert (post.title, post.text, post.rating) == ("Bad", "No signal, day 5", 1.0)
    assert post.created_at == datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert post.author == Author(id="ann", name="ann")
    assert post.url == "https://apps.apple.com/app/id77"
    assert post.metrics == Metrics(replies=1)
    assert post.attributes == {"territory": "GBR"}


def test_a_review_without_a_name_or_a_title_is_a_review(fake):
    fake.add(5, reviewerNickname=None, title=None)
    post = to_post(fake.record("5"), instance="77", brand="")
    assert (post.author, post.title) == (None, None)


def test_whether_a_review_was_answered_is_not_made_up(fake):
    fake.add(5)
    assert to_post(fake.record("5"), instance="77", brand="").metrics.replies == 0
    without = {key: value for key, value in fake.record("5").items() if key != "relationships"}
    assert to_post(without, instance="77", brand="").metrics.replies is None


def test_pages_are_turned_by_the_query_of_the_next_link_and_on_no_other_host(fake, opened, server):
    for number in range(120):
        fake.add(number)
    fake.url = "https://elsewhere.example"
    assert len(drain_ids(opened())[0]) == 120
    assert [asked.query.get("cursor") for asked in server.asked] == [None, "50", "100"]
    assert {asked.query["include"] for asked in server.asked} == {"response"}


def test_only_as_many_pages_are_turned_as_are_new(fake, opened, server):
    for number in range(120):
        fake.add(number)
    cursor = drain_ids(opened())[1]
    fake.add(200)
    server.asked.clear()
    assert drain_ids(opened(overlap_hours=0.1), cursor)[0] == ["200"]
    assert len(server.asked) == 2


def test_an_edit_comes_again_by_its_new_date(fake, opened):
    for number in range(120):
        fake.add(number)
    cursor = drain_ids(opened())[1]
    fake.add(3, body="Better now", createdDate=LATER)
    assert drain_ids(opened(overlap_hours=0.1), cursor)[0] == ["3"]


def test_single_reviews_are_asked_again(fake, opened):
    fake.add(5, body="Better now")
    batch = opened().recheck(["5", "6"])
    assert [(post.native_id, post.text) for post in batch.posts] == [("5", "Better now")]
    assert batch.deletions == (Deletion(source="appstore", instance="77", native_id="6"),)


def test_a_token_is_signed_anew_before_it_ends(fake, opened, server, clock):
    fake.add(5)
    collector = opened()
    drain_ids(collector)
    clock.sleep(timedelta(minutes=17).total_seconds())
    drain_ids(collector)
    clock.sleep(timedelta(minutes=2).total_seconds())
    drain_ids(collector)
    shown = [asked.headers["authorization"] for asked in server.asked]
    assert len({*shown}) == 2
    assert shown[0] == shown[1]


def test_rest_is_taken_where_the_rolling_hour_is_used_up(fake, opened, clock):
    for number in range(60):
        fake.add(number)
    fake.headers = {"X-Rate-Limit": "user-hour-lim:3500;user-hour-rem:0;"}
    drain_ids(opened())
    assert clock.slept == [300.0]


def test_a_key_from_a_file(fake, opened, tmp_path):
    fake.add(5)
    file = tmp_path / "AuthKey_k1.p8"
    file.write_text(keys("ES256")[0])
    assert drain_ids(opened({}, key_file=str(file)))[0] == ["5"]


def test_without_a_key_nothing_is_opened(opened):
    with pytest.raises(ConfigurationError, match=r"\[source.app\]: one of key, key_file must be set"):
        opened({})
    with pytest.raises(ConfigurationError, match=r"\[source.app\]: the private key is none for ES256"):
        opened({"EARSHOT_SOURCE_APP_KEY": "s3cr3t"})


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data": null}'])
def test_something_else_than_reviews_is_refused(server, opened, body):
    server.answer = lambda asked: Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a list of reviews"):
        drain_ids(opened())
