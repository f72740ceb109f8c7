"""One process at a time does a piece of work, on every store; whoever dies loses it, and clocks may differ."""

from datetime import timedelta
from threading import Event, Thread

import pytest

from domain.errors import SourceBusy, SourceRefused
from domain.ports import Upserted
from pipeline.ingest import Ingested
from pipeline.jobs import CLOCKS_DIFFER, HELD, Jobs, LeaseLost, Run
from tests.support.clock import FakeClock
from tests.support.flows import START
from tests.support.interleaved import interleavings


@pytest.fixture
def clock():
    return FakeClock(START)


@pytest.fixture
def jobs(store, clock):
    return Jobs(store, clock)


def another(store, *, ahead=timedelta()):
    """Return another process on the same store, whose clock is ahead."""
    return Jobs(store, FakeClock(START + ahead))


def nothing(run):
    """Do nothing, well."""


def refuse(run):
    raise SourceRefused("wrong password")


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(seconds=90), timedelta(seconds=-90)])
def test_what_one_process_is_at_another_passes_over(store, jobs, ahead):
    def meanwhile(run):
        other = another(store, ahead=ahead)
        assert "process" in other.attempt("links", refuse).elsewhere
        assert other.attempt("topics", nothing).elsewhere is None

    assert jobs.attempt("links", meanwhile).sentence is None
    assert another(store, ahead=ahead).attempt("links", nothing).elsewhere is None


@pytest.mark.parametrize("before", [False, True], ids=["the first time", "not the first time"])
def test_who_takes_it_between_any_two_steps_has_it_alone(store, clock, before):
    order = []

    def meanwhile():
        order.append("theirs" if isinstance(another(store)._begin("links", None), Run) else "passed over")

    def work(store_of):
        store.delete("jobs", ["links"])
        if before:
            another(store).attempt("links", nothing)
        order.clear()
        Jobs(store_of(store), clock).attempt("links", lambda run: order.append("ours"))

    seen = []
    for _ in interleavings(work, meanwhile):
        seen.append(tuple(order))
        assert order in (["theirs"], ["passed over", "ours"], ["ours", "passed over"], ["ours", "theirs"], ["ours"])
    assert ("theirs",) in seen
    assert ("ours", "passed over") in seen


def test_a_process_that_died_loses_it_when_its_time_is_over(store, jobs, clock):
    jobs._begin("links", None)  # and it is never heard of again
    for ahead, taken in ((HELD, False), (HELD + CLOCKS_DIFFER, False), (HELD + CLOCKS_DIFFER * 1.1, True)):
        assert (another(store, ahead=ahead).attempt("links", nothing).elsewhere is None) is taken


def test_a_lease_is_moved_on_while_the_work_runs(store, jobs, clock):
    def long(run):
        for _ in range(20):
            clock.sleep(30)
            jobs.beat()
        later = another(store, ahead=clock.now() - START + HELD)
        assert later.attempt("links", refuse).elsewhere

    assert jobs.attempt("links", long).sentence is None


def test_who_slept_too_long_leaves_what_another_took_over(store, jobs, clock):
    def sleeping(run):
        run.came(Ingested(fetched=1))
        clock.sleep(3600)
        late = another(store, ahead=timedelta(hours=1))
        late._begin("links", None)
        run.came(Ingested(fetched=1))
        raise AssertionError("it went on")

    ended = jobs.attempt("links", sleeping)
    assert isinstance(ended.error, LeaseLost)
    stored = jobs.known()["links"]
    assert "failed_at" not in stored
    assert stored["held_until"] > "2026-03-02T10:00"


def test_who_slept_too_long_goes_on_where_nobody_took_over(jobs, clock):
    def sleeping(run):
        clock.sleep(3600)
        run.came(Ingested(fetched=1))

    assert jobs.attempt("links", sleeping).sentence is None
    assert jobs.known()["links"]["fetched"] == 1


def test_what_came_of_it_stands_in_the_store(jobs, clock):
    def collect(run):
        run.came(Ingested(fetched=5, kept=Upserted(added=2, updated=1), deleted=1, newest=START), 12)
        jobs.beat()
        run.came(Ingested(fetched=1, newest=START - timedelta(hours=1)), 11)

    jobs.attempt("collect:a", collect, source="a")
    clock.sleep(60)
    assert jobs.attempt("collect:a", refuse).faults == 1
    assert jobs.attempt("collect:a", refuse).faults == 2
    [stored] = jobs.known().values()
    assert {name: stored[name] for name in ("fetched", "added", "updated", "deleted", "requests_left")} == {
        "fetched": 6,
        "added": 2,
        "updated": 1,
        "deleted": 1,
        "requests_left": 11,
    }
    assert (stored["newest_at"], stored["succeeded_at"]) == ("2026-03-02T09:00:00.000Z",) * 2
    assert (stored["failed_at"], stored["error"]) == ("2026-03-02T09:01:00.000Z", "wrong password")
    assert "holder" not in stored
    assert jobs.attempt("collect:a", nothing).faults == 0


def test_a_fault_of_ours_is_logged_and_told_apart(jobs, caplog):
    def broken(run):
        raise KeyError("links")

    ended = jobs.attempt("links", broken)
    assert isinstance(ended.fault, KeyError)
    assert "Traceback" in caplog.text
    assert jobs.known()["links"]["error"] == "an error of Earshot's own (KeyError); its traceback was logged"


def test_who_is_stopped_leaves_the_work_to_others(store, jobs):
    begun, stop = Event(), Event()

    def long(run):
        begun.set()
        stop.wait(30)

    with jobs.kept():
        thread = Thread(target=jobs.attempt, args=("links", long), daemon=True)
        thread.start()
        assert begun.wait(30)
    assert another(store).attempt("links", nothing).elsewhere is None
    before = jobs.known()
    stop.set()
    thread.join(30)
    assert jobs.known() == before


def test_what_ends_the_process_gives_up_the_lease(store, jobs):
    def stopped(run):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jobs.attempt("links", stopped)
    assert another(store).attempt("links", nothing).elsewhere is None


def test_when_it_is_next_due_is_written_down_before_and_after_the_first_time(jobs, clock):
    jobs.plan("links", clock.now())
    assert jobs.known()["links"]["next_at"] == "2026-03-02T09:00:00.000Z"
    jobs.attempt("links", nothing)
    jobs.plan("links", None)
    assert "next_at" not in jobs.known()["links"]
    assert "succeeded_at" in jobs.known()["links"]


def test_being_busy_counts_as_no_good_end(jobs):
    def busy(run):
        raise SourceBusy("come back later")

    assert jobs.attempt("collect:a", busy).sentence == "come back later"


def test_who_waits_for_a_step_hears_its_error_and_gives_up_the_lease(store, jobs):
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        jobs.alone("topics", broken)
    assert jobs.alone("topics", lambda: None) is None
    assert "succeeded_at" in jobs.of("topics")
    another(store)._begin("topics", None)
    assert "process" in jobs.alone("topics", broken)


def test_a_lease_that_holds_is_not_written_anew_with_each_page(store, jobs, clock):
    def pages(run):
        before = store.version("jobs")
        for _ in range(20):
            clock.sleep(1)
            run.came(Ingested(fetched=1))
        assert store.version("jobs") == before
        clock.sleep(HELD.total_seconds() / 2)
        run.came(Ingested(fetched=1))
        assert store.version("jobs") != before

    assert jobs.attempt("links", pages).error is None
