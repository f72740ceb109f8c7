"""A round of collecting: a line for each source, and none that holds up the others."""

from datetime import timedelta

import pytest

from domain.errors import SourceBusy, SourceRefused
from domain.ports import Batch
from domain.post import Deletion
from domain.terms import Terms
from pipeline.commands.collecting import collect_round
from tests.support.clock import FakeClock
from tests.support.flows import START, ListCollector, flow_to, make_post


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite", clock=FakeClock(START))
    yield flow
    flow.store.close()


class Failing(ListCollector):
    """A source that answers with an error after its pages."""

    def __init__(self, name, error, pages=()):
        super().__init__(list(pages))
        self.name, self.error = name, error

    def batches(self, cursor):
        yield from super().batches(cursor)
        raise self.error


def test_a_line_says_what_came_and_how_far_behind_it_is(flow, capsys):
    first = ListCollector([[make_post(1, hour=-30), make_post(2, hour=-3)], [make_post(2, "edited", hour=-3)]])
    first.requests_left = 1290
    second = ListCollector([Batch(deletions=(Deletion(source="forum", native_id="1"),))])
    second.name = "second"
    tally, refused = collect_round([first, second], flow)
    assert (tally.fetched, tally.kept.added, tally.kept.updated, tally.deleted, refused) == (3, 2, 1, 1, 0)
    assert capsys.readouterr().err.splitlines() == [
        "list: 3 fetched, 2 new, 1 updated, 0 deleted, newest post 3 h old, 1,290 requests left",
        "second: 0 fetched, 0 new, 0 updated, 1 deleted",
    ]


def test_who_is_busy_or_refuses_holds_nobody_up(flow, capsys):
    busy = Failing("busy", SourceBusy("come back later"), [[make_post(1)]])
    closed = Failing("closed", SourceRefused("no"))
    last = ListCollector([[make_post(2)]])
    tally, refused = collect_round([busy, closed, last], flow)
    assert (tally.kept.added, refused) == (2, 1)
    told = capsys.readouterr().err.splitlines()
    assert told[:3] == [
        "busy: come back later",
        "busy: 1 fetched, 1 new, 0 updated, 0 deleted, newest post 0 s old",
        "closed: no",
    ]


def test_what_may_not_stay_goes_at_the_end_of_a_round(flow, capsys):
    collect_round([ListCollector([[make_post(1)]], Terms(keep=timedelta(days=1)))], flow)
    flow.clock.sleep(2 * 86_400)
    collect_round([], flow)
    assert list(flow.store.scan("posts")) == []
    assert capsys.readouterr().err.splitlines()[-1] == "1 post deleted: their time is up"
