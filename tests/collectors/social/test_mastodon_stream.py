import tempfile
from pathlib import Path

import httpx
import pytest
from httpx_sse import ServerSentEvent
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from collectors.social.mastodon import MastodonCollector, MastodonSettings
from collectors.social.mastodon_stream import heard, streaming_base
from domain.errors import RecordUnreadable, SourceRefused
from domain.post import Deletion
from domain.setting import Secret
from pipeline.cursors import saved_cursor
from pipeline.ingest import keep_page
from tests.support.clock import FakeClock
from tests.support.fake_mastodon import THUMP, FakeMastodon, frame, native_id, number_of, status
from tests.support.flows import flow_to
from tests.support.misbehaving import Says, misbehaving_server
from transport.http import Web
from transport.sse import MAX_EVENT


@pytest.fixture
def mastodon(server):
    return FakeMastodon(server)


def listening(url, clock, **parts):
    """Return a collector that listens for a minute at the end of each round."""
    settings = MastodonSettings(
        **{"instance": url, "tag": "northmobile", "token": Secret("t0ken"), "listen_s": 60} | parts.pop("settings", {})
    )
    return MastodonCollector("tag", settings, web=Web(clock=clock, allow_private=True, **parts), clock=clock)


@pytest.fixture
def open_tag(server, clock):
    return lambda **settings: listening(server.url, clock, settings=settings)


def told(collector, cursor=None):
    """Return texts, ids deleted, what was unreadable, and the cursor behind all."""
    texts, gone, unreadable = [], [], []
    for batch in collector.batches(cursor):
        texts += [post.text for post in batch.posts]
        gone += [number_of(deletion.native_id) for deletion in batch.deletions]
        unreadable += [error.reason for error in batch.unreadable]
        cursor = batch.cursor
    return texts, gone, unreadable, cursor


def test_what_is_said_becomes_posts_edits_and_deletions_in_its_order(server, mastodon, open_tag):
    mastodon.add(1)
    new, edited = status(2), status(1, "<p>It works again</p>")
    mastodon.stream = lambda: b"".join(
        [THUMP, frame("update", new), frame("status.update", edited), frame("delete", native_id(1))]
    )
    batches = list(open_tag().batches(None))
    assert [[post.text for post in batch.posts] for batch in batches] == [
        ["No signal, day 1"],
        ["No signal, day 2"],
        ["It works again"],
        [],
    ]
    [gone] = batches[-1].deletions
    assert gone == Deletion(source="mastodon", instance=server.url.removeprefix("http://"), native_id=native_id(1))
    assert server.asked[-1].query == {"tag": "northmobile"}
    assert server.asked[-1].headers["accept"] == "text/event-stream"


def test_the_place_of_the_pages_stays_and_what_was_heard_is_not_told_again(mastodon, open_tag):
    mastodon.add(1)

    def stream():
        mastodon.add(2, 3)
        return frame("update", status(3))

    mastodon.stream = stream
    texts, _, _, cursor = told(open_tag())
    assert texts == ["No signal, day 1", "No signal, day 3"]
    assert cursor["newest"] == native_id(1)
    mastodon.stream = lambda: THUMP
    assert told(open_tag(), cursor)[0] == ["No signal, day 2"]


def test_nobody_listens_unless_told_to(server, mastodon, open_tag):
    mastodon.add(1)
    told(open_tag(listen_s=0))
    assert [asked.path for asked in server.asked if "streaming" in asked.path] == []


def test_what_is_not_for_everybody_or_too_old_is_passed_over(mastodon, open_tag):
    mastodon.add(1)
    mastodon.stream = lambda: b"".join(
        [
            frame("update", status(2, visibility="unlisted")),
            frame("update", status(3, account=status(3)["account"] | {"noindex": True})),
            frame("status.update", status(-60 * 24 * 20)),
            frame("filters_changed", "undefined"),
        ]
    )
    assert told(open_tag(since_days=5))[:3] == (["No signal, day 1"], [], [])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (frame("update", "{"), "an event (update) that is not JSON"),
        (frame("status.update", "[" * 9000), "an event (status.update) that is not JSON"),
        (frame("update", "[]"), "an event (update) that is not a status"),
        (frame("update", {"content": "x"}), "an event (update) that is not a status"),
        (frame("delete", "no/id"), "which is no id"),
        (frame("update", status(5, account=None)), "not the shape of a status"),
    ],
)
def test_a_bad_event_is_named_and_the_next_one_heard(mastodon, open_tag, bad, reason):
    mastodon.stream = lambda: bad + frame("update", status(2))
    texts, gone, unreadable, _ = told(open_tag())
    assert (texts, gone) == (["No signal, day 2"], [])
    [said] = unreadable
    assert reason in said


def test_of_a_stream_of_nonsense_no_more_is_heard(mastodon, open_tag):
    mastodon.stream = lambda: frame("update", "{") * 500
    assert len(told(open_tag())[2]) == 101


def test_an_event_longer_than_we_take_ends_the_listening(mastodon, open_tag):
    long = frame("update", "x" * 2 * MAX_EVENT)
    mastodon.stream = lambda: frame("update", status(1)) + long + frame("update", status(2))
    texts, _, unreadable, _ = told(open_tag())
    assert (texts, unreadable) == (["No signal, day 1"], ["an event of the stream is longer than 262144 characters"])


def test_half_an_event_at_the_end_is_none(server, mastodon, open_tag):
    whole = frame("update", status(1))
    mastodon.stream = lambda: whole + frame("update", status(2))[:-1]
    assert told(open_tag())[:3] == (["No signal, day 1"], [], [])


@pytest.mark.parametrize(
    "trouble",
    [
        Says(status=503),
        Says(status=429, headers={"Retry-After": "9999"}),
        Says(headers={"Content-Type": "text/html"}, body=b"<title>busy</title>"),
        Says(headers={"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}, body=b"x"),
        Says(headers={"Content-Type": "text/event-stream"}, body=frame("update", status(9)), cut=50),
    ],
    ids=["503", "429", "HTML", "packed", "cut off"],
)
def test_a_stream_that_does_not_come_or_breaks_off_is_no_error(server, mastodon, open_tag, trouble):
    mastodon.add(1)
    answer = server.answer
    server.answer = lambda asked: trouble if "streaming" in asked.path else answer(asked)
    assert told(open_tag())[:3] == (["No signal, day 1"], [], [])


class Pieces(httpx.SyncByteStream):
    """A stream whose pieces are made as they are read."""

    def __init__(self, pieces):
        self._pieces = pieces

    def __iter__(self):
        return self._pieces


def hearing(clock, pieces):
    """Return a collector of a server that has nothing but a stream."""

    def answer(request):
        if "streaming" not in request.url.path:
            return httpx.Response(200, json=[] if "timelines" in request.url.path else {})
        assert request.extensions["timeout"]["read"] == 30
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=Pieces(pieces))

    transport = httpx.MockTransport(answer)
    return listening("https://a.example", clock, http_transport=transport, resolve=lambda _: ["93.184.216.34"])


def test_a_stream_that_is_silent_for_longer_than_one_waits_is_no_error(clock):
    def pieces():
        yield THUMP
        raise httpx.ReadTimeout("quiet")

    assert told(hearing(clock, pieces()))[:3] == ([], [], [])


def test_listening_ends_when_the_time_is_up_though_the_server_only_thumps(clock):
    def pieces():
        yield frame("update", status(1))
        while True:
            clock.sleep(15)
            yield THUMP

    assert told(hearing(clock, pieces()))[0] == ["No signal, day 1"]
    assert clock.slept == [15] * 4


@pytest.mark.parametrize("status_code", [401, 403, 404])
def test_a_refusal_to_stream_is_told_after_what_the_pages_held(server, mastodon, open_tag, status_code):
    mastodon.add(1)
    answer = server.answer
    server.answer = lambda asked: Says(status=status_code) if "streaming" in asked.path else answer(asked)
    batches = open_tag().batches(None)
    assert [post.text for post in next(batches).posts] == ["No signal, day 1"]
    with pytest.raises(SourceRefused, match=f"streaming/hashtag answered {status_code}"):
        list(batches)


def test_a_stream_leads_nowhere_else(server, mastodon, open_tag):
    mastodon.add(1)
    answer = server.answer
    away = Says(status=302, headers={"Location": "http://other.example/"})
    server.answer = lambda asked: away if "streaming" in asked.path else answer(asked)
    with pytest.raises(SourceRefused, match="it sends us elsewhere"):
        told(open_tag())


def test_the_server_says_where_it_streams(server, mastodon, open_tag):
    mastodon.streaming = server.url.replace("http", "ws").replace("127.0.0.1", "localhost")
    mastodon.stream = lambda: frame("update", status(1))
    assert told(open_tag())[0] == ["No signal, day 1"]
    assert server.asked[-1].headers["host"].startswith("localhost:")


@pytest.mark.parametrize(
    ("told_base", "base"),
    [
        ("wss://stream.a.example", "https://stream.a.example"),
        ("wss://stream.a.example/s/", "https://stream.a.example/s"),
        ("ws://stream.a.example", "https://a.example"),
        ("http://stream.a.example", "https://a.example"),
        ("file:///etc/passwd", "https://a.example"),
        ("wss://[", "https://a.example"),
        ("", "https://a.example"),
        (None, "https://a.example"),
        (7, "https://a.example"),
    ],
)
def test_a_token_goes_nowhere_less_secret_than_the_server(told_base, base):
    told = {"configuration": {"urls": {"streaming": told_base}}}
    assert streaming_base(told, "https://a.example") == base
    assert streaming_base(told["configuration"], "https://a.example") == "https://a.example"


@given(st.sampled_from(["update", "status.update", "delete", "x"]), st.text())
def test_whatever_is_said_it_is_heard_or_unreadable(name, data):
    try:
        found = heard(ServerSentEvent(name, data), instance="a.example")
    except RecordUnreadable as error:
        assert error.where == "mastodon a.example stream"  # noqa: PT017
    else:
        assert found is None or isinstance(found, Deletion | dict)


NUMBERS = st.integers(min_value=0, max_value=8)
HAPPENS = st.tuples(st.sampled_from(["add", "edit", "remove"]), NUMBERS)
HOW = st.sampled_from(["said", "unsaid", "said twice", "said too late"])
ROUND = st.tuples(st.lists(HAPPENS, max_size=4), st.lists(st.tuples(HAPPENS, HOW), max_size=5))


class World:
    """A server where things happen, before a round is read and while one listens to it."""

    def __init__(self, mastodon):
        self.mastodon = mastodon
        self.ever = set()
        self.edits = 0
        self.late = []
        mastodon.stream = self.stream
        self.coming = []

    def happen(self, what, number):
        """Let something happen; return the event that tells of it, None where it cannot happen."""
        there = native_id(number) in self.mastodon.statuses
        if what == "add" and number not in self.ever:
            self.ever.add(number)
            self.mastodon.add(number)
            return frame("update", status(number))
        if what == "edit" and there:
            self.edits += 1
            changes = {"content": f"edit {self.edits}", "edited_at": f"2026-11-21T10:00:{self.edits:02}.000Z"}
            self.mastodon.add(number, **changes)
            return frame("status.update", status(number, **changes))
        if what == "remove" and there:
            self.mastodon.remove(number)
            return frame("delete", native_id(number))
        return None

    def stream(self):
        """Say what happens while one listens, some of it not at all, twice or in a later round."""
        said, self.late = self.late, []
        for what, how in self.coming:
            if event := self.happen(*what):
                said += {"said": [event], "unsaid": [], "said twice": [event] * 2, "said too late": []}[how]
                self.late += [event] if how == "said too late" else []
        return b"".join(said)


@examples(max_examples=15)
@given(st.lists(ROUND, min_size=1, max_size=4))
def test_however_stream_and_pages_come_the_store_ends_in_the_servers_state(rounds):
    clock = FakeClock()
    with misbehaving_server() as server, tempfile.TemporaryDirectory() as folder:
        world, flow = World(FakeMastodon(server)), flow_to(Path(folder) / "posts.sqlite")
        for before, meanwhile in rounds:
            for what in before:
                world.happen(*what)
            world.coming = meanwhile
            collect(listening(server.url, clock), flow)
        world.coming = []
        collect(listening(server.url, clock), flow)
        collect(listening(server.url, clock, settings={"listen_s": 0}), flow)
        stored = {document["native_id"]: document["text"] for document in flow.store.scan("posts")}
        there = world.mastodon.statuses.items()
        assert stored == {key: one["content"].removeprefix("<p>").removesuffix("</p>") for key, one in there}
        flow.store.close()


def collect(collector, flow):
    for batch in collector.batches(saved_cursor(flow.store, collector.name)):
        keep_page(collector.name, batch, collector.terms, flow)
