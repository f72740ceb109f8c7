"""A round of collecting: a line for each source, and none that holds up the others."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from threading import Event, Lock

import pytest
from rich.console import Console

from cli import rounds
from cli.live import Board
from cli.rounds import collect_on, collect_once
from domain.errors import InputError, SourceBusy, SourceRefused, StoreRefused
from domain.ports import Batch, Upserted
from domain.post import Deletion
from domain.terms import Recheck, Terms
from pipeline.ingest import Ingested
from pipeline.jobs import Jobs
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


def test_a_source_that_never_gave_a_page_is_not_all_well(flow):
    never = Failing("never", SourceBusy("that is not a feed"), [])
    assert collect_once([never], flow)[1] == 1
    once = Failing("once", SourceBusy("come back later"), [[make_post(1)]])
    collect_once([once], flow)
    assert collect_once([Failing("once", SourceBusy("come back later"), [])], flow)[1] == 0


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


def test_a_fault_of_ours_in_one_source_is_told_and_the_others_go_on(flow, capsys, caplog):
    broken = Failing("rss:broken:1", ZeroDivisionError("https://a.example/feed?key=k3y"), [[make_post(1)]])
    last = ListCollector([[make_post(2)]])
    tally, failed = collect_once([broken, last], flow)
    assert (tally.kept.added, failed) == (2, 1)
    [record] = [record for record in caplog.records if record.exc_info]
    assert (record.name, record.levelname) == ("pipeline.faults", "ERROR")
    assert "ZeroDivisionError" in caplog.text
    assert "broken: an error of Earshot's own (ZeroDivisionError)" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyError("data"), RecursionError(), MemoryError(), UnicodeError(), AssertionError()])
def test_no_error_of_one_source_ends_the_others(flow, error):
    tally, failed = collect_once([Failing("broken", error), ListCollector([[make_post(1)]])], flow)
    assert (tally.kept.added, failed) == (1, 1)


def test_what_is_wrong_with_the_store_ends_all(flow):
    with pytest.raises(StoreRefused):
        collect_once([Failing("broken", StoreRefused("the disk is full")), ListCollector([])], flow)


def test_a_file_that_is_not_there_keeps_nobody_from_being_asked(flow, capsys):
    missing = Failing("file:crm:1", InputError("posts.csv does not exist"))
    tally, failed = collect_once([missing, ListCollector([[make_post(1)]])], flow)
    assert (tally.kept.added, failed) == (1, 1)
    assert "crm: posts.csv does not exist" in capsys.readouterr().err


def test_a_fault_when_posts_are_asked_for_again_ends_nothing(flow, capsys):
    class Odd(ListCollector):
        source, instance, recheck_size = "forum", "", 10
        name = "forum:odd:1"

        def recheck(self, native_ids):
            raise AttributeError("'NoneType' object has no attribute 'get'")

    odd = Odd([[make_post(1)]], Terms(rechecks=(Recheck(every=timedelta(seconds=1)),)))
    collect_once([odd], flow)
    flow.clock.sleep(60)
    tally, failed = collect_once([odd, ListCollector([[make_post(2)]])], flow)
    assert (tally.kept.added, failed) == (1, 1)
    assert "odd: asked again: an error of Earshot's own (AttributeError)" in capsys.readouterr().err


def test_the_hours_of_a_fault_were_not_heard(flow):
    collect_once([Failing("broken", ZeroDivisionError())], flow)
    assert [hour["state"] for hour in flow.store.scan("coverage")] == ["failed"]


def test_a_source_that_another_process_collects_is_passed_over_and_said(flow, capsys):
    source, other = ListCollector([[make_post(1)]]), ListCollector([[make_post(2)]])
    source.name, other.name = "rss:busy:1", "rss:free:1"

    def meanwhile(run):
        tally, failed = collect_once([source, other], flow)
        assert (tally.kept.added, failed) == (1, 0)

    Jobs(flow.store, flow.clock).attempt("collect:rss:busy:1", meanwhile)
    told = capsys.readouterr().err
    assert re.search(r"^busy: passed over; .+, process \d+, is collecting it$", told, re.MULTILINE)
    assert "free: 1 fetched" in told
    assert collect_once([source], flow)[0].kept.added == 1


def test_a_round_says_in_the_store_how_it_went(flow):
    first, second = ListCollector([[make_post(1, hour=-3)]]), Failing("rss:closed:1", SourceRefused("no"))
    first.requests_left = 7
    collect_once([first, second], flow)
    known = Jobs(flow.store, flow.clock).known()
    assert known["collect:rss:closed:1"]["error"] == "no"
    good = known["collect:list"]
    assert (good["source"], good["fetched"], good["added"], good["requests_left"]) == ("list", 1, 1, 7)
    assert (good["newest_at"], good["succeeded_at"]) == ("2026-03-02T06:00:00.000Z", "2026-03-02T09:00:00.000Z")


class Stopped(BaseException):
    """Somebody pressed Ctrl-C."""


def test_a_followed_source_that_we_fail_at_is_tried_again_later_and_later(flow, caplog):
    class Recovering(ListCollector):
        name = "rss:recovering:1"
        rounds = 0

        def batches(self, cursor):
            self.rounds += 1
            if self.rounds in {1, 2, 3, 5}:
                raise KeyError("links")
            if self.rounds == 6:
                raise Stopped
            yield from super().batches(cursor)

    with pytest.raises(Stopped):
        collect_on([Recovering([[make_post(1)]])], flow, pause_s=5)
    assert flow.clock.slept == [60, 120, 240, 5, 60]
    assert len([record for record in caplog.records if record.exc_info]) == 4
    assert len(list(flow.store.scan("posts"))) == 1


def test_the_others_go_on_while_a_followed_source_is_failed_at(flow):
    failed, through = Event(), Event()

    class Broken(ListCollector):
        name = "broken"

        def batches(self, cursor):
            if not failed.is_set():
                failed.set()
                raise RuntimeError
            assert through.wait(30)
            raise Stopped

    class Quick(ListCollector):
        name = "quick"
        rounds = 0

        def batches(self, cursor):
            assert failed.wait(30)
            self.rounds += 1
            if self.rounds == 3:
                through.set()
                raise Stopped
            yield from super().batches(cursor)

    quick = Quick([[make_post(1)]])
    with pytest.raises(Stopped):
        collect_on([Broken([]), quick], flow, pause_s=1)
    assert quick.rounds == 3
    assert len(list(flow.store.scan("posts"))) == 1


def test_a_fault_in_what_is_done_every_hour_ends_nobody(flow, caplog, monkeypatch):
    done = []

    def afterwards():
        done.append(flow.clock.now())
        raise ZeroDivisionError

    def ticks(*_, **__):
        for _ in range(3):
            flow.clock.sleep(4_000)
            yield None

    monkeypatch.setattr(rounds, "in_parallel", ticks)
    collect_on([ListCollector([])], flow, pause_s=1, afterwards=afterwards)
    assert len(done) == 3
    assert caplog.text.count("what is done every hour: an error of Earshot's own") == 3


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
    board.came(
        source, Ingested(fetched=3, kept=Upserted(added=2, updated=1), deleted=1, newest=START - timedelta(hours=3))
    )
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


class WaitedFor:
    """A lock that notices when somebody waits for the page in hand."""

    def __init__(self):
        self._lock, self.wanted = Lock(), Event()

    def __enter__(self):
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()

    def acquire(self, timeout=-1):
        self.wanted.set()
        return self._lock.acquire(timeout=timeout)


def test_who_is_stopped_waits_for_the_page_in_hand_and_keeps_it_whole(flow):
    turn, in_hand = WaitedFor(), Event()
    read = flow.enricher.enrich

    class Slow(type(flow.enricher)):
        def enrich(self, posts):
            in_hand.set()
            assert turn.wanted.wait(60), "nobody waited for the page in hand"
            return read(posts)

    class Stopping(ListCollector):
        name = "stopping"

        def batches(self, cursor):
            assert in_hand.wait(60)
            raise Stopped
            yield

    with pytest.raises(Stopped):
        collect_once([ListCollector([[make_post(1)]]), Stopping([])], replace(flow, turn=turn, enricher=Slow()))
    assert [post["native_id"] for post in flow.store.scan("posts")] == ["1"]
