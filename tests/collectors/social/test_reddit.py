import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.social.reddit import to_found
from domain.errors import ConfigurationError, SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import JSON, LATER, SECRET, moment, says
from tests.support.cases_social import AGENT, FakeReddit, reddit_comment, reddit_post
from tests.support.listening import listened
from tests.support.misbehaving import Says
from textquery.tree import Phrase


@pytest.fixture
def fake(server):
    return FakeReddit(server)


@pytest.fixture
def open_reddit(server, clock):
    def open_reddit(queries=None, **settings):
        table = {
            "type": "reddit",
            "subreddits": ["ukmobile"],
            "client_id": "app7",
            "user_agent": AGENT,
            "contract": "R-2026-7",
            "api": server.url,
            "login": server.url,
            "since_days": 4,
            "allow_private": True,
        }
        environ = {"EARSHOT_SOURCE_TALK_CLIENT_SECRET": SECRET}
        return open_source("talk", table | settings, clock=clock, environ=environ, brands=listened(queries))

    return open_reddit


def drain(collector, cursor=None):
    """Return the posts' ids, what is gone, what was unreadable, and the cursor behind all."""
    ids, gone, unreadable = [], [], []
    for batch in collector.batches(cursor):
        ids += [post.native_id for post in batch.posts]
        gone += [deletion.native_id for deletion in batch.deletions]
        unreadable += [str(error) for error in batch.unreadable]
        cursor = batch.cursor
    return ids, gone, unreadable, cursor


def test_a_submission_becomes_a_post():
    edited = datetime.fromisoformat(LATER).timestamp()
    html = "<!-- SC_OFF --><div><p>No 4G, /u/bob &amp; friends</p>\n\n<p>again</p></div><!-- SC_ON -->"
    post = to_found(reddit_post(26, selftext_html=html, edited=edited, crosspost_parent="t3_9"))
    assert (post.source, post.instance, post.native_id) == ("reddit", "", "t3_1a")
    assert (post.title, post.text) == ("Outage?", "No 4G, /u/bob & friends\nagain")
    assert post.created_at == datetime.fromisoformat(moment(26))
    assert post.edited_at == datetime.fromisoformat(LATER)
    assert post.author == Author(id="t2_7", handle="ann")
    assert (post.parent_id, post.shared_id) == (None, "t3_9")
    assert post.metrics == Metrics(likes=4, replies=2)
    assert post.url == "https://www.reddit.com/r/ukmobile/comments/1a/outage/"
    assert post.attributes == {"subreddit": "ukmobile"}


def test_a_submission_that_is_a_link_has_its_title_for_a_text():
    post = to_found(reddit_post(26, selftext="", selftext_html=None, is_self=False, url="https://news.example/a"))
    assert (post.title, post.text, post.attributes["link"]) == (None, "Outage?", "https://news.example/a")


def test_a_comment_becomes_a_post_without_the_title_of_another():
    post = to_found(reddit_comment(26, parent_id="t1_19", score_hidden=True, edited=True))
    assert (post.native_id, post.title, post.text) == ("t1_1a", None, "No signal, day 26")
    assert (post.parent_id, post.metrics, post.edited_at) == ("t1_19", Metrics(), None)
    assert post.attributes == {"subreddit": "ukmobile", "thread": "t3_1abc"}


def test_an_old_comment_says_neither_where_it_is_nor_who_that_is_for_good():
    old = reddit_comment(26)
    del old["data"]["permalink"], old["data"]["author_fullname"]
    post = to_found(old)
    assert (post.url, post.author.id) == ("https://www.reddit.com/comments/1abc/_/1a/", "ann")


@pytest.mark.parametrize(
    "thing",
    [
        reddit_comment(26, author="[deleted]", body="[deleted]"),
        reddit_comment(26, body="[removed]"),
        reddit_comment(26, author="[deleted]"),
        reddit_post(26, selftext="[removed]"),
        reddit_post(26, removed_by_category="moderator"),
    ],
)
def test_what_was_taken_away_is_a_deletion(thing):
    assert to_found(thing) == Deletion(source="reddit", native_id=thing["data"]["name"])


def test_both_listings_are_read_page_by_page(server, fake, open_reddit):
    fake.add(*map(reddit_post, range(130)), *map(reddit_comment, range(250)))
    assert len(drain(open_reddit())[0]) == 380
    walked = [(asked.path, asked.query.get("after")) for asked in server.asked if "limit" in asked.query]
    assert walked == [
        ("/r/ukmobile/new", None),
        ("/r/ukmobile/new", "t3_1e"),
        ("/r/ukmobile/comments", None),
        ("/r/ukmobile/comments", "t1_96"),
        ("/r/ukmobile/comments", "t1_32"),
    ]


def test_a_walk_that_was_cut_off_begins_anew_though_its_item_was_removed(fake, open_reddit):
    fake.add(*map(reddit_comment, range(250)))
    first = next(batch for batch in open_reddit().batches(None) if batch.posts)
    del fake.things["t1_96"]  # the last of the page
    assert len(drain(open_reddit(), first.cursor)[0]) == 150


def test_an_item_that_is_removed_while_we_go_on_behind_it_hides_nothing(server, fake, open_reddit):
    fake.add(*map(reddit_comment, range(250)))
    found = []
    for batch in open_reddit().batches(None):
        found += [post.native_id for post in batch.posts]
        if batch.posts:
            fake.things.pop("t1_96", None)
    assert sorted(found) == sorted(f"t1_{number:x}" for number in range(250))
    assert found[0] == "t1_96"
    assert len([asked for asked in server.asked if asked.path.endswith("comments")]) == 5


def test_only_so_much_is_read_again(server, fake, open_reddit):
    fake.add(*map(reddit_comment, range(1000)))
    cursor = drain(open_reddit())[3]
    server.asked.clear()
    fake.add(reddit_comment(1001))
    assert drain(open_reddit(), cursor)[0] == ["t1_3e9"]
    assert len([asked for asked in server.asked if asked.path.endswith("comments")]) == 5


def test_an_item_that_was_taken_away_since_is_a_deletion_once(fake, open_reddit):
    fake.add(*map(reddit_comment, range(3)))
    cursor = drain(open_reddit())[3]
    fake.add(reddit_comment(1, author="[deleted]", body="[deleted]", body_html="<p>[deleted]</p>"))
    _, gone, _, cursor = drain(open_reddit(), cursor)
    assert gone == ["t1_1"]
    assert drain(open_reddit(), cursor)[1] == []


def test_items_are_asked_for_again_and_what_is_missing_is_gone(server, fake, open_reddit):
    fake.add(reddit_post(1), reddit_comment(2, body_html="<p>it works</p>"), reddit_comment(3, body="[removed]"))
    batch = open_reddit().recheck(["t3_1", "t1_2", "t1_3", "t1_4"])
    assert {post.native_id: post.text for post in batch.posts} == {"t3_1": "No signal, day 1", "t1_2": "it works"}
    assert {deletion.native_id for deletion in batch.deletions} == {"t1_3", "t1_4"}
    assert server.asked[-1].query["id"] == "t3_1,t1_2,t1_3,t1_4"


@pytest.mark.parametrize(
    "odd", [{"data": None}, {"kind": "t1"}, {"kind": "t1", "data": []}, None, "t3_2", [], {"data": {"name": {}}}, 7]
)
def test_an_item_that_is_none_is_named_and_nothing_is_deleted_for_it(server, fake, open_reddit, odd):
    fake.add(reddit_post(1), reddit_comment(2))
    listing = says({"kind": "Listing", "data": {"children": [reddit_post(1), odd], "after": None}})
    server.answer = lambda asked: listing if asked.path == "/api/info" else fake.answer(asked)
    batch = open_reddit().recheck(["t3_1", "t1_2"])
    assert [post.native_id for post in batch.posts] == ["t3_1"]
    assert len(batch.unreadable) == 1
    assert batch.deletions == ()


def test_posts_about_none_of_the_brands_are_left_out(fake, open_reddit):
    fake.add(reddit_comment(1), reddit_comment(2, body_html="<p>Nice weather</p>"))
    brands = {"north": Phrase(("signal",))}
    assert drain(open_reddit(brands))[0] == ["t1_1"]
    assert len(drain(open_reddit(brands, everything=True))[0]) == 2


def test_nothing_is_read_without_a_contract(open_reddit):
    with pytest.raises(ConfigurationError, match=r"\[source.talk\]: Reddit allows commercial use only by contract"):
        open_reddit(contract="")


@pytest.mark.parametrize("agent", ["earshot", "linux:earshot:0.1", "linux:earshot:0.1 (by ann)"])
def test_who_asks_must_be_said_as_reddit_demands(open_reddit, agent):
    with pytest.raises(ConfigurationError, match="user_agent must be like"):
        open_reddit(user_agent=agent)


def test_what_the_contract_does_not_allow_is_not_done(open_reddit):
    terms = open_reddit().terms
    assert (terms.keep, terms.label, terms.link, terms.tombstone) == (timedelta(hours=48), False, False, False)
    assert [rule.every for rule in terms.rechecks] == [timedelta(hours=24)]
    terms = open_reddit(contract_allows_labels=True, contract_allows_links=True).terms
    assert (terms.label, terms.link, terms.tombstone) == (True, True, False)


def test_a_closed_subreddit_is_named_and_the_others_go_on(fake, open_reddit):
    fake.closed["leeds"] = Says(status=403, headers=JSON, body=b'{"reason": "private", "error": 403}')
    fake.add(reddit_comment(1))
    ids, _, unreadable, cursor = drain(open_reddit(subreddits=["r/leeds", "ukmobile"]))
    assert ids == ["t1_1"]
    assert unreadable == ["reddit r/leeds: it is closed (private)"] * 2
    assert drain(open_reddit(subreddits=["r/leeds", "ukmobile"]), cursor)[2] == []


def test_forbidden_without_a_reason_is_refused(fake, open_reddit):
    fake.closed["ukmobile"] = Says(status=403, headers=JSON, body=b'{"message": "Forbidden", "error": 403}')
    with pytest.raises(SourceRefused, match="Reddit answered 403"):
        drain(open_reddit())


def test_one_token_serves_the_whole_run(server, fake, open_reddit):
    drain(open_reddit(subreddits=["ukmobile", "leeds"]))
    assert [asked.path for asked in server.asked].count("/api/v1/access_token") == 1
    assert {asked.headers["user-agent"] for asked in server.asked} == {AGENT}


def test_a_secret_that_is_wrong_is_refused(server, fake, open_reddit):
    fake.shown = "other"
    with pytest.raises(SourceRefused, match="gave no token"):
        drain(open_reddit())


def test_the_limit_is_waited_for(server, fake, clock, open_reddit):
    fake.add(reddit_comment(1))
    slow = Says(
        status=429, headers={"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "82", "x-ratelimit-used": "1"}
    )
    server.trouble.append(slow)
    assert drain(open_reddit())[0] == ["t1_1"]
    assert clock.now() == datetime(2026, 11, 22, 12, 1, 22, tzinfo=UTC)


@pytest.mark.parametrize("body", [[], {"kind": "t2"}, {"kind": "Listing", "data": {"children": None}}])
def test_something_else_than_a_listing_is_refused(server, fake, open_reddit, body):
    fake.closed["ukmobile"] = Says(headers=JSON, body=json.dumps(body).encode())
    with pytest.raises(SourceRefused, match="not a listing"):
        drain(open_reddit())


def test_a_page_for_people_is_trouble(server, fake, open_reddit):
    fake.closed["ukmobile"] = Says(headers={"Content-Type": "text/html"}, body=b"<h1>whoa there</h1>")
    with pytest.raises(SourceBusy, match="text/html"):
        drain(open_reddit())
