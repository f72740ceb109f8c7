import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.search.stream_filter import StreamFilter
from collectors.social.jetstream_events import StreamEvent, read_event, sift, to_deletion, to_post
from domain.errors import RecordUnreadable
from domain.post import Author, Deletion
from tests.support.fake_jetstream import DID, NOW, POSTS, account, as_v1, as_v2, commit, framed, micros
from tests.support.listening import listened
from textquery.tree import Phrase

TIME_US = micros(NOW) - 10_123_456
SEEN = datetime(2026, 11, 22, 11, 59, 49, 876544, tzinfo=UTC)
FILTER = StreamFilter(listened({"north": Phrase(("signal",))}))
BOTH = pytest.mark.parametrize("write", [as_v1, as_v2])


def post_of(text="No signal", **more):
    return to_post(read_event(as_v1(commit(TIME_US, "3kx", text, **more))), now=NOW)


def facet(start, end, **feature):
    kind = next(iter(feature))
    name = {"did": "mention", "uri": "link", "tag": "tag"}[kind]
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": f"app.bsky.richtext.facet#{name}"} | feature],
    }


@BOTH
def test_a_commit_becomes_a_post(write):
    text = "Ärger 😤: @north.example has no signal at https://outa… #Leeds <&>"
    start = len("Ärger 😤: ".encode())
    event = read_event(
        write(
            commit(
                TIME_US,
                "3kx",
                text,
                langs=["pt-BR", "en"],
                createdAt="2026-11-22T11:59:40Z",
                facets=[
                    facet(start, start + len("@north.example"), did="did:plc:north"),
                    facet(0, 3, uri="https://outage.example/leeds?a=1"),
                    facet(0, 3, tag="Leeds"),
                ],
                tags=["mast", "Leeds"],
                reply={"root": {"uri": "at://did:plc:a/x/1"}, "parent": {"uri": "at://did:plc:b/x/2"}},
            )
        )
    )
    post = to_post(event, now=NOW)
    assert (post.source, post.instance, post.native_id) == ("bluesky", "", f"at://{DID}/{POSTS}/3kx")
    assert (post.text, post.title, post.lang) == (text, None, "pt")
    assert post.url == f"https://bsky.app/profile/{DID}/post/3kx"
    assert post.author == Author(id=DID)
    assert (post.created_at, post.edited_at) == (datetime(2026, 11, 22, 11, 59, 40, tzinfo=UTC), None)
    assert (post.observed_at, post.parent_id, post.mentions) == (NOW, "at://did:plc:b/x/2", ("north.example",))
    assert post.attributes == {
        "root": "at://did:plc:a/x/1",
        "links": "https://outage.example/leeds?a=1",
        "tags": "Leeds, mast",
        "langs": "pt-BR, en",
    }


@pytest.mark.parametrize(
    "embed",
    [
        {"$type": "app.bsky.embed.record", "record": {"uri": "at://q/1", "cid": "b"}},
        {
            "$type": "app.bsky.embed.recordWithMedia",
            "record": {"$type": "app.bsky.embed.record", "record": {"uri": "at://q/1", "cid": "b"}},
            "media": {"$type": "app.bsky.embed.images", "images": []},
        },
    ],
)
def test_a_quote_names_what_it_quotes(embed):
    assert post_of(embed=embed).attributes == {"quotes": "at://q/1"}


def test_a_link_card_is_a_link_with_a_title():
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://n.example/1", "title": "Outage"}}
    told = {"links": "https://n.example/1", "link_title": "Outage", "labels": "graphic-media"}
    assert post_of(embed=card, labels={"values": [{"val": "graphic-media"}]}).attributes == told


@pytest.mark.parametrize(
    ("declared", "created_at", "is_kept"),
    [
        ("2026-11-22T11:59:40.5Z", datetime(2026, 11, 22, 11, 59, 40, 500000, tzinfo=UTC), False),
        ("2026-11-22T13:59:40.5+02:00", datetime(2026, 11, 22, 11, 59, 40, 500000, tzinfo=UTC), False),
        ("2026-11-22T12:30:00Z", SEEN, False),
        ("2099-01-01T00:00:00Z", SEEN, True),
        ("2016-05-01T08:00:00Z", datetime(2016, 5, 1, 8, tzinfo=UTC), True),
        ("yesterday", SEEN, False),
        (None, SEEN, False),
        (1763632800, SEEN, False),
    ],
)
def test_a_declared_time_counts_only_where_it_can_be_true(declared, created_at, is_kept):
    post = post_of(createdAt=declared)
    assert post.created_at == created_at
    kept = {"declared_at": declared.replace("Z", ".000Z"), "seen_at": "2026-11-22T11:59:49.876Z"} if is_kept else {}
    assert post.attributes == kept


@pytest.mark.parametrize(
    "more",
    [
        {"facets": [{"index": {"byteStart": 5}}, 7, {"features": [{"$type": "app.bsky.richtext.facet#tag"}]}]},
        {"facets": "x", "langs": "en", "tags": {"a": 1}, "labels": [], "embed": 5, "reply": {"parent": []}},
        {"facets": [facet(10_000, 10_005, did="")], "langs": [None, 3], "embed": {"record": {"uri": {}}}},
    ],
)
def test_ornaments_that_make_no_sense_are_left_out(more):
    post = post_of(**more)
    assert (post.text, post.mentions, post.parent_id, post.attributes) == ("No signal", (), None, {})


@pytest.mark.parametrize(("start", "end"), [(0, 5), (3, 4), (900, 999), (-4, 3), (5, 1)])
def test_a_mention_whose_place_is_wrong_is_known_by_its_account(start, end):
    assert post_of("😤 @ann", facets=[facet(start, end, did="did:plc:ann")]).mentions == ("did:plc:ann",)


@BOTH
def test_an_update_is_an_edit_at_the_time_of_the_stream(write):
    event = read_event(write(commit(TIME_US, "3kx", "Fixed signal", operation="update")))
    assert event.writes_post
    assert to_post(event, now=NOW).edited_at == SEEN


@BOTH
@pytest.mark.parametrize(
    ("told", "deletion"),
    [
        (commit(TIME_US, "3kx"), Deletion(source="bluesky", native_id=f"at://{DID}/{POSTS}/3kx")),
        (commit(TIME_US, "3kx", collection="app.bsky.feed.like"), None),
        (commit(TIME_US, "3kx", "No signal"), None),
        (account(TIME_US), None),
        (account(TIME_US, active=False), Deletion(source="bluesky", author_id=DID, final=False)),
        (account(TIME_US, active=False, status="deleted"), Deletion(source="bluesky", author_id=DID)),
        (account(TIME_US, active=False, status="takendown"), Deletion(source="bluesky", author_id=DID)),
        (account(TIME_US, active=False, status="suspended"), Deletion(source="bluesky", author_id=DID, final=False)),
        ({"did": DID, "time_us": TIME_US, "kind": "identity", "identity": {"handle": "a.example"}}, None),
    ],
)
def test_what_is_taken_back(write, told, deletion):
    assert to_deletion(read_event(write(told))) == deletion


def test_notices_of_v2():
    error = '{"$type":"error","error":"ConsumerTooSlow","message":"too slow"}'
    assert read_event(error) == StreamEvent(kind="error", name="ConsumerTooSlow")
    info = framed({"$type": "network.bsky.jetstream.subscribeEvents#info", "name": "OutdatedCursor"})
    assert read_event(info) == StreamEvent(kind="info", name="OutdatedCursor")


@BOTH
def test_what_cannot_concern_us_is_only_a_time(write):
    for told in (
        commit(TIME_US, "3kx", "Good morning"),
        {"did": DID, "time_us": TIME_US, "kind": "identity", "identity": {"handle": "signal.example"}},
    ):
        assert sift(write(told), FILTER) == TIME_US
    for told in (
        commit(TIME_US, "3kx", "No signal"),
        commit(TIME_US, "3kx", "Good morning", operation="update"),
        commit(TIME_US, "3kx"),
        account(TIME_US, active=False),
    ):
        assert sift(write(told), FILTER) == read_event(write(told))


@BOTH
def test_another_order_of_keys_means_the_same(write):
    told = commit(TIME_US, "3kx", "Good morning")
    raw = json.dumps(json.loads(write(told)), sort_keys=True)
    assert sift(raw, FILTER) == read_event(write(told))


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "null",
        "[]",
        "7",
        '"did"',
        "{}",
        '{"$type":"message"}',
        '{"$type":"message","payload":{"$type":"x#commit","did":"did:plc:a","time":"2026-11-22T12:00:00"}}',
        '{"did":"did:plc:a","time_us":1763632800123456,"kind":"commit","commit":{"rev":"3r","operation":"create"',
        as_v1(commit(7, "3kx", "No signal")),
        as_v1(commit(10**20, "3kx", "No signal")),
        as_v1(commit(TIME_US, "../3kx", "No signal")),
        as_v1(commit(TIME_US, "3kx", "No signal", did="mouse")),
        as_v1(commit(TIME_US, "3kx", "No signal", operation="shout")),
        as_v1(commit(TIME_US, "3kx", "No signal") | {"record": "No signal"}),
        as_v1(account(TIME_US) | {"account": {"active": "no"}}),
        as_v1(account(TIME_US) | {"time_us": True}),
        "[" * 100_000,
    ],
)
def test_what_is_no_event_is_named(raw):
    with pytest.raises(RecordUnreadable, match="not the shape of an event"):
        sift(raw, FILTER)


def test_a_post_without_text_is_named():
    event = read_event(as_v1(commit(TIME_US, "3kx", "") | {"record": {"text": 5}}))
    with pytest.raises(RecordUnreadable, match=r"at://did:plc:mouse/app.bsky.feed.post/3kx: the post has no text"):
        to_post(event, now=NOW)


@given(st.text(), st.timedeltas(timedelta(0), timedelta(days=365)), st.sampled_from([as_v1, as_v2]))
def test_any_text_at_any_time_comes_through_either_wire(text, age, write):
    time_us = micros(NOW - age)
    event = read_event(write(commit(time_us, "3kx", text)))
    post = to_post(event, now=NOW)
    assert len(post.text) == len(text)
    assert post.created_at <= NOW - age
