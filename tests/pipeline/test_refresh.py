"""Topics for all posts, links to customers and events: once, and not again until something changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from configuration.keys import key_of
from configuration.load import load_config
from domain.conditions import equal
from domain.customer import Consent, Customer
from domain.documents import instant, to_document
from domain.event import Event
from domain.identity import customer_pseudonym, handle_pseudonym
from domain.questions import Filters
from pipeline.ingest import ingest
from pipeline.jobs import Jobs
from pipeline.operator import keep_records
from pipeline.refresh import join, refresh, relink_customers
from pipeline.topics import TopicModel, find_topics, give_topics
from tests.support.enrichers import KeywordEnricher, enrichment_of
from tests.support.flows import KEY, START, ListCollector, everything, flow_to, make_post

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore")]  # warnings of numba and umap are theirs

SUBJECTS = ("signal", "invoice", "shop")


class SubjectEnricher(KeywordEnricher):
    """Gives posts of one subject embeddings that lie together."""

    def enrich(self, posts):
        rng = np.random.default_rng(1)
        centres = np.linalg.qr(rng.normal(size=(384, len(SUBJECTS))))[0].T
        return [self._placed(post, centres) for post in posts]

    def _placed(self, post, centres):
        subject = next(k for k, word in enumerate(SUBJECTS) if word in post.text)
        noise = np.random.default_rng(int(post.native_id)).normal(size=384)
        vector = centres[subject] + 0.01 * noise
        vector /= np.linalg.norm(vector)
        return replace(enrichment_of(post), embedding=tuple(float(x) for x in vector))


def posts():
    """Return 120 posts over ten days; on the fourth, at noon, twelve about the signal in Leeds."""
    ordinary = [make_post(i, f"the {SUBJECTS[i % 3]} number {chr(97 + i % 26)}", hour=2 * i) for i in range(108)]
    burst = [make_post(1000 + i, f"signal down in leeds {chr(97 + i)}", hour=75, author="ann") for i in range(12)]
    return [*ordinary, *burst]


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refreshed")
    config = load_config(environ={"EARSHOT_HOME": str(folder), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    flow = flow_to(folder / "earshot.sqlite", SubjectEnricher())
    ingest(ListCollector([posts()]), flow, lambda page: None)
    key = key_of(config)
    outage = Event(
        id="E1",
        kind="outage",
        title="Mast down",
        started_at=START + timedelta(hours=74),
        ended_at=START + timedelta(hours=76),
        place="Leeds",
        subject="voice",
    )
    ann = Customer(
        id=customer_pseudonym(key, "4711"),
        handles=(handle_pseudonym(key, "forum", "ann"),),
        linked_with=Consent(purpose="link posts", given_at=START - timedelta(days=1)),
    )
    keep_records(flow.store, [outage, replace(outage, id="E2", kind="alarm")], START)
    keep_records(flow.store, [ann], START)
    result = refresh(flow.store, config, lambda stage, share: None, Jobs(flow.store, flow.clock))
    yield flow, config, result
    flow.store.close()


def test_every_subject_is_a_topic_with_its_posts(refreshed):
    flow, _, result = refreshed
    assert result.grouped.topics == len(SUBJECTS)
    assert result.grouped.with_topic >= 110
    names = {topic["id"]: topic["name"] for topic in flow.store.scan("topics")}
    for subject in SUBJECTS:
        assert any(subject in name for name in names.values())
    sizes = {topic["id"]: topic["size"] for topic in flow.store.scan("topics")}
    counted = {tally.keys[0]: tally.total for tally in flow.store.count_by(Filters(), ("topic",)) if tally.keys[0]}
    assert sizes == counted


def test_the_burst_coincides_with_the_outage(refreshed):
    flow, _, result = refreshed
    linked = [post for post in everything(flow.store).values() if post.get("events")]
    assert len(linked) == 12
    assert all([event["id"] for event in post["events"]] == ["E1", "E2"] for post in linked)
    # A post that meets two events is one post.
    assert result.joined.with_event == 12
    assert "12 different posts" in linked[0]["events"][0]["reason"]


def test_customers_who_came_later_get_their_posts(refreshed):
    flow, _, _ = refreshed
    linked = [post for post in everything(flow.store).values() if post.get("customer")]
    assert linked
    assert {post["author"]["handle"] for post in linked} == {"ann"}
    assert all("ann" not in post["customer"]["reason"] for post in linked)


def test_a_post_that_comes_later_has_its_topic_at_once_and_finding_them_anew_waits(tmp_path):
    config = load_config(environ={"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    flow = flow_to(tmp_path / "earshot.sqlite", SubjectEnricher())
    jobs = Jobs(flow.store, flow.clock)

    def come(*new):
        ingest(ListCollector([new]), flow, lambda page: None, anew=True)
        return refresh(flow.store, config, lambda stage, share: None, jobs).grouped

    def topic_of(number):
        (post,) = flow.store.scan("posts", where=[equal("native_id", str(number))])
        return post.get("topic", {}).get("id")

    assert come(*posts()[:20]).fresh is False  # too few to find any
    assert come(*posts()[20:]).topics == len(SUBJECTS)
    assert come(make_post(2000, "the invoice is wrong")).fresh is False
    assert topic_of(2000) == topic_of(1) is not None
    flow.clock.sleep(timedelta(hours=23).total_seconds())
    assert come(make_post(2001, "the shop is closed")).fresh is False
    flow.clock.sleep(timedelta(hours=2).total_seconds())
    assert come(make_post(2002, "the shop is closed again")).topics == len(SUBJECTS)
    grown = [make_post(3000 + i, f"the {SUBJECTS[i % 3]} once more {i}") for i in range(130)]
    assert come(*grown).topics == len(SUBJECTS)
    flow.store.close()


def test_topics_that_went_leave_no_post_behind(tmp_path):
    config = load_config(environ={"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    flow = flow_to(tmp_path / "earshot.sqlite", SubjectEnricher())
    ingest(ListCollector([posts()]), flow, lambda page: None)
    first = find_topics(flow.store, config.brands)
    give_topics(flow.store, first, lambda share: None)
    old = TopicModel(tuple(replace(topic, id=f"old {topic.name}") for topic in first.topics), first.centring)

    def late(_share):
        # Another process keeps a page that it read before the new topics stood there.
        if not late.done and _share == 1:
            late.done = True
            (post,) = flow.store.scan("posts", fields=("id", "embedding", "language"), where=[equal("native_id", "1")])
            flow.store.patch("posts", [{"id": post["id"], "topic": old.labels([post])[0]}])
            flow.store.upsert("topics", [{"id": topic.id, "name": "old", "terms": ["old"]} for topic in old.topics])

    late.done = False
    give_topics(flow.store, first, late)
    ids = {topic.id for topic in first.topics}
    assert {post["topic"]["id"] for post in flow.store.scan("posts") if post.get("topic")} == ids
    assert {topic["id"] for topic in flow.store.scan("topics")} == ids
    flow.store.close()


def test_a_second_time_there_is_nothing_to_do(refreshed):
    flow, config, _ = refreshed
    before = everything(flow.store)
    assert refresh(flow.store, config, lambda stage, share: None, Jobs(flow.store, flow.clock)).fresh is False
    assert everything(flow.store) == before


def test_a_withdrawal_that_is_loaded_later_undoes_the_links(tmp_path):
    config = load_config(environ={"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    flow = flow_to(tmp_path / "earshot.sqlite")
    ingest(ListCollector([[make_post(1), make_post(2, author="bob")]]), flow, lambda page: None)

    def load(withdrawn_at=None):
        agreed = Consent(purpose="link posts", given_at=START - timedelta(days=1), withdrawn_at=withdrawn_at)
        handles = (handle_pseudonym(KEY, "forum", "ann"),)
        keep_records(flow.store, [Customer(id="c1", handles=handles, linked_with=agreed)], START)
        return refresh(flow.store, config, lambda stage, share: None, Jobs(flow.store, flow.clock)).joined.with_customer

    assert load() == 1
    assert [post["native_id"] for post in flow.store.scan("posts") if "customer" in post] == ["1"]
    assert load(withdrawn_at=START) == 1
    assert not any("customer" in post for post in flow.store.scan("posts"))
    flow.store.close()


def test_a_consent_that_ran_out_undoes_its_links_though_nobody_told_of_it(tmp_path):
    config = load_config(environ={"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    flow = flow_to(tmp_path / "earshot.sqlite")
    soon = datetime.now(UTC) + timedelta(days=1)
    agreed = Consent(purpose="link posts", given_at=START - timedelta(days=1), until=soon)
    handles = (handle_pseudonym(KEY, "forum", "ann"),)
    keep_records(flow.store, [Customer(id="c1", handles=handles, linked_with=agreed)], START)
    ingest(ListCollector([[make_post(1)]]), flow, lambda page: None)

    def linked():
        relink_customers(flow.store, config)
        return [post.get("customer", {}).get("id") for post in flow.store.scan("posts")]

    assert linked() == ["c1"]
    # Its day has come: nothing is told, and what is stored is of the past now.
    over = {"expires_at": instant(START), "basis": None}
    flow.store.patch("links", [{"id": one["id"], **over} for one in flow.store.scan("links")])
    ended = replace(agreed, until=START)
    flow.store.patch("customers", [{"id": "c1", "linked_with": to_document(ended)}])
    assert linked() == [None]
    assert list(flow.store.scan("links")) == []
    flow.store.close()


def test_links_are_joined_without_finding_topics(tmp_path):
    config = load_config(environ={"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    flow = flow_to(tmp_path / "earshot.sqlite", SubjectEnricher())
    ingest(ListCollector([[make_post(1, "the signal is down")]]), flow, lambda page: None)
    ann = Customer(
        id=customer_pseudonym(key_of(config), "4711"),
        handles=(handle_pseudonym(key_of(config), "forum", "ann"),),
        linked_with=Consent(purpose="link posts", given_at=START - timedelta(days=1)),
    )
    keep_records(flow.store, [ann], START)
    told = []
    assert join(flow.store, config, lambda stage, share: told.append(stage)).with_customer == 1
    assert set(told) == {"Joining customers and events"}
    assert list(flow.store.scan("topics")) == []
    flow.store.close()


def test_what_another_process_is_at_is_left_to_it(tmp_path):
    config = load_config(environ={"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    flow = flow_to(tmp_path / "earshot.sqlite", SubjectEnricher())
    ingest(ListCollector([[make_post(1, "the signal is down")]]), flow, lambda page: None)
    other, told = Jobs(flow.store, flow.clock), []

    def meanwhile(run):
        result = refresh(
            flow.store, config, lambda stage, _: told.append(stage), Jobs(flow.store, flow.clock), anew=True
        )
        assert list(result.elsewhere) == ["topics"]

    assert other.attempt("topics", meanwhile).sentence is None
    assert set(told) == {"Joining customers and events"}
    flow.store.close()
