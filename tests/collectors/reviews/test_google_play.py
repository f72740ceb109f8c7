import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.reviews.google_play import to_post
from domain.errors import ConfigurationError, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import LATER, moment
from tests.support.cases_stores import FakeGooglePlay
from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fake(server):
    return FakeGooglePlay(server)


@pytest.fixture
def opened(server, clock, fake):
    def opened(environ=None, **settings):
        table = {"type": "google_play", "package": "com.north.app", "api": server.url, "allow_private": True}
        environ = {"EARSHOT_SOURCE_APP_ACCOUNT": json.dumps(fake.account)} if environ is None else environ
        return open_source("app", table | settings, clock=clock, environ=environ)

    return opened


def drain(collector, cursor=None):
    """Return the ids of the posts, what was unreadable, and the cursor behind all."""
    found, unreadable = [], []
    for batch in collector.batches(cursor):
        found += [post.native_id for post in batch.posts]
        unreadable += batch.unreadable
        cursor = batch.cursor
    return found, unreadable, cursor


def test_a_review_becomes_a_post(fake):
    fake.add(5)
    review = fake.reviews["gp:5"]
    review["comments"].append({"developerComment": {"text": "Sorry"}})
    post = to_post(review, instance="com.north.app", brand="north")
    assert (post.source, post.instance, post.native_id) == ("google_play", "com.north.app", "gp:5")
    assert (post.title, post.text, post.rating, post.lang) == (None, "No signal, day 5", 1.0, "en")
    assert (post.brand, post.author) == ("north", Author(id="gp:5", name="Ann"))
    assert post.created_at == datetime.fromisoformat(moment(5)).replace(microsecond=0).astimezone(UTC)
    assert post.url == "https://play.google.com/store/apps/details?id=com.north.app&reviewId=gp:5"
    assert post.metrics == Metrics(likes=2, replies=1)
    assert post.attributes == {"app_version": "7.2", "android": "34", "device": "klte"}


@pytest.mark.parametrize(
    ("said", "title", "text"),
    [
        ({"text": "Bad\tDrops calls"}, "Bad", "Drops calls"),
        ({"text": "Bad\tDrops\tcalls"}, "Bad", "Drops\tcalls"),
        ({"text": "Drops calls"}, None, "Drops calls"),
        ({"text": "\tDrops calls", "originalText": "\tVerliert Anrufe"}, None, "Verliert Anrufe"),
    ],
)
def test_title_and_body_are_joined_by_a_tab(fake, said, title, text):
    fake.add(5)
    fake.reviews["gp:5"]["comments"][0]["userComment"] |= said
    post = to_post(fake.reviews["gp:5"], instance="a", brand="")
    assert (post.title, post.text) == (title, text)


def test_an_answer_without_a_review_is_named(fake, opened):
    fake.add(5)
    fake.reviews["gp:5"]["comments"] = [{"developerComment": {"text": "Sorry"}}]
    found, unreadable, _ = drain(opened())
    assert (found, [error.where for error in unreadable]) == ([], ["google_play com.north.app review 'gp:5'"])


def test_all_is_read_each_time_in_whatever_order_it_comes(fake, opened):
    for number in range(100):
        fake.add(number)
    cursor = drain(opened())[2]
    fake.add(300)
    assert drain(opened(), cursor)[0] == ["gp:300"]


def test_where_there_are_no_reviews_the_answer_is_empty(opened):
    assert drain(opened())[0] == []


def test_single_reviews_are_asked_again_while_they_are_shown(fake, opened):
    fake.add(5, "Better now", LATER)
    collector = opened()
    batch = collector.recheck(["gp:5", "gp:6"])
    assert [(post.native_id, post.text) for post in batch.posts] == [("gp:5", "Better now")]
    assert batch.deletions == (Deletion(source="google_play", instance="com.north.app", native_id="gp:6"),)
    assert [recheck.up_to for recheck in collector.terms.rechecks] == [timedelta(days=6)]


def test_one_token_serves_until_shortly_before_it_ends(fake, opened, server, clock):
    collector = opened()
    drain(collector)
    clock.sleep(3500)
    drain(collector)
    clock.sleep(60)
    drain(collector)
    assert [asked.path for asked in server.asked].count("/token") == 2


def test_an_account_from_a_file(fake, opened, tmp_path):
    fake.add(5)
    file = tmp_path / "account.json"
    file.write_text(json.dumps(fake.account))
    assert drain(opened({}, account_file=str(file)))[0] == ["gp:5"]


@pytest.mark.parametrize("text", ["", "{", "[]", '"s3cr3t"', '{"client_email": "s3cr3t"}'])
def test_what_is_no_service_account_says_so_without_showing_it(opened, text):
    with pytest.raises(ConfigurationError, match="not the JSON key of a service account") as caught:
        opened({"EARSHOT_SOURCE_APP_ACCOUNT": text})
    assert "s3cr3t" not in str(caught.value)


def test_without_an_account_nothing_is_opened(opened):
    with pytest.raises(ConfigurationError, match="one of account, account_file must be set"):
        opened({})


def test_an_account_that_google_does_not_know_is_refused(fake, opened):
    fake.account["client_email"] = "other@north.example"
    with pytest.raises(SourceRefused, match="/token answered 400"):
        drain(opened())


@pytest.mark.parametrize("body", [b"[]", b'{"reviews": 5}'])
def test_something_else_than_reviews_is_refused(server, opened, body):
    calm = server.answer
    server.answer = lambda asked: calm(asked) if asked.path == "/token" else Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a list of reviews"):
        drain(opened())
