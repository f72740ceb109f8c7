"""`earshot store`: check, migrate, backup, restore and copy, as they are typed."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.customer import Consent, Customer
from domain.identity import customer_pseudonym, handle_pseudonym
from domain.questions import Filters
from linking.customers import CustomerLinker
from pipeline.operator import keep_records
from stores.open import open_store
from tests.support.flows import START
from tests.support.stored_posts import stored_post
from tests.support.tree import ROOT

KEY = "a key for tests"
OLD = ROOT / "tests" / "stores" / "data" / "schema-1.sqlite.gz"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.setenv("EARSHOT_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("EARSHOT_STORE", "sqlite:///one.sqlite")
    return tmp_path


def earshot(*words):
    return CliRunner().invoke(app, ["store", *words])


def put(*texts):
    with closing(open_store("sqlite:///one.sqlite")) as store:
        store.upsert("posts", [stored_post(text, native_id=text) for text in texts])


def texts(address):
    with closing(open_store(address)) as store:
        return sorted(post["text"] for post in store.scan("posts"))


def test_a_whole_store_is_said_to_be_whole(home):
    put("no signal")
    done = earshot("check")
    assert (done.exit_code, done.stdout) == (0, "sqlite:///one.sqlite: whole, nothing is missing\n")


def test_a_damaged_page_is_found(home):
    put(*(f"no signal in street {n}" for n in range(400)))
    with closing(sqlite3.connect("one.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'posts.by.author.id'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(Path("one.sqlite").read_bytes())
    content[(page - 1) * size + 200 : page * size] = bytes(size - 200)
    Path("one.sqlite").write_bytes(content)
    done = earshot("check")
    assert done.exit_code == 1
    assert "the file is damaged: On tree page" in done.stdout


def test_a_store_is_saved_and_restored_elsewhere(home, monkeypatch):
    put("no signal", "all fine")
    assert "saved.gz: 2 posts" in earshot("backup", "saved.gz").stderr
    monkeypatch.setenv("EARSHOT_STORE", "sqlite:///two.sqlite")
    assert "2 posts" in earshot("restore", "saved.gz").stderr
    assert texts("sqlite:///two.sqlite") == ["all fine", "no signal"]
    assert "empty store" in str(earshot("restore", "saved.gz").exception)


def test_a_store_is_copied_to_another_address(home):
    put("no signal")
    done = earshot("copy", "sqlite:///one.sqlite", "sqlite:///two.sqlite")
    assert (done.exit_code, done.stderr) == (0, "sqlite:///two.sqlite: 1 posts\n")
    assert texts("sqlite:///two.sqlite") == ["no signal"]


def test_what_an_older_version_stored_meets_its_customers_after_migrating(home):
    Path("one.sqlite").write_bytes(gzip.decompress(OLD.read_bytes()))
    with closing(open_store("sqlite:///one.sqlite")) as store:
        thai = next(post["id"] for post in store.scan("posts") if post["native_id"] == "4")
        store.patch("posts", [{"id": thai, "words": "cut otherwise"}])
    done = earshot("migrate")
    assert (done.exit_code, "brought to today's form" in done.stderr) == (0, True)
    assert "everything is of today's form" in earshot("migrate").stderr
    key = KEY.encode()
    jorg = Customer(
        id=customer_pseudonym(key, "4711"),
        handles=(handle_pseudonym(key, "file", "Jörg"),),
        linked_with=Consent(purpose="link posts", given_at=START.replace(year=2019)),
    )
    with closing(open_store("sqlite:///one.sqlite")) as store:
        keep_records(store, [jorg], START)
        changes = list(CustomerLinker(store, key, ("link posts",)).relink([jorg.id]))
        assert len(changes) == 1
        posts = {post["native_id"]: post for post in store.scan("posts")}
        assert [one.total for one in store.count_by(Filters(text="สัญญาณไม่ดีเลย"), ())] == [1]
    assert {number for number, post in posts.items() if "key" in post.get("author", {})} == {"1", "2", "3"}
    assert changes[0]["id"] == posts["2"]["id"]
