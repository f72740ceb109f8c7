from datetime import UTC, datetime

import pytest

from collectors.catalog import open_source
from collectors.reviews.trustpilot import to_found
from domain.errors import SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import LATER, SECRET, moment
from tests.support.cases_reviews import FakeTrustpilot, refuses, second
from tests.support.drained import drain_ids
from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fake(server):
    return FakeTrustpilot(server)


@pytest.fixture
def opened(server, clock):
    def opened(**settings):
        table = {"type": "trustpilot", "unit": "u1", "api": server.url, "allow_private": True} | settings
        return open_source("reviews", table, clock=clock, environ={"EARSHOT_SOURCE_REVIEWS_API_KEY": SECRET})

    return opened


def test_a_review_becomes_a_post(fake):
    fake.add(5, updatedAt=LATER, companyReply={"text": "Sorry", "createdAt": LATER}, numberOfLikes=4)
    post = to_found(fake.reviews["5"], instance="u1", brand="north")
    assert (post.source, post.instance, post.native_id, post.brand) == ("trustpilot", "u1", "5", "north")
    assert (post.title, post.text, post.rating) == ("Poor", "No signal, day 5", 1.0)
    assert (post.lang, post.place) == ("en", "Leeds, UK")
    assert post.created_at == datetime.fromtimestamp(second(moment(5)), tz=UTC)
    assert post.edited_at == datetime.fromtimestamp(second(LATER), tz=UTC)
    assert post.author == Author(id="c1", name="Ann")
    assert post.url == "https://www.trustpilot.com/reviews/5"
    assert post.metrics == Metrics(likes=4, replies=1)
    assert post.attributes == {"verified": "true", "experienced_at": "2026-11-18T00:00:00Z"}


def test_a_review_that_was_never_changed_has_no_edit(fake):
    fake.add(5, updatedAt=moment(5))
    assert to_found(fake.reviews["5"], instance="u1", brand="").edited_at is None


def test_a_review_that_is_not_shown_is_deleted_and_may_come_back(fake):
    fake.add(5, status="archived")
    gone = Deletion(source="trustpilot", instance="u1", native_id="5", final=False)
    assert to_found(fake.reviews["5"], instance="u1", brand="") == gone


def test_only_so_many_pages_are_turned_as_are_new(fake, opened, server):
    for number in range(450):
        fake.add(number)
    found, cursor = drain_ids(opened())
    assert len(found) == 450
    assert [asked.query["page"] for asked in server.asked] == ["1", "2", "3", "4", "5"]
    server.asked.clear()
    assert drain_ids(opened(overlap_hours=0.1), cursor)[0] == []
    assert [asked.query["page"] for asked in server.asked] == ["1", "2"]


def test_single_reviews_are_asked_again(fake, opened):
    fake.add(5, text="Better now")
    batch = opened().recheck(["5", "6"])
    assert [(post.native_id, post.text) for post in batch.posts] == [("5", "Better now")]
    assert batch.deletions == (Deletion(source="trustpilot", instance="u1", native_id="6"),)


def test_a_sweep_reads_all_reviews_by_page_token_each_time(fake, opened, server):
    for number in range(250):
        fake.add(number)
    found, cursor = drain_ids(opened(sweep=True))
    assert len(found) == 250
    fake.add(3, text="Better now")
    server.asked.clear()
    assert drain_ids(opened(sweep=True), cursor)[0] == ["3"]
    assert [asked.query.get("pageToken") for asked in server.asked] == [None, "100", "200"]


def test_a_page_token_that_expired_begins_again_once(fake, opened, server):
    for number in range(250):
        fake.add(number)
    first = next(iter(opened(sweep=True).batches(None)))
    server.trouble.append(refuses(400))
    assert len(drain_ids(opened(sweep=True), first.cursor)[0]) == 150
    fake.forgets = True
    with pytest.raises(SourceRefused, match="answered 400"):
        drain_ids(opened(sweep=True), first.cursor)


def test_a_repeated_page_token_is_an_error(fake, opened):
    fake.add(5)
    fake.repeats = True
    fake.by_token = lambda token, size: Says(headers=JSON, body=b'{"reviews": [], "nextPageToken": "same"}')
    with pytest.raises(SourceRefused, match="repeats its cursor"):
        drain_ids(opened(sweep=True))


def test_requests_keep_the_pace_that_is_advised(fake, opened, clock):
    for number in range(250):
        fake.add(number)
    drain_ids(opened())
    assert clock.slept == pytest.approx([0.4, 0.4])


@pytest.mark.parametrize("sweep", [False, True])
@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"reviews": null}'])
def test_something_else_than_reviews_is_refused(server, opened, body, sweep):
    server.answer = lambda asked: Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a list of reviews"):
        drain_ids(opened(sweep=sweep))
