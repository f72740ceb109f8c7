"""The clock goes back an hour between two runs: nothing is lost, nothing comes twice, and work goes on."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest

from collectors.operator.files import FileCollector
from domain.errors import SourceRefused
from domain.rhythm import Rhythm
from pipeline.daemon import Daemon, Work
from pipeline.ingest import ingest
from pipeline.jobs import CLOCKS_DIFFER, HELD, Jobs
from stores.open import open_store
from tests.support.clock import FakeClock
from tests.support.flows import START, flow_to
from tests.support.misbehaving import misbehaving_server
from tests.support.source_cases import CASES, items_of, open_case

HOUR = timedelta(hours=1)


@pytest.fixture(params=CASES, ids=lambda case: getattr(case, "title", case.kind))
def case(request, tmp_path):
    with misbehaving_server() as server:
        made = request.param(tmp_path, server)
        yield made
        getattr(made, "close", lambda: None)()


def collected(case, cursor, clock):
    """Return the posts of a run by number and id, and the cursor that it ended with."""
    batches = list(open_case(case, clock).batches(json.loads(json.dumps(cursor))))
    found = {(case.number_of(item), item.id) for item in items_of(batches)}
    return found, dict(batches[-1].cursor) if batches else cursor


def test_a_source_loses_nothing_when_the_clock_goes_back(case):
    now = FakeClock().now()
    case.add(100, 101, 102)
    first, cursor = collected(case, None, FakeClock(now))
    case.add(103, 104)
    second, cursor = collected(case, cursor, FakeClock(now - HOUR))
    case.add(105)
    third, cursor = collected(case, cursor, FakeClock(now + HOUR))
    # A stream says again what stands at the edge; under its id it is one post.
    assert sorted(number for number, _ in first | second | third) == [100, 101, 102, 103, 104, 105]


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/earshot.sqlite")
    yield opened
    opened.close()


def test_an_edit_under_a_clock_that_went_back_is_taken(store, tmp_path):
    file = tmp_path / "posts.jsonl"
    lines = [{"id": str(n), "text": f"no signal {n}", "created_at": "2026-03-01T10:00:00Z"} for n in range(3)]
    for back in (timedelta(), HOUR):
        clock = FakeClock(START - back)
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        ingest(FileCollector([file], "jsonl", clock=clock), flow_to(store, clock=clock), lambda _: None)
        lines[1]["text"] = "the signal is back"
        lines.append({"id": "9", "text": "new", "created_at": "2026-03-01T11:00:00Z"})
    texts = {post["native_id"]: post["text"] for post in store.scan("posts")}
    assert texts == {"0": "no signal 0", "1": "the signal is back", "2": "no signal 2", "9": "new"}


def work_of(jobs, rhythm, done):
    return Work(
        name="links", rhythm=Rhythm.parse(rhythm), do=lambda: jobs.attempt("links", lambda run: done.append(jobs))
    )


@pytest.mark.parametrize("back", [HOUR, timedelta(days=400)], ids=["an hour", "a year"])
@pytest.mark.parametrize("rhythm", ["10m", "24h"])
def test_work_waits_for_no_hour_that_comes_again(store, rhythm, back):
    """A clock that was a year ahead would else keep everything from being done for a year."""
    done, late, now = [], FakeClock(START), FakeClock(START - back)
    jobs = Jobs(store, late)
    jobs.attempt("links", lambda run: None)
    jobs = Jobs(store, now)
    work = work_of(jobs, rhythm, done)
    next_at = Daemon([work], jobs, now).run(work)
    assert done
    assert now.now() < next_at <= now.now() + timedelta(days=1)
    assert Daemon([work], jobs, now).run(work) == next_at
    assert len(done) == 1


def test_a_report_waits_for_no_year_that_comes_again(store):
    now = FakeClock(START - timedelta(days=400))
    Jobs(store, FakeClock(START)).attempt("links", lambda run: None)
    jobs = Jobs(store, now)
    next_at = Daemon([work := work_of(jobs, "monday 06:00", [])], jobs, now).run(work)
    assert now.now() < next_at <= now.now() + timedelta(days=7)


def test_work_that_fails_after_the_clock_went_back_is_not_tried_without_end(store):
    def fail(run):
        tried.append(now.now())
        raise SourceRefused("wrong password")

    tried, now = [], FakeClock(START - HOUR)
    Jobs(store, FakeClock(START)).attempt("links", lambda run: None)
    jobs = Jobs(store, now)
    work = Work(name="links", rhythm=Rhythm.parse("10m"), do=lambda: jobs.attempt("links", fail))
    daemon = Daemon([work], jobs, now)
    for _ in range(3):
        now.sleep((daemon.run(work) - now.now()).total_seconds())
    assert [later - sooner >= timedelta(minutes=1) for sooner, later in pairwise(tried)] == [True, True]


@pytest.mark.parametrize("back", [HOUR, timedelta(days=400)], ids=["an hour", "a year"])
def test_a_fault_of_a_time_to_come_is_waited_for_no_longer_than_others(store, back):
    def fail(run):
        raise SourceRefused("wrong password")

    Jobs(store, FakeClock(START)).attempt("links", fail)
    now, done = FakeClock(START - back), []
    jobs = Jobs(store, now)
    work = work_of(jobs, "10m", done)
    Daemon([work], jobs, now).run(work)
    assert done


def test_the_lease_of_a_process_that_died_before_the_clock_went_back_is_taken_up(store):
    Jobs(store, FakeClock(START))._begin("links", None)  # and it is never heard of again
    done, now = [], FakeClock(START - HOUR)
    jobs = Jobs(store, now)
    assert jobs.attempt("links", lambda run: done.append(1)).elsewhere is None
    assert done


def test_who_works_while_the_clock_goes_back_keeps_its_lease(store):
    clock = FakeClock(START)
    jobs = Jobs(store, clock)

    def long(run):
        clock.sleep(-HOUR.total_seconds())
        jobs.beat()
        assert Jobs(store, FakeClock(START - HOUR)).attempt("links", lambda run: None).elsewhere
        later = FakeClock(START - HOUR + HELD + CLOCKS_DIFFER * 1.1)
        assert Jobs(store, later)._begin("links", None)

    jobs.attempt("links", long)
