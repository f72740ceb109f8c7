"""A cell that does worse than it usually does in that hour of the week is an event, on every store."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.documents import instant
from domain.measurement import Indicator, Measurement
from domain.place import Place
from domain.ports import Batch
from pipeline.degradation import keep_measurements
from pipeline.ingest import ingest
from pipeline.operator import keep_records
from tests.support.flows import ListCollector, flow_to
from tests.support.interleaved import interleavings

ACCESS = Indicator(key="access", title="Access", unit="%", higher_is_better=True, tolerance=1, subject="mobile_data")
DROPS = Indicator(key="drops", title="Drops", unit="an hour", higher_is_better=False, tolerance=1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
WEEK = timedelta(days=7)
CELL = "ncgi:234-15:0a1b2c3d4"
UTC_ZONE = "UTC"


def measured(value, quarter=0, week=0, indicator=ACCESS, cell=CELL, since=MONDAY):
    """Return a value of a quarter hour after nine on a Monday."""
    started_at = since + week * WEEK + quarter * QUARTER
    return Measurement(
        cell=cell, indicator=indicator, value=value, started_at=started_at, ended_at=started_at + QUARTER
    )


def past(weeks=4, hours=2, usually=98.0, **named):
    """Return good quarter hours of past weeks, that differ a little."""
    quarters = range(4 * hours)
    return [
        measured(usually + (week % 2) * 0.2, quarter, week, **named) for week in range(weeks) for quarter in quarters
    ]


def keep(store, *measurements, zone=UTC_ZONE):
    return keep_measurements(store, measurements, datetime(2026, 4, 1, tzinfo=UTC), zone)


def events(store):
    """Return when each event began and ended, in quarter hours after nine on the Monday of the fourth week."""
    begin = MONDAY + 4 * WEEK
    found = []
    for one in sorted(store.scan("events"), key=lambda one: one["started_at"]):
        times = [datetime.fromisoformat(one[name]) if name in one else None for name in ("started_at", "ended_at")]
        found.append(tuple(time and (time - begin) / QUARTER for time in times))
    return found


def test_what_is_worse_than_usual_begins_an_event_and_a_good_quarter_ends_it(store):
    keep_records(store, [Place(id=CELL, kind="cell", region="Yorkshire", h3=("871fb4670ffffff",))], MONDAY)
    keep(store, *past())
    keep(store, measured(98.1, 0, 4))
    assert events(store) == []
    keep(store, measured(80, 1, 4))
    assert events(store) == [(1, None)]
    keep(store, measured(60.125, 2, 4), measured(97.9, 3, 4))
    [event] = store.scan("events")
    assert events(store) == [(1, 3)]
    assert event["title"] == "Access worse than usual: 60.125 %, usually 98.1"
    assert (event["kind"], event["places"], event["region"]) == ("kpi_degradation", [CELL], "Yorkshire")
    assert (event["subject"], event["h3"]) == ("mobile_data", ["871fb4670ffffff"])
    assert event["attributes"] == {"kpi": "access", "unit": "%", "usual": "98.1", "worst": "60.125"}
    assert event["reported_at"] == instant(MONDAY + 4 * WEEK + 2 * QUARTER)


def test_what_is_low_is_worse_only_where_high_is_good(store):
    keep(store, *past(indicator=DROPS, usually=2.0), measured(0, 0, 4, DROPS), measured(9, 1, 4, DROPS))
    assert events(store) == [(1, None)]


def test_a_weekday_is_not_held_against_another(store):
    keep(store, *past(), *past(usually=50.0, since=MONDAY + timedelta(days=1)))
    keep(store, measured(50, 0, 4))
    assert events(store) == [(0, None)]
    keep(store, measured(50, 0, 4, since=MONDAY + timedelta(days=1)))
    assert events(store) == [(0, 1)]


def test_without_weeks_to_hold_it_against_there_is_no_event(store):
    keep(store, *past(weeks=2), measured(10, 0, 2), measured(10, 1, 2))
    assert events(store) == []


@pytest.mark.parametrize("gap", [1, 3, 20])
def test_what_nobody_measured_begins_nothing_and_ends_nothing(store, gap):
    keep(store, *past(hours=6))
    keep(store, measured(80, 0, 4))
    assert events(store) == [(0, None)]
    keep(store, measured(80, gap, 4))
    # Worse again an hour later is another event; the first ended when it was last seen.
    assert events(store) == ([(0, None)] if gap <= 5 else [(0, 1), (20, None)])
    keep(store, measured(98, gap + 2, 4))
    assert events(store) == ([(0, gap + 1)] if gap <= 5 else [(0, 1), (20, 21)])


def test_cells_and_indicators_are_apart(store):
    keep(store, *past(), *past(cell="NRCellCU=2"), *past(indicator=DROPS, usually=2.0))
    keep(store, measured(80, 0, 4), measured(98, 0, 4, cell="NRCellCU=2"), measured(2, 0, 4, DROPS))
    [event] = store.scan("events")
    assert event["places"] == [CELL]
    assert len(list(store.scan("baselines"))) == 3


def test_the_same_and_what_comes_late_changes_nothing(store):
    told = [*past(), measured(80, 1, 4), measured(98, 2, 4)]
    keep(store, *told)
    before = [list(store.scan(kind)) for kind in ("events", "baselines")]
    keep(store, *told)
    keep(store, measured(10, 0, 4))
    assert [list(store.scan(kind)) for kind in ("events", "baselines")] == before


def test_in_whatever_pieces_it_comes_the_events_are_the_same(store):
    told = [*past(), *(measured(value, n, 4) for n, value in enumerate((98, 80, 70, 98, 80, 98)))]
    for one in told:
        keep(store, one)
    assert events(store) == [(1, 3), (4, 5)]
    one_by_one = [list(store.scan(kind)) for kind in ("events", "baselines")]
    for kind in ("events", "baselines"):
        store.delete(kind, [one["id"] for one in store.scan(kind)])
    keep(store, *reversed(told))
    assert [list(store.scan(kind)) for kind in ("events", "baselines")] == one_by_one


def test_whoever_is_killed_anywhere_leaves_the_same_events(store):
    class Killed(BaseException):
        pass

    def killed():
        raise Killed

    now = [measured(80, 1, 4), measured(98, 2, 4)]

    def work(store_of):
        for kind in ("events", "baselines", "changes"):
            store.delete(kind, [one["id"] for one in store.scan(kind)])
        keep(store, *past())
        try:
            keep(store_of(store), *now)
        except Killed:
            keep(store, *now)

    for _ in interleavings(work, killed):
        assert events(store) == [(1, 2)]


def test_two_that_keep_the_same_at_once_keep_it_once(store):
    def work(store_of):
        for kind in ("events", "baselines", "changes"):
            store.delete(kind, [one["id"] for one in store.scan(kind)])
        keep(store, *past())
        keep(store_of(store), measured(80, 1, 4), measured(98, 2, 4))

    for _ in interleavings(work, lambda: keep(store, measured(80, 1, 4), measured(98, 2, 4))):
        assert events(store) == [(1, 2)]


@pytest.mark.parametrize(("zone", "found"), [("Europe/London", [(-4, None)]), ("UTC", [])])
def test_hours_are_those_that_clocks_show(store, zone, found):
    """Clocks went forward the day before: nine there is eight in UTC, and ten has no past."""
    keep(store, *past(hours=1), zone=zone)
    keep(store, measured(50, 0, 4, since=MONDAY - timedelta(hours=1)), zone=zone)
    assert events(store) == found


def test_a_baseline_stays_small(store):
    keep(store, *past(weeks=20, hours=1))
    [baseline] = store.scan("baselines")
    assert [len(values) for values in baseline["weeks"].values()] == [8]


def test_a_source_brings_measurements_beside_all_else(store):
    flow = flow_to(store)
    pages = [Batch(measurements=tuple(past())), Batch(measurements=(measured(80, 1, 4),))]
    tally = ingest(ListCollector(pages), flow, lambda _page: None)
    assert (tally.records.added, events(store)) == (1, [(1, None)])
