"""What a source's terms forbid is not derived, not linked, and not kept longer than they allow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.corrections import correction_rows
from domain.correction import Correction, correction_document, text_fingerprint
from domain.customer import Consent, Customer
from domain.documents import instant, to_document
from domain.identity import customer_pseudonym, handle_pseudonym
from domain.ports import Batch
from domain.questions import Filters, Question
from domain.terms import Terms
from insights.ask import answer
from insights.influence.ranking import voices
from pipeline.ingest import keep_page
from tests.support.clock import FakeClock
from tests.support.flows import KEY, START, everything, flow_to, make_post

UNREAD = ("sentiment", "emotion", "intent", "aspects", "irony", "offensive", "spam", "urgency", "embedding", "places")
KEEP = Terms(keep=timedelta(days=30))


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite", clock=FakeClock())
    yield flow
    flow.store.close()


def keep(flow, posts, terms):
    return keep_page("list", Batch(posts=tuple(posts)), terms, flow)


def stored(flow):
    return {post["native_id"]: post for post in flow.store.scan("posts")}


def load_ann(flow):
    """Load a customer who declared the handle ann and agreed."""
    ann = Customer(
        id=customer_pseudonym(KEY, "4711"),
        handles=(handle_pseudonym(KEY, "forum", "ann"),),
        linked_with=Consent(purpose="link posts", given_at=START - timedelta(days=1)),
    )
    flow.store.upsert("customers", [to_document(ann)])


def test_where_nothing_is_restricted_nothing_is_said(flow):
    keep(flow, [make_post(1)], Terms())
    assert "terms" not in stored(flow)["1"]


def test_a_post_may_stay_from_when_it_was_last_seen(flow):
    seen = START + timedelta(days=2)
    keep(flow, [make_post(1, observed_at=seen), make_post(2)], KEEP)
    assert stored(flow)["1"]["terms"] == {"store_until": instant(seen + timedelta(days=30))}
    assert stored(flow)["2"]["terms"] == {"store_until": instant(flow.clock.now() + timedelta(days=30))}


def test_seen_again_it_may_stay_longer_and_is_not_read_again(flow):
    keep(flow, [make_post(1), make_post(2)], KEEP)
    before, version = everything(flow.store), flow.store.version()
    flow.clock.sleep(3000)
    assert keep(flow, [make_post(1)], KEEP).kept.unchanged == 1
    assert flow.store.version() == version
    flow.clock.sleep(3000)
    assert keep(flow, [make_post(1)], KEEP).kept.unchanged == 1
    after = everything(flow.store)
    until = instant(flow.clock.now() + timedelta(days=30))
    first = make_post(1).id
    assert after == before | {first: before[first] | {"terms": {"store_until": until}}}
    assert len(flow.enricher.read) == 2


def test_a_short_life_moves_on_sooner(flow):
    brief = Terms(keep=timedelta(minutes=50))
    keep(flow, [make_post(1)], brief)
    flow.clock.sleep(400)
    keep(flow, [make_post(1)], brief)
    assert stored(flow)["1"]["terms"]["store_until"] == instant(flow.clock.now() + timedelta(minutes=50))


def test_terms_that_changed_hold_for_posts_that_come_again(flow):
    load_ann(flow)
    keep(flow, [make_post(1)], KEEP)
    assert "customer" in stored(flow)["1"]
    keep(flow, [make_post(1)], Terms(link=False))
    assert stored(flow)["1"]["terms"] == {"link": False}
    assert "customer" not in stored(flow)["1"]
    keep(flow, [make_post(1)], Terms())
    assert "terms" not in stored(flow)["1"]
    assert "customer" in stored(flow)["1"]


def test_what_may_not_be_linked_is_left_alone(flow):
    load_ann(flow)
    keep(flow, [make_post(1), make_post(2)], Terms(link=False))
    assert all("customer" not in post for post in stored(flow).values())
    assert list(flow.linker.relink([customer_pseudonym(KEY, "4711")])) == []


def test_what_may_not_be_labelled_has_language_brands_and_copy_alone(flow):
    page = [make_post(1, "Urgent: the signal is down, win a phone", brand="nova"), make_post(2, "all great")]
    keep(flow, page, Terms(label=False))
    first = stored(flow)["1"]
    assert [name for name in (*UNREAD, "aspect_sentiments") if name in first] == []
    assert first["terms"] == {"label": False}
    assert (first["language"]["code"], first["brands"], first["copy"]["first"]) == ("en", ["nova"], True)
    assert flow.enricher.read == []
    assert keep(flow, page, Terms(label=False)).kept.unchanged == 2


def test_labels_come_and_go_with_the_terms(flow):
    for terms, there in ((Terms(label=False), False), (Terms(), True), (Terms(label=False), False)):
        keep(flow, [make_post(1)], terms)
        (post,) = flow.store.scan("posts", fields=("sentiment", "embedding"))
        assert ("sentiment" in post, "embedding" in post) == (there, there)


def test_what_a_reader_says_of_it_is_no_label_either(flow):
    keep(flow, [make_post(1)], Terms(label=False))
    post = stored(flow)["1"]
    said = Correction(post_id=post["id"], fingerprint=text_fingerprint(post), at=START, sentiment="negative")
    flow.store.upsert("corrections", [correction_document(said)])
    assert list(correction_rows(flow.store)) == []
    keep(
        flow,
        [make_post(1, url="https://forum.example/1")],
        Terms(label=False),
    )
    assert "sentiment" not in stored(flow)["1"]


def test_unlabelled_posts_count_and_nothing_falls_over(flow):
    keep(flow, [make_post(1, "all bad"), make_post(2, "all great")], Terms())
    keep(flow, [make_post(3, "all bad too")], replace(KEEP, label=False))
    (row,) = answer(flow.store, Question(measure="sentiment")).records()
    assert (row["posts"], row["negative"], row["neutral"], row["positive"]) == (3, 1, 0, 1)
    listed = answer(flow.store, Question(measure="posts", filters=Filters(sentiments=(None,)))).records()
    assert [post["sentiment"] for post in listed] == [None]
    (voice,) = voices(flow.store, Filters(), limit=5).people
    assert (voice.posts, voice.negative, voice.positive) == (3, 1, 1)
