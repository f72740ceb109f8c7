"""`earshot forget` leaves nothing: not in answers, not in the bytes of the store's files."""

import json
from contextlib import closing

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.correction import Correction, correction_document
from domain.documents import to_document
from domain.event import Event
from domain.identity import customer_pseudonym
from domain.ports import Batch
from domain.post import Author
from domain.terms import Terms
from pipeline.ingest import keep_page
from stores.open import open_store
from tests.support.flows import KEY, START, flow_to, make_post
from tests.support.stored_posts import stored_post

SECRETS = ("quetzalcoatl", "0778899665", "Xanthippe")
TEXT = f"{SECRETS[0]} stole my signal, call me on {SECRETS[1]}"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.setenv("EARSHOT_STORE", f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    monkeypatch.setenv("EARSHOT_PSEUDONYM_KEY", KEY.decode())
    return tmp_path


@pytest.fixture
def secret(home):
    """A post among two thousand others, with a correction and its author's name."""
    author = Author(id="x1", handle=SECRETS[2], name=SECRETS[2])
    document = stored_post(TEXT, title=SECRETS[0], native_id="secret", author=author)
    others = [stored_post(f"all fine in street {n}", author="bob") for n in range(2000)]
    with closing(open_store(f"sqlite:///{home / 'earshot.sqlite'}")) as store:
        store.upsert("posts", [*others[:1000], document, *others[1000:]])
        said = Correction(post_id=document["id"], fingerprint="f", at=START, by=SECRETS[2], sentiment="negative")
        store.upsert("corrections", [correction_document(said)])
    return document


def earshot(*words):
    return CliRunner().invoke(app, list(words))


def bytes_of(home):
    return b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())


@pytest.mark.parametrize("asked", [("--post", None), ("--author", "forum:x1")], ids=["post", "author"])
def test_what_is_forgotten_is_in_no_byte_of_the_files(home, secret, asked):
    assert all(word.encode() in bytes_of(home) for word in SECRETS)
    done = earshot("forget", asked[0], asked[1] or secret["id"])
    assert (done.exit_code, done.stderr) == (0, "1 post erased with all that was made of it\n")
    for word in SECRETS:
        assert word.encode() not in bytes_of(home)
        assert word.lower().encode() not in bytes_of(home).lower()
    with closing(open_store(f"sqlite:///{home / 'earshot.sqlite'}")) as store:
        assert sum(1 for _ in store.scan("posts", fields=("id",))) == 2000
        assert list(store.scan("corrections")) == []
        assert [line["action"].split()[0] for line in store.scan("audit")] == ["forget"]


def test_a_late_copy_of_what_was_forgotten_stays_out(home, secret):
    earshot("forget", "--author", "forum:x1")
    with closing(open_store(f"sqlite:///{home / 'earshot.sqlite'}")) as store:
        kept = keep_page("list", Batch(posts=(make_post(9, TEXT, author="x1"),)), Terms(), flow_to(store))
    assert kept.kept.added == 0


@pytest.fixture
def known(home, secret):
    """The author of the secret is a customer, with a bill, under pseudonyms."""
    key = customer_pseudonym(KEY, "4711")
    link = {"id": key, "reason": "declared handle", "consent_given_at": "2026-01-01T00:00:00.000Z"}
    with closing(open_store(f"sqlite:///{home / 'earshot.sqlite'}")) as store:
        consent = {"purpose": "link posts", "given_at": "2026-01-01T00:00:00.000Z"}
        store.upsert("customers", [{"id": key, "place": "Hill", "linked_with": consent}])
        bill = Event(id="bill", kind="bill", title="bill", started_at=START, customer=key)
        store.upsert("events", [to_document(bill)])
        store.upsert("posts", [secret | {"customer": link}])
    return key


def test_a_customer_is_given_all_that_is_held_and_then_forgotten_in_every_byte(home, known):
    file = home / "all.json"
    done = earshot("export", "--customer", "4711", "--output", str(file))
    assert (done.exit_code, done.stderr) == (0, f"4 documents about the customer: {file}\n")
    told = json.loads(file.read_text())
    assert {kind: len(some) for kind, some in told["held"].items()} == {
        "customers": 1,
        "events": 1,
        "posts": 1,
        "corrections": 1,
    }
    assert [step["kind"] for step in told["journey"]] == ["consent_given", "bill", "post"]
    assert file.stat().st_mode & 0o077 == 0
    file.unlink()
    done = earshot("forget", "--customer", known)
    assert (done.exit_code, done.stderr) == (0, "2 records and 1 post erased with all that was made of them\n")
    with closing(open_store(f"sqlite:///{home / 'earshot.sqlite'}")) as store:
        assert sorted(line["action"] for line in store.scan("audit")) == ["export", "forget"]
    for word in (*SECRETS, known):
        assert word.lower().encode() not in bytes_of(home).lower()
    done = earshot("export", "--customer", known)
    assert done.exit_code == 1
    assert str(done.exception) == "there is no such customer, by pseudonym or by number"


@pytest.mark.parametrize("words", [(), ("--author", "forum"), ("--post", "nobody"), ("--customer", "nobody")])
def test_what_cannot_be_forgotten_is_said_in_a_sentence(home, words):
    done = earshot("forget", *words)
    assert done.exit_code == 1
    assert type(done.exception).__name__ == "InputError"
