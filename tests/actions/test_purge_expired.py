"""Posts go when their time is up, with everything derived from them, and not before."""

from datetime import timedelta

import pytest

from actions import erase as erasing
from actions.purge_expired import purge_expired
from domain.ports import Batch
from domain.questions import Filters
from domain.terms import Terms
from pipeline.ingest import keep_page
from tests.support.clock import FakeClock
from tests.support.flows import flow_to, make_post

LONG = "we have had no signal at all in the whole village since early this morning"
MONTH = Terms(keep=timedelta(days=30))
DAY_S = 86_400


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite", clock=FakeClock())
    yield flow
    flow.store.close()


def keep(flow, *posts, terms=MONTH):
    return keep_page("list", Batch(posts=posts), terms, flow)


def stored(flow):
    return sorted(post["native_id"] for post in flow.store.scan("posts"))


def test_posts_go_when_their_time_is_up(flow):
    keep(flow, make_post(1), make_post(2))
    keep(flow, make_post(3), terms=Terms())
    flow.clock.sleep(20 * DAY_S)
    keep(flow, make_post(2))
    assert purge_expired(flow.store, flow.clock.now()) == 0
    flow.clock.sleep(11 * DAY_S)
    assert purge_expired(flow.store, flow.clock.now()) == 1
    assert stored(flow) == ["2", "3"]
    assert purge_expired(flow.store, flow.clock.now()) == 0


def test_no_tombstone_is_left(flow):
    keep(flow, make_post(1))
    flow.clock.sleep(31 * DAY_S)
    purge_expired(flow.store, flow.clock.now())
    assert list(flow.store.scan("tombstones")) == []
    assert keep(flow, make_post(1)).kept.added == 1


def test_the_mark_of_the_first_copy_passes_on(flow):
    keep(flow, make_post(1, LONG))
    keep(flow, make_post(2, LONG, hour=1), terms=Terms())
    flow.clock.sleep(31 * DAY_S)
    assert purge_expired(flow.store, flow.clock.now()) == 1
    assert sum(tally.total for tally in flow.store.count_by(Filters(once=True), ())) == 1


def test_what_a_report_quotes_goes_too(flow):
    keep(flow, make_post(1))
    key = make_post(1).id
    content = {"topics": [{"examples": [{"post_id": key, "text": "words"}]}]}
    flow.store.upsert("reports", [{"id": "weekly-2026-W10", "content": content, "quoted": [key]}])
    flow.clock.sleep(31 * DAY_S)
    purge_expired(flow.store, flow.clock.now())
    (report,) = flow.store.scan("reports")
    assert report == {"id": "weekly-2026-W10", "content": {"topics": [{"examples": []}]}}


def test_pages_of_many(flow, monkeypatch):
    monkeypatch.setattr(erasing, "PAGE", 7)
    keep(flow, *(make_post(n, f"post number {n}") for n in range(60)))
    flow.clock.sleep(31 * DAY_S)
    assert purge_expired(flow.store, flow.clock.now()) == 60
    assert stored(flow) == []
