from datetime import datetime

import pytest

from collectors.catalog import open_source
from collectors.reviews.google_business import original, to_post
from domain.errors import ConfigurationError, SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import LATER, SECRET, moment
from tests.support.cases_stores import FakeGoogleBusiness
from tests.support.drained import drain_ids
from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json"}
SHOP = "accounts/1/locations/2"


@pytest.fixture
def fake(server):
    return FakeGoogleBusiness(server)


@pytest.fixture
def opened(server, clock):
    def opened(**settings):
        table = {
            "type": "google_business",
            "locations": [SHOP],
            "client_id": "c",
            "api": f"{server.url}/v4",
            "login": f"{server.url}/token",
            "allow_private": True,
        }
        environ = {"EARSHOT_SOURCE_SHOPS_CLIENT_SECRET": "cs", "EARSHOT_SOURCE_SHOPS_REFRESH_TOKEN": SECRET}
        return open_source("shops", table | settings, clock=clock, environ=environ)

    return opened


def test_a_review_becomes_a_post(fake):
    fake.add(5, updateTime=LATER, starRating="FOUR", reviewReply={"comment": "Thanks", "updateTime": LATER})
    post = to_post(fake.reviews[f"{SHOP}/reviews/5"], brand="north")
    assert (post.source, post.instance, post.native_id) == ("google_business", "", f"{SHOP}/reviews/5")
    assert (post.title, post.text, post.rating, post.brand) == (None, "No signal, day 5", 4.0, "north")
    assert post.created_at == datetime.fromisoformat(moment(5))
    assert post.edited_at == datetime.fromisoformat(LATER)
    assert post.author == Author(id=f"{SHOP}/reviews/5", name="Ann")
    assert post.metrics == Metrics(replies=1)
    assert post.attributes == {"location": SHOP}


def test_times_may_be_finer_than_ours_and_nobody_need_have_a_name(fake):
    fake.add(5, createTime="2026-11-20T10:00:00.123456789Z", reviewer={"isAnonymous": True}, updateTime=None)
    post = to_post(fake.reviews[f"{SHOP}/reviews/5"], brand="")
    assert (post.created_at.microsecond, post.edited_at, post.author.name) == (123456, None, None)


def test_stars_alone_are_a_review(fake):
    fake.add(5)
    review = {key: value for key, value in fake.reviews[f"{SHOP}/reviews/5"].items() if key != "comment"}
    assert (to_post(review, brand="").text, to_post(review, brand="").rating) == ("", 1.0)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("Queue", "Queue"),
        ("Schlange\n\n(Translated by Google)\nQueue", "Schlange"),
        ("(Translated by Google) Queue\n\n(Original)\nSchlange", "Schlange"),
        ("(Translated by Google)", "(Translated by Google)"),
        ("The (Original) shop", "The (Original) shop"),
        ("", ""),
    ],
)
def test_only_what_the_reviewer_wrote_is_kept(comment, expected):
    assert original(comment) == expected


def test_every_shop_is_read_and_asked_again(fake, opened, server):
    other = "accounts/1/locations/3"
    fake.add(5)
    fake.add(5, other)
    collector = opened(locations=[SHOP, other])
    assert drain_ids(collector)[0] == [f"{SHOP}/reviews/5", f"{other}/reviews/5"]
    del fake.reviews[f"{other}/reviews/5"]
    batch = collector.recheck([f"{SHOP}/reviews/5", f"{other}/reviews/5"])
    assert [post.native_id for post in batch.posts] == [f"{SHOP}/reviews/5"]
    assert batch.deletions == (Deletion(source="google_business", native_id=f"{other}/reviews/5"),)
    assert [asked.path for asked in server.asked].count("/token") == 1


def test_an_edit_brings_an_old_review_to_the_front(fake, opened, server):
    for number in range(120):
        fake.add(number)
    cursor = drain_ids(opened())[1]
    fake.add(3, comment="Better now", updateTime=LATER)
    server.asked.clear()
    assert drain_ids(opened(overlap_hours=0.1), cursor)[0] == [f"{SHOP}/reviews/3"]
    assert len([asked for asked in server.asked if asked.path.endswith("/reviews")]) == 2


def test_a_page_token_that_expired_begins_again(fake, opened, server):
    for number in range(120):
        fake.add(number)
    first = next(iter(opened().batches(None)))
    calm = server.answer
    server.answer = lambda asked: Says(status=400) if asked.query.get("pageToken") == "50" else calm(asked)
    assert first.cursor[SHOP]["position"] == {"pageToken": "50"}
    with pytest.raises(SourceRefused, match="answered 400"):
        drain_ids(opened(), first.cursor)
    server.trouble.extend([calm_token(fake), Says(status=400)])
    server.answer = calm
    assert len(drain_ids(opened(), first.cursor)[0]) == 70


def calm_token(fake):
    """Return the answer with the next token."""
    form = {"grant_type": "refresh_token", "client_id": "c", "client_secret": "cs", "refresh_token": SECRET}
    return fake.token(form)


def test_a_quota_that_is_used_up_is_waited_for(fake, opened, server, clock):
    fake.add(5)
    collector = opened()
    drain_ids(collector)
    server.trouble.append(Says(status=429, headers=JSON, body=b'{"error": {"status": "RESOURCE_EXHAUSTED"}}'))
    drain_ids(collector)
    assert len(clock.slept) == 1
    server.trouble.extend([Says(status=429, headers=JSON, body=b"{}")] * 9)
    with pytest.raises(SourceBusy):
        drain_ids(collector)


@pytest.mark.parametrize("locations", [[], ["2"], ["locations/2"], ["accounts/1"], ["accounts/1/locations/2/reviews"]])
def test_shops_are_named_in_full(opened, locations):
    with pytest.raises(ConfigurationError, match="accounts/1/locations/2"):
        opened(locations=locations)


@pytest.mark.parametrize("body", [b"[]", b'{"reviews": 5}'])
def test_something_else_than_reviews_is_refused(server, opened, fake, body):
    calm = server.answer
    server.answer = lambda asked: calm(asked) if asked.path == "/token" else Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a list of reviews"):
        drain_ids(opened())
