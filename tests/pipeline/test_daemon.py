"""A process that stays up: what is due is done, in its rhythm, whatever becomes of the rest."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.schedulers.base import STATE_STOPPED

from domain.errors import SourceBusy, SourceRefused, StoreUnreachable
from domain.ports import Upserted
from domain.rhythm import Rhythm
from pipeline.daemon import Daemon, Work
from pipeline.ingest import Ingested
from pipeline.jobs import Jobs
from stores.open import open_store
from tests.support.clock import FakeClock
from tests.support.flows import START


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/earshot.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return FakeClock(START)


@pytest.fixture
def jobs(store, clock):
    return Jobs(store, clock)


class Steps:
    """Work that counts how often it was done, and ends as it is told."""

    def __init__(self, jobs, name="links", rhythm="1m", error=None, came=None, source=None):
        self.done, self.error, self.came, self.jobs = 0, error, came, jobs
        self.begun = Event()
        self.work = Work(name=name, rhythm=Rhythm.parse(rhythm), do=self, source=source)

    def __call__(self):
        return self.jobs.attempt(self.work.name, self.step)

    def step(self, run):
        self.done += 1
        self.begun.set()
        if self.came:
            run.came(self.came)
        if self.error:
            raise self.error


def waits(daemon, clock, work, times):
    """Return how many seconds pass between turns, each when the one before said."""
    found = []
    for _ in range(times):
        next_at = daemon.run(work)
        found.append((next_at - clock.now()).total_seconds())
        clock.sleep(found[-1])
    return found


def test_work_is_done_in_its_rhythm(jobs, clock):
    steps = Steps(jobs, rhythm="10m")
    assert waits(Daemon([steps.work], jobs, clock), clock, steps.work, 3) == [600, 600, 600]
    assert steps.done == 3


def test_what_is_wanted_early_is_looked_at_in_between_and_keeps_its_rhythm(jobs, clock):
    steps, wanted = Steps(jobs, name="topics", rhythm="24h"), False
    work = replace(steps.work, early=lambda: wanted)
    daemon = Daemon([work], jobs, clock)
    daemon.run(work)
    clock.sleep(3600)
    assert (daemon.run(work) - clock.now(), steps.done) == (timedelta(hours=23), 1)
    wanted = True
    assert (daemon.run(work) - clock.now(), steps.done) == (timedelta(hours=24), 2)


def test_a_process_that_begins_anew_goes_on_in_the_same_rhythm(jobs, store, clock):
    steps = Steps(jobs, rhythm="24h")
    Daemon([steps.work], jobs, clock).run(steps.work)
    clock.sleep(3600)
    anew = Steps(Jobs(store, clock), rhythm="24h")
    assert Daemon([anew.work], anew.jobs, clock).run(anew.work) == START + timedelta(hours=24)
    assert anew.done == 0


def test_a_report_is_made_at_its_hour_and_what_was_missed_is_made_up_for_once(jobs, store, clock):
    """The clock begins on a Monday at nine."""
    steps = Steps(jobs, name="report", rhythm="monday 06:00")
    daemon = Daemon([steps.work], jobs, clock)
    first, week = START + timedelta(days=6, hours=21), timedelta(days=7)
    assert [daemon.run(steps.work) for _ in range(2)] == [first] * 2
    assert steps.done == 0
    clock.sleep((first - START).total_seconds())
    assert [daemon.run(steps.work) for _ in range(2)] == [first + week] * 2
    assert steps.done == 1
    clock.sleep(86_400 * 30)
    anew = Steps(Jobs(store, clock), name="report", rhythm="monday 06:00")
    daemon = Daemon([anew.work], anew.jobs, clock)
    assert [daemon.run(anew.work) for _ in range(2)] == [first + 5 * week] * 2
    assert anew.done == 1


def test_a_report_that_fails_the_first_time_is_not_left_for_a_week(jobs, clock):
    steps = Steps(jobs, "report", "monday 06:00", ZeroDivisionError())
    daemon = Daemon([steps.work], jobs, clock)
    assert waits(daemon, clock, steps.work, 4) == [(6 * 24 + 21) * 3600, 60, 120, 240]


@pytest.mark.parametrize("error", [KeyError("links"), SourceRefused("no"), StoreUnreachable("nothing answers")])
def test_what_goes_wrong_is_tried_again_later_and_later(jobs, clock, error, caplog):
    seldom, often = Steps(jobs, "topics", "24h", error), Steps(jobs, "links", "2m", error)
    daemon = Daemon([seldom.work, often.work], jobs, clock)
    assert waits(daemon, clock, seldom.work, 4) == [60, 120, 240, 480]
    assert waits(daemon, clock, often.work, 4) == [120, 120, 240, 480]
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 8
    seldom.error = None
    assert waits(daemon, clock, seldom.work, 1) == [86_400]
    assert jobs.of("topics")["faults"] == 0


def test_a_stream_that_breaks_off_after_it_gave_something_is_asked_again_soon(jobs, clock):
    page = Ingested(fetched=1, kept=Upserted(added=1))
    steps = Steps(jobs, "collect:a", "1m", SourceBusy("gone"), page, source="a")
    assert waits(Daemon([steps.work], jobs, clock), clock, steps.work, 4) == [60, 60, 60, 60]


def test_two_processes_do_it_once_in_each_rhythm(jobs, store, clock):
    ours, theirs = Steps(jobs, rhythm="24h"), Steps(Jobs(store, clock), rhythm="24h")
    daemons = Daemon([ours.work], ours.jobs, clock), Daemon([theirs.work], theirs.jobs, clock)
    for _ in range(48):
        for daemon, steps in zip(daemons, (ours, theirs), strict=True):
            daemon.run(steps.work)
        clock.sleep(3600)
    assert ours.done + theirs.done == 2


def test_who_finds_another_process_at_it_looks_again_in_a_minute(jobs, store, clock):
    other = Jobs(store, clock)
    other._begin("topics", None)
    steps = Steps(jobs, "topics", "24h")
    assert waits(Daemon([steps.work], jobs, clock), clock, steps.work, 1) == [60]
    assert steps.done == 0
    other.let_go()
    assert waits(Daemon([steps.work], jobs, clock), clock, steps.work, 1) == [86_400]


def test_a_store_that_is_away_ends_nothing(store, clock, caplog):
    class Away:
        def get(self, *_, **__):
            raise StoreUnreachable("nothing answers at elasticsearch://search.example")

    jobs = Jobs(Away(), clock)
    steps = Steps(jobs)
    daemon = Daemon([steps.work], jobs, clock)
    assert waits(daemon, clock, steps.work, 3) == [60, 120, 240]
    assert caplog.text.count("links: nothing answers at elasticsearch://search.example") == 3


def test_work_that_never_is_to_be_done_is_not_done(jobs, clock):
    steps = Steps(jobs, rhythm="never")
    assert Daemon([steps.work], jobs, clock).run(steps.work) is None
    assert steps.done == 0


def test_work_that_never_is_to_be_done_again_ends_its_thread_in_peace(jobs, clock, monkeypatch):
    broken = []
    monkeypatch.setattr(threading, "excepthook", broken.append)
    steps = Steps(jobs, rhythm="never")
    other = Steps(jobs, "topics", "24h")
    daemon = Daemon([replace(steps.work, early=lambda: False), other.work], jobs, clock)
    daemon.start()
    assert other.begun.wait(30)
    assert daemon.stop(until=time.monotonic() + 30) == []
    assert (broken, steps.done) == ([], 0)


def test_what_is_due_begins_at_once_and_a_fault_leaves_the_others_alone(jobs, clock):
    through = Event()
    broken = Steps(jobs, "topics", "24h", RecursionError())
    good = Work(name="links", rhythm=Rhythm.parse("1m"), do=lambda: jobs.attempt("links", lambda run: through.set()))
    daemon = Daemon([broken.work, good], jobs, clock)
    daemon.start()
    assert through.wait(30)
    assert broken.begun.wait(30)
    assert daemon.is_alive
    daemon.stop(until=time.monotonic() + 30)
    assert not daemon.is_alive
    assert broken.done == 1


def test_who_is_told_to_stop_while_work_begins_ends_in_peace(jobs, clock, monkeypatch):
    """The scheduler knows that it is shut down before it has put away what it was about to begin."""
    broken, began, begin = [], Event(), BasePoolExecutor.submit_job
    monkeypatch.setattr(threading, "excepthook", broken.append)
    daemon = Daemon([Steps(jobs).work], jobs, clock)
    scheduler = daemon._scheduler

    def begin_when_it_is_shut_down(*job):
        began.set()
        while scheduler.state != STATE_STOPPED:
            Event().wait(0.001)
        return begin(*job)

    monkeypatch.setattr(BasePoolExecutor, "submit_job", begin_when_it_is_shut_down)
    daemon.start()
    assert began.wait(30)
    daemon.stop(until=time.monotonic() + 30)
    assert (broken, daemon.is_alive) == ([], False)


def test_who_is_told_to_stop_ends_behind_a_whole_page(jobs, clock, store):
    begun, go_on = Event(), Event()

    def pages(run):
        run.came(Ingested(fetched=1))
        begun.set()
        assert go_on.wait(30)
        run.came(Ingested(fetched=1))
        raise AssertionError("it went on")

    work = Work(name="recheck", rhythm=Rhythm.parse("1m"), do=lambda: jobs.attempt("recheck", pages))
    daemon = Daemon([work], jobs, clock)
    daemon.start()
    assert begun.wait(30)
    jobs.stop()
    go_on.set()
    assert daemon.stop(until=time.monotonic() + 30) == []
    stored = jobs.of("recheck")
    assert "holder" not in stored
    assert "failed_at" not in stored
