from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.social.mastodon import MastodonCollector, MastodonSettings
from collectors.social.mastodon_statuses import to_post
from domain.errors import RecordUnreadable, SourceRefused
from domain.ports import Recheckable
from domain.post import Author, Deletion, Metrics
from domain.setting import Secret
from tests.support.fake_mastodon import FakeMastodon, native_id, status
from tests.support.misbehaving import Says
from transport.http import Web

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOST = "social.example"


@pytest.fixture
def mastodon(server):
    return FakeMastodon(server)


@pytest.fixture
def open_tag(server, clock):
    def open_tag(**settings):
        web = Web(clock=clock, allow_private=True, chance=lambda: 0.0)
        made = MastodonSettings(**{"instance": server.url, "tag": "#northmobile"} | settings)
        return MastodonCollector("tag", made, web=web, clock=clock)

    return open_tag


def drain(collector, cursor=None):
    """Return the posts' places in time, the deletions, and the cursor behind all."""
    posts, deletions = [], []
    for batch in collector.batches(cursor):
        posts += batch.posts
        deletions += batch.deletions
        cursor = batch.cursor
    return posts, deletions, cursor


def ids(posts):
    return [post.native_id for post in posts]


def test_a_status_becomes_a_post():
    told = status(
        3,
        "<p>No 4G, <span>@<span>north</span></span> &amp; friends</p><p>again</p>",
        spoiler_text="rant",
        language="pt-BR",
        in_reply_to_id="99",
        edited_at="2026-11-20T11:00:00.000Z",
        mentions=[{"acct": "north"}, {"acct": "ann@other.example"}],
    )
    post = to_post(told, instance=HOST, now=NOW)
    assert (post.source, post.instance, post.native_id) == ("mastodon", HOST, native_id(3))
    assert (post.text, post.title, post.lang) == ("No 4G, @north & friends\nagain", "rant", "pt")
    assert post.created_at == datetime(2026, 11, 20, 10, 0, 30, tzinfo=UTC)
    assert post.edited_at == datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert post.author == Author(id="7", handle=f"mouse@{HOST}", name="Field Mouse", followers=120, is_bot=False)
    assert (post.parent_id, post.shared_id) == ("99", None)
    assert post.mentions == (f"north@{HOST}", "ann@other.example")
    assert post.metrics == Metrics(likes=2, replies=1, shares=0)
    assert post.attributes == {"uri": "https://social.example/users/mouse/statuses/3", "tags": "northmobile"}


def test_a_poll_pictures_and_what_is_quoted_are_read_too():
    told = status(
        3,
        "<p>Who is worse?</p>",
        poll={"options": [{"title": "Northwind"}, {"title": "Three"}, "odd"]},
        media_attachments=[{"description": "A mast on fire"}, {"description": None}, {}],
        quote={"state": "accepted", "quoted_status": status(2, "<p>We are <b>back</b></p>")},
    )
    post = to_post(told, instance=HOST, now=NOW)
    assert post.text == "Who is worse?\n- Northwind\n- Three\n[A mast on fire]"
    assert post.attributes["quoted"] == native_id(2)
    assert post.attributes["quoted_text"] == "We are back"
    shallow = to_post(status(3, quote={"state": "accepted", "quoted_status_id": "77"}), instance=HOST, now=NOW)
    assert shallow.attributes["quoted"] == "77"
    silent = to_post(status(3, "", media_attachments=[{"description": "A bill"}]), instance=HOST, now=NOW)
    assert silent.text == "[A bill]"
    for odd in (
        {"poll": "x"},
        {"poll": {"options": 3}},
        {"media_attachments": {"a": 1}},
        {"quote": {"quoted_status": 7}},
    ):
        assert to_post(status(3, **odd), instance=HOST, now=NOW).text


def test_a_reblog_is_a_share_of_the_post_it_passes_on():
    original = status(1, "<p>We are back</p>", account=status(1)["account"] | {"id": "8", "acct": "north", "bot": True})
    post = to_post(status(5, "", reblog=original), instance=HOST, now=NOW)
    assert (post.native_id, post.shared_id) == (native_id(5), native_id(1))
    assert (post.text, post.mentions, post.author.id) == ("We are back", (f"north@{HOST}",), "7")


@pytest.mark.parametrize(
    "change",
    [{"account": None}, {"content": None}, {"created_at": "soon"}, {"mentions": [1]}, {"tags": ["x"]}, {"reblog": 5}],
)
def test_what_is_not_a_status_says_so(change):
    with pytest.raises(RecordUnreadable, match=f"status {native_id(1)}: not the shape of a status"):
        to_post(status(1) | change, instance=HOST, now=NOW)


def test_a_status_from_the_future_is_unreadable():
    with pytest.raises(RecordUnreadable, match="future"):
        to_post(status(1, created_at="2031-01-01T00:00:00Z"), instance=HOST, now=NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
)


@given(st.sampled_from(sorted(status(1))), JSON)
def test_no_value_breaks_more_than_its_own_status(key, value):
    try:
        to_post(status(1) | {key: value}, instance=HOST, now=NOW)
    except RecordUnreadable as error:
        assert error.where.startswith("mastodon")  # noqa: PT017


def test_the_walk_goes_forward_page_by_page(server, mastodon, open_tag):
    mastodon.add(*range(100))
    posts, _, cursor = drain(open_tag())
    assert ids(posts) == [native_id(number) for number in range(100)]
    walked = [asked.query["min_id"] for asked in server.asked if "min_id" in asked.query]
    assert walked[1:] == [native_id(39), native_id(79), native_id(99)]
    assert cursor["newest"] == native_id(99)


def test_the_first_collection_goes_back_as_far_as_it_is_told(mastodon, open_tag):
    mastodon.add(-60 * 24 * 20, 0)
    assert ids(drain(open_tag(since_days=5))[0]) == [native_id(0)]
    assert len(drain(open_tag(since_days=30))[0]) == 2
    assert len(drain(open_tag(since_days=0))[0]) == 2


def test_rows_twice_and_in_disorder_change_nothing(mastodon, open_tag):
    mastodon.add(*range(100))
    mastodon.shuffles = True
    posts, _, cursor = drain(open_tag())
    assert ids(posts) == [native_id(number) for number in range(100)]
    assert drain(open_tag(), cursor)[0] == []


def test_a_status_that_federates_late_is_found_behind_the_cursor(mastodon, open_tag):
    mastodon.add(*range(0, 60, 2))
    _, _, cursor = drain(open_tag())
    mastodon.add(31)
    posts, _, cursor = drain(open_tag(), cursor)
    assert ids(posts) == [native_id(31)]
    assert drain(open_tag(), cursor)[0] == []


def test_new_figures_are_a_change(mastodon, open_tag):
    mastodon.add(1, 2)
    _, _, cursor = drain(open_tag())
    mastodon.add(2, favourites_count=50)
    posts, _, _ = drain(open_tag(), cursor)
    assert [(post.native_id, post.metrics.likes) for post in posts] == [(native_id(2), 50)]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_deleted_status_is_a_deletion_once(server, mastodon, open_tag, gone):
    mastodon.add(*range(3))
    _, _, cursor = drain(open_tag())
    mastodon.remove(gone)
    _, deletions, cursor = drain(open_tag(), cursor)
    host = server.url.removeprefix("http://")
    assert deletions == [Deletion(source="mastodon", instance=host, native_id=native_id(gone))]
    assert drain(open_tag(), cursor)[:2] == ([], [])


def test_a_status_that_only_lost_its_tag_stays(mastodon, open_tag, server):
    mastodon.add(*range(3))
    _, _, cursor = drain(open_tag())
    untagged = mastodon.statuses.pop(native_id(1))
    timeline = server.answer

    def answer(asked):
        if asked.path.endswith(native_id(1)):
            mastodon.statuses[native_id(1)] = untagged
            says = timeline(asked)
            mastodon.statuses.pop(native_id(1))
            return says
        return timeline(asked)

    server.answer = answer
    assert drain(open_tag(), cursor)[:2] == ([], [])


def test_forbidden_is_not_deleted(mastodon, open_tag):
    mastodon.add(*range(3))
    _, _, cursor = drain(open_tag())
    mastodon.remove(1)
    mastodon.hides_single = True
    assert drain(open_tag(), cursor)[:2] == ([], [])


def test_only_so_many_are_asked_for(server, mastodon, open_tag):
    mastodon.add(*range(30))
    _, _, cursor = drain(open_tag())
    for number in range(10):
        mastodon.remove(number)
    server.asked.clear()
    assert len(drain(open_tag(recheck=4), cursor)[1]) == 4
    assert len([asked for asked in server.asked if "/statuses/" in asked.path]) == 4


def test_stored_statuses_can_be_asked_for_again(mastodon, open_tag):
    mastodon.add(1, 2, 3, 4)
    mastodon.remove(2)
    mastodon.add(3, content="<p>edited</p>", tags=[])
    mastodon.add(4, visibility="private")
    collector = open_tag(recheck=7)
    assert isinstance(collector, Recheckable)
    assert collector.recheck_size == 7
    batch = collector.recheck([native_id(n) for n in (1, 2, 3, 4)])
    assert ids(batch.posts) == [native_id(1), native_id(3)]
    assert batch.posts[1].text == "edited"
    gone = {deletion.native_id: deletion.final for deletion in batch.deletions}
    assert gone == {native_id(2): True, native_id(4): False}
    assert {deletion.instance for deletion in batch.deletions} == {collector.instance} == {batch.posts[0].instance}


def test_asked_again_and_forbidden_says_nothing(mastodon, open_tag):
    mastodon.add(1)
    mastodon.hides_single = True
    batch = open_tag().recheck([native_id(1)])
    assert (batch.posts, batch.deletions, batch.unreadable) == ((), (), ())


def test_what_is_not_public_or_does_not_want_to_be_indexed_stays_out(mastodon, open_tag):
    mastodon.add(1)
    mastodon.add(2, visibility="unlisted")
    mastodon.add(3, account=status(3)["account"] | {"noindex": True})
    assert ids(drain(open_tag())[0]) == [native_id(1)]


@pytest.mark.parametrize(
    "link", ['<https://x.example/?min_id=1>; rel="prev"', '<not a link>; rel="prev"', "<http://[>;rel=prev"]
)
def test_a_link_that_leads_back_is_a_repeated_cursor_and_nonsense_is_passed_over(server, mastodon, open_tag, link):
    mastodon.add(1)
    timeline = server.answer

    def answer(asked):
        says = timeline(asked)
        return Says(headers=says.headers | {"Link": link}, body=says.body)

    server.answer = answer
    if "min_id" in link:
        with pytest.raises(SourceRefused, match="repeats its cursor '1'"):
            drain(open_tag())
    else:
        assert len(drain(open_tag())[0]) == 1


@pytest.mark.parametrize("value", [b"{}", b'["x"]', b'[{"content": "x"}]', b"null"])
def test_something_else_than_statuses_is_refused(server, open_tag, value):
    server.answer = lambda asked: Says(headers={"Content-Type": "application/json"}, body=value)
    with pytest.raises(SourceRefused, match="not a list of statuses"):
        drain(open_tag())


def test_silence_is_told_from_a_closed_door(mastodon, open_tag):
    assert drain(open_tag())[0] == []
    mastodon.access = "public"
    assert drain(open_tag())[0] == []
    mastodon.access = "disabled"
    with pytest.raises(SourceRefused, match="does not show posts by tag"):
        drain(open_tag())
    mastodon.access = "authenticated"
    with pytest.raises(SourceRefused, match="only with a token"):
        drain(open_tag())
    assert drain(open_tag(token=Secret("t")))[0] == []


def test_a_page_of_a_hundred_thousand_is_refused(server, open_tag):
    body = b"[" + b",".join([b'{"id": "1"}'] * 100_000) + b"]"
    server.answer = lambda asked: Says(headers={"Content-Type": "application/json"}, body=body)
    with pytest.raises(SourceRefused, match="answered with more than 10000 statuses at once"):
        drain(open_tag())


def test_the_token_is_sent_and_the_tag_is_escaped(server, mastodon, open_tag):
    drain(open_tag(token=Secret("t0ken"), tag="#störung/nord"))
    assert server.asked[0].headers["authorization"] == "Bearer t0ken"
    assert server.asked[0].path == "/api/v1/timelines/tag/st%C3%B6rung%2Fnord"
