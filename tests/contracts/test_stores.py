"""What every store promises about the documents that it keeps (see `domain.ports.Store`)."""

import random
from datetime import timedelta

import pytest

from domain.conditions import Between, Exists, among, equal
from domain.correction import Correction, correction_document, read_correction
from domain.documents import NEW, REVISION, instant, to_document
from domain.errors import StoreRefused
from domain.event import Event
from domain.ports import Patched, Upserted
from domain.questions import Filters
from tests.support.handmade import FIRST, direction, post

AWKWARD_TEXT = (
    "Zero\u200bwidth, \x00 control, שלום إشارة 信号 👩🏽\u200d🚀 \N{COMBINING ACUTE ACCENT} 'quotes\" \\ \r\n"
    + "long " * 2000
)


def shown(document):
    """Return a document as it comes back when no fields are named."""
    return {key: value for key, value in document.items() if key not in {"embedding", "words"}}


def ids(documents):
    return [document["id"] for document in documents]


def test_documents_come_back_as_they_went_in(store):
    whole = post(
        "1",
        AWKWARD_TEXT,
        title="A title",
        author="émile",
        likes=0,
        rating=4.5,
        brands=("o2", "three"),
        topic="t1",
        customer="c1",
        events=("e1", "e2"),
        mentions=("ann", "bob"),
        attributes={"channel": "web", "a.b": "dot", "": "empty"},
        embedding=direction(1),
    )
    bare = post("2", "", language=None, sentiment=None, copy=None)
    store.upsert("posts", [whole, bare])
    assert store.get("posts", [whole["id"], bare["id"], "absent"]) == {whole["id"]: shown(whole), bare["id"]: bare}


def test_other_kinds_come_back_too(store):
    event = to_document(Event(id="e1", kind="outage", title="Mast down", started_at=FIRST, attributes={"k": "v"}))
    state = {"id": "file:posts", "source": "file", "state": {"line": 3, "none": None, "nested": {"empty": {}, "l": []}}}
    store.upsert("events", [event], cursor=state)
    assert store.get("events", ["e1"]) == {"e1": event}
    assert store.get("cursors", ["file:posts"]) == {"file:posts": state}


def test_a_correction_comes_back_with_its_empty_lists(store):
    correction = Correction(post_id="p", fingerprint="f", at=FIRST, by="Ünn", intents=(), aspects=("price:neutral",))
    store.upsert("corrections", [correction_document(correction)])
    (stored,) = store.scan("corrections", where=[equal("post_id", "p")])
    assert read_correction(stored) == correction
    assert store.delete("corrections", [correction.id]) == 1


def test_keeping_again_changes_nothing(store):
    documents = [post(str(n), embedding=direction(n, lean=0.3)) for n in range(5)]
    assert store.upsert("posts", documents) == Upserted(added=5)
    before = store.version()
    assert store.upsert("posts", reversed_keys(documents)) == Upserted(unchanged=5)
    assert store.version() == before


def reversed_keys(documents):
    return [dict(reversed(document.items())) for document in documents]


def test_a_changed_document_replaces_the_old_one_whole(store):
    old = post("1", "no signal", brands=("o2",), topic="t1", embedding=direction(1))
    new = post("1", "all fine", brands=("three",), at=FIRST + timedelta(days=40))
    store.upsert("posts", [old])
    assert store.upsert("posts", [new, post("2")]) == Upserted(added=1, updated=1)
    assert store.get("posts", [new["id"]]) == {new["id"]: shown(new)}
    assert [one.total for one in store.count_by(Filters(brands=("o2",)), ())] == []
    assert [one.total for one in store.count_by(Filters(text="fine", brands=("three",)), ())] == [1]
    assert store.count_by(Filters(text='"no signal"', topics=("t1",)), ()) == []
    assert store.knn(direction(1), Filters(), limit=5).documents == ()


@pytest.mark.parametrize(
    "new",
    [{"embedding": list(direction(2))}, {"words": "other words"}, {"brands": ["three"]}, {"place": "Leeds"}],
    ids=lambda new: next(iter(new)),
)
def test_a_change_of_one_field_is_seen(store, new):
    old = post("1", brands=("o2",), embedding=direction(1))
    store.upsert("posts", [old])
    before = store.version()
    assert store.upsert("posts", [old | new]) == Upserted(updated=1)
    assert store.version() != before
    (stored,) = store.scan("posts", fields=tuple(new))
    assert stored == {
        "id": old["id"],
        **{key: pytest.approx(value) if key == "embedding" else value for key, value in new.items()},
    }


def test_of_the_same_id_twice_the_last_counts(store):
    assert store.upsert("posts", [post("1", "first"), post("1", "second")]) == Upserted(added=1)
    (stored,) = store.scan("posts")
    assert stored["text"] == "second"


def test_a_page_and_its_cursor(store):
    store.upsert("posts", [post("1")], cursor={"id": "file", "state": {"line": 1}})
    assert store.upsert("posts", [], cursor={"id": "file", "state": {"line": 2}}) == Upserted()
    assert store.get("cursors", ["file"]) == {"file": {"id": "file", "state": {"line": 2}}}


@pytest.mark.parametrize(
    "broken",
    [{"surprise": 1}, {"author": {"id": "a", "surprise": 1}}, {"embedding": [1.0, 0.0]}, {"rating": float("nan")}],
    ids=["field", "inner-field", "embedding", "nan"],
)
def test_what_does_not_fit_is_refused_and_the_cursor_not_kept(store, broken):
    with pytest.raises(StoreRefused, match=r"\S+ \S+"):
        store.upsert("posts", [post("1"), post("2") | broken], cursor={"id": "file", "state": {"line": 2}})
    assert store.get("cursors", ["file"]) == {}
    assert post("2")["id"] not in store.get("posts", [post("2")["id"]])


def test_amending_merges_top_level_fields(store):
    old = post("1", author="ann", topic="t1", events=("e1",), embedding=direction(1))
    store.upsert("posts", [old, post("2")])
    changes = [
        {"id": old["id"], "topic": {"id": "t2"}, "events": None, "place": "Leeds"},
        {"id": "absent", "place": "Leeds"},
    ]
    assert store.patch("posts", iter(changes)).changed == 1
    expected = {key: value for key, value in old.items() if key != "events"} | {"topic": {"id": "t2"}, "place": "Leeds"}
    assert store.get("posts", [old["id"], "absent"]) == {old["id"]: shown(expected)}
    assert [one.total for one in store.count_by(Filters(topics=("t2",), events=(None,), places=("Leeds",)), ())] == [1]
    assert [one.total for one in store.count_by(Filters(topics=("t1",)), ())] == []
    assert ids(store.knn(direction(1), Filters(), limit=1).documents) == [old["id"]]


def test_amending_again_changes_nothing(store):
    store.upsert("posts", [post("1")])
    change = {"id": post("1")["id"], "events": [{"id": "e1", "score": 2.0, "reason": "place"}], "topic": None}
    assert store.patch("posts", [change]).changed == 1
    before = store.version()
    assert store.patch("posts", [change]).changed == 0
    assert store.version() == before


def test_amending_from_a_scan_of_the_same_store(store):
    store.upsert("posts", [post(str(n)) for n in range(1200)])
    assert store.patch("posts", ({"id": one["id"], "place": "Leeds"} for one in store.scan("posts"))).changed == 1200
    assert [one.total for one in store.count_by(Filters(places=("Leeds",)), ())] == [1200]


def test_deleting_leaves_nothing_to_be_found(store):
    gone, stays = post("1", brands=("o2",), events=("e1",), embedding=direction(1)), post("2")
    store.upsert("posts", [gone, stays])
    before = store.version()
    assert store.delete("posts", [gone["id"], "absent"]) == 1
    assert store.version() != before
    assert store.delete("posts", [gone["id"]]) == 0
    assert ids(store.scan("posts")) == [stays["id"]]
    assert [one.keys for one in store.count_by(Filters(text="signal"), ("brand",))] == [(None,)]
    assert store.knn(direction(1), Filters(), limit=5).documents == ()
    assert store.upsert("posts", [gone]) == Upserted(added=1)
    assert store.get("posts", [gone["id"]]) == {gone["id"]: shown(gone)}


def test_chosen_fields_of_documents_by_id(store):
    one, other = post("1", embedding=direction(1)), post("2", "other text")
    store.upsert("posts", [one, other])
    found = store.get("posts", [one["id"], "absent"], fields=("fingerprint",))
    assert found == {one["id"]: {"id": one["id"], "fingerprint": one["fingerprint"]}}
    assert store.get("posts", [one["id"]], fields=("embedding",))[one["id"]]["embedding"] == pytest.approx(direction(1))
    assert store.get("posts", []) == {}
    assert one["fingerprint"] != other["fingerprint"]


def test_a_scan_goes_through_all_by_id(store):
    documents = [post(str(n)) for n in range(1100)]
    store.upsert("posts", documents)
    assert ids(store.scan("posts")) == sorted(ids(documents))


def test_a_scan_of_chosen_posts(store):
    store.upsert("posts", [post("1", "no signal"), post("2", "all fine"), post("3", "no signal", place="Leeds")])
    chosen = store.scan("posts", filters=Filters(text="signal", places=(None,)), where=[equal("source", "file")])
    assert [one["native_id"] for one in chosen] == ["1"]


def test_a_scan_of_chosen_fields(store):
    one = post("1", author="ann", brands=("o2",), events=("e1", "e2"), embedding=direction(1, lean=0.5))
    store.upsert("posts", [one])
    (stored,) = store.scan("posts", fields=("author.id", "brands", "events.id", "place"))
    assert stored == {
        "id": one["id"],
        "author": {"id": "ann"},
        "brands": ["o2"],
        "events": [{"id": "e1"}, {"id": "e2"}],
    }
    (long,) = store.scan("posts", fields=("embedding", "words", "author"))
    assert long.pop("embedding") == pytest.approx(direction(1, lean=0.5), abs=1e-3)
    assert long == {"id": one["id"], "words": "no signal", "author": {"id": "ann", "handle": "ann"}}


EQUAL = [
    ("posts", {"author.id": "Bob"}, ["1"]),
    ("posts", {"author.handle": "bob"}, ["1"]),
    ("posts", {"mentions": "ann"}, ["1"]),
    ("posts", {"brands": "o2"}, ["1", "2"]),
    ("posts", {"events.id": "e2"}, ["2"]),
    ("posts", {"brands": "o2", "events.id": "e1"}, ["1"]),
    ("posts", {"author.id": "bob"}, []),
    ("customers", {"handles": "h2"}, ["c1"]),
    ("customers", {"id": "c2"}, ["c2"]),
    ("events", {"customer": "c1"}, ["e1"]),
]


def where_equal(wanted):
    return [equal(field, value) for field, value in wanted.items()]


def test_a_scan_of_equal_keywords(store):
    first = post("1", author="Bob", mentions=("ann", "zoe"), brands=("o2", "three"), events=("e1",))
    second = post("2", brands=("o2",), events=("e2", "e3"))
    store.upsert("posts", [first, second])
    store.upsert("customers", [{"id": "c1", "handles": ["h1", "h2"]}, {"id": "c2"}])
    common = {"kind": "call", "title": "A call", "started_at": "2019-11-25T08:00:00.000Z"}
    store.upsert("events", [{"id": "e1", "customer": "c1", **common}, {"id": "e2", **common}])
    answers = [
        (kind, wanted, sorted(one.get("native_id", one["id"]) for one in store.scan(kind, where=where_equal(wanted))))
        for kind, wanted, _ in EQUAL
    ]
    assert answers == EQUAL


def test_a_scan_of_a_span_of_time(store):
    limits = [{"store_until": instant(FIRST + timedelta(hours=n))} for n in range(3)]
    limited = [post(str(n)) | {"terms": limit} for n, limit in enumerate(limits)]
    store.upsert("posts", [*limited, post("free")])

    def found(start, end):
        where = [Between("terms.store_until", start, end), equal("source", "file")]
        return sorted(one["native_id"] for one in store.scan("posts", where=where))

    middle, last = FIRST + timedelta(hours=1), FIRST + timedelta(hours=2)
    assert found(None, middle) == ["0"]
    assert found(middle, last) == ["1"]
    assert found(middle, None) == ["1", "2"]
    assert found(None, None) == ["0", "1", "2"]
    assert [one["native_id"] for one in store.scan("posts", where=[Between("created_at", end=FIRST)])] == []
    with pytest.raises(StoreRefused, match="no time"):
        list(store.scan("posts", where=[Between("source")]))


def test_a_span_of_many_is_read_to_its_end_while_they_go(store):
    limits = {"terms": {"store_until": instant(FIRST)}}
    store.upsert("posts", [post(str(n)) | limits for n in range(1100)])
    gone = 0
    for one in store.scan("posts", fields=("id",), where=[Between("terms.store_until", end=FIRST + timedelta(days=1))]):
        gone += 1
        if gone % 250 == 0:
            store.delete("posts", [one["id"]])
    assert gone == 1100


def test_a_scan_goes_on_behind_an_id(store):
    documents = [post(str(n)) for n in range(1100)]
    store.upsert("posts", documents)
    expected = sorted(ids(documents))
    assert ids(store.scan("posts", fields=("id",), after=expected[49])) == expected[50:]
    assert ids(store.scan("posts", fields=("id",), after=expected[1098])) == expected[1099:]
    assert ids(store.scan("posts", after=expected[-1])) == []


def test_a_scan_refuses_what_cannot_be_compared(store):
    with pytest.raises(StoreRefused, match="text"):
        list(store.scan("posts", where=[equal("text", "no signal")]))
    with pytest.raises(StoreRefused, match="filters are for posts"):
        list(store.scan("events", filters=Filters()))


def test_the_version_names_the_state_of_the_posts(store):
    empty = store.version()
    store.upsert("events", [{"id": "e1", "kind": "call", "title": "A call", "started_at": "2019-11-25T08:00:00.000Z"}])
    assert store.version() == empty
    store.upsert("posts", [post("1")])
    full = store.version()
    assert full != empty
    store.delete("posts", [post("1")["id"]])
    assert store.version() != full


def test_a_scan_by_several_values_and_by_what_is_there(store):
    store.upsert("posts", [post("1", brands=("o2",), place="Leeds"), post("2", urgent=True), post("3", author="Ann")])

    def found(*where):
        return sorted(one["native_id"] for one in store.scan("posts", where=where))

    assert found(among("brands", ("o2", "three"))) == ["1"]
    assert found(among("place", ("Leeds", None))) == ["1", "2", "3"]
    assert found(among("brands", ())) == []
    assert found(among("place", (str(n) for n in range(70_000)))) == []
    assert found(equal("urgency.holds", value=True)) == ["2"]
    assert found(Exists("author.id")) == ["3"]
    assert found(Exists("author.id", there=False), Exists("place")) == ["1"]
    with pytest.raises(StoreRefused, match="no field"):
        list(store.scan("posts", where=[Exists("surprise")]))


def read(store, *keys):
    """Return documents as somebody reads them who means to write them back."""
    found = store.get("posts", keys, fields=("place", "text", REVISION))
    return [found[key] for key in keys]


def test_what_was_read_is_written_back_only_where_it_still_stands(store):
    one, other = post("1"), post("2")
    store.upsert("posts", [one, other])
    mine, theirs = read(store, one["id"], other["id"])
    assert store.patch("posts", [{"id": other["id"], "place": "Hull"}]) == Patched(changed=1)
    changes = [mine | {"place": "Leeds"}, theirs | {"place": "Leeds"}, {"id": "gone", "place": "York", REVISION: "7:1"}]
    assert store.patch("posts", changes) == Patched(changed=1, conflicts=(other["id"], "gone"))
    places = {key: document["place"] for key, document in store.get("posts", [one["id"], other["id"]]).items()}
    assert places == {one["id"]: "Leeds", other["id"]: "Hull"}
    assert "gone" not in store.get("posts", ["gone"])


def test_keeping_over_a_revision(store):
    one, other = post("1"), post("2")
    store.upsert("posts", [one])
    cursor = {"id": "file", "state": {"line": 1}}
    new = [one | {"text": "b", REVISION: NEW}, other | {REVISION: NEW}]
    assert store.upsert("posts", new, cursor=cursor) == Upserted(added=1, conflicts=(one["id"],))
    assert store.get("cursors", ["file"]) == {}
    (mine,) = read(store, one["id"])
    edited = [one | {"text": "c", REVISION: mine[REVISION]}]
    assert store.upsert("posts", edited, cursor=cursor) == Upserted(updated=1)
    assert store.upsert("posts", edited) == Upserted(conflicts=(one["id"],))
    assert store.get("posts", [one["id"]])[one["id"]]["text"] == "c"
    assert REVISION not in store.get("posts", [one["id"]])[one["id"]]
    store.delete("posts", [one["id"]])
    assert store.upsert("posts", [one | {REVISION: mine[REVISION]}]) == Upserted(conflicts=(one["id"],))


def test_of_two_hundred_interleavings_none_brings_back_what_was_read(store):
    """Between the reading and the writing of each post somebody deletes it, edits it, marks it, or nobody does."""
    chance = random.Random(13)
    documents = {document["id"]: document for document in (post(str(n)) for n in range(200))}
    store.upsert("posts", list(documents.values()))
    mine = read(store, *documents)
    meanwhile = {key: chance.choice(("deleted", "edited", "marked", "back again", "nothing")) for key in documents}

    def those(*what):
        return [key for key, done in meanwhile.items() if done in what]

    store.delete("posts", those("deleted", "back again"))
    store.upsert("posts", [documents[key] | {"text": "edited"} for key in those("edited")])
    store.upsert("posts", [documents[key] for key in those("back again")])
    store.patch("posts", [{"id": key, "topic": {"id": "t9"}} for key in those("marked")])
    expected = store.get("posts", list(documents))
    written = store.patch("posts", (one | {"place": "Leeds"} for one in mine))
    assert written.changed == len(those("nothing"))
    assert sorted(written.conflicts) == sorted(those("deleted", "edited", "marked", "back again"))
    expected |= {key: expected[key] | {"place": "Leeds"} for key in those("nothing")}
    assert store.get("posts", list(documents)) == expected


def test_each_kind_has_a_version_of_its_own(store):
    posts, events = store.version(), store.version("events")
    store.upsert("events", [{"id": "e1", "kind": "call", "title": "A call", "started_at": "2019-11-25T08:00:00.000Z"}])
    assert store.version() == posts
    assert store.version("events") != events


def test_of_two_changes_of_one_document_that_was_read_once_the_second_is_reported(store):
    store.upsert("posts", [post("1")])
    (mine,) = read(store, post("1")["id"])
    written = store.patch("posts", [mine | {"place": "Leeds"}, mine | {"place": "Hull"}])
    assert written == Patched(changed=1, conflicts=(mine["id"],))
    assert [one["place"] for one in store.scan("posts")] == ["Leeds"]


def test_the_most_frequent_values(store):
    store.upsert(
        "posts", [post("1", brands=("o2", "ee"), customer="c1"), post("2", brands=("o2",), place="Hull"), post("3")]
    )
    assert store.count_values("posts", "brands", limit=5) == [("o2", 2), ("ee", 1)]
    assert store.count_values("posts", "brands", where=[equal("place", "Hull")], limit=5) == [("o2", 1)]
    assert store.count_values("posts", "customer.id", limit=5) == [("c1", 1)]
    assert store.count_values("posts", "brands", limit=1) == [("o2", 2)]
    assert store.count_values("events", "kind", limit=5) == []
