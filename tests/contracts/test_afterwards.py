"""What happens to posts afterwards ends the same in every store."""

from datetime import timedelta

from actions.purge_expired import purge_expired
from domain.conditions import equal
from domain.ports import Batch
from domain.post import Deletion
from domain.questions import Filters, Question
from domain.terms import Recheck, Terms
from insights.ask import answer
from insights.coverage import not_heard
from pipeline.ingest import ingest, keep_page
from pipeline.recheck import recheck
from tests.support.clock import FakeClock
from tests.support.flows import START, ListCollector, flow_to, make_post

DAY = timedelta(days=1)
TERMS = Terms(keep=10 * DAY, rechecks=(Recheck(every=DAY, up_to=7 * DAY),))


class Forum(ListCollector):
    """A forum that still shows some of its posts."""

    source, instance, recheck_size = "forum", "", 4

    def recheck(self, native_ids):
        there = {post.native_id: post for post in self.there}
        gone = [Deletion(source="forum", native_id=key) for key in native_ids if key not in there]
        return Batch(posts=tuple(there[key] for key in native_ids if key in there), deletions=tuple(gone))


def test_posts_are_asked_for_again_forgotten_and_let_go(store):
    flow = flow_to(store, clock=FakeClock(START))
    posts = [make_post(n, f"post number {n}", author="eve" if n == 9 else "ann", hour=n - 10) for n in range(10)]
    forum = Forum([posts[:6], posts[6:]], TERMS)
    ingest(forum, flow, lambda _: None)
    report = {"id": "weekly-2026-W10", "content": {"topics": [{"examples": [{"post_id": posts[0].id, "text": "x"}]}]}}
    store.upsert("reports", [report | {"quoted": [posts[0].id]}])

    flow.clock.sleep(DAY.total_seconds())
    forum.there = posts[1:]
    tally = recheck(forum, flow, lambda _: None)
    assert (tally.deleted, tally.kept.unchanged) == (1, 9)
    assert store.get("reports", ["weekly-2026-W10"])["weekly-2026-W10"]["content"] == {"topics": [{"examples": []}]}

    keep_page("list", Batch(deletions=(Deletion(source="forum", author_id="eve"),)), TERMS, flow)
    assert keep_page("list", Batch(posts=(posts[0], posts[9], make_post(10))), TERMS, flow).kept.added == 1
    assert len(list(store.scan("tombstones"))) == 2

    flow.clock.sleep(5 * DAY.total_seconds())
    keep_page("list", Batch(posts=tuple(posts[1:4])), TERMS, flow)
    flow.clock.sleep(6 * DAY.total_seconds())
    assert purge_expired(store, flow.clock.now()) == 6
    assert sorted(post["native_id"] for post in store.scan("posts")) == ["1", "2", "3"]

    hours = answer(store, Question(measure="volume", by=("hour",), filters=Filters(sources=("list",)))).records()
    assert hours == []
    assert {one["state"] for one in store.scan("coverage", where=[equal("source", "list")])} == {"heard"}
    assert not_heard(store, Filters(start=START - DAY)) == ()
