import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.social.meta import to_post
from domain.errors import SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import JSON, SECRET, moment
from tests.support.drained import drain_ids
from tests.support.fake_meta import PAGE, FakeMeta, comment, page_post, refusal
from tests.support.misbehaving import Says


@pytest.fixture
def fake(server):
    return FakeMeta(server)


@pytest.fixture
def open_page(server, clock):
    def open_page(**settings):
        table = {"type": "meta", "api": server.url, "page": PAGE, "allow_private": True} | settings
        return open_source("own", table, clock=clock, environ={"EARSHOT_SOURCE_OWN_TOKEN": SECRET})

    return open_page


def paths(server):
    return [asked.path.removeprefix("/v25.0/") for asked in server.asked]


def test_a_post_of_the_page_becomes_a_post():
    told = page_post(
        22,
        message=" Our new plans ",
        shares={"count": 3},
        comments={"data": [], "summary": {"total_count": 4}},
        reactions={"data": [], "summary": {"total_count": 5}},
    )
    post = to_post(told, page=PAGE, brand="north")
    assert (post.source, post.instance, post.native_id, post.text) == ("facebook", "", "11_22", "Our new plans")
    assert post.created_at == datetime.fromisoformat(moment(0))
    assert post.author == Author(id="11", name="North Mobile")
    assert post.metrics == Metrics(likes=5, replies=4, shares=3)
    assert (post.url, post.brand) == ("https://www.facebook.com/11/posts/22", "north")
    assert (post.parent_id, post.attributes) == (None, {"page": "11"})


def test_a_comment_becomes_a_post_under_its_post_or_the_comment_it_answers():
    post = to_post(comment(7, 22, message="App down @bob"), page=PAGE, brand=None)
    assert (post.native_id, post.parent_id, post.mentions) == ("22_7", "11_22", ("bob",))
    assert post.metrics == Metrics(likes=1, replies=2)
    assert (post.url, post.brand) == ("https://www.facebook.com/22_7", None)
    assert to_post(comment(8, 22, parent={"id": "22_7"}), page=PAGE, brand=None).parent_id == "22_7"


def test_who_spoke_is_often_not_said_and_pictures_say_nothing():
    told = comment(7)
    del told["from"]
    assert to_post(told, page=PAGE, brand=None).author is None
    assert to_post(comment(7, message=""), page=PAGE, brand=None) is None
    assert to_post(page_post(7), page=PAGE, brand=None) is None


def test_all_posts_are_looked_at_and_the_comments_under_each(server, fake, open_page):
    for number in range(7):
        fake.add_post(number, message="Hello")
    for number in range(150):
        fake.add(number, post=3)
    fake.add(200, post=6)
    ids, _ = drain_ids(open_page(brand="north"))
    assert len(ids) == 7 + 150 + 1
    assert paths(server) == ["11/feed", "11/feed", "11_3/comments", "11_3/comments", "11_6/comments"]
    assert server.asked[0].query["since"] == str(int(datetime(2026, 10, 23, 12, tzinfo=UTC).timestamp()))


def test_no_cursor_and_no_token_of_facebook_is_kept(fake, open_page):
    fake.add_post(0)
    for number in range(250):
        fake.add(number)
    batches = list(open_page().batches(None))
    kept = json.dumps([batch.cursor for batch in batches])
    assert "c100" not in kept
    assert SECRET not in kept
    assert len(drain_ids(open_page(), batches[0].cursor)[0]) == 150


def test_comments_are_read_back_to_the_last_time_less_an_overlap(server, fake, open_page):
    fake.add_post(0)
    for number in range(1000):
        fake.add(number)
    _, cursor = drain_ids(open_page(overlap_hours=0.1))
    server.asked.clear()
    fake.add(1001)
    fake.add(990, message="It works")
    fake.add(5, message="not seen, too old")
    assert drain_ids(open_page(overlap_hours=0.1), cursor)[0] == ["0_990", "0_1001"]
    assert paths(server) == ["11/feed", "11_0/comments", "11_0/comments"]


def test_old_posts_are_left_alone(server, fake, open_page):
    fake.add_post(0, created_time="2026-11-01T10:00:00+0000")
    fake.add(5)
    assert drain_ids(open_page(post_days=7))[0] == []
    assert len(drain_ids(open_page())[0]) == 1


def test_a_post_that_goes_while_it_is_read_is_passed_over(fake, open_page):
    fake.add_post(0)
    fake.add_post(1)
    fake.add(5)
    fake.add(6, post=1)
    fake.refuses["11_0/comments"] = refusal(400, 100, 33)
    assert drain_ids(open_page())[0] == ["1_6"]


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002])
@pytest.mark.parametrize("status", [400, 403])
def test_a_limit_that_the_body_names_is_busy(fake, open_page, status, code):
    fake.refuses["11/feed"] = refusal(status, code)
    with pytest.raises(SourceBusy, match=f"code {code}.*a limit is reached") as caught:
        drain_ids(open_page())
    assert caught.value.retry_after_s == 600


def test_trouble_that_the_body_names_is_waited_for(server, fake, clock, open_page):
    fake.add_post(0, message="Hello")
    server.trouble.append(refusal(400, 2))
    assert drain_ids(open_page())[0] == ["11_0"]
    assert len(clock.slept) == 1


def test_what_is_nearly_used_up_is_rested_for(fake, clock, open_page):
    fake.add_post(0)
    fake.add(5)
    usage = {"11": [{"type": "pages", "call_count": 85, "total_time": 3, "estimated_time_to_regain_access": 4}]}
    fake.headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    drain_ids(open_page())
    assert clock.slept == [240]


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, 190),
        refusal(403, 10),
        refusal(400, 100),
        Says(status=400, headers=JSON, body=b"no JSON"),
        Says(status=403, headers=JSON, body=b"[]"),
    ],
)
def test_a_refusal_is_told_from_a_limit(fake, open_page, answer):
    fake.refuses["11/feed"] = answer
    with pytest.raises(SourceRefused, match="it refuses the request"):
        drain_ids(open_page())


@pytest.mark.parametrize("body", [b"[]", b'{"data": {}}', b"null"])
def test_something_else_than_a_list_is_refused(fake, open_page, body):
    fake.refuses["11/feed"] = Says(headers=JSON, body=body)
    with pytest.raises(SourceRefused, match="not a"):
        drain_ids(open_page())


def test_a_feed_that_leads_to_itself_is_refused(fake, open_page):
    for number in range(12):
        fake.add_post(number)
    fake.repeats = True
    with pytest.raises(SourceRefused, match="repeats its cursor"):
        drain_ids(open_page())


def test_what_is_gone_or_hidden_is_a_deletion_that_may_be_taken_back(server, fake, open_page):
    fake.add_post(0, message="Hello")
    fake.add(5, message="It works")
    batch = open_page().recheck(["11_0", "0_5", "0_6"])
    assert {post.native_id: post.text for post in batch.posts} == {"11_0": "Hello", "0_5": "It works"}
    assert batch.deletions == (Deletion(source="facebook", native_id="0_6", final=False),)
    assert paths(server) == ["11", "11_0", "0_5", "0_6"]


def test_nothing_is_deleted_where_we_see_not_even_the_page(fake, open_page):
    fake.refuses["11"] = refusal(400, 100, 33)
    with pytest.raises(SourceRefused, match="does not show us the page 11"):
        open_page().recheck(["11_0"])


def test_what_is_asked_for_again_is_as_it_was_found(fake, open_page):
    fake.add_post(0)
    fake.add(5, parent={"id": "0_4"})
    source = open_page(brand="north")
    [post] = [post for batch in source.batches(None) for post in batch.posts]
    assert source.recheck(["0_5"]).posts == (post,)
    assert [rule.every for rule in source.terms.rechecks] == [timedelta(days=7)]
