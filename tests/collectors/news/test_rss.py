from datetime import UTC, datetime

import pytest

from collectors.news.rss import RssCollector, RssSettings
from domain.errors import ConfigurationError, SourceBusy, SourceRefused
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
    nothing = "<item><description> </description></item>"
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


@pytest.mark.parametrize(
    "kind", ["text/html", "text/html; charset=utf-8", "text/plain", "application/octet-stream", None]
)
def test_a_feed_is_one_whatever_it_is_sent_as(server, collector, kind):
    headers = {"Content-Type": kind} if kind else {}
    [batch] = read(server, collector, rss(item(0, "Größe")), headers)
    assert [post.text for post in batch.posts] == ["Größe"]
    with pytest.raises(SourceBusy, match="not a feed"):
        read(server, collector, "<!DOCTYPE html><html><body><p>busy</p></body></html>", headers)


def entry(*parts):
    return f"<item>{''.join(f'<{name}>{value}</{name}>' for name, value in parts)}</item>"


@pytest.mark.parametrize(
    "entries",
    [
        [entry(("guid", "0"), ("link", f"https://a.example/{n}"), ("title", "t")) for n in range(4)],
        [entry(("guid", "0"), ("link", "https://a.example/"), ("title", f"t{n}")) for n in range(4)],
        [entry(("guid", "0"), ("title", f"t{n}"), ("description", "d")) for n in range(4)],
        [entry(("title", f"t{n}")) for n in range(4)],
        [entry(("description", f"d{n}")) for n in range(4)],
        [entry(("link", "https://a.example/"), ("title", f"t{n}")) for n in range(4)],
    ],
)
def test_entries_that_their_ids_do_not_tell_apart_are_each_one_post_and_the_same_next_time(server, collector, entries):
    [batch] = read(server, collector, rss(*entries))
    assert len({post.native_id for post in batch.posts}) == 4
    server.answer = lambda asked: Says(headers=XML, body=rss(*reversed(entries)))
    assert [len(one.posts) for one in collector.batches(batch.cursor)] in ([], [0])


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("Montag, 16. November 2026 10:12:00 +0100", "2026-11-16T09:12"),
        ("lundi 16 novembre 2026 10:12", "2026-11-16T10:12"),
        ("16.11.2026 10:12", "2026-11-16T10:12"),
        ("Mon, 16 Nov 2026 10:12:00 CEST", "2026-11-16T08:12"),
        ("Mon, 16 Nov 2026 10:12:00 BST", "2026-11-16T09:12"),
        ("1794820320", "2026-11-16T09:12"),
        ("2026-11-16T10:12:00+01:00", "2026-11-16T09:12"),
    ],
)
def test_a_date_is_read_as_people_write_it(server, collector, date, time):
    [batch] = read(server, collector, rss(entry(("guid", "1"), ("title", "t"), ("pubDate", date))))
    assert [post.created_at.isoformat()[:16] for post in batch.posts] == [time]


@pytest.mark.parametrize("date", ["11/16/2026 10:12 AM", "05/10/2026", "vor 2 Stunden", "Mon, 16 Nov 2026 10:12 IST"])
def test_a_date_that_is_not_understood_is_told_and_never_now(server, collector, date):
    [batch] = read(server, collector, rss(entry(("guid", "1"), ("title", "t"), ("pubDate", date))))
    assert batch.posts == ()
    [error] = batch.unreadable
    assert f"its date {date!r} is not a time" in error.reason


def test_a_feed_can_be_told_its_zone_and_how_it_writes_dates(server, clock):
    web = Web(clock=clock, allow_private=True, chance=lambda: 0.0)

    def read_in(date, **told):
        settings = RssSettings(url=f"{server.url}/feed", allow_private=True, **told)
        feed = RssCollector("news", settings, web=web, clock=clock)
        [batch] = read(server, feed, rss(entry(("guid", "1"), ("title", "t"), ("pubDate", date))))
        return batch.posts[0].created_at.isoformat()[:16]

    assert read_in("Mon, 16 Nov 2026 10:12 IST", timezone="Asia/Kolkata") == "2026-11-16T04:42"
    assert read_in("11/16/2026 10:12 AM", time_layout=("%m/%d/%Y %I:%M %p",)) == "2026-11-16T10:12"
    with pytest.raises(ConfigurationError, match="there is no time zone 'Mars'"):
        read_in("x", timezone="Mars")


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
