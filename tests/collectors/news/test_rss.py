from datetime import UTC, datetime

import pytest

from collectors.news.rss import RssCollector, RssSettings
from domain.errors import SourceBusy, SourceRefused
from tests.support.fake_feed import FakeFeed, item, rss
from tests.support.misbehaving import Says
from transport.http import Web

XML = {"Content-Type": "text/xml"}
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Status</title><id>tag:status.example,2026:feed</id>
<entry><id>tag:status.example,2026:7</id><title type="text">Störung &lt;Nord&gt;</title>
<link href="https://status.example/7"/><author><name>Netzteam</name></author>
<published>2026-11-20T10:00:00+01:00</published><updated>2026-11-20T12:30:00Z</updated>
<content type="html">&lt;p&gt;Kein &lt;b&gt;Netz&lt;/b&gt;&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;</content>
</entry></feed>"""


@pytest.fixture
def feed(server):
    return FakeFeed(server)


@pytest.fixture
def collector(server, clock):
    web = Web(clock=clock, allow_private=True, chance=lambda: 0.0)
    return RssCollector("news", RssSettings(url=f"{server.url}/feed?key=k", allow_private=True), web=web, clock=clock)


def read(server, collector, body, headers=XML):
    server.answer = lambda asked: Says(headers=headers, body=body if isinstance(body, bytes) else body.encode())
    return list(collector.batches(None))


def test_an_item_becomes_a_post(server, feed, collector):
    feed.add(0)
    [batch] = collector.batches(None)
    [post] = batch.posts
    assert (post.source, post.native_id) == ("rss", "tag:news.example,2026:0")
    assert (post.title, post.text, post.lang) == ("Day 0", "No signal, day 0", "en")
    assert (post.url, post.instance) == ("https://news.example/0", server.url.removeprefix("http://"))
    assert post.created_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert post.observed_at == datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_an_atom_entry_becomes_a_post(server, collector):
    [batch] = read(server, collector, ATOM, {"Content-Type": "application/atom+xml"})
    [post] = batch.posts
    assert (post.native_id, post.title, post.text) == ("tag:status.example,2026:7", "Störung <Nord>", "Kein Netz")
    assert (post.author.name, post.url) == ("Netzteam", "https://status.example/7")
    assert post.created_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert post.edited_at == datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def test_the_server_is_told_what_we_have(server, feed, collector):
    feed.add(0)
    [batch] = collector.batches(None)
    assert list(collector.batches(batch.cursor)) == []
    assert server.asked[-1].headers["if-none-match"] == batch.cursor["etag"]


def test_a_server_that_does_not_listen_yields_only_what_changed(feed, collector):
    feed.validates = False
    feed.add(0, 1)
    [batch] = collector.batches(None)
    assert list(collector.batches(batch.cursor)) == []
    feed.add(2)
    [more] = collector.batches(batch.cursor)
    assert [post.title for post in more.posts] == ["Day 2"]


def test_last_modified_is_sent_back(server, collector):
    headers = XML | {"Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT"}
    [batch] = read(server, collector, rss(item(0)), headers)
    list(collector.batches(batch.cursor))
    assert server.asked[-1].headers["if-modified-since"] == "Fri, 20 Nov 2026 10:00:00 GMT"


def test_of_a_feed_that_was_cut_off_the_rest_is_asked_for_again(server, collector):
    whole = rss(*map(item, range(4)))
    [batch] = read(server, collector, whole[: whole.rindex(b"<guid")], XML | {"ETag": '"half"'})
    assert [post.title for post in batch.posts][:3] == ["Day 0", "Day 1", "Day 2"]
    assert "etag" not in batch.cursor
    server.answer = lambda asked: Says(headers=XML | {"ETag": '"whole"'}, body=whole)
    [rest] = collector.batches(batch.cursor)
    assert [post.title for post in rest.posts] == ["Day 3"]
    assert rest.cursor["etag"] == '"whole"'


def test_long_feeds_come_in_pages_and_the_server_is_not_told_too_early(feed, collector):
    feed.add(*range(450))
    batches = list(collector.batches(None))
    assert [len(batch.posts) for batch in batches] == [200, 200, 50]
    assert ["etag" in batch.cursor for batch in batches] == [False, False, True]
    assert [len(batch.posts) for batch in collector.batches(batches[0].cursor)] == [200, 50]


def test_the_same_item_twice_is_one_post(server, collector):
    [batch] = read(server, collector, rss(item(0, "first"), item(1), item(0, "second")))
    assert sorted(post.text for post in batch.posts) == ["No signal, day 1", "second"]


def test_items_in_another_order_are_nothing_new(server, feed, collector):
    [batch] = read(server, collector, rss(item(0), item(1)))
    server.answer = lambda asked: Says(headers=XML, body=rss(item(1), item(0)))
    assert list(collector.batches(batch.cursor)) == []


def test_an_item_without_a_date_is_dated_once(server, clock, collector):
    undated = "<item><guid>https://a.example/1</guid><title>No date</title></item>"
    [batch] = read(server, collector, rss(undated))
    assert batch.posts[0].created_at == clock.now()
    assert batch.posts[0].attributes == {"undated": "true"}
    clock.sleep(3600)
    assert list(collector.batches(batch.cursor)) == []


def test_what_cannot_be_a_post_is_named(server, collector):
    ahead = item(0).replace("2026 10:00", "2031 10:00")
    nothing = "<item><description>who am I</description></item>"
    [batch] = read(server, collector, rss(ahead, nothing, item(1)))
    assert [post.title for post in batch.posts] == ["Day 1"]
    assert ["future" in error.reason or "neither id nor link" in error.reason for error in batch.unreadable] == [
        True
    ] * 2
    assert "key" not in str(batch.unreadable)


def test_short_ids_are_unique_in_their_feed_only(server, collector):
    [batch] = read(server, collector, rss("<item><guid>17</guid><link>/a/17</link><title>t</title></item>"))
    assert (batch.posts[0].native_id, batch.posts[0].url) == ("17", f"{server.url}/a/17")
    assert batch.posts[0].instance == f"{server.url.removeprefix('http://')}/feed"


def test_an_item_without_a_guid_is_known_by_its_link(server, collector):
    [batch] = read(server, collector, rss("<item><link>https://a.example/1</link><title>t</title></item>"))
    assert (batch.posts[0].native_id, batch.posts[0].text) == ("https://a.example/1", "t")


@pytest.mark.parametrize("body", [b"", b"<html><body>busy</body></html>", b"{}", b"\xff\xfe\x00", b"<rss"])
def test_what_is_no_feed_is_busy(server, collector, body):
    with pytest.raises(SourceBusy, match="not a feed"):
        read(server, collector, body)


def test_a_page_instead_of_a_feed_is_busy(server, collector):
    with pytest.raises(SourceBusy, match="text/html instead of"):
        read(server, collector, "<html></html>", {"Content-Type": "text/html"})


def test_a_feed_that_is_gone_is_refused(server, collector):
    server.answer = lambda asked: Says(status=410)
    with pytest.raises(SourceRefused, match="gone for good"):
        list(collector.batches(None))


def test_entities_of_strangers_are_not_expanded(server, collector, tmp_path):
    (tmp_path / "secret").write_text("the secret")
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    document = f"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "haha">{layers}
        <!ENTITY file SYSTEM "{(tmp_path / "secret").as_uri()}">]>
        <rss version="2.0"><channel><title>t</title><item><guid>https://a.example/1</guid>
        <title>t</title><description>&l8; &file;</description></item></channel></rss>"""
    [batch] = read(server, collector, document)
    assert "the secret" not in batch.posts[0].text
    assert len(batch.posts[0].text) < 1_000


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param(XML, b"<rss version='2.0'><channel>" + b"<item/>" * 100_000 + b"</channel></rss>", id="RSS"),
        pytest.param(
            XML, ("<?xml version='1.0' encoding='utf-16'?><feed>" + "<ENTRY/>" * 100_000).encode("utf-16"), id="UTF-16"
        ),
        pytest.param(
            {"Content-Type": "application/feed+json"},
            b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [' + b"{}," * 100_000 + b"{}]}",
            id="JSON",
        ),
    ],
)
def test_a_feed_of_a_hundred_thousand_entries_is_refused(server, collector, headers, body):
    with pytest.raises(SourceRefused, match="more than 10000 entries"):
        read(server, collector, body, headers)
