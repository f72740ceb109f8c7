"""Stored posts are asked for again when they are due: each one, no more often, whatever is cut off."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cli.recheck import recheck_source
from domain.documents import instant
from domain.errors import SourceBusy
from domain.ports import Batch
from domain.post import Deletion
from domain.terms import Recheck, Terms
from pipeline.ingest import ingest, keep_page
from pipeline.jobs import Jobs
from pipeline.recheck import recheck
from tests.support.clock import FakeClock
from tests.support.flows import START, ListCollector, everything, flow_to, make_post

DAY_S = 86_400
DAY, WEEK = timedelta(days=1), timedelta(days=7)
TERMS = Terms(keep=timedelta(days=90), rechecks=(Recheck(every=DAY, up_to=WEEK), Recheck(every=WEEK)))


class Forum(ListCollector):
    """A forum that can be asked again: `there` are its posts as they are now; `asked` is what it was asked for."""

    source, instance, recheck_size = "forum", "", 3

    def __init__(self, posts, terms=TERMS):
        super().__init__([posts], terms)
        self.there = {post.native_id: post for post in posts}
        self.silent, self.asked, self.patience = set(), [], 10**9

    def recheck(self, native_ids):
        self.patience -= 1
        if self.patience < 0:
            raise SourceBusy("forum is busy", retry_after_s=60)
        assert 0 < len(native_ids) <= self.recheck_size
        self.asked += native_ids
        told = [key for key in native_ids if key not in self.silent]
        gone = [Deletion(source="forum", native_id=key) for key in told if key not in self.there]
        return Batch(posts=tuple(self.there[key] for key in told if key in self.there), deletions=tuple(gone))


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite", clock=FakeClock(START))
    yield flow
    flow.store.close()


def quiet(_page):
    pass


def collected(flow, count=10, **options):
    """Return a forum whose posts, one an hour, were all collected."""
    forum = Forum([make_post(n, f"post number {n}", hour=n - count) for n in range(count)], **options)
    ingest(forum, flow, quiet)
    return forum


def later(flow, days):
    flow.clock.sleep(days * DAY_S)


def test_what_was_just_collected_is_not_asked_for(flow):
    forum = collected(flow)
    assert recheck(forum, flow, quiet).kept.unchanged == 0
    assert forum.asked == []


def test_all_are_asked_for_when_they_are_due_and_not_before(flow):
    forum = collected(flow)
    recheck(forum, flow, quiet)
    later(flow, 0.9)
    assert recheck(forum, flow, quiet).kept.unchanged == 0
    later(flow, 0.1)
    assert recheck(forum, flow, quiet).kept.unchanged == 10
    assert sorted(forum.asked, key=int) == [str(n) for n in range(10)]
    assert recheck(forum, flow, quiet).kept.unchanged == 0


def test_what_stayed_may_stay_longer_and_is_not_read_again(flow):
    forum = collected(flow)
    later(flow, 1)
    flow.enricher.read.clear()
    recheck(forum, flow, quiet)
    until = instant(flow.clock.now() + TERMS.keep)
    assert {post["terms"]["store_until"] for post in flow.store.scan("posts")} == {until}
    assert flow.enricher.read == []


def test_edits_are_kept_and_what_is_gone_goes_for_good(flow):
    forum = collected(flow)
    later(flow, 1)
    lost = forum.there.pop("3")
    forum.there["4"] = replace(forum.there["4"], text="all bad now")
    tally = recheck(forum, flow, quiet)
    assert (tally.kept.updated, tally.deleted, tally.kept.unchanged) == (1, 1, 8)
    stored = everything(flow.store)
    assert lost.id not in stored
    assert stored[forum.there["4"].id]["sentiment"]["label"] == "negative"
    assert keep_page("list", Batch(posts=(lost,)), TERMS, flow).kept.added == 0


def test_of_what_the_source_will_not_say_nothing_changes(flow):
    forum = collected(flow)
    forum.silent = {"5"}
    before = everything(flow.store)
    later(flow, 1)
    recheck(forum, flow, quiet)
    key = forum.there["5"].id
    assert everything(flow.store)[key] == before[key]


def test_older_posts_are_asked_for_less_often(flow):
    forum = collected(flow)
    asked = []
    for _ in range(16):
        later(flow, 1)
        forum.asked.clear()
        recheck(forum, flow, quiet)
        asked.append(len(forum.asked))
    assert asked[:6] == [10] * 6
    assert set(asked[8:]) == {0, 10}
    assert sum(1 for count in asked[8:] if count) == 1


def test_a_round_over_all_counts_for_the_young_too(flow):
    forum = collected(flow)
    later(flow, 1)
    recheck(forum, flow, quiet, at_once=True)
    assert len(forum.asked) == 10
    recheck(forum, flow, quiet)
    assert len(forum.asked) == 10


def test_a_round_that_was_cut_off_goes_on_where_it_was(flow):
    forum = collected(flow)
    recheck(forum, flow, quiet)
    later(flow, 1)
    forum.patience = 2
    with pytest.raises(SourceBusy):
        recheck(forum, flow, quiet)
    assert len(forum.asked) == 6
    forum.patience = 10**9
    flow.clock.sleep(600)
    recheck(forum, flow, quiet)
    assert sorted(forum.asked, key=int) == [str(n) for n in range(10)]


def test_without_a_limit_of_time_posts_are_asked_for_each_round(flow):
    forum = collected(flow, terms=Terms(rechecks=(Recheck(every=DAY),)))
    for _ in range(3):
        later(flow, 1)
        recheck(forum, flow, quiet)
    assert len(forum.asked) == 30


def test_only_posts_of_the_source_and_instance_are_asked_for(flow):
    forum = collected(flow)
    strangers = (make_post(90, instance="other.example"), replace(make_post(91), source="news"))
    keep_page("other", Batch(posts=strangers), TERMS, flow)
    later(flow, 1)
    recheck(forum, flow, quiet)
    assert len(forum.asked) == 10
    forum.instance = "other.example"
    forum.asked.clear()
    recheck(forum, flow, quiet, at_once=True)
    assert forum.asked == ["90"]


def test_who_cannot_be_asked_again_is_left_alone(flow):
    plain = ListCollector([[make_post(1)]], TERMS)
    ingest(plain, flow, quiet)
    assert recheck(plain, flow, quiet, at_once=True).kept.unchanged == 0


def test_what_was_asked_is_said_in_a_line_and_a_busy_source_holds_nobody_up(flow, capsys):
    busy, forum = collected(flow), collected(flow)
    busy.patience, busy.name, forum.name = 0, "busy", "forum"
    later(flow, 1)
    forum.there.pop("3")
    jobs = Jobs(flow.store, flow.clock)
    assert [recheck_source(source, flow, jobs)[0] for source in (busy, forum)] == [False, True]
    told = capsys.readouterr().err.splitlines()
    assert told == ["busy: forum is busy", "forum: asked again: 9 as they were, 0 edited, 1 gone"]


def test_at_once_is_all_that_the_terms_name_however_old(flow):
    old = [make_post(n, f"post number {n}", hour=-24 * 30 * n) for n in range(4)]
    forum = Forum(old)
    ingest(forum, flow, quiet)
    later(flow, 1)
    recheck(forum, flow, quiet, at_once=True)
    assert sorted(forum.asked) == ["0", "1", "2", "3"]
