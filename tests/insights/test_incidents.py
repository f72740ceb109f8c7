"""Which events are one incident."""

from datetime import UTC, datetime, timedelta

import pytest

from insights.incidents import incidents

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)


def event(name, kind, start, hours, **fields):
    """An event in Hill that begins `start` hours after noon; of no known end where `hours` is None."""
    since = NOON + timedelta(hours=start)
    values = {"id": name, "kind": kind, "title": name, "place": "Hill", "region": "North", "subject": "voice"}
    ended = {} if hours is None else {"ended_at": (since + timedelta(hours=hours)).isoformat()}
    return {key: value for key, value in (values | fields).items() if value} | {
        "started_at": since.isoformat(),
        **ended,
    }


OUTAGE = event("outage", "outage", 0, 5)


def led(*events):
    """The ids of each incident's events, its lead first."""
    return [[event["id"] for event in incident] for incident in incidents(events)]


def test_outage_leads_the_alarms_and_degradations_of_its_hours():
    signs = [event("link", "alarm", -0.2, 5), event("cells", "alarm", 0.1, 0), event("setup", "kpi_degradation", 0, 4)]
    assert led(*signs, OUTAGE) == [["outage", "setup", "link", "cells"]]


@pytest.mark.parametrize(
    "other",
    [
        event("other", "alarm", 0, 5, place="Dale"),
        event("other", "alarm", 0, 5, region="South"),
        event("other", "alarm", 0, 5, subject="billing"),
        event("other", "alarm", 0, 5, brand="vela"),
        event("other", "alarm", 7, 1),
        event("other", "alarm", -9, 2),
        event("other", "alarm", 0, 5, place=None, region=None),
        event("other", "planned_work", 0, 5),
        event("other", "outage", 0, 5),
    ],
)
def test_what_is_elsewhere_or_about_something_else_or_later_is_an_incident_of_its_own(other):
    assert sorted(led(OUTAGE | {"brand": "north"}, other)) == [["other"], ["outage"]]


def test_what_is_not_known_does_not_set_apart():
    alarm = event("alarm", "alarm", 1, None, subject=None, place=None)
    assert led(OUTAGE, alarm) == [["outage", "alarm"]]


def test_two_outages_stay_two_whatever_alarm_lasts_from_one_to_the_other():
    again = event("again", "outage", 30, 2)
    assert led(again, OUTAGE, event("hot", "alarm", 1, 40)) == [["outage", "hot"], ["again"]]


def test_many_events_are_each_held_against_those_of_their_days_alone(monkeypatch):
    """Four times as many events, a day apart: four times as many comparisons, not sixteen."""
    compared = []
    monkeypatch.setattr("insights.incidents._of_one", lambda lead, _: compared.append(lead["id"]))
    counts = []
    for many in (50, 200):
        compared.clear()
        assert len(incidents([event(f"e{n}", "alarm", 24 * n, 1) for n in range(many)])) == many
        counts.append(len(compared))
    assert counts[1] <= 5 * counts[0] + 1
