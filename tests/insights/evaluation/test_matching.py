"""Alerts against the truth: what is found, how soon, what is false, what is neither."""

from datetime import UTC, datetime, timedelta

import pytest

from insights.evaluation.links import calibration_error
from insights.evaluation.matching import Alert, figures, matched
from insights.evaluation.truth import TrueIncident

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def minutes(number):
    return NOON + timedelta(minutes=number)


def fault(key="H1", *, kind="loud", verdict="incident", places=("Bern",), known=1, people=20, start=0):
    return TrueIncident(
        id=key,
        kind=kind,
        verdict=verdict,
        brand="north",
        places=places,
        start=minutes(start),
        end=minutes(start + 120),
        known_at=None if known is None else minutes(start + known),
        people=people,
    )


def alert(at, *places, says_no_fault=False):
    return Alert(
        detected_at=minutes(at), start=minutes(at - 5), end=minutes(at + 30), places=places, says_no_fault=says_no_fault
    )


def test_the_first_alert_of_a_fault_counts_and_its_delay_and_lead():
    silent = fault(kind="silent", known=50)
    what = figures(matched([alert(40, "Bern"), alert(10, "Bern")], [silent]), MONTH, 1_000_000)
    assert (what["recall"], what["n"], what["false"]) == (1.0, 1, 0)
    assert (what["delay_minutes_median"], what["lead_minutes_median"]) == (10.0, 40.0)


def test_lead_is_of_faults_without_an_alarm_in_time_alone():
    what = figures(matched([alert(10, "Bern")], [fault(kind="loud", known=1)]), MONTH, 1_000_000)
    assert what["lead_minutes_median"] is None
    assert what["delay_minutes_median"] == 10.0


@pytest.mark.parametrize(
    ("found", "recall", "false"),
    [
        (alert(10, "Bern"), 1.0, 0),
        (alert(10), 1.0, 0),
        (alert(10, "Basel", "Bern"), 1.0, 0),
        (alert(10, "Basel"), 0.0, 1),
        (alert(-60, "Bern"), 0.0, 1),
        (alert(120 + 175, "Bern"), 1.0, 0),
        (alert(120 + 190, "Bern"), 0.0, 1),
    ],
)
def test_an_alert_is_of_a_fault_that_meets_it_in_place_and_time(found, recall, false):
    what = figures(matched([found], [fault()]), MONTH, 1_000_000)
    assert (what["recall"], what["false"]) == (recall, false)


def test_an_alert_that_was_going_on_before_finds_a_fault_and_says_nothing_of_how_soon():
    # It begins twenty minutes before the fault and goes on until ten minutes after its onset.
    before = alert(-20, "Bern")
    what = figures(matched([before], [fault(kind="late", known=30)]), MONTH, 1_000_000)
    assert (what["recall"], what["delay_minutes_median"], what["lead_minutes_median"]) == (1.0, None, None)
    both = figures(matched([before, alert(6, "Bern")], [fault(kind="late", known=30)]), MONTH, 1_000_000)
    assert (both["delay_minutes_median"], both["lead_minutes_median"]) == (6.0, 24.0)


def test_an_alert_is_of_one_fault_alone():
    # Two faults that last: an alert of Bern is not of Basel, and one of everywhere is of what began last.
    first, second = fault(places=("Basel",)), fault("H2", places=("Bern",), start=100)
    what = matched([alert(110)], [first, second])
    assert [(one.incident.id, one.delay) for one in what.found] == [("H1", None), ("H2", 10.0)]
    there = matched([alert(110, "Basel", "Bern"), alert(115, "Basel")], [first, second])
    assert [one.delay for one in there.found] == [115.0, 10.0]
    assert figures(there, MONTH, 1_000_000)["false"] == 0


def test_a_planned_work_need_not_be_found_and_is_not_false():
    what = figures(matched([alert(10, "Bern")], [fault(verdict="explained", kind="planned")]), MONTH, 1_000_000)
    assert (what["recall"], what["n"], what["false"]) == (None, 0, 0)


def test_a_trap_is_false_unless_the_alert_says_that_it_is_no_fault():
    joke = fault(verdict="trap", kind="joke", places=())
    fell = figures(matched([alert(10)], [joke]), MONTH, 1_000_000)
    assert (fell["false"], fell["false_by_trap"]) == (1, {"joke": 1})
    knew = matched([alert(10, says_no_fault=True)], [joke])
    assert figures(knew, MONTH, 1_000_000)["false"] == 0
    assert [trap.kind for _, trap in knew.recognised] == ["joke"]
    # To say so of a fault that is one is no excuse, and of nothing at all neither.
    assert figures(matched([alert(10, says_no_fault=True)], []), MONTH, 1_000_000)["false_by_trap"] == {"nothing": 1}


def test_small_faults_are_counted_apart():
    what = figures(matched([alert(10, "Bern")], [fault(people=9), fault("H2", start=5000)]), MONTH, 1_000_000)
    assert (what["recall"], what["n"]) == (0.0, 1)
    assert (what["recall_of_all"], what["n_of_all"]) == (0.5, 2)


def test_false_alerts_are_a_month_and_a_million():
    what = figures(matched([alert(10), alert(900)], []), timedelta(days=15), 200_000)
    assert what["false_per_month_per_million"] == 20.0
    assert what["recall"] is None


def test_without_a_span_nothing_is_a_month():
    assert figures(matched([], []), timedelta(), 1_000)["false_per_month_per_million"] is None


def test_the_error_of_calibration_is_the_gap_of_each_tenth():
    # Of four at 0.9 three are right: 0.15; of two at 0.1 none is: 0.1.
    judged = [(0.9, True)] * 3 + [(0.9, False)] + [(0.1, False)] * 2
    assert calibration_error(judged) == pytest.approx((4 * 0.15 + 2 * 0.1) / 6, abs=1e-4)
    assert calibration_error([]) is None
    assert calibration_error([(1.0, True)]) == 0.0
