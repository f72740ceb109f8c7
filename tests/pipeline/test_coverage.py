"""Which hours a source was heard in: silence is told from not listening."""

from datetime import timedelta
from itertools import pairwise

import pytest

from collectors.operator.files import FileCollector
from domain.conditions import equal
from domain.documents import instant, parse_instant
from domain.errors import SourceBusy, SourceRefused
from domain.questions import Filters, Question
from insights.ask import answer
from pipeline.coverage import note_run
from pipeline.ingest import ingest
from tests.support.clock import FakeClock
from tests.support.flows import START, ListCollector, flow_to, make_post

HOUR = timedelta(hours=1)


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite", clock=FakeClock(START))
    yield flow
    flow.store.close()


def states(flow, name="list"):
    """Return the states of the hours on record as letters, from the first on, and what came in them."""
    found = sorted(flow.store.scan("coverage", where=[equal("source", name)]), key=lambda one: one["hour"])
    times = [parse_instant(one["hour"]) for one in found]
    assert all(after - before == HOUR for before, after in pairwise(times))
    return "".join(one["state"][0] for one in found), [one["posts"] for one in found]


def run(flow, *counts, hours=1, heard=True):
    """Note runs, one after `hours` hours each; so many posts came, all made in the hour of the run."""
    for count in counts:
        flow.clock.sleep(hours * 3600)
        came = {flow.clock.now().replace(minute=0): count} if count else {}
        note_run(flow.store, "list", came, flow.clock.now(), heard=heard)


def test_a_first_run_has_heard_back_to_the_oldest_post_it_brought(flow):
    ingest(ListCollector([[make_post(1, hour=-3), make_post(2, hour=-3), make_post(3, hour=-1)]]), flow, lambda _: None)
    assert states(flow) == ("hhhh", [2, 0, 1, 0])
    first = next(iter(flow.store.scan("coverage")))
    assert first["source"] == "list"
    assert first["checked_at"] == instant(START)


def test_a_first_run_that_brings_nothing_has_heard_its_hour_alone(flow):
    ingest(ListCollector([]), flow, lambda _: None)
    assert states(flow) == ("h", [0])


def test_hours_since_the_last_run_were_heard(flow):
    run(flow, 1, 0, 2, hours=3)
    assert states(flow) == ("hhhhhhh", [1, 0, 0, 0, 0, 0, 2])


def test_posts_that_come_late_count_in_their_hour_once(flow):
    run(flow, 1, 0, 0)
    pages = [[make_post(n, f"late number {n}", hour=1) for n in range(3)]]
    ingest(ListCollector(pages), flow, lambda _: None)
    assert states(flow) == ("hhh", [4, 0, 0])
    other = ListCollector(pages)
    ingest(other, flow, lambda _: None)
    assert states(flow) == ("hhh", [4, 0, 0])


class Silent(ListCollector):
    """A source that answers with an error after its pages."""

    def __init__(self, pages, error):
        super().__init__(pages)
        self.error = error

    def batches(self, cursor):
        yield from super().batches(cursor)
        raise self.error


@pytest.mark.parametrize("error", [SourceBusy("busy"), SourceRefused("no")], ids=["busy", "refused"])
def test_hours_of_a_run_that_failed_are_failed_until_one_goes_well(flow, error):
    run(flow, 1)
    flow.clock.sleep(2 * 3600)
    with pytest.raises(type(error)):
        ingest(Silent([[make_post(1, hour=3)]], error), flow, lambda _: None)
    assert states(flow) == ("hff", [1, 0, 1])
    flow.clock.sleep(3600)
    run(flow, 1)
    assert states(flow) == ("hhhhh", [1, 0, 1, 0, 1])


def test_a_first_run_that_fails_leaves_its_hour(flow):
    run(flow, 0, 0, heard=False)
    assert states(flow) == ("ff", [0, 0])
    run(flow, 2)
    assert states(flow) == ("hhh", [0, 0, 2])


def test_emptiness_against_expectation_is_unknown(flow):
    run(flow, *[2] * 72, 0, 0, 0, 0, 0)
    assert states(flow)[0] == "h" * 77
    run(flow, 0)
    assert states(flow)[0] == "h" * 72 + "u" * 6
    run(flow, 0)
    assert states(flow)[0] == "h" * 72 + "u" * 7


def test_a_quiet_night_is_not_unknown(flow):
    for _ in range(6):
        run(flow, *[3] * 14, *[0] * 10)
    assert set(states(flow)[0]) == {"h"}


def test_what_comes_afterwards_clears_its_own_hours_alone(flow):
    run(flow, *[2] * 72, *[0] * 6, 2)
    assert states(flow)[0] == "h" * 72 + "u" * 6 + "h"
    silent = START + 74 * HOUR
    note_run(flow.store, "list", {silent: 5}, flow.clock.now(), heard=True)
    assert states(flow)[0] == "h" * 72 + "uhuuuu" + "h"


def test_a_rare_source_is_never_unknown(flow):
    run(flow, *[1, *[0] * 30] * 4)
    assert set(states(flow)[0]) == {"h"}


def test_only_the_last_four_weeks_count(flow):
    run(flow, *[9] * 5)
    flow.clock.sleep(60 * 24 * 3600)
    run(flow, 0)
    assert states_at_end(flow) == "h"


def states_at_end(flow):
    found = max(flow.store.scan("coverage"), key=lambda one: one["hour"])
    return found["state"][0]


def test_files_are_not_listened_to(flow, tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "1", "text": "no signal", "created_at": "2026-03-01T10:00:00Z"}\n')
    assert ingest(FileCollector([path], "jsonl", clock=flow.clock), flow, lambda _: None).kept.added == 1
    assert list(flow.store.scan("coverage")) == []


def test_hours_are_those_of_the_source_that_posts_carry(flow):
    """A collector may be called otherwise than its posts' source: silence and not listening stay two things."""
    collector = ListCollector([[make_post(1)], [make_post(2, hour=1)]])
    collector.name = "forum_search:talk:a.example"
    ingest(collector, flow, lambda page: None)
    flow.clock.sleep(3600)
    silent = ListCollector([])
    silent.name = collector.name
    ingest(silent, flow, lambda page: None)
    question = Question(measure="volume", filters=Filters(sources=("forum",)), by=("day",))
    assert all(row["heard"] == 1 for row in answer(flow.store, question).records())
    assert {one["posts_source"] for one in flow.store.scan("coverage")} == {"forum"}
