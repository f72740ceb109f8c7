"""`earshot journey`: by the pseudonym, or by an identifier that is typed where the shell does not keep it."""

import json
from contextlib import closing

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.customer import Customer
from domain.event import Event
from domain.identity import contact_pseudonym, customer_pseudonym, party_pseudonym
from domain.party import Party
from pipeline.operator import keep_records
from stores.open import open_store
from tests.support.flows import KEY, START

CUSTOMER, OTHER = (customer_pseudonym(KEY, number) for number in ("K-1", "K-2"))
PERSON = party_pseudonym(KEY, "P-1")


@pytest.fixture
def store(tmp_path, monkeypatch):
    address = f"sqlite:///{tmp_path / 'earshot.sqlite'}"
    told = {"HOME": tmp_path, "STORE": address, "PSEUDONYM_KEY": KEY.decode(), "LISTENER_REGION": "GB"}
    for name, value in told.items():
        monkeypatch.setenv(f"EARSHOT_{name}", str(value))
    records = [
        Party(id=PERSON, contacts=(contact_pseudonym(KEY, "+447700900123"),)),
        Customer(id=CUSTOMER, parties=(PERSON,)),
        Event(id="t", kind="ticket", title="No signal", started_at=START, customer=CUSTOMER),
    ]
    with closing(open_store(address)) as opened:
        keep_records(opened, records, START)
        yield opened


def journey(*words, typed=None):
    return CliRunner().invoke(app, ["journey", *words, "--format", "json"], input=typed)


@pytest.fixture
def allowed(monkeypatch):
    monkeypatch.setenv("EARSHOT_LINKING_SEARCH_IDENTIFIERS", "true")


def test_an_identifier_is_read_from_the_standard_input_where_that_is_allowed(store, allowed):
    done = journey("--identifier", typed="07700 900123\n")
    assert [step["title"] for step in json.loads(done.stdout)] == ["No signal"]
    assert done.stdout == journey(CUSTOMER).stdout
    assert "900123" not in done.output
    [line] = store.scan("audit")
    assert line["action"] == "search by identifier"
    assert "900123" not in str(line)


def test_it_is_off_unless_the_setting_allows_it(store):
    done = journey("--identifier", typed="07700 900123\n")
    assert str(done.exception).startswith("search by identifiers is off; linking.search_identifiers")
    assert list(store.scan("audit")) == []


def test_nobody_and_several_are_said_in_a_sentence(store, allowed):
    assert str(journey("--identifier", typed="07700 900999\n").exception) == "no customer here declared that"
    keep_records(store, [Customer(id=OTHER, parties=(PERSON,))], START)
    told = str(journey("--identifier", typed="P-1\n").exception)
    assert told == f"that belongs to 2 customers; name one: {', '.join(sorted((CUSTOMER, OTHER)))}"


@pytest.mark.parametrize("words", [(), (CUSTOMER, "--identifier")])
def test_a_customer_is_named_one_way(store, allowed, words):
    assert "by the pseudonym, or write --identifier alone" in str(journey(*words, typed="K-1\n").exception)
