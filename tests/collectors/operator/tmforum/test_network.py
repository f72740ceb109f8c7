"""Alarms and problems: what happened, since when and until when, where, and to which services."""

from datetime import UTC, datetime

import h3
import pytest

from collectors.operator.tmforum.fields import Intake
from collectors.operator.tmforum.resources import RESOURCES, read_records
from domain.errors import RecordUnreadable
from tests.support.tmforum_payloads import ALARM, PROBLEM

INTAKE = Intake(key=b"key", now=datetime(2026, 11, 22, tzinfo=UTC))
RAISED = datetime(2026, 11, 20, 9, tzinfo=UTC)


def read(name, payload):
    *_, event = read_records(RESOURCES[name], payload, INTAKE)
    return event


def test_an_alarm_is_an_event_with_its_places_and_services():
    place, event = read_records(RESOURCES["alarm"], ALARM, INTAKE)
    assert (event.id, event.kind, event.severity) == ("alarm:4711", "alarm", "critical")
    assert (event.title, event.cause) == ("lossOfSignal: link 3 down", "lossOfSignal")
    assert (event.started_at, event.ended_at) == (RAISED, None)
    assert event.reported_at == datetime(2026, 11, 20, 9, 2, tzinfo=UTC)
    assert event.services == ("s-1", "ncgi:234-15:0a1b2c3d4")
    assert (event.place, event.places) == ("Hillside mast", ("mast-9", "ncgi:234-15:0a1b2c3d4"))
    assert event.h3 == (h3.latlng_to_cell(53.8008, -1.5491, 7),)
    assert (place.id, place.latitude, place.longitude) == ("mast-9", 53.8008, -1.5491)


def test_unknown_fields_that_are_one_word_are_kept_and_others_are_not():
    event = read("alarm", ALARM | {"vendorOperator": "Ann Smith", "operatorUserId": "ann", "ring": True})
    assert event.attributes["vendorShelf"] == "A7"
    assert event.attributes["ring"] == "true"
    assert {"vendorBlob", "ackUserId", "operatorUserId", "vendorOperator", "alarmDetails"}.isdisjoint(event.attributes)
    many = read("alarm", ALARM | {f"field{number}": "x" for number in range(100)})
    assert len([name for name in many.attributes if name.startswith("field")]) <= 8


@pytest.mark.parametrize(
    ("changes", "ended"),
    [
        ({"state": "cleared", "alarmClearedTime": "2026-11-20T11:00:00Z"}, datetime(2026, 11, 20, 11, tzinfo=UTC)),
        ({"state": "CLEARED", "alarmChangedTime": "2026-11-20T12:00:00Z"}, datetime(2026, 11, 20, 12, tzinfo=UTC)),
        (
            {"perceivedSeverity": "CLEARED", "alarmClearedTime": "2026-11-20T11:00:00Z"},
            datetime(2026, 11, 20, 11, tzinfo=UTC),
        ),
        ({"state": "cleared"}, RAISED),
        # A clock that is behind: it cannot end before it begins.
        ({"state": "cleared", "alarmClearedTime": "2026-11-20T08:00:00Z"}, RAISED),
        # Raised again under its id.
        ({"state": "updated", "alarmClearedTime": "2026-11-20T08:00:00Z"}, None),
        ({"state": "raised", "alarmClearedTime": "2026-11-20T11:00:00Z"}, None),
        ({"state": None, "alarmClearedTime": "2026-11-20T11:00:00Z"}, datetime(2026, 11, 20, 11, tzinfo=UTC)),
        ({"state": None, "alarmClearedTime": "2026-11-20T08:00:00Z"}, None),
        ({"state": "raised", "alarmClearedTime": ""}, None),
    ],
)
def test_when_an_alarm_ended(changes, ended):
    assert read("alarm", ALARM | changes).ended_at == ended


def test_an_alarm_without_place_and_with_enumerations_of_3gpp():
    bare = {
        "id": "7",
        "alarmRaisedTime": 1_763_629_200,
        "alarmType": "QUALITY_OF_SERVICE_ALARM",
        "perceivedSeverity": "MAJOR",
    }
    event = read("alarm", bare | {"crossedThresholdInformation": {"indicatorName": "drops", "observedValue": "9"}})
    assert (event.kind, event.severity, event.places, event.place) == ("kpi_degradation", "major", (), None)
    assert (event.attributes["indicator"], event.attributes["observed"]) == ("drops", "9")
    assert read("alarm", bare).kind == "alarm"


def test_a_problem_is_an_outage_with_how_many_it_touches_and_never_what_somebody_wrote():
    event = read("serviceProblem", PROBLEM)
    assert (event.id, event.kind, event.title) == ("problem:p-12", "outage", "No signal in Northtown")
    assert (event.cause, event.affected, event.ended_at) == ("fibre cut", 1200, None)
    assert event.started_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert event.services[0] == "s-1"
    assert event.services[-1] == "olt-4"
    # The name of an address is where somebody lives.
    assert (event.place, event.places) == (None, ("addr-1",))
    assert read("serviceProblem", {**PROBLEM, "name": None}).title == "network.originated: fibre cut"


@pytest.mark.parametrize(
    ("changes", "ended"),
    [
        ({"status": "resolved", "resolutionDate": "2026-11-20T12:00:00Z"}, datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ({"status": "Closed"}, datetime(2026, 11, 20, 9, 40, tzinfo=UTC)),
        ({"status": "inProgress", "resolutionDate": "2026-11-20T12:00:00Z"}, None),
        ({"status": None, "resolutionDate": "2026-11-20T12:00:00Z"}, datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ({"status": None}, None),
    ],
)
def test_when_a_problem_ended(changes, ended):
    assert read("serviceProblem", PROBLEM | changes).ended_at == ended


@pytest.mark.parametrize(
    ("category", "kind"),
    [("planned.maintenance", "planned_work"), ("Scheduled work", "planned_work"), ("unplanned.outage", "outage")],
)
def test_planned_work_is_no_outage(category, kind):
    assert read("serviceProblem", PROBLEM | {"category": category}).kind == kind


def test_version_5_wraps_places_and_has_other_times():
    wrapped = {
        "role": "affected",
        "place": {"id": "mast-9", "name": "Hillside mast", "@referredType": "GeographicSite"},
    }
    payload = PROBLEM | {"affectedLocation": [wrapped], "timeRaised": "2026-11-20T08:00:00Z"}
    event = read("serviceProblem", payload)
    assert (event.place, event.places) == ("Hillside mast", ("mast-9",))
    assert event.started_at == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_geometry_that_is_none_takes_only_the_place_from_an_alarm():
    nowhere = {
        "id": "mast-9",
        "name": "Hillside mast",
        "geoJson": {"geometry": {"type": "Point", "coordinates": [200, 95]}},
    }
    [event] = read_records(RESOURCES["alarm"], ALARM | {"place": [nowhere]}, INTAKE)
    assert (event.places, event.h3) == (("mast-9", "ncgi:234-15:0a1b2c3d4"), ())


@pytest.mark.parametrize(
    "payload",
    [
        {"id": "7"},
        {"alarmRaisedTime": "2026-11-20T10:00:00Z"},
        ALARM | {"id": ["4711"]},
        ALARM | {"id": True},
        [],
        "x",
        None,
    ],
)
def test_an_alarm_without_id_or_time_is_named_as_unreadable(payload):
    with pytest.raises(RecordUnreadable, match="alarm"):
        read_records(RESOURCES["alarm"], payload, INTAKE)
