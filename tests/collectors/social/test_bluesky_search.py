from datetime import UTC, datetime, timedelta

import pytest

from collectors.catalog import open_source
from collectors.polling.pagination import read_each
from collectors.social.bluesky_search import view_to_post
from collectors.social.jetstream_events import StreamEvent, microseconds, to_post
from domain.errors import RecordUnreadable, SourceRefused
from domain.post import Author, Deletion, Metrics
from tests.support.cases_forums import LATER, SECRET, moment
from tests.support.cases_social import FakeBluesky, bluesky_uri, bluesky_view, says_error
from tests.support.drained import drain_ids
from tests.support.listening import listened
from tests.support.misbehaving import Says
from textquery.tree import Or, Phrase

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def fake(server):
    return FakeBluesky(server)


@pytest.fixture
def open_search(server, clock):
    def open_search(queries=None, **settings):
        table = {"type": "bluesky_search", "server": server.url, "account": "north.example", "allow_private": True}
        table |= {"query": "" if queries else "north"} | settings
        environ = {"EARSHOT_SOURCE_SKY_PASSWORD": SECRET}
        return open_source("sky", table, clock=clock, environ=environ, brands=listened(queries))

    return open_search


def paths(server):
    return [asked.path.rpartition(".")[2] for asked in server.asked]


def test_a_view_becomes_the_post_that_the_stream_tells_of():
    reply = {"root": {"uri": bluesky_uri(1)}, "parent": {"uri": bluesky_uri(2)}}
    view = bluesky_view(5, text="No 4G", reply=reply, createdAt="2026-11-20T10:00:00+01:00")
    post = view_to_post(view, now=NOW)
    heard = StreamEvent(
        kind="commit",
        did="did:plc:abc",
        time_us=microseconds(datetime.fromisoformat(moment(5))),
        operation="create",
        collection="app.bsky.feed.post",
        rkey="3k5",
        record=view["record"],
    )
    streamed = to_post(heard, now=NOW)
    assert (post.id, post.text, post.url) == (streamed.id, streamed.text, streamed.url)
    assert (post.created_at, post.parent_id) == (datetime(2026, 11, 20, 9, tzinfo=UTC), bluesky_uri(2))
    assert (post.source, post.native_id, post.lang) == ("bluesky", bluesky_uri(5), "en")
    assert post.author == Author(id="did:plc:abc", handle="ann.example", name="Ann")
    assert post.metrics == Metrics(likes=3, replies=1, shares=6)
    assert post.attributes == streamed.attributes == {"root": bluesky_uri(1)}


def test_a_time_that_a_client_declares_is_not_trusted():
    post = view_to_post(bluesky_view(5, createdAt="2031-01-01T00:00:00Z"), now=NOW)
    assert post.created_at == datetime.fromisoformat(moment(5))


@pytest.mark.parametrize(
    "change",
    [
        {"uri": "at://did:plc:abc/app.bsky.feed.generator/x"},
        {"uri": "elsewhere"},
        {"author": None},
        {"record": {}},
        {"indexedAt": "soon"},
        {"likeCount": []},
    ],
)
def test_what_is_not_a_post_is_named_or_has_no_figures(change):
    [one] = read_each([bluesky_view(5) | change], lambda view: view_to_post(view, now=NOW), "bluesky post", key="uri")
    assert isinstance(one, RecordUnreadable) or one.metrics.likes is None


def test_the_search_is_asked_on_the_accounts_own_server(server, fake, open_search):
    fake.add(*map(bluesky_view, range(150)))
    ids, cursor = drain_ids(open_search())
    assert len(ids) == 150
    assert [asked.path for asked in server.asked] == [
        "/xrpc/com.atproto.server.createSession",
        *["/pds/xrpc/app.bsky.feed.searchPosts"] * 2,
    ]
    assert server.asked[1].query == {
        "q": "north",
        "sort": "latest",
        "limit": "100",
        "since": "2026-10-23T12:00:00.000Z",
    }
    server.asked.clear()
    fake.add(bluesky_view(200))
    assert drain_ids(open_search(), cursor)[0] == [bluesky_uri(200)]
    assert server.asked[1].query["since"] == "2026-11-20T08:24:50.000Z"


def test_the_brands_are_searched_for_and_held_against_what_comes(server, fake, open_search):
    brands = {"north": Or((Phrase(("north", "mobile")), Phrase(("signal",))))}
    fake.add(bluesky_view(1), bluesky_view(2, text="Nice weather"))
    assert set(drain_ids(open_search(brands))[0]) == {bluesky_uri(1)}
    assert [asked.query["q"] for asked in server.asked if "q" in asked.query] == ['"north mobile"', "signal"]


def test_a_token_is_made_from_the_last_one_and_else_anew(server, fake, clock, open_search):
    source = open_search()
    drain_ids(source)
    drain_ids(source)
    clock.sleep(timedelta(hours=2).total_seconds())
    drain_ids(source)
    fake.renewals = False
    clock.sleep(timedelta(hours=2).total_seconds())
    drain_ids(source)
    signs = [path for path in paths(server) if path != "searchPosts"]
    assert signs == ["createSession", "refreshSession", "refreshSession", "createSession"]


def test_an_account_that_says_nothing_of_its_server_is_where_it_signed_in(server, fake, open_search):
    fake.session = lambda: Says(
        headers={"Content-Type": "application/json"}, body=b'{"accessJwt": "access-1", "refreshJwt": "r"}'
    )
    with pytest.raises(SourceRefused, match="400 to searchPosts: 'ExpiredToken'"):
        drain_ids(open_search())
    assert server.asked[-1].path == "/xrpc/app.bsky.feed.searchPosts"


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"accessJwt": "a", "refreshJwt": "b", "didDoc": {"service": [1]}}'])
def test_an_answer_without_a_token_is_refused(server, fake, open_search, body):
    server.answer = lambda asked: Says(headers={"Content-Type": "application/json"}, body=body)
    with pytest.raises(SourceRefused, match="gave no token"):
        drain_ids(open_search())


def test_a_cursor_that_has_ended_begins_the_walk_anew(server, fake, open_search):
    fake.add(*map(bluesky_view, range(250)))
    first = next(iter(open_search().batches(None)))
    search = fake.search
    ended = [says_error("InvalidRequest")]
    fake.search = lambda query: ended.pop() if ended and "cursor" in query else search(query)
    assert len(drain_ids(open_search(), first.cursor)[0]) == 150
    assert paths(server)[-4:] == ["searchPosts"] * 4


def test_posts_that_are_not_shown_are_gone_and_may_come_back(server, fake, open_search):
    fake.add(bluesky_view(1), bluesky_view(2, text="It works"), bluesky_view(3, text=None))
    asked = [*map(bluesky_uri, (1, 2, 3, 4))]
    batch = open_search().recheck(asked)
    assert {post.native_id: post.text for post in batch.posts} == {asked[0]: "No signal, day 1", asked[1]: "It works"}
    assert batch.deletions == (Deletion(source="bluesky", native_id=asked[3], final=False),)
    assert len(batch.unreadable) == 1
    assert server.asked[-1].pairs == tuple(("uris", one) for one in asked)


def test_it_is_the_same_source_as_the_stream(open_search):
    source = open_search()
    assert (source.source, source.instance) == ("bluesky", "")
    assert (source.terms.label, source.terms.link, source.terms.keep) == (True, True, None)


def test_the_limit_is_waited_for(server, fake, clock, open_search):
    fake.add(bluesky_view(1))
    drained = {
        "RateLimit-Limit": "30",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "240",
        "RateLimit-Policy": "30;w=300",
    }
    server.trouble.append(Says(status=429, headers=drained, body=b"{}"))
    assert drain_ids(open_search())[0] == [bluesky_uri(1)]
    assert clock.now() == NOW + timedelta(seconds=240)


def test_something_else_than_a_list_of_posts_is_refused(fake, open_search):
    fake.search = lambda query: Says(headers={"Content-Type": "application/json"}, body=b'{"posts": null}')
    with pytest.raises(SourceRefused, match="not a list of posts"):
        drain_ids(open_search())


def test_a_password_that_is_wrong_is_refused(fake, open_search):
    with pytest.raises(SourceRefused, match="401"):
        drain_ids(open_search(account="other.example"))


def test_an_edit_is_told(fake, open_search):
    fake.add(bluesky_view(1))
    _, cursor = drain_ids(open_search())
    fake.add(bluesky_view(1, text="It works") | {"indexedAt": LATER})
    [batch] = open_search().batches(cursor)
    assert [post.text for post in batch.posts] == ["It works"]
