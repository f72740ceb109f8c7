"""The main flow: nothing twice, nothing lost, whatever dies."""

import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from domain.errors import InputError, RecordUnreadable
from domain.ports import Batch
from domain.post import MAX_CHARACTERS, Deletion
from domain.questions import Filters
from pipeline.ingest import MOST_NAMED, Ingested, ingest
from tests.support.enrichers import KeywordEnricher
from tests.support.flows import ListCollector, everything, flow_to, make_post

LONG = "we have had no signal at all in the whole village since early this morning"


def quiet(_page):
    pass


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite")
    yield flow
    flow.store.close()


def count(store, **filters):
    return sum(tally.total for tally in store.count_by(Filters(**filters), ()))


def test_posts_arrive_with_all_their_labels(flow):
    tally = ingest(ListCollector([[make_post(1, "Urgent: the signal is down again", brand="nova")]]), flow, quiet)
    (document,) = everything(flow.store).values()
    assert tally.kept.added == 1
    assert document["sentiment"]["label"] == "negative"
    assert document["sentiment"]["model"] == {"name": "keywords", "revision": "1"}
    assert document["emotion"]["label"] == "anger"
    assert document["intent"]["labels"] == ["complaint"]
    assert document["aspects"][0]["sentiment"]["label"] == "negative"
    assert document["aspect_sentiments"] == ["network:negative"]
    assert (document["urgency"]["holds"], document["spam"]["holds"]) == (True, False)
    assert count(flow.store, urgent=(True,), spam=(False,), aspects=("network",)) == 1
    assert document["brands"] == ["nova"]
    assert len(document["embedding"]) == 384


def test_a_second_run_reads_nothing_again_and_changes_nothing(flow):
    pages = [[make_post(i) for i in range(10)], [make_post(i) for i in range(10, 15)]]
    ingest(ListCollector(pages), flow, quiet)
    before, read = everything(flow.store), len(flow.enricher.read)
    assert ingest(ListCollector(pages), flow, quiet).kept.added == 0
    # Another source that brings the same posts again is no news either.
    other = ListCollector(pages)
    other.name = "another"
    assert ingest(other, flow, quiet).kept.unchanged == 15
    assert everything(flow.store) == before
    assert len(flow.enricher.read) == read


def test_an_edit_replaces_the_post_and_its_labels(flow):
    ingest(ListCollector([[make_post(1, "all great")], [make_post(1, "all bad")]]), flow, quiet)
    (document,) = everything(flow.store).values()
    assert document["text"] == "all bad"
    assert document["sentiment"]["label"] == "negative"


def test_the_last_version_within_a_page_wins(flow):
    tally = ingest(ListCollector([[make_post(1, "old"), make_post(1, "new")]]), flow, quiet)
    assert tally.kept.added == 1
    assert next(iter(everything(flow.store).values()))["text"] == "new"


def test_what_topics_gave_survives_posts_that_come_again(flow):
    page = [make_post(1), make_post(2)]
    ingest(ListCollector([page]), flow, quiet)
    flow.store.patch("posts", [{"id": page[0].id, "topic": {"id": "t", "probability": 0.9}}])
    ingest(ListCollector([page, [*page, make_post(3)]]), flow, quiet)
    assert everything(flow.store)[page[0].id]["topic"]["id"] == "t"


def test_another_model_reads_everything_again(flow, tmp_path):
    ingest(ListCollector([[make_post(1)]]), flow, quiet)
    flow.store.close()
    newer = flow_to(tmp_path / "earshot.sqlite", KeywordEnricher(revision="2"))
    other = ListCollector([[make_post(1)]])
    other.name = "another"
    assert ingest(other, newer, quiet).kept.updated == 1
    newer.store.close()


def test_copies_are_marked_once_over_pages(flow):
    pages = [[make_post(1, LONG, hour=0), make_post(2, f"RT @ann: {LONG}", hour=1)], [make_post(3, LONG, hour=2)]]
    ingest(ListCollector(pages), flow, quiet)
    assert count(flow.store) == 3
    assert count(flow.store, once=True) == 1


@pytest.mark.parametrize(
    "deletion",
    [Deletion(source="forum", native_id="1"), Deletion(source="forum", author_id="eve")],
    ids=["post", "author"],
)
def test_a_deleted_post_goes_and_its_copy_counts_in_its_place(flow, deletion):
    pages = [[make_post(1, LONG, author="eve"), make_post(2, LONG, hour=1)], Batch(deletions=(deletion,))]
    tally = ingest(ListCollector(pages), flow, quiet)
    assert tally.deleted == 1
    assert count(flow.store) == count(flow.store, once=True) == 1


@pytest.mark.parametrize("names", [False, True])
def test_names_that_authors_show_are_stored_only_where_that_is_wanted(flow, names):
    post = make_post(1)
    pages = [[replace(post, author=replace(post.author, name="Ann Nguyễn", followers=3))]]
    ingest(ListCollector(pages), replace(flow, author_names=names), quiet)
    (document,) = everything(flow.store).values()
    author = {key: value for key, value in document["author"].items() if key != "key"}
    assert author == {"id": "ann", "handle": "ann", "followers": 3} | ({"name": "Ann Nguyễn"} if names else {})
    assert ("Nguyễn" in str(document)) == names


def test_an_edited_first_copy_passes_the_mark_on(flow):
    ingest(ListCollector([[make_post(1, LONG), make_post(2, LONG, hour=1)], [make_post(1, "never mind")]]), flow, quiet)
    assert count(flow.store, once=True) == 2


def test_a_post_deleted_in_its_own_page_never_arrives(flow):
    batch = Batch(posts=(make_post(1),), deletions=(Deletion(source="forum", native_id="1"),))
    ingest(ListCollector([batch]), flow, quiet)
    assert count(flow.store) == 0


KILLED = """
import sys, time
from pipeline.ingest import ingest
from tests.support.flows import ListCollector, flow_to
from tests.pipeline.test_ingest import many_pages

flow = flow_to(sys.argv[1])
def tell(page):
    print("page", flush=True)
ingest(ListCollector(many_pages()), flow, tell)
"""


def many_pages():
    """Return 30 pages of 40 posts; every seventh post is a copy."""
    texts = [
        LONG if i % 7 == 0 else f"post number {i} says that all is {'bad' if i % 3 else 'great'}" for i in range(1200)
    ]
    posts = [make_post(i, text, hour=i % 48) for i, text in enumerate(texts)]
    return [posts[i : i + 40] for i in range(0, len(posts), 40)]


def test_killed_and_started_again_it_ends_with_exactly_the_same_documents(tmp_path):
    whole = flow_to(tmp_path / "whole.sqlite")
    ingest(ListCollector(many_pages()), whole, quiet)
    for pages_before_death in (1, 4, 9):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "killed.sqlite")], stdout=subprocess.PIPE, text=True
        )
        for _ in range(pages_before_death):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    again = flow_to(tmp_path / "killed.sqlite")
    assert 0 < count(again.store) < 1200
    ingest(ListCollector(many_pages()), again, quiet)
    assert everything(again.store) == everything(whole.store)
    again.store.close()
    whole.store.close()


def test_posts_that_were_cut_are_counted_once(flow):
    cut, whole = make_post(1, "no signal " * 10_000), make_post(2)
    tally = ingest(ListCollector([[cut, whole], [cut]]), flow, quiet)
    assert (tally.cut, tally.kept.added) == (1, 2)
    [document] = [one for one in everything(flow.store).values() if one["native_id"] == "1"]
    assert (len(document["text"]), document["attributes"]["cut_from"]) == (MAX_CHARACTERS, "100000")
    assert everything(flow.store)[make_post(2).id].get("attributes") is None


def test_of_what_cannot_be_read_all_is_counted_and_the_first_is_named():
    errors = tuple(RecordUnreadable(f"posts.jsonl:{line}", "not valid JSON") for line in range(700))
    total = sum((Ingested(unreadable=errors, unread=700) for _ in range(5)), Ingested())
    assert (total.unread, len(total.unreadable)) == (3_500, MOST_NAMED)


def test_what_an_error_was_raised_from_is_let_go():
    try:
        raise RecordUnreadable("posts.jsonl:1", "not valid JSON")
    except RecordUnreadable as error:
        [kept] = Batch(unreadable=(error,)).unreadable
    assert (kept.__traceback__, kept.__context__) == (None, None)


@pytest.mark.parametrize("error", [KeyError("links"), ZeroDivisionError(), InputError("posts.csv does not exist")])
def test_the_hours_of_a_run_that_ended_with_any_error_were_not_heard(flow, error):
    class Failing(ListCollector):
        def batches(self, cursor):
            raise error

    with pytest.raises(type(error)):
        ingest(Failing([]), flow, quiet)
    assert [hour["state"] for hour in flow.store.scan("coverage")] == ["failed"]
