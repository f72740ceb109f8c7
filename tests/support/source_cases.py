"""One case per kind of source for the contract suite: how to fill it, change it and break it.

Items are numbers; each post's native id ends in something that `number_of` turns back. A case that brings events
instead of posts says so: `stored` is their kind, `said` the field with their words.
"""

from __future__ import annotations

import json

from collectors.catalog import open_source
from tests.support.cases_forums import DiscourseCase
from tests.support.cases_public import AppStoreFeedCase, GdeltCase, HackerNewsCase, StackExchangeCase
from tests.support.cases_reviews import BazaarvoiceCase, TrustpilotCase
from tests.support.cases_social import BlueskyCase, MetaCase, RedditCase, XCase, YouTubeCase
from tests.support.cases_stores import AppStoreCase, GoogleBusinessCase, GooglePlayCase
from tests.support.cases_tickets import FreshdeskCase, IntercomCase, ZendeskCase
from tests.support.cases_tmforum import TmForumCase
from tests.support.counted import measurement_file
from tests.support.fake_feed import FakeFeed
from tests.support.fake_mastodon import FakeMastodon, number_of
from tests.support.jetstream_case import JetstreamCase, JetstreamV2Case
from tests.support.listening import listened
from tests.support.misbehaving import Says

SECRET = "s3cr3t-k3y"


class FileCase:
    """A file of JSON Lines that grows."""

    kind = "file"
    other = ("path", ["elsewhere"])
    can_edit = can_repeat = can_fail = False

    def __init__(self, folder, server):
        self.file = folder / "posts.jsonl"
        self.settings = {"path": [str(self.file)]}
        self.environ = {}

    def add(self, *numbers):
        with self.file.open("a", encoding="utf-8") as target:
            for number in numbers:
                record = {
                    "id": str(number),
                    "text": f"No signal, day {number}",
                    "created_at": "2026-11-20T10:00:00+01:00",
                }
                target.write(json.dumps(record) + "\n")

    def add_broken(self):
        with self.file.open("a", encoding="utf-8") as target:
            target.write("{broken\n")

    def number_of(self, post):
        return int(post.native_id)


class CountersCase:
    """A folder of measurement files, a cell of its own for each number."""

    kind = "counters"
    other = ("path", ["elsewhere"])
    can_edit = can_repeat = can_fail = False

    def __init__(self, folder, server):
        self.folder = folder / "counters"
        self.folder.mkdir()
        self.settings = {"path": [str(self.folder)]}
        self.environ = {}

    def add(self, *numbers):
        objects = {f"ManagedElement=1,NRCellCU={number}": {"RRU.CellUnavailableTime": 0} for number in numbers}
        (self.folder / f"A{numbers[0]}.xml").write_bytes(measurement_file(objects, ended_at="2026-11-20T10:15:00Z"))

    def add_broken(self):
        (self.folder / "B.xml").write_text("<measCollecFile>")

    def number_of(self, measurement):
        return int(measurement.cell.rpartition("=")[2])


class RssCase:
    """A feed, which shows its newest 200 entries in a storm."""

    kind = "rss"
    window = 200
    other = ("url", "https://b.example/")
    can_edit, can_repeat, can_fail = True, False, True

    def __init__(self, folder, server):
        self.server = server
        self.feed = FakeFeed(server)
        self.settings = {"url": f"{server.url}/feed?key={SECRET}", "allow_private": True}
        self.environ = {}

    def begin(self, _clock):
        self.feed.most = self.window

    def add(self, *numbers):
        self.feed.add(*numbers)

    def add_broken(self):
        self.feed.items[-1] = "<item><guid>1</guid><title>t</title><pubDate>05/10/2026 09:12</pubDate></item>"

    def edit(self, number, text):
        self.feed.add(number, text=text)

    def number_of(self, post):
        return int(post.native_id.rpartition(":")[2])


class MastodonCase:
    """A tag on a Mastodon server. What was edited behind the newest pages is noticed when it is asked for again."""

    kind = "mastodon"
    asked_again_for_edits = True
    other = ("tag", "other")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.mastodon = FakeMastodon(server)
        self.settings = {"instance": server.url, "tag": "#northmobile", "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_TOKEN": SECRET}

    def add(self, *numbers):
        self.mastodon.add(*numbers)

    def add_broken(self):
        self.mastodon.add(9, account="nobody")

    def edit(self, number, text):
        self.mastodon.add(number, content=text, edited_at="2026-11-21T10:00:00.000Z")

    def repeat_cursor(self):
        self.mastodon.repeats = True

    def number_of(self, post):
        return number_of(post.native_id)


CASES = [
    AppStoreFeedCase,
    BlueskyCase,
    CountersCase,
    DiscourseCase,
    FileCase,
    GdeltCase,
    HackerNewsCase,
    MetaCase,
    RedditCase,
    RssCase,
    JetstreamCase,
    JetstreamV2Case,
    MastodonCase,
    StackExchangeCase,
    XCase,
    YouTubeCase,
    ZendeskCase,
    IntercomCase,
    FreshdeskCase,
    TrustpilotCase,
    BazaarvoiceCase,
    AppStoreCase,
    GooglePlayCase,
    GoogleBusinessCase,
    TmForumCase,
]


def open_case(case, clock):
    """Open a case's source as the configuration would."""
    return open_source(
        "listen",
        {"type": case.kind, **case.settings},
        clock=clock,
        environ=case.environ,
        brands=listened(getattr(case, "queries", None)),
        key=getattr(case, "key", b""),
    )


def items_of(batches):
    """Return what a source brought, in order: its posts, records of the operator's, and measurements."""
    return [item for batch in batches for item in (*batch.posts, *batch.records, *batch.measurements)]


def id_of(item):
    """Return the id that a source has for an item of its own."""
    return getattr(item, "native_id", item.id)


def trouble(status):
    """Return an answer that echoes what a careless error message would pass on."""
    return Says(status=status, headers={"Content-Type": "application/json", "X-Echo": SECRET}, body=SECRET.encode())
