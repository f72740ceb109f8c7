"""Every source comes through a storm (`tests/support/storm.py`): nothing lost or invented, edits arrive."""

import pytest

from domain.errors import SourceRefused
from tests.support.clock import FakeClock
from tests.support.flows import flow_to
from tests.support.misbehaving import Says, misbehaving_server
from tests.support.source_cases import CASES, items_of, open_case
from tests.support.storm import can_expire, weather
from tests.support.troubles import JSON, bomb

STORMY = [case for case in CASES if case.can_fail]
EXPIRING = [case for case in STORMY if can_expire(case)]
MANY = range(100, 230)
MOST_TRIES = 5


def title(case):
    return getattr(case, "title", case.kind)


@pytest.fixture
def server():
    with misbehaving_server() as told:
        yield told


@pytest.fixture
def made(tmp_path, server):
    """Return what makes cases, and close them."""
    cases = []

    def made(kind):
        cases.append(kind(tmp_path, server))
        return cases[-1]

    yield made
    for case in cases:
        getattr(case, "close", lambda: None)()


def test_only_files_stay_at_home():
    assert {case.kind for case in CASES if case not in STORMY} == {"file", "counters"}


@pytest.mark.parametrize("kind", STORMY, ids=title)
def test_a_storm_loses_and_invents_nothing(kind, made, tmp_path):
    outcome = weather(made(kind), flow_to(tmp_path / "posts.sqlite"), posts=300)
    assert (outcome.lost, outcome.invented, outcome.stale) == (0, 0, 0)
    assert outcome.refused


@pytest.mark.parametrize("kind", [case for case in STORMY if case.kind != "jetstream"], ids=title)
def test_what_unpacks_to_more_than_an_answer_may_have_is_named_and_the_next_round_goes_on(kind, made, server):
    case = made(kind)
    case.add(100)
    server.trouble.append(Says(headers=JSON | {"Content-Encoding": "gzip"}, body=bomb()))
    with pytest.raises(SourceRefused, match="answered with more than 10485760 bytes"):
        list(open_case(case, FakeClock()).batches(None))
    batches = list(open_case(case, FakeClock()).batches(None))
    assert [case.number_of(item) for item in items_of(batches)] == [100]


@pytest.mark.parametrize("resumed", [False, True], ids=["in a run", "between two runs"])
@pytest.mark.parametrize("kind", EXPIRING, ids=title)
def test_cursors_that_expire_behind_any_page_lose_nothing(kind, made, resumed):
    place, whole = 0, False
    while not whole:
        case = made(kind)
        case.add(*MANY)
        numbers, whole = expired_behind(case, place, resumed)
        assert numbers == set(MANY)
        place += 1
    assert place > 1


def expired_behind(case, place, resumed):
    """Return what is found where all cursors expire behind a page, and whether there is no such page."""
    numbers, cursor, is_due = set(), None, True
    for _ in range(MOST_TRIES):
        whole = True
        try:
            for number, batch in enumerate(open_case(case, FakeClock()).batches(cursor)):
                numbers |= {case.number_of(item) for item in items_of([batch])}
                cursor = batch.cursor
                if is_due and number == place:
                    is_due = False
                    case.expire()
                    if resumed:
                        whole = False
                        break
        except SourceRefused:
            whole = False
        if whole:
            return numbers, is_due
    raise AssertionError("it never goes on")
