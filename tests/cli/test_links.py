"""`earshot links`, `explain link`, `load evidence` and `link records`: the words of a shell, and what follows."""

import json
from contextlib import closing

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.customer import LINK_POSTS, Consent, Customer
from domain.identity import contact_pseudonym, customer_pseudonym, handle_pseudonym, link_id, party_pseudonym
from domain.party import Party
from domain.ports import Batch
from domain.terms import Terms
from pipeline.ingest import keep_page
from pipeline.operator import keep_records
from stores.open import open_store
from tests.support.flows import KEY, START, flow_to, make_post

AGREED = Consent(purpose=LINK_POSTS, given_at=START.replace(year=2020))
CUSTOMER = customer_pseudonym(KEY, "K-1")
LINK = link_id(handle_pseudonym(KEY, "forum", "ann"), CUSTOMER)


@pytest.fixture
def address(tmp_path, monkeypatch):
    found = f"sqlite:///{tmp_path / 'earshot.sqlite'}"
    for name, value in {"HOME": tmp_path, "STORE": found, "PSEUDONYM_KEY": KEY.decode()}.items():
        monkeypatch.setenv(f"EARSHOT_{name}", str(value))
    return found


def kept(address, *records):
    with closing(open_store(address)) as store:
        keep_records(store, records, START)
        keep_page("list", Batch(posts=(make_post(1, "no signal"),)), Terms(), flow_to(store))


def earshot(*words, code=0):
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == code, (done.stdout, done.stderr, done.exception)
    return done


def owner(address):
    with closing(open_store(address)) as store:
        [post] = store.scan("posts")
    return post.get("customer", {}).get("id")


def test_a_link_is_listed_explained_and_decided_and_its_post_follows_at_once(address):
    kept(address, Customer(id=CUSTOMER, handles=(handle_pseudonym(KEY, "forum", "ann"),), linked_with=AGREED))
    [row] = json.loads(earshot("links", "list", "--format", "json").stdout)
    assert (row["id"], row["state"], row["in_force"], row["evidence"]) == (LINK, "made", True, "declared_handle")
    told = earshot("explain", "link", LINK).stdout
    assert "Posts are linked by it." in told
    assert "Evidence: declared handle." in told
    assert "Legal basis: consent to link posts, given 2020-03-02, without an end." in told
    done = earshot("links", "revoke", LINK, "--why", "asked on the phone")
    assert done.stderr == f"{LINK} is revoked; links changed on 1 post\n"
    assert owner(address) is None
    told = earshot("explain", "link", LINK).stdout
    assert "A person revoked it" in told
    assert ": asked on the phone" in told
    assert json.loads(earshot("links", "list", "--state", "made", "--format", "json").stdout) == []
    earshot("links", "confirm", LINK)
    assert owner(address) == CUSTOMER
    assert "as a person confirmed" in earshot("explain", "link", LINK).stdout


def test_a_post_is_explained_by_its_link(address):
    kept(address, Customer(id=CUSTOMER, handles=(handle_pseudonym(KEY, "forum", "ann"),), linked_with=AGREED))
    with closing(open_store(address)) as store:
        [post] = store.scan("posts")
    assert CUSTOMER in earshot("explain", "link", post["id"]).stdout


@pytest.mark.parametrize("words", [("explain", "link", "x"), ("links", "confirm", "x")])
def test_no_such_link_is_said_in_a_sentence(address, words):
    kept(address)
    done = earshot(*words, code=1)
    assert "there is no link 'x'" in str(done.exception)


def test_evidence_of_a_file_links_who_agreed_and_says_what_was_passed_over(address, tmp_path, monkeypatch):
    phone = contact_pseudonym(KEY, "+447700900123")
    party = Party(id=party_pseudonym(KEY, "P-1"), contacts=(phone,), consents=(AGREED,))
    kept(address, party, Customer(id=CUSTOMER, parties=(party.id,)), Customer(id=customer_pseudonym(KEY, "K-2")))
    file = tmp_path / "evidence.csv"
    file.write_text(
        "source,handle,evidence,customer_number,contact,until\n"
        "forum,@Ann,verified_contact,,07700 900123,2099-01-01\n"
        "forum,bob,app_login,K-2,,\n"
        "forum,cid,app_login,K-3,,\n"
        "forum,dot,reply_thread,,+44 7700 900999,\n"
        "forum,eve,horoscope,K-1,,\n"
        "forum,fay,app_login,,,\n"
        "forum,gus,verified_contact,K-1,,\n"
    )
    monkeypatch.setenv("EARSHOT_LISTENER_REGION", "GB")
    done = earshot("load", "evidence", "--path", file, code=3)
    assert "evidence: 1 in links that hold, 0 in links that wait" in done.stderr
    assert "2 without consent, 1 of nobody known" in done.stderr
    assert "3 records could not be read" in done.stderr
    assert "links changed on 1 post" in done.stderr
    assert owner(address) == CUSTOMER
    told = earshot("explain", "link", LINK).stdout
    assert "verified contact, used until 2099-01-01" in told
    assert "07700" not in told
    assert "It is used until 2099-01-01" in told


def test_records_of_two_files_are_compared(address, tmp_path):
    kept(address, Customer(id=CUSTOMER, linked_with=AGREED))
    (tmp_path / "a.csv").write_text("source,handle,email\nzendesk,7,ann@mail.example\nforum,ann,ann@mail.example\n")
    (tmp_path / "c.csv").write_text("customer_number,email\nK-1,ann@mail.example\nK-9,bob@mail.example\n")
    done = earshot("link", "records", tmp_path / "a.csv", tmp_path / "c.csv")
    assert "compared 1 author with 1 customer" in done.stderr
    assert "not compared: 1 of other sources, 1 without consent" in done.stderr
