import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.news.rss import RssCollector, RssSettings, to_post
from collectors.parsing import jsonfeed
from domain.errors import RecordUnreadable, SourceBusy
from domain.post import Author
from tests.support.misbehaving import Says
from transport.http import Web

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://news.example/feed.json"
ITEM = {
    "id": "https://news.example/1",
    "url": "/1",
    "title": "Outage <North>",
    "content_html": "<p>No <b>signal</b></p>",
    "date_published": "2026-11-20T10:00:00+01:00",
    "date_modified": "2026-11-20T12:00:00Z",
    "authors": [{"name": "Ann"}],
}


def feed(*items, **changes):
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News",
        "language": "en-GB",
        "items": items,
    } | changes


@pytest.fixture
def read(server, clock):
    def read(document, cursor=None, *, kind="application/feed+json; charset=utf-8", etag='"1"'):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        server.answer = lambda asked: Says(headers={"Content-Type": kind, "ETag": etag}, body=body)
        web = Web(clock=clock, allow_private=True, chance=lambda: 0.0)
        settings = RssSettings(url=f"{server.url}/feed.json", allow_private=True)
        return list(RssCollector("news", settings, web=web, clock=clock).batches(cursor))

    return read


def post_of(item, **changes):
    [entry] = jsonfeed.entries(feed(item, **changes))
    return to_post(entry, feed_url=URL, now=NOW)


def test_an_item_becomes_a_post():
    post = post_of(ITEM)
    assert (post.source, post.instance, post.native_id) == ("rss", "news.example", "https://news.example/1")
    assert (post.title, post.text, post.lang) == ("Outage <North>", "No signal", "en")
    assert (post.url, post.author) == ("https://news.example/1", Author(id="Ann", name="Ann"))
    assert post.created_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert post.edited_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert post.observed_at == NOW


def test_plain_text_stays_plain_and_an_item_may_say_little():
    assert post_of({"id": 7, "content_text": "2 < 3 & 4"}).text == "2 < 3 & 4"
    assert post_of({"id": 7, "summary": "short", "language": "de"}).lang == "de"
    assert post_of({"id": 7, "title": "Only a title"}).attributes == {"undated": "true"}
    assert post_of({"url": "https://news.example/9", "content_html": ""}).native_id == "https://news.example/9"


@pytest.mark.parametrize(
    ("item", "changes", "name"),
    [
        ({"author": {"name": "Bob"}}, {}, "Bob"),
        ({}, {"authors": [{"name": "The desk"}]}, "The desk"),
        ({"authors": []}, {"author": {"name": "The desk"}}, "The desk"),
    ],
)
def test_who_wrote_stands_in_several_places(item, changes, name):
    assert post_of({"id": "1", "title": "t"} | item, **changes).author.name == name


@pytest.mark.parametrize("kind", ["application/json", "text/xml", "text/html", "application/octet-stream"])
def test_the_body_decides(read, kind):
    [batch] = read(feed(ITEM), kind=kind)
    assert [post.text for post in batch.posts] == ["No signal"]


def test_only_new_and_changed_items_come(server, read):
    [batch] = read(feed(ITEM, {"id": "2", "title": "No date"}))
    assert read(feed({"id": "2", "title": "No date"}, ITEM), batch.cursor) == []
    assert server.asked[-1].headers["if-none-match"] == '"1"'
    [changed] = read(feed(ITEM | {"content_html": "It works"}), batch.cursor, etag='"2"')
    assert [post.text for post in changed.posts] == ["It works"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"items": 5}', b'{"items": [', b"<rss></rss>"])
def test_what_is_no_feed_is_busy(read, body):
    with pytest.raises(SourceBusy, match="not a feed"):
        read(body)


def test_what_cannot_be_a_post_is_named(read):
    nameless = {"title": "who am I"}
    ahead, odd = ({"date_published": date} for date in ("2031-01-01T00:00:00Z", "05/10/2026 09:12"))
    [batch] = read(feed("x", {}, nameless, ITEM | ahead, {"id": "9"} | odd, {"id": "1"}))
    assert [post.title for post in batch.posts] == ["who am I", None]
    assert len(batch.unreadable) == 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
)


@given(st.sampled_from(sorted(ITEM)), JSON)
def test_no_value_breaks_more_than_its_own_item(key, value):
    try:
        post_of(ITEM | {key: value})
    except RecordUnreadable as error:
        assert error.where.startswith("https://news.example")  # noqa: PT017
