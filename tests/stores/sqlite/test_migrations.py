"""Older SQLite files are brought to today's schema with everything that is in them."""

import gzip
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import namedtuple
from contextlib import closing

import pytest

from domain.conditions import among, equal
from domain.errors import StoreRefused
from domain.questions import Filters, Page
from stores.mapping import KINDS
from stores.sqlite import migrations as sqlite_migrations
from stores.sqlite.migrations import DIGESTS, SCHEMA, create, differences
from stores.sqlite.schema import INDEXED, schema_digest
from stores.sqlite.store import SqliteStore
from tests.support.handmade import direction, post
from tests.support.tree import ROOT

DATA = ROOT / "tests" / "stores" / "data"
EXPECTED = json.loads((DATA / "schema-1.json").read_text(encoding="utf-8"))


@pytest.fixture
def old(tmp_path):
    """A file that Earshot of 23 November 2026 made (schema 1), with documents of every kind."""
    file = tmp_path / "earshot.sqlite"
    file.write_bytes(gzip.decompress((DATA / "schema-1.sqlite.gz").read_bytes()))
    return file


def everything(store):
    return {kind: list(store.scan(kind)) for kind in KINDS if kind in EXPECTED}


def test_a_file_of_the_first_schema_keeps_everything(old):
    with closing(SqliteStore(old)) as store:
        assert everything(store) == EXPECTED
        assert [one.total for one in store.count_by(Filters(text="signal", brands=("north",)), ())] == [1]
        assert store.knn(direction(4), Filters(), limit=1).documents[0]["native_id"] == "4"
        assert [one["native_id"] for one in store.scan("posts", where=[equal("parent_id", "77")])] == ["5"]
        assert [one["id"] for one in store.scan("events", where=[among("place", ("Leeds", "York"))])] == ["e1"]
        quoted = EXPECTED["reports"][0]["quoted"]
        assert [one["id"] for one in store.scan("reports", where=[among("quoted", quoted)])] == ["weekly-2019-W47"]
        assert store.upsert("posts", [post("new")]).added == 1
        assert store.patch("posts", [{"id": EXPECTED["posts"][0]["id"], "place": "Hull"}]).changed == 1


def test_a_migrated_file_is_like_a_new_one(old, tmp_path):
    new = tmp_path / "new.sqlite"
    SqliteStore(old).close()
    SqliteStore(new).close()
    assert layout(old) == layout(new)
    with closing(sqlite3.connect(old)) as connection:
        assert differences(connection) == []


def layout(file):
    """Return tables with their columns and indices with their statements."""
    with closing(sqlite3.connect(file)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {
            name: sorted(connection.execute("SELECT name, type FROM pragma_table_info(?)", (name,))) for name in names
        }
        indices = dict(
            connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        )
        keys = sorted(key for (key,) in connection.execute("SELECT key FROM earshot"))
    return columns, indices, keys


def test_the_older_file_stays_beside_it(old):
    before = old.read_bytes()
    SqliteStore(old).close()
    copy = old.with_name("earshot.sqlite.schema-1")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (DIGESTS[1],)
        assert connection.execute("SELECT count(*) FROM posts").fetchone() == (len(EXPECTED["posts"]),)
    assert copy.stat().st_mode & 0o077 == 0
    assert before != old.read_bytes()


def test_without_room_for_a_copy_it_is_done_all_the_same(old, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, 0))
    with closing(SqliteStore(old)) as store:
        assert everything(store) == EXPECTED
    assert not old.with_name("earshot.sqlite.schema-1").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from stores.sqlite import migrations as sqlite_migrations
from stores.sqlite.store import SqliteStore
sqlite_migrations._sign = lambda connection: os.kill(os.getpid(), signal.SIGKILL)  # all is done, nothing is committed
SqliteStore(Path(sys.argv[1]))
"""


def test_who_is_killed_in_the_middle_begins_again(old):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(old)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (DIGESTS[1],)
    with closing(SqliteStore(old)) as store:
        assert everything(store) == EXPECTED


def test_columns_and_lists_that_are_declared_later_are_filled(tmp_path, monkeypatch):
    file = tmp_path / "earshot.sqlite"
    with closing(SqliteStore(file)) as store:
        store.upsert("posts", [post("1", author="Ann", mentions=("bob", "eve"), intents=("complaint",))])
    schema = sqlite_migrations.SCHEMA
    monkeypatch.setattr(sqlite_migrations, "SCHEMA", schema + 1)
    monkeypatch.setattr("stores.sqlite.connections.SCHEMA", schema + 1)
    columns, lists = sqlite_migrations.COLUMNS, sqlite_migrations.LISTS
    monkeypatch.setitem(
        columns, "posts", (*(name for name in columns["posts"] if name != "author.key"), "author.handle")
    )
    monkeypatch.setitem(lists, "posts", (*lists["posts"], "mentions"))
    monkeypatch.setitem(INDEXED, "posts", tuple(name for name in INDEXED["posts"] if name != "author.key"))
    with closing(SqliteStore(file)) as store:
        assert [one["native_id"] for one in store.scan("posts", where=[equal("author.handle", "ann")])] == ["1"]
        assert [one["native_id"] for one in store.scan("posts", where=[equal("mentions", "eve")])] == ["1"]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("""SELECT value FROM "posts.mentions" ORDER BY value""").fetchall() == [
            ("bob",),
            ("eve",),
        ]
        assert connection.execute("""SELECT "author.handle" FROM posts""").fetchall() == [("ann",)]
        assert "author.key" not in {
            name for (name,) in connection.execute("SELECT name FROM pragma_table_info('posts')")
        }


def test_what_posts_can_be_asked_by_from_now_on_is_known_of_those_that_are_there(tmp_path):
    file = tmp_path / "earshot.sqlite"
    with closing(SqliteStore(file)) as store:
        store.upsert("posts", [post("1", urgent=True), post("2", urgent=False), post("3")])
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute('ALTER TABLE posts DROP COLUMN "urgency.holds"')
        connection.execute("""DELETE FROM "posts.columns" WHERE field = 'urgency.holds'""")
        connection.execute(f"PRAGMA user_version = {SCHEMA - 1}")
    with closing(SqliteStore(file)) as store:
        found = [
            one["native_id"] for one in store.search(Filters(urgent=(True,)), order="oldest", page=Page()).documents
        ]
        assert found == ["1"]
        assert [one.total for one in store.count_by(Filters(urgent=(False, None)), ())] == [2]


def test_a_later_schema_is_refused_and_left_alone(old):
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = old.read_bytes()
    with pytest.raises(StoreRefused, match="later version"):
        SqliteStore(old)
    assert old.read_bytes() == before


def test_each_change_of_the_schema_has_a_number():
    """Who changes a table: SCHEMA goes up by one, and DIGESTS tells the new one's digest."""
    assert DIGESTS[SCHEMA] == schema_digest()
    assert sorted(DIGESTS) == list(range(1, SCHEMA + 1))


def test_what_is_missing_is_named():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create(connection)
        assert differences(connection) == []
        connection.execute('DROP INDEX "posts.by.author.id"')
        assert differences(connection) == ["the index posts.by.author.id is missing"]
