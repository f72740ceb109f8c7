"""What is stored survives: saved, restored, copied from one kind of store to the other, without what was erased."""

import gzip
import json
from contextlib import closing, contextmanager
from itertools import islice

import pytest

from domain.documents import ALL, instant
from domain.errors import InputError, StoreRefused
from domain.identity import author_tombstone, post_tombstone, record_tombstone
from pipeline.backup import back_up, restore
from pipeline.copying import copy, differing
from stores.mapping import KINDS
from stores.open import open_store
from tests.support.flows import KEY
from tests.support.handmade import FIRST, direction, post

WHOLE = (ALL, "words", "embedding")


def fill(store, count=700):
    documents = [
        post(str(n), f"no signal {n}", author=f"A{n}", embedding=direction(n, lean=0.31)) for n in range(count)
    ]
    store.upsert("posts", documents, cursor={"id": "list", "state": {"page": 3}})
    store.upsert("customers", [{"id": "c1", "handles": ["h1"]}])
    store.upsert("tombstones", [{"id": "gone before", "source": "forum"}])
    store.upsert("corrections", [{"id": "p:", "post_id": "p", "fingerprint": "f", "intents": []}])


def everything(store):
    return {kind: list(store.scan(kind, fields=WHOLE)) for kind in KINDS}


@contextmanager
def another(tmp_path, name="other"):
    with closing(open_store(f"sqlite:///{tmp_path}/{name}.sqlite")) as opened:
        yield opened


def quiet(*_):
    pass


def test_a_backup_brings_everything_back(store, tmp_path):
    fill(store)
    file = tmp_path / "saved.gz"
    assert back_up(store, file, FIRST, quiet)["posts"] == 700
    assert file.stat().st_mode & 0o077 == 0
    with another(tmp_path) as empty:
        counts, erased = restore(empty, file, KEY, quiet)
        assert (counts["posts"], counts["customers"], erased) == (700, 1, 0)
        assert differing(store, empty) == dict.fromkeys(KINDS, 0)


def test_a_backup_is_of_one_moment_while_others_write(store, tmp_path):
    fill(store)
    dump = store.dump()
    first = list(islice(dump, 10))
    store.upsert("posts", [post("late")])
    store.delete("posts", [post(str(n))["id"] for n in range(700)])
    store.upsert("customers", [{"id": "c2"}])
    found = first + list(dump)
    assert sum(kind == "posts" for kind, _ in found) == 700
    assert [document["id"] for kind, document in found if kind == "customers"] == ["c1"]


def test_what_was_erased_since_the_backup_stays_away(store, tmp_path):
    fill(store, count=20)
    file = tmp_path / "saved.gz"
    back_up(store, file, FIRST, quiet)
    gone = post_tombstone(KEY, post("7")["id"]), author_tombstone(KEY, "file", "", "A9")
    with another(tmp_path) as empty:
        empty.upsert("tombstones", [{"id": key, "source": "file"} for key in gone])
        assert restore(empty, file, KEY, quiet)[1] == 2
        there = {one["native_id"] for one in empty.scan("posts")}
        assert there == {str(n) for n in range(20)} - {"7", "9"}
        assert {one["id"] for one in empty.scan("tombstones")} == {"gone before", *gone}


def test_customers_who_were_erased_since_the_backup_stay_away_with_all_that_is_theirs(store, tmp_path):
    file = tmp_path / "saved.gz"
    store.upsert("customers", [{"id": "c1", "parties": ["p1"]}, {"id": "c2"}])
    store.upsert("parties", [{"id": "p1"}, {"id": "p2"}])
    store.upsert("services", [{"id": "s1", "kind": "line", "customer": "c1"}, {"id": "s2", "kind": "line"}])
    calls = {"kind": "call", "title": "call", "started_at": instant(FIRST)}
    store.upsert("events", [calls | {"id": "e1", "party": "p1"}, calls | {"id": "e2", "customer": "c2"}])
    back_up(store, file, FIRST, quiet)
    with another(tmp_path) as empty:
        gone = [record_tombstone(key) for key in ("c1", "p1")]
        empty.upsert("tombstones", [{"id": mark, "source": "records"} for mark in gone])
        assert restore(empty, file, KEY, quiet)[1] == 4
        kinds = ("customers", "parties", "services", "events")
        assert [[one["id"] for one in empty.scan(kind)] for kind in kinds] == [["c2"], ["p2"], ["s2"], ["e2"]]


def test_what_was_said_of_a_post_that_was_erased_since_the_backup_stays_away(store, tmp_path):
    fill(store, count=2)
    store.upsert("corrections", [{"id": "x", "post_id": post("1")["id"], "fingerprint": "f", "intents": []}])
    back_up(store, tmp_path / "saved.gz", FIRST, quiet)
    with another(tmp_path) as empty:
        empty.upsert("tombstones", [{"id": author_tombstone(KEY, "file", "", "A1"), "source": "file"}])
        restore(empty, tmp_path / "saved.gz", KEY, quiet)
        assert [one["id"] for one in empty.scan("corrections")] == ["p:"]


def test_a_store_that_holds_posts_is_not_restored_over(store, tmp_path):
    fill(store, count=2)
    back_up(store, tmp_path / "saved.gz", FIRST, quiet)
    with pytest.raises(StoreRefused, match="empty store"):
        restore(store, tmp_path / "saved.gz", KEY, quiet)


@pytest.mark.parametrize("broken", ["cut off", "other bytes", "a line lost", "another form", "not there"])
def test_a_file_that_is_no_whole_backup_restores_nothing(tmp_path, broken):
    file = tmp_path / "saved.gz"
    with another(tmp_path, "first") as store:
        fill(store, count=5)
        back_up(store, file, FIRST, quiet)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    match broken:
        case "cut off":
            file.write_bytes(file.read_bytes()[:-200])
        case "other bytes":
            file.write_bytes(b"id,text\n1,no signal\n")
        case "a line lost":
            file.write_bytes(gzip.compress(b"".join(lines[:2] + lines[3:])))
        case "another form":
            file.write_bytes(gzip.compress(json.dumps({"form": "earshot-backup-9"}).encode() + b"\n"))
        case "not there":
            file.unlink()
    with another(tmp_path) as empty:
        with pytest.raises(InputError, match=r"saved\.gz"):
            restore(empty, file, KEY, quiet)
        assert everything(empty) == {kind: [] for kind in KINDS}


@pytest.mark.parametrize(
    "line",
    [
        *([1], {"kind": "posts", "document": 7}, {"kind": "cats", "document": {"id": "1"}}, {"document": {"id": "1"}}),
        {"kind": "posts", "document": {"id": 7, "source": "forum"}},
        {"kind": "posts", "document": {"id": "1"}},
        {"kind": "posts", "document": {"id": "1", "source": "forum", "author": {"handle": "ann"}}},
        {"kind": "posts", "document": {"id": "1", "source": "forum", "author": None}},
        {"kind": "posts", "document": {"id": "1", "source": "forum", "embedding": "not base64"}},
        {"kind": "posts", "document": {"id": "1", "source": "forum", "embedding": "AAAA"}},
        {"kind": "posts", "document": {"id": "1", "source": "forum", "embedding": 0.5}},
    ],
    ids=str,
)
def test_of_a_backup_with_a_foreign_document_nothing_is_restored(tmp_path, line):
    file = tmp_path / "saved.gz"
    with another(tmp_path, "first") as store:
        fill(store, count=5)
        back_up(store, file, FIRST, quiet)
    lines = gzip.decompress(file.read_bytes()).splitlines()
    counts = json.loads(lines[-1])
    if isinstance(line, dict) and line.get("kind") in counts["counts"]:
        counts["counts"][line["kind"]] += 1
    whole = [*lines[:-1], json.dumps(line).encode(), json.dumps(counts).encode()]
    file.write_bytes(gzip.compress(b"\n".join(whole) + b"\n"))
    with another(tmp_path) as empty:
        with pytest.raises(InputError, match=r"saved\.gz .*damaged"):
            restore(empty, file, KEY, quiet)
        assert everything(empty) == {kind: [] for kind in KINDS}


def test_a_backup_that_cannot_be_written_leaves_nothing(store, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        back_up(store, tmp_path / "no" / "saved.gz", FIRST, quiet)
    assert not (tmp_path / "no").exists()


def test_one_store_becomes_equal_to_another(store, tmp_path):
    fill(store)
    with another(tmp_path) as target:
        target.upsert("posts", [post("surplus"), post("3", "stale")])
        done = copy(store, target, quiet)
        assert (done["posts"].written, done["posts"].deleted, done["posts"].equal) == (700, 1, 0)
        assert differing(store, target) == dict.fromkeys(KINDS, 0)
        again = copy(store, target, quiet)
        assert (again["posts"].written, again["posts"].deleted, again["posts"].equal) == (0, 0, 700)
        # And back, over what was lost.
        store.delete("posts", [post("5")["id"]])
        assert copy(target, store, quiet)["posts"].written == 1
        assert differing(store, target) == dict.fromkeys(KINDS, 0)


def test_copying_that_was_stopped_goes_on(store, tmp_path):
    fill(store)

    def stop(kind, count):
        if kind == "posts":
            raise KeyboardInterrupt

    with another(tmp_path) as target:
        with pytest.raises(KeyboardInterrupt):
            copy(store, target, stop)
        assert copy(store, target, quiet)["posts"].written == 200
        assert differing(store, target)["posts"] == 0


def test_a_whole_store_has_no_faults(store):
    fill(store, count=3)
    assert store.faults() == []


def test_expunging_keeps_what_is_there(store):
    fill(store, count=3)
    store.delete("posts", [post("1")["id"]])
    store.expunge()
    assert sorted(one["native_id"] for one in store.scan("posts")) == ["0", "2"]
