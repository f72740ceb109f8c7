import json
from contextlib import closing
from datetime import timedelta

import pytest

from collectors.polling.source_context import SourceContext
from collectors.search.stream_filter import StreamFilter
from collectors.social import jetstream_pages
from collectors.social.jetstream import JetstreamCollector, JetstreamSettings, jetstream
from collectors.social.jetstream_pages import MAX_UNREADABLE, REWIND_US
from domain.errors import ConfigurationError, SourceBusy, SourceRefused
from domain.ports import Batch
from domain.post import Deletion
from tests.support.clock import FakeClock
from tests.support.fake_jetstream import DID, LEXICON, NOW, POSTS, FakeJetstream, account, as_v1, commit, micros
from tests.support.listening import listened
from tests.support.misbehaving import Says
from textquery.tree import Phrase
from transport.retry import Retry
from transport.streams import MAX_FRAME, Streams

MINUTE_US = 60_000_000
NOW_US = micros(NOW)
FILTER = StreamFilter(listened({"north": Phrase(("signal",))}))


@pytest.fixture(params=["v1", "v2"])
def wire(request):
    return request.param


@pytest.fixture
def fake():
    with closing(FakeJetstream()) as fake:
        yield fake


@pytest.fixture
def listen(fake, clock, wire):
    """Return what listens once from a cursor on and gives all batches."""

    def listen(cursor=None, **settings):
        made = JetstreamSettings(**{"host": fake.url, "wire": wire, "allow_private": True} | settings)
        streams = Streams(clock=clock, allow_private=made.allow_private)
        source = JetstreamCollector("sky", made, stream_filter=FILTER, streams=streams, clock=clock, chance=lambda: 0.0)
        return source.batches(json.loads(json.dumps(cursor)))

    return listen


def keys(batches):
    """Return the last parts of the posts' ids, in order."""
    return [post.native_id.rpartition("/")[2] for batch in batches for post in batch.posts]


def deletions(batches):
    return [deletion for batch in batches for deletion in batch.deletions]


def reasons(batches):
    return [error.reason for batch in batches for error in batch.unreadable]


def whole(batches):
    """Return all pages as one, with the cursor of the last."""
    batches = list(batches)
    return Batch(
        posts=tuple(post for batch in batches for post in batch.posts),
        deletions=tuple(deletions(batches)),
        unreadable=tuple(error for batch in batches for error in batch.unreadable),
        cursor=batches[-1].cursor if batches else {},
    )


def ago(minutes):
    return NOW_US - minutes * MINUTE_US


def posts(*minutes, text="No signal"):
    """Return a post for each number of minutes ago."""
    return [commit(ago(minute), f"3k{minute}", text) for minute in minutes]


def test_only_what_names_a_brand_becomes_a_post(fake, listen):
    fake.add(*posts(40, 20), *posts(30, text="Good morning"), commit(ago(10), "3l", "signal", collection="x.y.z"))
    batches = list(listen())
    assert keys(batches) == ["3k40", "3k20"]
    assert deletions(batches) == reasons(batches) == []


def test_the_server_is_asked_for_posts_from_an_hour_ago(fake, listen, wire):
    list(listen())
    [asked] = fake.asked
    rest = {"cursor": str(ago(60) - REWIND_US), "maxMessageSizeBytes": str(MAX_FRAME)}
    if wire == "v1":
        assert (asked.path, asked.query) == ("/subscribe", {"wantedCollections": POSTS} | rest)
    else:
        assert asked.path == f"/xrpc/{LEXICON}"
        assert asked.query == {"collections": POSTS, "kinds": "commit,account"} | rest
        assert asked.headers["sec-websocket-protocol"] == "xrpc.v1.json"
    assert asked.headers["user-agent"].startswith("Earshot/")
    assert "sec-websocket-extensions" not in asked.headers


def test_the_next_round_goes_on_where_this_one_ended(fake, listen):
    fake.add(*posts(40))
    batch = whole(listen())
    assert batch.cursor["time_us"] == NOW_US
    assert list(listen(batch.cursor)) == []
    assert fake.asked[-1].query["cursor"] == str(NOW_US - REWIND_US)


def test_what_was_told_in_the_last_seconds_is_not_told_again(fake, listen):
    fake.add(commit(NOW_US - 2, "3ka", "No signal"), commit(NOW_US - 2, "3kb"))
    batch = whole(listen())
    assert keys([batch]) == ["3ka"]
    fake.add(commit(NOW_US - 3, "3kc", "No signal either"))
    assert keys(listen(batch.cursor)) == ["3kc"]


def test_a_round_without_a_post_keeps_its_place_too(fake, listen):
    fake.add(*posts(40, text="Good morning"))
    batch = whole(listen())
    assert (batch.posts, batch.cursor) == ((), {"time_us": NOW_US, "seen": []})


def test_what_is_taken_back_passes_whether_we_have_it_or_not(fake, listen):
    fake.add(
        commit(ago(50), "3ka"),
        account(ago(40), did="did:plc:b", active=False, status="deleted"),
        account(ago(30), did="did:plc:c", active=False, status="deactivated"),
        account(ago(20), did="did:plc:d"),
    )
    assert deletions(listen()) == [
        Deletion(source="bluesky", native_id=f"at://{DID}/{POSTS}/3ka"),
        Deletion(source="bluesky", author_id="did:plc:b"),
        Deletion(source="bluesky", author_id="did:plc:c", final=False),
    ]


def test_a_post_told_again_is_followed_by_its_deletion_again(fake, listen):
    fake.add(commit(ago(4), "3ka", "No signal"), commit(ago(3), "3ka"))
    [told] = listen(since_hours=0.08)
    assert (told.posts, keys(listen(since_hours=0.06))) == ((), [])
    assert deletions(listen(since_hours=0.06)) == list(told.deletions)


def test_an_edit_is_the_post_as_it_reads_now(fake, listen):
    fake.add(*posts(4), commit(ago(3), "3k4", "The signal is back", operation="update"))
    [post] = whole(listen(since_hours=0.08)).posts
    assert (post.text, post.edited_at) == ("The signal is back", NOW - timedelta(minutes=3))


def test_a_post_edited_to_name_no_brand_goes_and_may_come_back(fake, listen):
    gone = Deletion(source="bluesky", native_id=f"at://{DID}/{POSTS}/3k4", final=False)
    fake.add(*posts(4), commit(ago(3), "3k4", "Never mind", operation="update"))
    batch = whole(listen(since_hours=0.08))
    assert (batch.posts, batch.deletions) == ((), (gone,))
    fake.add(commit(ago(2), "3k4", "Again no signal", operation="update"))
    batch = whole(listen(since_hours=0.08))
    assert (keys([batch]), batch.deletions) == (["3k4"], ())


def test_what_an_account_said_on_a_page_goes_with_it(fake, listen):
    other = commit(ago(4), "3ko", "No signal", did="did:plc:mouse2")
    fake.add(*posts(4), other, account(ago(3), active=False, status="deleted"), *posts(2))
    batch = whole(listen(since_hours=0.08))
    # The last one was written after.
    assert keys([batch]) == ["3ko", "3k2"]
    assert batch.deletions == (Deletion(source="bluesky", author_id=DID),)


def test_only_the_deleted_post_leaves_the_page(fake, listen):
    fake.add(commit(ago(3), "3k", "No signal"), commit(ago(3), "3k5", "No signal"), commit(ago(2), "3k"))
    assert keys(listen(since_hours=0.08)) == ["3k5"]


def test_a_stream_that_ends_early_is_opened_again_and_nothing_comes_twice(fake, listen, clock):
    fake.add(*posts(*range(59, 0, -1)))
    fake.leaves_after.extend([10, 0, 30])
    assert keys(listen()) == [f"3k{minute}" for minute in range(59, 0, -1)]
    assert len(fake.asked) == 4
    assert len(clock.slept) == 3


def test_repeats_and_disorder_within_seconds_do_not_matter(fake, listen):
    told = [commit(NOW_US - 4_000_000 + number, f"3k{number}", "No signal") for number in range(50)]
    fake.add(*told)
    fake.tells = lambda events: events[25:] + events[:25] + events[::-1] if events else []
    assert sorted(keys(listen())) == sorted(f"3k{number}" for number in range(50))


def test_a_server_that_always_leaves_is_busy_and_what_it_said_is_kept(fake, listen, clock):
    fake.add(*posts(40, 20))
    fake.leaves_after.extend([1] * 10)
    heard = listen()
    assert keys([next(heard)]) == ["3k40"]
    with pytest.raises(SourceBusy, match=r"^http://127.0.0.1:\d+/\S+ ended the stream$"):
        next(heard)
    assert len(fake.asked) == Retry().left + 1


def test_it_is_waited_for_as_long_as_the_server_asks(fake, listen, clock):
    fake.trouble.extend([Says(status=503, headers={"Retry-After": "7"}), Says(status=429), Says(status=200)])
    fake.add(*posts(40))
    assert keys(listen()) == ["3k40"]
    assert clock.slept == [7.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("says", "error", "sentence"),
    [
        (Says(status=403), SourceRefused, "answered 403: it forbids this$"),
        (Says(status=302, headers={"Location": "http://127.0.0.1:1/"}), SourceRefused, "302: it sends us elsewhere$"),
        (Says(status=400, body=b'{"error":"InvalidRequest"}'), SourceRefused, r"answered 400: .* \(InvalidRequest\)$"),
        (Says(status=400, body=b'{"error":"http://x/?k=1"}'), SourceRefused, "400: it refuses the request$"),
        (Says(status=400, body=b'{"error":"CursorTooOld"}'), SourceRefused, r"\(CursorTooOld\)$"),
    ],
)
def test_a_server_that_says_no_is_not_asked_again(fake, listen, says, error, sentence):
    fake.trouble.append(says)
    with pytest.raises(error, match=sentence):
        list(listen())
    assert len(fake.asked) == 1


def test_a_cursor_that_is_clamped_leaves_a_gap_that_is_said(fake, listen, wire):
    fake.add(*posts(40, 20))
    fake.floor_us = ago(30)
    batch = whole(listen({"time_us": ago(50), "seen": []}))
    assert keys([batch]) == ["3k20"]
    [gap] = batch.unreadable
    assert gap.where.startswith("bluesky 127.0.0.1")
    span = "from 2026-11-22T11:10:00.000Z to 2026-11-22T11:40:00.000Z"
    assert gap.reason == f"what was said {span} cannot be known: the server's stream begins only then"


def test_a_gap_is_said_once(fake, listen):
    fake.add(*posts(20))
    fake.floor_us = ago(30)
    batch = whole(listen({"time_us": ago(50), "seen": []}))
    assert len(batch.unreadable) == 1
    assert list(listen(batch.cursor)) == []


def test_a_gap_while_listening_is_said_too(fake, listen):
    fake.add(*posts(50, 40, 10))
    fake.leaves_after.append(1)
    fake.between = lambda: setattr(fake, "floor_us", ago(30))
    [gap] = reasons(listen())
    assert gap.startswith("what was said from 2026-11-22T11:10:00.000Z to 2026-11-22T11:50:00.000Z")


def test_a_stream_that_goes_on_has_no_gap(fake, listen):
    fake.add(*posts(51, 49))
    batch = whole(listen({"time_us": ago(50), "seen": []}))
    assert (keys([batch]), batch.unreadable) == (["3k49"], ())


def test_a_first_round_that_reaches_back_too_far_is_told_by_v2_alone(fake, listen, wire):
    fake.add(*posts(20))
    fake.floor_us = ago(30)
    assert len(reasons(listen(since_hours=48))) == (1 if wire == "v2" else 0)


def test_a_cursor_that_is_refused_begins_anew_and_says_what_is_lost(fake, listen):
    fake.trouble.append(Says(status=400, body=b'{"error":"CursorTooOld","message":"floor 7"}'))
    fake.add(*posts(60, 40))
    batch = whole(listen({"time_us": ago(60 * 50), "seen": []}))
    assert keys([batch]) == ["3k60", "3k40"]
    assert [reason.partition(" cannot")[0] for reason in reasons([batch])] == [
        "what was said from 2026-11-20T10:00:00.000Z to 2026-11-22T11:00:00.000Z"
    ]
    assert fake.asked[-1].query["cursor"] == str(ago(60) - REWIND_US)


def test_a_cursor_from_a_clock_that_was_ahead_is_taken_back(fake, listen):
    batch = whole(listen({"time_us": NOW_US + 10 * MINUTE_US, "seen": []}))
    assert batch.cursor["time_us"] == NOW_US
    assert fake.asked[-1].query["cursor"] == str(NOW_US - REWIND_US)


def test_an_event_from_the_future_is_named_and_moves_nothing(fake, listen):
    fake.first.append(as_v1(account(NOW_US + 3 * 1440 * MINUTE_US)))
    fake.add(*posts(40))
    batch = whole(listen())
    assert keys([batch]) == ["3k40"]
    assert reasons([batch]) == ["the time of an event lies in the future: 2026-11-25T12:00:00.000Z"]


def test_a_terminal_error_is_tried_again_and_named_in_the_end(fake, listen):
    fake.first.append('{"$type":"error","error":"ConsumerTooSlow","message":"secret"}')
    with pytest.raises(SourceBusy, match=r"^127.0.0.1:\d+ ended the stream: 'ConsumerTooSlow'$"):
        list(listen())
    assert len(fake.asked) == Retry().left + 1


def test_junk_is_named_and_the_rest_comes(fake, listen):
    fake.first.extend(["{", b"\xff\xfe", "[]", "{}"])
    fake.add(*posts(40))
    batch = whole(listen())
    assert keys([batch]) == ["3k40"]
    assert [reason.partition(" (")[0] for reason in reasons([batch])] == [
        "not the shape of an event",
        "a frame is not UTF-8",
        "not the shape of an event",
        "not the shape of an event",
    ]


def test_a_server_of_nothing_but_junk_is_refused(fake, listen):
    fake.first.extend(["junk"] * (MAX_UNREADABLE + 50))
    heard = listen()
    assert len(next(heard).unreadable) == MAX_UNREADABLE
    with pytest.raises(SourceRefused, match="sends what are no events"):
        list(heard)


def test_a_huge_frame_is_refused_after_what_came_before_it(fake, listen):
    fake.add(*posts(40), commit(ago(30), "3kh", "signal" * MAX_FRAME))
    heard = listen()
    assert keys([next(heard)]) == ["3k40"]
    with pytest.raises(SourceRefused, match=rf"^http://127.0.0.1:\d+/\S+ sent more than {MAX_FRAME} bytes at once$"):
        next(heard)


def test_a_round_ends_when_nothing_more_comes(fake, listen):
    fake.tip_us = None
    fake.add(*posts(40))
    batch = whole(listen(quiet_seconds=0.2))
    assert (keys([batch]), batch.cursor["time_us"]) == (["3k40"], ago(40))


def test_a_server_that_says_nothing_at_all_leaves_the_place_as_it_was(fake, listen):
    fake.tip_us = None
    assert list(listen({"time_us": ago(10), "seen": []}, quiet_seconds=0.01)) == []


def test_a_stream_that_never_catches_up_ends_when_the_time_is_up(fake, listen, clock):
    fake.tip_us = None
    fake.add(*posts(*range(59, 0, -1)))
    fake.between = lambda: clock.sleep(10)
    heard = keys(listen(max_seconds=300))
    assert heard == [f"3k{minute}" for minute in range(59, 59 - len(heard), -1)]
    assert 1 <= len(heard) <= 59


@pytest.fixture
def small(monkeypatch):
    """Pages of few posts and deletions, and cursors that remember little: what bounds them need not be large here."""
    for name, value in {"MAX_POSTS": 10, "MAX_DELETIONS": 20, "MAX_SEEN": 30}.items():
        monkeypatch.setattr(jetstream_pages, name, value)


def test_pages_are_bounded_in_posts_deletions_and_time(fake, listen, small):
    fake.add(*(commit(ago(59) + number, f"3k{number}", "No signal") for number in range(11)))
    fake.add(*(commit(ago(58) + number, f"3d{number}") for number in range(21)))
    fake.add(*posts(50, 49, 44))
    batches = list(listen())
    assert [(len(batch.posts), len(batch.deletions)) for batch in batches] == [
        (10, 0),
        (1, 20),
        (1, 1),
        (2, 0),
        (0, 0),
    ]
    assert keys(listen(batches[1].cursor)) == keys(batches[2:])


def test_a_cursor_stays_small(fake, listen, small):
    fake.add(*(commit(NOW_US - 4_000_000 + number, f"3k{number}") for number in range(40)))
    *_, last = listen()
    assert len(last.cursor["seen"]) == 30


def test_who_stops_in_the_middle_leaves_no_stream_open(fake, listen, small):
    fake.add(*(commit(ago(59) + number, f"3k{number}", "No signal") for number in range(30)))
    with closing(listen()) as heard:
        assert len(next(heard).posts) == 10


def test_private_addresses_are_asked_only_if_meant(fake, listen):
    with pytest.raises(SourceRefused, match="not a public address; set allow_private"):
        list(listen(allow_private=False))
    assert fake.asked == []


def test_nobody_there_is_busy(fake, listen):
    fake.close()
    with pytest.raises(SourceBusy, match=r"^http://127.0.0.1:\d+/\S+: no connection$"):
        list(listen())


def opened(queries, **settings):
    return jetstream(
        SourceContext(name="sky", settings=JetstreamSettings(**settings), clock=FakeClock(), brands=listened(queries))
    )


@pytest.mark.parametrize("host", ["a.example", "wss://a.example/", "https://a.example"])
def test_a_host_is_named_with_or_without_its_scheme(host):
    assert opened({"north": Phrase(("north",))}, host=host).name == "jetstream:sky:a.example"


def test_what_is_configured_wrongly_is_said():
    with pytest.raises(ConfigurationError, match=r"\[source.sky\]: .* configure a \[brand.NAME\]"):
        opened({})
    with pytest.raises(ConfigurationError, match=r"\[source.sky\]: wire must be one of v1, v2"):
        opened({"north": Phrase(("north",))}, wire="v3")
