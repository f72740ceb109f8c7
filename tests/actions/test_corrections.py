"""What a reader said stays: through another model and a new delivery, not through other words or a deletion."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from actions.corrections import correction_rows
from cli.main import app
from domain.correction import (
    ASPECTS,
    INTENTS,
    SENTIMENTS,
    Correction,
    correction_document,
    merged,
    read_correction,
    text_fingerprint,
)
from domain.ports import Batch
from domain.post import Deletion
from nlp.training.rows import written_row
from pipeline.ingest import ingest
from tests.support.enrichers import KeywordEnricher
from tests.support.flows import ListCollector, everything, flow_to, make_post

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def quiet(_page):
    pass


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite")
    yield flow
    flow.store.close()


def collect(flow, pages, *, name="list"):
    collector = ListCollector(pages)
    collector.name = name
    return ingest(collector, flow, quiet)


def correct(flow, post, *, by="", at=NOON, **labels):
    """Keep a correction of a stored post."""
    stored = flow.store.get("posts", [post.id])[post.id]
    correction = Correction(post_id=post.id, fingerprint=text_fingerprint(stored), at=at, by=by, **labels)
    flow.store.upsert("corrections", [correction_document(correction)])


def newer(flow, tmp_path):
    """The same store behind another model."""
    flow.store.close()
    return flow_to(tmp_path / "earshot.sqlite", KeywordEnricher(revision="2"))


def test_a_correction_wins_over_a_newer_model(flow, tmp_path):
    post, other = make_post(1, "love the queue"), make_post(2, "love the shop")
    collect(flow, [[post, other]])
    correct(flow, post, sentiment="negative", aspects=("customer_service:negative",), irony=True)
    again = newer(flow, tmp_path)
    assert collect(again, [[post, other]], name="another").kept.updated == 2
    stored = everything(again.store)
    assert stored[post.id]["sentiment"]["label"] == "negative"
    assert stored[post.id]["sentiment"]["model"] == {"name": "correction", "revision": "2026-03-02T12:00:00.000Z"}
    assert stored[post.id]["aspect_sentiments"] == ["customer_service:negative"]
    assert stored[post.id]["irony"]["holds"] is True
    assert stored[other.id]["sentiment"]["label"] == "positive"
    again.store.close()


def test_other_words_are_not_what_was_corrected(flow):
    post = make_post(1, "love the queue")
    collect(flow, [[post]])
    correct(flow, post, sentiment="negative")
    collect(flow, [[make_post(1, "love the shop")]], name="another")
    assert everything(flow.store)[post.id]["sentiment"]["label"] == "positive"
    assert list(correction_rows(flow.store)) == []


def test_the_last_word_counts_label_by_label(flow, tmp_path):
    post = make_post(1, "love the queue")
    collect(flow, [[post]])
    correct(flow, post, by="zoe", at=NOON, sentiment="neutral", spam=True)
    correct(flow, post, by="ann", at=NOON.replace(hour=13), sentiment="negative")
    again = newer(flow, tmp_path)
    collect(again, [[post]], name="another")
    (stored,) = everything(again.store).values()
    assert (stored["sentiment"]["label"], stored["spam"]["holds"]) == ("negative", True)
    again.store.close()


@pytest.mark.parametrize(
    "deletion",
    [Deletion(source="forum", native_id="1", final=False), Deletion(source="forum", author_id="eve", final=False)],
    ids=["post", "person"],
)
def test_corrections_of_an_erased_post_go_with_it(flow, deletion):
    gone, stays = make_post(1, "mine", author="eve"), make_post(2, "theirs")
    collect(flow, [[gone, stays]])
    for by in ("ann", "zoe"):
        correct(flow, gone, by=by, sentiment="negative")
    correct(flow, stays, sentiment="negative")
    collect(flow, [Batch(deletions=(deletion,))], name="another")
    assert [one["post_id"] for one in flow.store.scan("corrections")] == [stays.id]
    collect(flow, [[gone]], name="third")
    assert everything(flow.store)[gone.id]["sentiment"]["label"] == "neutral"


def test_training_rows_say_what_was_said_and_no_more(flow):
    one, two = make_post(1, "on hold again", title="Help", lang="en"), make_post(2, "nice hold music")
    collect(flow, [[one, two, make_post(3)]])
    correct(flow, one, sentiment="negative", intents=("complaint",), aspects=("customer_service:negative",))
    correct(flow, two, irony=True, urgency=False)
    rows = {row["text"]: row for row in correction_rows(flow.store)}
    assert rows.keys() == {"Help. on hold again", "nice hold music"}
    assert rows["Help. on hold again"] == {
        "id": one.id,
        "text": "Help. on hold again",
        "lang": "en",
        "sentiment": "negative",
        "intents": ("complaint",),
        "aspects": {"customer_service": "negative"},
    }
    assert written_row(rows["nice hold music"]) == {"irony": (1,), "urgency": (0,)}


def test_corrections_are_exported_as_lines(flow, tmp_path, monkeypatch):
    post = make_post(1, "en espera otra vez", lang="es")
    collect(flow, [[post]])
    correct(flow, post, sentiment="negative", urgency=True)
    monkeypatch.setenv("EARSHOT_STORE", f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["corrections", "export", str(tmp_path / "out.jsonl")])
    assert "1 corrected post in" in done.stderr
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "id": post.id,
        "text": "en espera otra vez",
        "lang": "es",
        "sentiment": "negative",
        "urgent": True,
    }
    failed = CliRunner().invoke(app, ["corrections", "export", str(tmp_path / "no" / "out.jsonl")])
    assert "cannot be written" in str(failed.exception)


LABELS = st.fixed_dictionaries(
    {},
    optional={
        "sentiment": st.sampled_from(SENTIMENTS),
        "intents": st.lists(st.sampled_from(INTENTS), unique=True).map(tuple),
        "aspects": st.dictionaries(st.sampled_from(ASPECTS), st.sampled_from(SENTIMENTS)).map(
            lambda chosen: tuple(f"{aspect}:{tone}" for aspect, tone in chosen.items())
        ),
        "irony": st.booleans(),
        "spam": st.booleans(),
        "urgency": st.booleans(),
    },
)
POST = {"id": "p", "text": "no signal"}


@given(LABELS, st.text(max_size=20))
def test_a_correction_comes_back_as_it_was_kept(labels, by):
    correction = Correction(post_id="p", fingerprint="f", at=NOON, by=by, **labels)
    assert read_correction(correction_document(correction)) == correction


@given(st.lists(LABELS, max_size=4))
def test_of_each_label_the_last_that_was_given_counts(said):
    corrections = [
        Correction(post_id="p", fingerprint=text_fingerprint(POST), at=NOON.replace(minute=i), by=str(i), **labels)
        for i, labels in enumerate(said)
    ]
    result = merged(POST, reversed(corrections))
    expected = {name: value for labels in said for name, value in labels.items()}
    assert (result.labels if result else {}) == expected
