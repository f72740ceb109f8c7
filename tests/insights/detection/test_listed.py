"""What may have set off an incident is told from what is on record at the time, else from what people say."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.incident import Incident
from insights.detection.listed import suspected_cause
from tests.support.bursts import AT

INCIDENT = Incident(
    id="i1",
    brand="north",
    subject="mobile network",
    places=("Leeds",),
    started_at=AT,
    detected_at=AT,
    seen_at=AT,
    peak_at=AT,
    people=12,
    expected=0.5,
    odds=1e-9,
)


@pytest.fixture
def on_record(store):
    def keep(*told):
        events = [
            {
                "id": f"E{number}",
                "kind": kind,
                "title": title,
                "place": place,
                "started_at": (AT + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z"),
            }
            for number, (kind, title, place, minutes) in enumerate(told)
        ]
        store.upsert("events", events)
        return replace(INCIDENT, kind="confirmed", events=tuple(event["id"] for event in events))

    return keep


def test_an_outage_is_the_cause_before_the_alarm_that_told_of_it(store, on_record):
    incident = on_record(("alarm", "Cell down", "Leeds", -4), ("outage", "Under repair", "Leeds", 6))
    assert suspected_cause(store, incident) == "outage: Under repair"


def test_of_two_alarms_it_is_the_one_that_began_closest(store, on_record):
    incident = on_record(("alarm", "Fan failure", "York", -90), ("alarm", "Cell down", "Leeds", 5))
    assert suspected_cause(store, incident) == "alarm: Cell down"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, None),
        ({"nature": "one_text"}, "one text that is passed on"),
        ({"elsewhere": ("three",)}, "people speak of the same about other brands"),
    ],
)
def test_without_a_record_it_is_what_they_say_or_not_known(store, changes, cause):
    assert suspected_cause(store, replace(INCIDENT, **changes)) == cause
