"""What is particular to the SQLite store: one file, several processes, and its failures in one sentence."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from domain.conditions import among
from domain.errors import StoreRefused, StoreUnreachable
from domain.questions import Filters, Page
from stores.sqlite.connections import failure_sentence
from stores.sqlite.store import SqliteStore
from tests.support.handmade import direction, post
from tests.support.tree import ROOT


@pytest.fixture
def file(tmp_path):
    return tmp_path / "posts.sqlite"


@pytest.fixture
def store(file):
    with closing(SqliteStore(file)) as opened:
        yield opened


def count(store, text="signal"):
    return sum(one.total for one in store.count_by(Filters(text=text), ()))


@pytest.fixture
def started():
    """Start other processes that run a script against this checkout; none outlives the test."""
    with ExitStack() as stack:

        def start(script, *arguments):
            command = [sys.executable, "-c", script, *map(str, arguments)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, text=True, **pipes))
            stack.callback(process.kill)
            return process

        yield start


# Scanning


def test_events_of_one_place_and_those_of_none_are_found_in_order(store):
    at = {"Ashford": range(0, 1_400, 2), "Dover": range(1, 300, 2), None: range(301, 700, 2)}
    events = [
        {"id": f"e{number:04}", "kind": "alarm", "title": "x"} | ({"place": place} if place else {})
        for place, numbers in at.items()
        for number in numbers
    ]
    store.upsert("events", events)
    for places in (("Ashford",), (None,), ("Dover", None), ("Ashford", "Dover"), ()):
        told = [one["id"] for one in store.scan("events", where=[among("place", places)])]
        assert told == sorted(f"e{number:04}" for place in places for number in at[place])


def test_a_page_of_the_events_of_a_place_or_a_region_is_read_without_the_others(file, store):
    store.version()
    with closing(sqlite3.connect(file)) as connection:
        for name, more in (("place", ""), ("region", "AND p.place IS NULL")):
            read = f'FROM events p INDEXED BY "events.by.{name}" WHERE p.id > ? AND p.{name} = ? {more}'
            plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT p.body {read} ORDER BY p.id LIMIT 500", ("e", "x"))
            [(*_, told)] = plan.fetchall()
            assert "id>?" in told


# Several processes

READER = """
import sys
from pathlib import Path
from domain.questions import Filters
from stores.sqlite.store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
print("ready", flush=True)
seen = []
while not seen or seen[-1] < int(sys.argv[2]):
    tally = store.count_by(Filters(text="signal"), ())
    total = tally[0].total if tally else 0
    cursor = store.get("cursors", ["file"]).get("file", {"state": {"kept": 0}})["state"]["kept"]
    assert total % 10 == 0, f"half a page was seen: {total}"
    assert cursor >= total, f"{total} posts before their cursor {cursor}"
    seen.append(total)
assert seen == sorted(seen)
print(len(seen))
"""


def test_readers_see_whole_pages_while_a_writer_writes(file, store, started):
    readers = [started(READER, file, 300) for _ in range(2)]
    assert [reader.stdout.readline() for reader in readers] == ["ready\n"] * 2
    for page in range(30):
        documents = [post(f"{page}-{n}") for n in range(10)]
        store.upsert("posts", documents, cursor={"id": "file", "state": {"kept": 10 * (page + 1)}})
    assert all(int(reader.communicate(timeout=120)[0]) > 0 for reader in readers)
    assert [reader.returncode for reader in readers] == [0, 0]


KILLED = """
import os, signal, sys
from pathlib import Path
from stores.sqlite import store as sqlite
from tests.support.handmade import direction, post
store = sqlite.SqliteStore(Path(sys.argv[1]))
write = sqlite.insert
def insert(connection, kind, forms, revision):
    write(connection, kind, forms, revision)
    if kind == "cursors":
        os.kill(os.getpid(), signal.SIGKILL)  # all is written, nothing is committed
sqlite.insert = insert
documents = [post(str(n), "all fine", embedding=direction(n)) for n in range(1000)]
store.upsert("posts", documents, cursor={"id": "new", "state": {"line": 2}})
"""


def test_a_writer_killed_in_its_transaction_leaves_what_was_there(file, store, started):
    store.upsert("posts", [post("1", embedding=direction(1))], cursor={"id": "old", "state": {"line": 1}})
    before = store.version()
    killed = started(KILLED, file)
    assert killed.wait(120) == -signal.SIGKILL
    with closing(SqliteStore(file)) as again:
        assert again.version() == before
        assert (count(again), count(again, "fine")) == (1, 0)
        assert again.knn(direction(1), Filters(), limit=5).total == 1
        assert again.get("cursors", ["old", "new"]) == {"old": {"id": "old", "state": {"line": 1}}}
        assert again.upsert("posts", [post("2")]).added == 1
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


MAKER = """
import sys
from pathlib import Path
from stores.sqlite.store import SqliteStore
from tests.support.handmade import post
print("ready", flush=True)
sys.stdin.readline()
store = SqliteStore(Path(sys.argv[1]))
print(store.upsert("posts", [post(sys.argv[2])]).added)
"""


def test_several_processes_make_and_write_the_same_file(file, started):
    makers = [started(MAKER, file, n) for n in range(3)]
    assert [maker.stdout.readline() for maker in makers] == ["ready\n"] * 3
    assert [maker.communicate("go\n", timeout=120)[0] for maker in makers] == ["1\n"] * 3
    with closing(SqliteStore(file)) as store:
        assert count(store) == 3


def test_threads_share_a_store(store):
    def work(number):
        store.upsert("posts", [post(f"{number}-{n}") for n in range(5)])
        return count(store) >= 5 and store.search(Filters(), order="newest", page=Page(limit=1)).total >= 5

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(work, range(24)))
    assert count(store) == 120


def test_a_scan_may_be_left_and_does_not_hold_the_file(file, store):
    store.upsert("posts", [post(str(n)) for n in range(3)])
    scan = store.scan("posts")
    next(scan)
    assert store.delete("posts", [post("0")["id"], post("1")["id"], post("2")["id"]]) == 3
    scan.close()


# Failures


def refusal(kind, action):
    with pytest.raises(kind) as refused:
        action()
    return str(refused.value)


def test_a_file_that_is_no_database(file):
    file.write_text("id,text\n1,no signal\n" * 100)
    assert refusal(StoreRefused, lambda: SqliteStore(file)) == f"{file} is not a SQLite database; name another file"
    assert file.read_text().startswith("id,text")


def test_a_database_of_somebody_else(file):
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE posts (id)")
    assert "is not a database of Earshot's" in refusal(StoreRefused, lambda: SqliteStore(file))


def test_a_database_of_another_version(file):
    SqliteStore(file).close()
    with closing(sqlite3.connect(file)) as newer:
        newer.execute("PRAGMA user_version = 999")
    sentence = refusal(StoreRefused, lambda: SqliteStore(file))
    assert sentence.startswith(f"{file} was made by a later version of Earshot (schema 999, this one reads up to ")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("a file")
    sentence = refusal(StoreUnreachable, lambda: SqliteStore(tmp_path / "taken" / "deeper" / "posts.sqlite"))
    assert "posts.sqlite cannot be made: Not a directory" in sentence


def test_a_folder_in_place_of_the_file(file):
    file.mkdir()
    assert refusal(StoreUnreachable, lambda: SqliteStore(file)) == f"{file} is a folder; name a file in it"


def test_a_file_that_may_not_be_written(file, store):
    store.upsert("posts", [post("1")])
    store._connections._writer.execute("PRAGMA query_only = 1")
    assert refusal(StoreRefused, lambda: store.upsert("posts", [post("2")])) == f"{file} may not be written"
    assert count(store) == 1


def test_a_full_disk_keeps_nothing_of_the_page(file, store):
    store.upsert("posts", [post("1")], cursor={"id": "file", "state": {"line": 1}})
    writer = store._connections._writer
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages + 5}")
    many = [post(f"more-{n}", "all fine " * 50) for n in range(200)]
    sentence = refusal(StoreRefused, lambda: store.upsert("posts", many, cursor={"id": "file", "state": {"line": 2}}))
    assert sentence == f"{file} cannot grow: the disk is full; nothing of this page was kept"
    assert (count(store), count(store, "fine")) == (1, 0)
    assert store.get("cursors", ["file"])["file"]["state"] == {"line": 1}


def test_a_damaged_file(file):
    with closing(SqliteStore(file)) as store:
        store.upsert("posts", [post(str(n), "no signal " * 20) for n in range(200)])
    content = bytearray(file.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    file.write_bytes(content)

    def ask():
        with closing(SqliteStore(file)) as store:
            count(store)

    assert f"{file} is damaged" in refusal(StoreRefused, ask)


def test_a_closed_store_says_so(file):
    store = SqliteStore(file)
    store.close()
    assert refusal(StoreRefused, store.version) == f"the store {file} is closed"


def test_half_a_character_is_refused(store):
    sentence = refusal(StoreRefused, lambda: store.count_by(Filters(authors=("\ud800",)), ()))
    assert "valid Unicode" in sentence


def test_a_failure_without_a_sentence_of_its_own_is_quoted(file):
    sentence = str(failure_sentence(sqlite3.InterfaceError("something odd"), file))
    assert sentence == f"{file} was refused by SQLite: something odd"


# The file


def test_the_file_stands_alone_after_closing(tmp_path, file):
    with closing(SqliteStore(file)) as store:
        store.upsert("posts", [post("1")])
        count(store)
    assert [item.name for item in tmp_path.iterdir()] == [file.name]


def test_what_a_killed_maker_left_is_cleared_away_and_a_living_ones_is_not(tmp_path):
    left, held = tmp_path / ".earshot-left", tmp_path / ".earshot-held"
    for folder in (left, held):
        folder.mkdir()
        (folder / "earshot.sqlite").write_text("half of a database")
    handle = os.open(held, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    SqliteStore(tmp_path / "earshot.sqlite").close()
    os.close(handle)
    assert [path.name for path in tmp_path.glob(".earshot-*")] == [".earshot-held"]
