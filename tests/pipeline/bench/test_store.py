"""Measuring a store: what is loaded is the same for everybody, fits the schema, and a stopped run goes on."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.errors import InputError
from pipeline.bench.posts import PAGE, MadeUpPosts
from pipeline.bench.questions import questions
from stores.mapping import shape
from stores.open import open_store


def test_pages_are_drawn_from_their_own_seeds():
    first, again = MadeUpPosts(posts=2 * PAGE, seed=3), MadeUpPosts(posts=2 * PAGE, seed=3)
    assert first.post_page(1) == again.post_page(1)
    assert first.post_page(1) != MadeUpPosts(posts=2 * PAGE, seed=4).post_page(1)
    ids = {post["id"] for number in range(2) for post in first.post_page(number)}
    assert len(ids) == 2 * PAGE


def test_documents_fit_the_schema_and_each_other():
    corpus = MadeUpPosts(posts=10 * PAGE)
    made = {
        "posts": corpus.post_page(0),
        "customers": corpus.customer_page(0),
        "events": corpus.event_page(0),
        "corrections": corpus.correction_page(0),
    }
    for kind, documents in made.items():
        for document in documents:
            shape(kind).check(document)
    declared = {handle for customer in made["customers"] for handle in customer["handles"]}
    assert {post["customer"]["id"] for post in made["posts"] if "customer" in post}
    assert declared & {post["author"]["key"] for post in made["posts"]}
    assert made["corrections"][0]["post_id"] == made["posts"][0]["id"]
    assert {event["id"] for post in made["posts"] for event in post.get("events", ())} <= {
        event["id"] for number in range(10) for event in corpus.event_page(number)
    }


def test_twenty_questions_have_an_answer(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/posts.sqlite")
    store.upsert("posts", MadeUpPosts(posts=PAGE).post_page(0))
    asked = questions()
    assert len(asked) == 20
    for ask in asked.values():
        assert ask(store)
    store.close()


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """The words of the command, and the file of its figures."""
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path / "home"))
    output = tmp_path / "figures.json"
    address = f"sqlite:///{tmp_path}/posts.sqlite"
    return ["bench", "store", address, "--posts", "1000", "--output", str(output)], output


def test_a_run_takes_every_stage_and_what_is_done_is_not_done_again(measured):
    words, output = measured
    assert CliRunner().invoke(app, words).exit_code == 0
    figures = json.loads(output.read_text())["sqlite"]["1000"]
    assert figures["load"]["per_s"] > 0
    assert figures["questions"]["p95_ms"] >= figures["questions"]["p50_ms"]
    # A second run finds every stage done.
    assert CliRunner().invoke(app, words).exit_code == 0
    assert json.loads(output.read_text())["sqlite"]["1000"] == figures


def test_a_store_that_was_emptied_is_not_measured(measured):
    words, output = measured
    output.write_text(json.dumps({"sqlite": {"1000": {"load": {"per_s": 1}}}}))
    told = CliRunner().invoke(app, words)
    assert isinstance(told.exception, InputError)
    assert "is empty" in str(told.exception)
    assert "questions" not in json.loads(output.read_text())["sqlite"]["1000"]
