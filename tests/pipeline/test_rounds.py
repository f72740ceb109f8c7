"""A round of collecting: a line for each source, and none that holds up the others."""

import io
from datetime import timedelta
from threading import Event

import pytest
from rich.console import Console

from domain.errors import SourceBusy, SourceRefused
from domain.ports import Batch, Kept
from domain.post import Deletion
from domain.terms import Terms
from pipeline.commands.live import Board
from pipeline.commands.rounds import collect_on, collect_once
from pipeline.ingest import Tally
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
    tally, refused = collect_once([first], flow)
    assert (tally.fetched, tally.kept.added, tally.kept.updated, refused) == (3, 2, 1, 0)
    assert collect_once([second], flow)[0].deleted == 1
    assert capsys.readouterr().err.splitlines() == [
        "list: 3 fetched, 2 new, 1 updated, 0 deleted, newest post 3 h old, 1,290 requests left",
        "second: 0 fetched, 0 new, 0 updated, 1 deleted",
    ]


def test_who_is_busy_or_refuses_holds_nobody_up(flow, capsys):
    busy = Failing("busy", SourceBusy("come back later"), [[make_post(1)]])
    closed = Failing("closed", SourceRefused("no"))
    last = ListCollector([[make_post(2)]])
    tally, refused = collect_once([busy, closed, last], flow)
    assert (tally.kept.added, refused) == (2, 1)
    told = capsys.readouterr().err
    assert "busy: come back later\nbusy: 1 fetched, 1 new, 0 updated, 0 deleted, newest post 0 s old\n" in told
    assert "closed: no\n" in told
    assert "list: 1 fetched" in told


def test_who_waits_makes_nobody_wait(flow):
    other_is_through = Event()

    class Slow(ListCollector):
        name = "slow"

        def batches(self, cursor):
            assert other_is_through.wait(30)
            yield from super().batches(cursor)

    class Quick(ListCollector):
        name = "quick"

        def batches(self, cursor):
            yield from super().batches(cursor)
            other_is_through.set()

    tally, _ = collect_once([Slow([[make_post(1)]]), Quick([[make_post(2)]])], flow)
    assert tally.kept.added == 2


def test_many_at_once_lose_and_double_nothing(flow):
    sources = []
    for number in range(4):
        shared = [[make_post(page * 10 + n) for n in range(10)] for page in range(20)]
        sources.append(ListCollector(shared))
        sources[-1].name = f"source {number}"
    tally, _ = collect_once(sources, flow)
    assert tally.fetched == 4 * 200
    assert tally.kept.added == 200
    assert len(list(flow.store.scan("posts"))) == 200


def test_a_fault_of_ours_in_one_source_is_not_hidden(flow):
    with pytest.raises(ZeroDivisionError):
        collect_once([Failing("broken", ZeroDivisionError()), ListCollector([[make_post(1)]])], flow)


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def test_followed_sources_go_on_each_in_its_own_time_until_stopped(flow, capsys):
    """The pages of a followed source come in rounds: what is new since, and silence where nothing is."""

    class Growing(ListCollector):
        rounds = 0

        def batches(self, cursor):
            self.rounds += 1
            if self.rounds == 4:
                raise Stopped
            self._pages = [[make_post(n)] for n in range(self.rounds // 2 + 1)]
            yield from super().batches(cursor)

    with pytest.raises(Stopped):
        collect_on([Growing([])], flow, pause_s=600)
    assert [line.split(",")[1] for line in capsys.readouterr().err.splitlines()] == [" 1 new", " 1 new"]
    assert flow.clock.slept == [600, 600, 600]


def test_the_screen_shows_each_source_as_it_is_now(flow):
    source = ListCollector([])
    source.requests_left = 12
    board = Board([source], flow.clock)
    board.came(source, Tally(fetched=3, kept=Kept(added=2, updated=1), deleted=1, newest=START - timedelta(hours=3)))
    board.does(source, "waiting")
    screen = io.StringIO()
    Console(file=screen, width=120).print(board.table())
    words = screen.getvalue().split("\n")[-3].split()
    assert words == ["list", "3", "2", "1", "1", "3", "h", "old", "12", "waiting"]


def test_what_may_not_stay_goes_at_the_end_of_a_round(flow, capsys):
    collect_once([ListCollector([[make_post(1)]], Terms(keep=timedelta(days=1)))], flow)
    flow.clock.sleep(2 * 86_400)
    collect_once([], flow)
    assert list(flow.store.scan("posts")) == []
    assert capsys.readouterr().err.splitlines()[-1] == "1 post deleted: their time is up"
