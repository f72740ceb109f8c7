"""A fault that people speak of as the service problem that may be opened about it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from collectors.operator.tmforum.fields import Intake
from collectors.operator.tmforum.network import read_problem
from domain.documents import instant
from domain.incident import Incident
from insights.detection.service_problem import service_problem
from tests.support.bursts import AT

INCIDENT = Incident(
    id="i1",
    brand="north",
    subject="mobile network",
    places=("Leeds",),
    started_at=AT,
    detected_at=AT + timedelta(minutes=6),
    seen_at=AT + timedelta(minutes=30),
    peak_at=AT + timedelta(minutes=20),
    people=12,
    expected=0.4,
    odds=1e-9,
    examples=("post-1",),
)


def test_it_says_what_where_and_by_how_much_and_whose_words_it_is_not():
    problem = service_problem(INCIDENT, "North Mobile", AT + timedelta(hours=1))
    assert problem["description"] == (
        "North Mobile, mobile network: 12 people in Leeds within 20 minutes; 0.4 would be usual"
    )
    assert problem["affectedLocation"] == [{"name": "Leeds", "role": "where people speak of it"}]
    assert problem["note"][0]["text"] == (
        f"First post {instant(AT)}; no event of the network is on record; people tell of it in their own words."
    )
    # What a service problem must have: TMF656 v4, ServiceProblem_Create.
    assert {"category", "priority", "description", "reason", "originatorParty"} <= problem.keys()
    assert "post-1" not in str(problem)


def test_what_is_everywhere_affects_the_service_and_no_place():
    problem = service_problem(replace(INCIDENT, places=()), "North Mobile", AT)
    assert "affectedLocation" not in problem
    assert problem["affectedService"] == [
        {"id": "mobile network", "name": "mobile network", "@referredType": "Service"}
    ]


@pytest.mark.parametrize(("people", "priority"), [(1, 9), (4, 7), (7, 7), (8, 6), (256, 1), (1_000_000, 1)])
def test_each_doubling_of_the_people_is_a_step_of_priority(people, priority):
    assert service_problem(replace(INCIDENT, people=people), "North Mobile", AT)["priority"] == priority


@pytest.mark.parametrize(
    "kept", [{"originatingSystem", "externalIdentifier"}, {"originatingSystem"}, {"externalIdentifier"}]
)
def test_it_does_not_come_back_as_an_event_that_confirms_it(kept):
    problem = {"id": "SP1", **service_problem(INCIDENT, "North Mobile", AT + timedelta(hours=1))}
    intake = Intake(key=b"k" * 32, now=AT + timedelta(hours=2))
    gone = {"originatingSystem", "externalIdentifier"} - kept
    assert read_problem({name: value for name, value in problem.items() if name not in gone}, intake) == ()
    # Another system's problem of the same words is an event.
    theirs = {name: value for name, value in problem.items() if name not in {"originatingSystem", "externalIdentifier"}}
    [event] = read_problem(theirs | {"originatingSystem": "Desk"}, intake)
    assert (event.kind, event.place, event.started_at) == ("outage", "Leeds", AT + timedelta(hours=1))
