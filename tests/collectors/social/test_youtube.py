import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.social.youtube import to_post
from collectors.social.youtube_api import seconds_to_midnight
from collectors.social.youtube_videos import Video
from domain.errors import ConfigurationError, SourceBusy, SourceRefused
from domain.post import Author, Metrics
from tests.support.cases_forums import LATER, SECRET, moment, says
from tests.support.fake_youtube import FakeYouTube, comment, listed, refusal
from tests.support.listening import listened
from tests.support.misbehaving import Says
from textquery.tree import Phrase

VIDEO = Video("North Mobile at home", "UCnorth", moment(0))
BRANDS = {"north": Phrase(("north", "mobile"))}


@pytest.fixture
def fake(server):
    return FakeYouTube(server)


@pytest.fixture
def open_youtube(server, clock):
    def open_youtube(queries=None, **settings):
        table = {"type": "youtube", "api": server.url, "allow_private": True} | settings
        return open_source(
            "video", table, clock=clock, environ={"EARSHOT_SOURCE_VIDEO_KEY": SECRET}, brands=listened(queries)
        )

    return open_youtube


def drain(collector, cursor=None):
    """Return the posts and the cursor behind all."""
    posts = []
    for batch in collector.batches(cursor):
        posts += batch.posts
        cursor = batch.cursor
    return posts, cursor


def ids(posts):
    return sorted(post.native_id for post in posts)


def paths(server):
    return [asked.path.removeprefix("/") for asked in server.asked]


def test_a_comment_becomes_a_post_about_what_its_video_is_about():
    told = comment(5, textDisplay=" Slow 5G @bob <3 ", parentId="Ug4", updatedAt=LATER) | {"replies": 7}
    post = to_post(told, "v1", VIDEO, "north")
    assert (post.source, post.instance, post.native_id, post.parent_id) == ("youtube", "", "Ug5", "Ug4")
    assert (post.title, post.text, post.mentions) == ("North Mobile at home", "Slow 5G @bob <3", ("bob",))
    assert (post.created_at, post.edited_at) == tuple(map(datetime.fromisoformat, (moment(5), LATER)))
    assert post.author == Author(id="UC9", handle="ann")
    assert (post.metrics, post.brand) == (Metrics(likes=2, replies=7), "north")
    assert post.url == "https://www.youtube.com/watch?v=v1&lc=Ug5"
    assert post.attributes == {"video": "v1", "channel": "UCnorth"}


def test_a_comment_of_nobody_has_no_author():
    assert to_post(comment(5, authorChannelId={}), "v1", VIDEO, None).author is None


def test_all_comments_of_a_channel_are_kept_and_count_for_its_brand(server, fake, open_youtube):
    fake.add_video("v1", title="Our plans &amp; yours")
    fake.add("v1", *map(comment, range(150)))
    posts, _ = drain(open_youtube(BRANDS, channels=["UCnorth"], brand="north", searches_per_day=0))
    assert len(posts) == 150
    assert {(post.brand, post.title) for post in posts} == {("north", "Our plans &amp; yours")}
    assert paths(server) == ["channels", "playlistItems", "commentThreads", "commentThreads"]


def test_what_a_search_finds_is_held_against_the_brands_with_its_title(server, fake, open_youtube):
    fake.add_video("v1", title="North Mobile &amp; others", channel="UC1")
    fake.add_video("v2", title="Phones", channel="UC2")
    fake.add("v1", comment(1))
    fake.add("v2", comment(2), comment(3, textDisplay="north mobile is slow"))
    posts, _ = drain(open_youtube(BRANDS))
    assert [(post.native_id, post.title) for post in sorted(posts, key=lambda post: post.native_id)] == [
        ("Ug1", "North Mobile & others"),
        ("Ug3", "Phones"),
    ]
    assert server.asked[0].query["q"] == '"north mobile"'
    assert server.asked[0].query["publishedAfter"] == "2026-10-23T12:00:00Z"
    assert len(drain(open_youtube(BRANDS, everything=True))[0]) == 3


def test_searches_are_spread_over_the_day(server, fake, clock, open_youtube):
    fake.add_video("v1")
    cursor, searches = None, []
    for _ in range(24):
        server.asked.clear()
        _, cursor = drain(open_youtube(BRANDS, searches_per_day=4), cursor)
        searches.append(paths(server).count("search"))
        clock.sleep(3600)
    assert searches == [1, 0, 0, 0, 0, 0] * 4


def test_the_next_search_looks_a_little_behind_the_last(server, fake, clock, open_youtube):
    _, cursor = drain(open_youtube(BRANDS))
    clock.sleep(3600)
    server.asked.clear()
    drain(open_youtube(BRANDS), cursor)
    assert server.asked[0].query["publishedAfter"] == "2026-11-20T12:00:00Z"


def test_searches_that_are_used_up_do_not_keep_comments_away(fake, open_youtube):
    fake.add_video("v1")
    fake.add("v1", comment(1))
    _, cursor = drain(open_youtube(BRANDS, searches_per_day=24))
    fake.add("v1", comment(2))
    fake.refuses["search"] = refusal(403, "quotaExceeded")
    assert ids(drain(open_youtube(BRANDS, searches_per_day=10_000), cursor)[0]) == ["Ug2"]


def test_only_the_newest_videos_that_are_not_too_old_are_read(server, fake, clock, open_youtube):
    for number in range(5):
        fake.add_video(f"v{number}", number=number)
    asked = {"channels": ["UCnorth"], "most_videos": 3}
    _, cursor = drain(open_youtube(**asked))
    assert [asked.query["videoId"] for asked in server.asked[2:]] == ["v4", "v3", "v2"]
    clock.sleep(timedelta(days=31).total_seconds())
    server.asked.clear()
    drain(open_youtube(**asked), cursor)
    assert paths(server) == ["channels", "playlistItems"]


def test_a_walk_ends_at_what_was_read_less_an_overlap(server, fake, open_youtube):
    fake.add_video("v1")
    fake.add("v1", *map(comment, range(1000)))
    asked = {"channels": ["UCnorth"], "overlap_hours": 0.1}
    _, cursor = drain(open_youtube(**asked))
    server.asked.clear()
    fake.add("v1", comment(1001))
    fake.reply("Ug990", comment(1002))
    fake.reply("Ug5", comment(1003))
    posts, _ = drain(open_youtube(**asked), cursor)
    assert (ids(posts), paths(server).count("commentThreads")) == (["Ug1001", "Ug1002", "Ug990"], 2)


def test_a_video_that_lies_still_is_not_told_again(fake, open_youtube):
    fake.add_video("v1")
    fake.add_video("v2")
    fake.add("v1", *map(comment, range(2_500)))
    fake.add("v2", comment(14_000))
    _, cursor = drain(open_youtube(channels=["UCnorth"], overlap_hours=1))
    fake.add("v1", comment(2_600))
    assert ids(drain(open_youtube(channels=["UCnorth"], overlap_hours=1), cursor)[0]) == ["Ug2499", "Ug2600"]


def test_a_video_that_is_found_later_is_read_whole(fake, open_youtube):
    fake.add_video("v1")
    fake.add("v1", comment(9000))
    _, cursor = drain(open_youtube(channels=["UCnorth"], overlap_hours=1))
    fake.add_video("v2")
    fake.add("v2", comment(10))
    assert ids(drain(open_youtube(channels=["UCnorth"], overlap_hours=1), cursor)[0]) == ["Ug10"]


@pytest.mark.parametrize(("embedded", "requests"), [(0, 2), (100, 2), (300, 0)])
def test_replies_that_a_thread_leaves_out_are_asked_for(server, fake, open_youtube, embedded, requests):
    fake.embedded = embedded
    fake.add_video("v1")
    fake.add("v1", comment(1))
    fake.reply("Ug1", *map(comment, range(2, 132)))
    posts, _ = drain(open_youtube(channels=["UCnorth"]))
    assert len(posts) == 131
    assert {post.parent_id for post in posts} == {None, "Ug1"}
    assert next(post.metrics.replies for post in posts if post.native_id == "Ug1") == 130
    assert paths(server).count("comments") == requests


def test_a_walk_whose_token_has_ended_begins_its_video_anew(fake, open_youtube):
    fake.add_video("v1")
    fake.add("v1", *map(comment, range(250)))
    first = next(batch for batch in open_youtube(channels=["UCnorth"]).batches(None) if batch.posts)
    fake.expire()
    assert len(drain(open_youtube(channels=["UCnorth"]), first.cursor)[0]) == 150


@pytest.mark.parametrize("refused", [refusal(403, "commentsDisabled"), refusal(404, "videoNotFound")])
def test_a_video_without_comments_is_passed_over(fake, open_youtube, refused):
    fake.add_video("v1")
    fake.add_video("v2")
    fake.add("v1", comment(1))
    fake.refuses["v2"] = refused
    assert ids(drain(open_youtube(channels=["UCnorth"]))[0]) == ["Ug1"]


def test_a_channel_that_is_gone_is_passed_over(fake, open_youtube):
    fake.refuses["channels"] = listed({})
    assert drain(open_youtube(channels=["UCgone"]))[0] == []


def test_what_is_used_up_comes_back_at_midnight_pacific_time(fake, clock, open_youtube):
    fake.add_video("v1")
    fake.refuses["commentThreads"] = refusal(403, "quotaExceeded")
    with pytest.raises(SourceBusy, match="used up") as caught:
        drain(open_youtube(channels=["UCnorth"]))
    assert clock.now() + timedelta(seconds=caught.value.retry_after_s) == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_a_day_on_which_clocks_change_is_longer():
    assert seconds_to_midnight(datetime(2026, 11, 1, 7, tzinfo=UTC)) == 25 * 3600


def test_asking_too_fast_is_waited_for(server, fake, clock, open_youtube):
    fake.add_video("v1")
    fake.add("v1", comment(1))
    server.trouble.extend([refusal(403, "rateLimitExceeded")] * 2)
    assert ids(drain(open_youtube(channels=["UCnorth"]))[0]) == ["Ug1"]
    assert len(clock.slept) == 2


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, "badRequest"),
        refusal(403, "accessNotConfigured"),
        Says(status=403, headers={"Content-Type": "application/json"}, body=b"no JSON"),
    ],
)
def test_a_key_that_is_no_good_is_refused(fake, open_youtube, answer):
    fake.refuses["channels"] = answer
    with pytest.raises(SourceRefused, match="YouTube answered 40"):
        drain(open_youtube(channels=["UCnorth"]))


@pytest.mark.parametrize("body", [b"[]", b'{"items": []}', b'{"kind": "x", "items": {}}'])
def test_something_else_than_a_list_is_refused(fake, open_youtube, body):
    fake.refuses["channels"] = Says(headers={"Content-Type": "application/json"}, body=body)
    with pytest.raises(SourceRefused, match="not a list"):
        drain(open_youtube(channels=["UCnorth"]))


def test_there_must_be_something_to_look_for(open_youtube):
    with pytest.raises(ConfigurationError, match=r"configure a \[brand.NAME\]"):
        open_youtube()


def test_labels_need_the_amendment_and_nobody_is_linked(open_youtube):
    terms = open_youtube(channels=["UC1"]).terms
    assert (terms.keep, terms.label, terms.link) == (timedelta(days=30), False, False)
    assert [rule.every for rule in terms.rechecks] == [timedelta(days=14)]
    assert open_youtube(channels=["UC1"], derived_metrics_accepted=True).terms.label


def test_comments_asked_for_again_are_as_they_were_found(server, fake, open_youtube):
    fake.add_video("v1")
    fake.add("v1", comment(1))
    fake.reply("Ug1", comment(2))
    source = open_youtube(channels=["UCnorth"], brand="north")
    posts, _ = drain(source)
    batch = source.recheck(["Ug1", "Ug2", "Ug3"])
    assert sorted(batch.posts, key=lambda post: post.native_id) == sorted(posts, key=lambda post: post.native_id)
    assert [deletion.native_id for deletion in batch.deletions] == ["Ug3"]
    assert paths(server)[-3:] == ["comments", "commentThreads", "videos"]


def test_of_comments_whose_video_is_not_told_nothing_is_said(fake, open_youtube):
    fake.add_video("v1")
    fake.add("v1", comment(1))
    source = open_youtube(channels=["UCnorth"])
    fake.videos.clear()
    batch = source.recheck(["Ug1"])
    assert (batch.posts, batch.deletions) == ((), ())


ODD_COMMENTS = [
    {"kind": "youtube#comment", "id": "Ug2"},
    {"kind": "youtube#comment", "id": "Ug2", "snippet": None},
    {"kind": "youtube#comment", "id": "Ug2", "snippet": []},
    {"kind": "youtube#comment", "id": None, "snippet": {}},
    {"kind": "youtube#comment", "id": {"id": "Ug2"}},
    {"kind": "youtube#comment"},
]


@pytest.mark.parametrize("odd", ODD_COMMENTS, ids=str)
def test_a_comment_that_is_none_when_asked_for_again_is_named_and_not_deleted(server, fake, open_youtube, odd):
    fake.add_video("v1")
    fake.add("v1", comment(1), comment(2))
    told = says({"kind": "youtube#commentListResponse", "items": [comment(1), odd]})
    server.answer = lambda asked: told if asked.path == "/comments" else fake.answer(asked)
    batch = open_youtube(channels=["UCnorth"]).recheck(["Ug1", "Ug2"])
    assert [post.native_id for post in batch.posts] == ["Ug1"]
    assert (len(batch.unreadable), batch.deletions) == (1, ())


@pytest.mark.parametrize("odd", [{}, {"snippet": None}, {"snippet": {"title": None}}, {"snippet": "v1"}], ids=str)
def test_a_video_that_is_none_when_asked_for_again_costs_its_own_comments_alone(server, fake, open_youtube, odd):
    fake.add_video("v1")
    fake.add_video("v2")
    fake.add("v1", comment(1))
    fake.add("v2", comment(2))

    def answer(asked):
        said = fake.answer(asked)
        if asked.path != "/videos":
            return said
        answer = json.loads(said.body)
        answer["items"] = [one if one["id"] == "v2" else {"id": "v1"} | odd for one in answer["items"]]
        return says(answer)

    server.answer = answer
    batch = open_youtube(channels=["UCnorth"]).recheck(["Ug1", "Ug2"])
    assert [post.native_id for post in batch.posts] == ["Ug2"]
    assert (len(batch.unreadable), batch.deletions) == (1, ())


@pytest.mark.parametrize("odd", [None, [], {"relatedPlaylists": None}, {"relatedPlaylists": {"uploads": {}}}], ids=str)
def test_a_channel_that_is_none_costs_its_own_videos_alone(server, fake, open_youtube, odd):
    fake.add_video("v2", channel="UC2")
    fake.add("v2", comment(2))

    def answer(asked):
        said = fake.answer(asked)
        if asked.path != "/channels":
            return said
        answer = json.loads(said.body)
        answer["items"] = [{"id": "UC1", "contentDetails": odd}, *answer["items"]]
        return says(answer)

    server.answer = answer
    assert ids(drain(open_youtube(channels=["UC1", "UC2"]))[0]) == ["Ug2"]
