"""Counting by columns says what the documents say: after every write, erasing, and where the columns are not there."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.questions import DIMENSIONS, Count, Filters, Page
from stores.sqlite import columns as sqlite_columns
from stores.sqlite import counting as sqlite_counting
from stores.sqlite.migrations import DIGESTS
from stores.sqlite.store import SqliteStore
from tests.support import evaluator
from tests.support.corpora import BRANDS, PLACES, TOPICS, corpora, filters, groupings, pages
from tests.support.handmade import FIRST, post


@pytest.fixture
def file(tmp_path):
    return tmp_path / "posts.sqlite"


@pytest.fixture
def store(file):
    with closing(SqliteStore(file)) as opened:
        yield opened


@pytest.fixture(params=[(3, 2), (5, 4), (65_536, 1), (4, 1_000)], ids=lambda sizes: f"{sizes[0]} rows, {sizes[1]} wait")
def small(request, monkeypatch):
    """Segments so small that a few posts fill several, folded after so many pending rows."""
    segment, pending = request.param
    for module in (sqlite_columns, sqlite_counting):
        monkeypatch.setattr(module, "SEGMENT", segment)
    monkeypatch.setattr(sqlite_columns, "FOLD", pending)


def rows(file, read):
    with closing(sqlite3.connect(file)) as plain:
        return plain.execute(read).fetchall()


def change(file, statement):
    with closing(sqlite3.connect(file)) as plain:
        plain.execute(statement)
        plain.commit()


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.sampled_from(["delete", "topic", "place", "brands", "nothing known"]),
        st.integers(0, 2),
    ),
    max_size=6,
)


def changed(store, there, changes):
    """Make changes in the store and in the documents beside it."""
    for place, what, which in changes:
        document = there[place % len(there)]
        if what == "delete":
            store.delete("posts", [document["id"]])
            there = [one for one in there if one is not document] or there
            if not any(one is document for one in there):
                continue
            store.upsert("posts", [document])  # the last one stays, in a row of its own
            continue
        amended = {
            "topic": {"topic": {"id": TOPICS[which % 2], "probability": 0.5, "model": {"name": "m", "revision": "1"}}},
            "place": {"place": PLACES[which]},
            "brands": {"brands": list(BRANDS[:which]) or None},
            "nothing known": {"sentiment": None, "copy": None, "intent": None},
        }[what]
        store.patch("posts", [{"id": document["id"], **amended}])
        merged = {key: value for key, value in (document | amended).items() if value is not None}
        there = [merged if one is document else one for one in there]
    return there


def test_whatever_is_written_it_counts_and_lists_what_the_documents_say(small, store):
    questions = st.lists(st.tuples(filters(), groupings(), pages()), min_size=1, max_size=4)

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(corpus=corpora(), changes=CHANGES, questions=questions)
    def agrees(corpus, changes, questions):
        store.delete("posts", [document["id"] for document in store.scan("posts", fields=("id",))])
        store.upsert("posts", corpus[: len(corpus) // 2])
        store.upsert("posts", corpus[len(corpus) // 2 :])
        there = changed(store, corpus, changes)
        for chosen, by, page in questions:
            assert store.count_by(chosen, by) == evaluator.count_by(there, chosen, by)
            for order in ("newest", "oldest", "reach"):
                expected = evaluator.find_ids(there, chosen, order)
                listing = store.search(chosen, order=order, page=page)
                ids = [document["id"] for document in listing.documents]
                assert (ids, listing.total) == (expected[page.offset : page.offset + page.limit], len(expected))

    agrees()


def test_groups_of_more_kinds_than_there_are_counters_for(store, monkeypatch):
    posts = [post(str(n), author=f"a{n}", place=f"p{n % 7}", brands=BRANDS[: n % 3]) for n in range(60)]
    store.upsert("posts", posts)
    for most in (0, 10**30):
        monkeypatch.setattr(sqlite_counting, "DENSE", 2**21 if most else 0)
        monkeypatch.setattr(sqlite_counting, "MOST_CELLS", most)
        for by in (("author", "place", "brand"), tuple(DIMENSIONS)):
            assert store.count_by(Filters(), by) == evaluator.count_by(posts, Filters(), by)


def test_many_posts_are_grouped_by_author_as_few_are(store, monkeypatch):
    posts = [post(str(n), author=None if n % 5 else f"a{n % 4}") for n in range(40)]
    store.upsert("posts", posts)
    few = store.count_by(Filters(), ("author", "day"))
    monkeypatch.setattr(sqlite_counting, "FEW", 0)
    assert (
        store.count_by(Filters(), ("author", "day")) == few == evaluator.count_by(posts, Filters(), ("author", "day"))
    )


def test_what_is_folded_is_read_from_columns_alone(file, store, monkeypatch):
    monkeypatch.setattr(sqlite_columns, "FOLD", 1)
    store.upsert("posts", [post("1", place="Leeds"), post("2", place="York")])
    # A place that only the columns know: the answer comes from nowhere else.
    change(file, """UPDATE "posts.columns" SET known = '["Leeds","Hull"]' WHERE field = 'place'""")
    assert [one.keys for one in store.count_by(Filters(), ("place",))] == [("Hull",), ("Leeds",)]


@pytest.mark.parametrize(
    "lost", ['DELETE FROM "posts.columns"', """DELETE FROM "posts.columns" WHERE field = 'brands'"""]
)
def test_columns_that_are_not_there_are_read_from_the_rows(small, file, store, lost):
    posts = [post(str(n), at=FIRST + timedelta(hours=n), brands=BRANDS[: n % 3], likes=n) for n in range(9)]
    store.upsert("posts", posts)
    change(file, lost)
    for by in (("brand",), ("day", "brand")):
        assert store.count_by(Filters(), by) == evaluator.count_by(posts, Filters(), by)
    assert store.search(Filters(brands=("o2",)), order="reach", page=Page(limit=2)).total == 6
    # The next fold goes on from there.
    store.upsert("posts", [post("new", brands=("o2",))])
    assert store.count_by(Filters(brands=("o2",)), ()) == [Count((), 7, 0, 7, 0)]


def test_another_process_sees_every_commit(file, store):
    with closing(SqliteStore(file)) as other:
        store.upsert("posts", [post("1", place="Leeds"), post("2", place="Leeds")])
        assert other.count_by(Filters(), ("place",)) == [Count(("Leeds",), 2, 0, 2, 0)]
        store.patch("posts", [{"id": post("1")["id"], "place": "York"}])
        assert other.count_by(Filters(), ("place",)) == [Count(("Leeds",), 1, 0, 1, 0), Count(("York",), 1, 0, 1, 0)]
        store.delete("posts", [post("2")["id"]])
        assert other.count_by(Filters(), ("place",)) == [Count(("York",), 1, 0, 1, 0)]


@pytest.mark.parametrize("pending", [1, 1_000])
def test_an_erased_post_leaves_nothing_in_the_columns(file, store, monkeypatch, pending):
    monkeypatch.setattr(sqlite_columns, "FOLD", pending)
    store.upsert("posts", [post("1", place="Abersoch-on-Sea", brands=("zzbrandzz",)), post("2", place="Leeds")])
    store.delete("posts", [post("1")["id"]])
    assert store.count_by(Filters(), ("place",)) == [Count(("Leeds",), 1, 0, 1, 0)]
    store.expunge()
    assert rows(file, 'SELECT count(*) FROM "posts.pending"') == [(0,)]
    bytes_left = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert b"Abersoch" not in bytes_left
    assert b"zzbrandzz" not in bytes_left
    assert store.count_by(Filters(), ("place",)) == [Count(("Leeds",), 1, 0, 1, 0)]


def test_columns_that_say_something_else_are_a_fault(small, file, store):
    store.upsert("posts", [post(str(n), place="Leeds", brands=BRANDS[: n % 3]) for n in range(9)])
    store.delete("posts", [post("4")["id"]])
    store.patch("posts", [{"id": post("5")["id"], "place": "York"}])
    assert store.faults() == []
    store.expunge()  # folds all there is
    change(file, """UPDATE "posts.columns" SET known = '["Bath"]' WHERE field = 'speaker' AND segment = 0""")
    assert any(fault.startswith("the column speaker of the posts in rows 0 to") for fault in store.faults())


def test_a_file_of_the_schema_before_gets_its_columns(file, store):
    store.upsert("posts", [post(str(n), brands=BRANDS[: n % 3]) for n in range(5)])
    store.close()
    change(file, 'DROP TABLE "posts.columns"')
    change(file, 'DROP TABLE "posts.pending"')
    change(file, f"PRAGMA user_version = {DIGESTS[1]}")
    with closing(SqliteStore(file)) as opened:
        assert rows(file, """SELECT DISTINCT segment FROM "posts.columns" WHERE field = 'brands'""") == [(0,)]
        assert opened.count_by(Filters(brands=("o2",)), ()) == [Count((), 3, 0, 3, 0)]


def test_counting_reads_columns_and_never_the_documents(store, monkeypatch):
    monkeypatch.setattr(sqlite_columns, "FOLD", 1)

    def steps():
        counted = []
        with store._connections.reading() as connection:
            connection.set_progress_handler(lambda: counted.append(1), 1)
        filters = Filters(once=True, brands=("o2", None))
        tallies = store.count_by(filters, ("day", "topic", "brand"))
        with store._connections.reading() as connection:
            connection.set_progress_handler(None, 0)
        return len(counted), sum(one.total for one in tallies)

    store.upsert("posts", [post(str(n)) for n in range(10)])
    few, total = steps()
    store.upsert("posts", [post(str(n)) for n in range(10, 1_000)])
    many, all_of_them = steps()
    assert (total, all_of_them) == (10, 1_000)
    # A hundred times as many posts: steps of the database's machine, so the bound needs no clock.
    assert many < 2 * few
