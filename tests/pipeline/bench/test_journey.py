"""Measuring journeys: the made-up records fit together as an operator's do, and a run that was stopped goes on."""

import json
from contextlib import closing

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.customer import LINK_POSTS
from domain.errors import InputError
from insights.customers.journey import customers_with_posts, journey
from pipeline.bench.customers import MadeUpCustomers
from pipeline.bench.loading import loaded
from pipeline.bench.posts import PAGE, customer_key
from stores.mapping import shape
from stores.open import open_store


def every(corpus, kind):
    """All documents of a kind."""
    count, made = corpus.kinds()[kind]
    return [document for number in range(-(-count // PAGE)) for document in made(number)]


def test_documents_fit_the_schema_and_there_are_as_many_as_was_said():
    corpus = MadeUpCustomers(customers=1_000)
    for kind, (count, _) in corpus.kinds().items():
        documents = every(corpus, kind)
        assert len({document["id"] for document in documents}) == count
        for document in documents:
            shape(kind).check(document)
    assert every(corpus, "events") == every(MadeUpCustomers(customers=1_000), "events")
    assert every(corpus, "events") != every(MadeUpCustomers(customers=1_000, seed=1), "events")


def test_a_customer_meets_own_events_and_those_of_the_network_where_they_live(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/c.sqlite")) as store:
        loaded(store, MadeUpCustomers(customers=1_000).kinds(), lambda said: None)
        steps = journey(store, customer_key(7), (LINK_POSTS,)).steps
        assert {step.kind for step in steps if not step.shade} & {"bill", "usage", "payment", "call"}
        assert any(step.shade for step in steps)
        [first, *_] = customers_with_posts(store, (LINK_POSTS,), 5)
        assert any(step.kind == "post" for step in journey(store, first.customer_id, (LINK_POSTS,)).steps)


def test_loading_goes_on_near_the_page_where_it_was_stopped(tmp_path):
    asked = []

    def made(number):
        asked.append(number)
        if len(asked) == 30:
            raise KeyboardInterrupt
        return [{"id": str(number)}]

    with closing(open_store(f"sqlite:///{tmp_path}/c.sqlite")) as store:
        with pytest.raises(KeyboardInterrupt):
            loaded(store, {"customers": (40 * PAGE, made)}, lambda said: None)
        loaded(store, {"customers": (40 * PAGE, made)}, lambda said: None)
        assert asked[30:] == list(range(20, 40))
        assert len(list(store.scan("customers"))) == 40


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """The words of the command, and the file of its figures."""
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path / "home"))
    output = tmp_path / "figures.json"
    address = f"sqlite:///{tmp_path}/customers.sqlite"
    return ["bench", "journey", address, "--customers", "1000", "--output", str(output)], output


def test_a_run_takes_every_stage_and_what_is_done_is_not_done_again(measured):
    words, output = measured
    assert CliRunner().invoke(app, words).exit_code == 0
    figures = json.loads(output.read_text())["sqlite"]["1000"]
    assert figures["load"]["events_per_s"] > 0
    for whose in ("anybody", "who_posts"):
        assert 0 < figures[whose]["p50_ms"] <= figures[whose]["p95_ms"] <= figures[whose]["slowest_ms"]
        assert figures[whose]["p50_steps"] > 10
    # A second run finds every stage done.
    assert CliRunner().invoke(app, words).exit_code == 0
    assert json.loads(output.read_text())["sqlite"]["1000"] == figures


def test_a_store_that_was_emptied_is_not_measured(measured):
    words, output = measured
    output.write_text(json.dumps({"sqlite": {"1000": {"load": {"events_per_s": 1}}}}))
    told = CliRunner().invoke(app, words)
    assert isinstance(told.exception, InputError)
    assert "is empty" in str(told.exception)
    assert "anybody" not in json.loads(output.read_text())["sqlite"]["1000"]
