from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.social.stackexchange import to_post
from domain.errors import SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_public import FakeStackExchange, compressed, question, second

LONG_AGO = int(datetime(2019, 5, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def fake(server):
    return FakeStackExchange(server)


@pytest.fixture
def opened(server, clock):
    def opened(environ=None, **settings):
        table = {"type": "stackexchange", "api": server.url, "site": "superuser", "query": "north"} | settings
        return open_source("se", table | {"allow_private": True}, clock=clock, environ=environ or {})

    return opened


def numbers(batches):
    return [int(post.native_id) for batch in batches for post in batch.posts]


def test_a_question_becomes_a_post_with_its_attribution():
    told = question(5, title="APN &amp; &quot;4G&quot;", last_edit_date=second(9), score=-2)
    post = to_post(told, site="superuser")
    assert (post.source, post.instance, post.native_id) == ("stackexchange", "superuser", "5")
    assert (post.title, post.text) == ('APN & "4G"', "No signal, day 5")
    assert post.created_at == datetime.fromtimestamp(second(5), tz=UTC)
    assert post.edited_at == datetime.fromtimestamp(second(9), tz=UTC)
    assert (post.author, post.url) == (Author(id="7", name="Ann"), "https://superuser.example/questions/5/signal")
    assert post.metrics == Metrics(likes=0, replies=0, views=12)
    assert post.attributes == {
        "tags": "4g, apn",
        "author_url": "https://superuser.example/users/7/ann",
        "license": "CC BY-SA 4.0",
    }


@pytest.mark.parametrize(
    ("owner", "author"),
    [
        ({"user_type": "does_not_exist", "display_name": "user 12"}, Author(id="user 12", name="user 12")),
        ({"user_type": "does_not_exist"}, None),
        (None, None),
    ],
)
def test_of_a_deleted_account_the_name_is_left(owner, author):
    assert to_post(question(5, owner=owner), site="superuser").author == author


def test_a_new_answer_to_an_old_question_is_a_change_and_stops_no_walk(fake, opened):
    fake.add(question(1), question(2))
    [batch] = opened(overlap_hours=1).batches(None)
    active = second(9)
    fake.add(*(question(number, creation_date=LONG_AGO, last_activity_date=active) for number in range(1000, 1150)))
    fake.add(question(1, answer_count=1, last_activity_date=active - 1))
    [change] = opened(overlap_hours=1).batches(batch.cursor)
    assert [(post.native_id, post.metrics.replies) for post in change.posts] == [("1", 1)]


def test_what_is_no_longer_shown_is_deleted(server, fake, opened):
    fake.add(question(1), question(3))
    batch = opened().recheck(["1", "2", "3"])
    assert [post.native_id for post in batch.posts] == ["1", "3"]
    assert batch.deletions == (Deletion(source="stackexchange", instance="superuser", native_id="2"),)
    assert len(server.asked) == 1


def test_the_rest_that_an_answer_asks_for_is_kept(clock, fake, opened):
    fake.add(*map(question, range(250)))
    fake.wrapper = {"backoff": 11}
    assert len(numbers(opened().batches(None))) == 250
    assert clock.slept == [11, 11]


def test_the_last_request_of_the_day_ends_the_walk_and_the_next_one_goes_on(clock, fake, opened):
    fake.add(*map(question, range(250)))
    fake.wrapper = {"quota_remaining": 0}
    batches, source = [], opened()
    with pytest.raises(SourceBusy, match="no requests left"):
        batches.extend(source.batches(None))
    fake.wrapper = {}
    clock.sleep(3600)
    found = [*numbers(batches), *numbers(opened().batches(batches[-1].cursor))]
    assert sorted(found) == list(range(250))


def test_too_many_requests_are_busy_for_as_long_as_it_says(server, clock, opened):
    throttled = {
        "error_id": 502,
        "error_name": "throttle_violation",
        "error_message": "too many requests, more requests available in {} seconds",
    }
    told = throttled["error_message"]
    server.trouble.append(compressed(throttled | {"error_message": told.format(30)}, status=400))
    FakeStackExchange(server).add(question(1))
    assert numbers(opened().batches(None)) == [1]
    assert clock.slept == [30]
    server.answer = lambda asked: compressed(throttled | {"error_message": told.format(46472)}, status=400)
    with pytest.raises(SourceBusy, match="throttle_violation") as caught:
        list(opened().batches(None))
    assert caught.value.retry_after_s == timedelta(seconds=46472).total_seconds()


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"error_id": 400, "error_name": "bad_parameter", "error_message": "`key` s3cr3t is unknown"}, "bad_parameter"),
        ([], "an error without a name"),
    ],
)
def test_other_errors_are_refused_without_their_words(server, opened, document, reason):
    server.answer = lambda asked: compressed(document, status=400)
    with pytest.raises(SourceRefused, match=reason) as caught:
        list(opened({"EARSHOT_SOURCE_SE_KEY": "s3cr3t"}).batches(None))
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("document", [[], {}, {"items": None}])
def test_something_else_than_questions_is_refused(server, opened, document):
    server.answer = lambda asked: compressed(document)
    with pytest.raises(SourceRefused, match="not a list of questions"):
        list(opened().batches(None))
