"""Every reader of feeds, mails, files and streams, given what nobody would write: no error but ours comes of it."""

import json
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.news.rss import RssCollector, RssSettings
from collectors.operator.files import FileCollector
from collectors.operator.records import read_customers, read_events
from collectors.parsing.feeds import read_feed
from collectors.parsing.jsonfeed import entries
from collectors.parsing.jsonfeed import read_feed as read_json_feed
from collectors.parsing.mail import read_mail
from collectors.search.stream_filter import StreamFilter
from collectors.social.jetstream import JetstreamCollector, JetstreamSettings
from collectors.social.mastodon_statuses import to_post as status_to_post
from collectors.social.mastodon_stream import heard
from domain.config import Brand
from domain.errors import EarshotError, RecordUnreadable
from domain.post import Post
from tests.support.clock import FakeClock
from tests.support.fake_feed import item, rss
from tests.support.fake_jetstream import NOW, account, as_v1, as_v2, commit, micros
from tests.support.fake_mastodon import status
from tests.support.fuzz import runs
from tests.support.mangled import mangled
from textquery.brands import brand_matcher
from transport.http import Reply

NAMESPACES = (
    "xmlns:georss='http://www.georss.org/georss' xmlns:gml='http://www.opengis.net/gml' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:itunes='http://www.itunes.com/DTDs/PodCast-1.0.dtd' "
    "xmlns:psc='http://podlove.org/simple-chapters' xmlns:dc='http://purl.org/dc/elements/1.1/' "
    "xmlns:creativeCommons='http://backend.userland.com/creativeCommonsRssModule'"
)
RSS = rss(*map(item, range(3))).replace(b'<rss version="2.0">', f'<rss version="2.0" {NAMESPACES}>'.encode())
ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" {NAMESPACES}>
<title>Status</title><entry><id>tag:a.example,2026:7</id><title type="text">St&#246;rung</title><link href="/7"/>
<author><name>Ann</name><email>ann@a.example</email></author><published>2026-11-20T10:00:00+01:00</published>
<content type="html">&lt;p&gt;Kein Netz&lt;/p&gt;</content></entry></feed>""".encode()
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>t</title></channel>
<item rdf:about="http://a.example/1"><title>No signal</title><dc:date>2026-11-20</dc:date></item></rdf:RDF>"""
TYPES = ["application/rss+xml", "text/xml", "application/xml; charset=undefined", "text/xml; charset=utf-16", ";;=", ""]

MAIL = b"""From: =?utf-8?q?J=C3=B6rg?= <joerg@a.example>
Date: Fri, 20 Nov 2026 11:00:00 +0100
Message-ID: <1@a.example>
References: <a@x> <b@x>
Subject: Re: No signal
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<p>Kein Netz</p>
--b
Content-Type: text/plain

On Friday ann wrote:
> hello
No signal
--b--

"""
MBOX = b"From ann@a.example Fri Nov 20 10:00:00 2026\n" + MAIL
LINES = b"".join(
    json.dumps(
        {"id": str(number), "text": "No &amp; signal @bob", "created_at": "2026-11-20T10:00:00Z", "likes": 3}
    ).encode()
    + b"\n"
    for number in range(3)
)
TABLE = b'id,text,created_at,likes\n1,"No ""signal""",2026-11-20T10:00:00Z,3\n2,"two\nlines",2026-11-20T10:00:00Z,\n'
CUSTOMERS = b"id,since,consent_given_at,handles,monthly_value\n1,2020-01-01,2026-01-01,x:ann,12.5\n"
EVENTS = b"id,kind,title,started_at,ended_at\n1,outage,Mast,2026-11-20T10:00:00Z,2026-11-20T12:00:00Z\n"


@runs(150)
@given(body=mangled(RSS, ATOM, RDF), content_type=st.sampled_from(TYPES))
def test_a_feed(body, content_type):
    try:
        feed = read_feed(body, content_type=content_type, address="https://a.example/feed")
    except EarshotError:
        return
    assert all(isinstance(error, RecordUnreadable) for error in feed.unreadable)


@runs(80)
@given(body=mangled(RSS, ATOM, RDF, b'{"items": [{"id": "1", "content_text": "No signal"}]}'))
def test_what_becomes_of_a_feed(body):
    class Answering:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def read(self, request, reader):
            headers = {"content-type": "application/json" if body.startswith(b"{") else "application/rss+xml"}
            return reader(Reply(url=request.url, status=200, headers=headers, body=body))

    settings = RssSettings(url="https://a.example/feed")
    collector = RssCollector("news", settings, web=Answering(), clock=FakeClock())
    _drained(collector.batches(None))


@runs(80)
@given(body=mangled(b'{"items": [{"id": "1", "url": "x", "authors": [{"name": "a"}]}], "language": "en"}'))
def test_a_json_feed(body):
    feed = read_json_feed(body)
    if feed is not None:
        entries(feed)


@runs(150)
@given(source=mangled(MAIL))
def test_a_mail(source):
    try:
        assert isinstance(read_mail(source)["text"], str)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either is fine


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@runs(60)
@given(content=mangled(LINES, TABLE, MBOX), ending=st.sampled_from(["jsonl", "csv", "tsv", "mbox", "deletes.jsonl"]))
def test_a_file_of_posts(folder, content, ending):
    file = folder / f"posts.{ending}"
    file.write_bytes(content)
    _drained(FileCollector([file], "jsonl", clock=FakeClock()).batches(None))


@runs(40)
@given(content=mangled(CUSTOMERS, EVENTS, LINES), reader=st.sampled_from([read_customers, read_events]))
def test_a_file_of_the_operators(folder, content, reader):
    file = folder / "records.csv"
    file.write_bytes(content)
    assert all(list(map(str, reader(file, key=b"key"))))


@runs(150)
@given(
    frames=st.lists(
        mangled(
            as_v1(commit(micros(NOW), "3k1", "No signal")).encode(),
            as_v2(commit(micros(NOW), "3k2", "No signal")).encode(),
            as_v2(account(micros(NOW), active=False, status="deleted")).encode(),
        ),
        max_size=3,
    )
)
def test_a_stream_of_bluesky(frames):
    class Playing:
        @contextmanager
        def open(self, url, *, subprotocol=None):
            yield self

        def __init__(self):
            good = commit(micros(NOW) - 9_000_000, "3kgood", "No signal at all", did="did:plc:other")
            self.left = [as_v1(good).encode(), *frames]

        def receive(self, within_s):
            return self.left.pop(0) if self.left else None

    collector = JetstreamCollector(
        "b",
        JetstreamSettings(),
        stream_filter=StreamFilter(brand_matcher([Brand(key="north", name="North", query="signal")])),
        streams=Playing(),
        clock=FakeClock(NOW),
    )
    batches, _ = _drained(collector.batches(None))
    assert "3kgood" in {post.native_id.rpartition("/")[2] for batch in batches for post in batch.posts}


@runs(100)
@given(data=mangled(json.dumps(status(1)).encode()), name=st.sampled_from(["update", "delete", "status.update", "x"]))
def test_an_event_of_mastodon(data, name):
    event = Event(name, data.decode("utf-8", "surrogateescape"))
    try:
        told = heard(event, instance="social.example")
        if isinstance(told, dict):
            assert isinstance(status_to_post(told, instance="social.example", now=NOW), Post)
    except RecordUnreadable as error:
        assert error.reason  # noqa: PT017


class Event:
    """An event as the library for them gives it."""

    def __init__(self, event, data):
        self.event, self.data = event, data


def _drained(batches):
    """Return all batches, and the error of ours that they ended with, if any."""
    found = []
    while True:
        try:
            found.append(next(batches))
        except StopIteration:
            return found, None
        except EarshotError as error:
            return found, error
