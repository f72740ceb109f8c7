"""Whatever a system sends, and wherever in it a person is named, no record and no fault names one."""

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from collectors.operator.tmforum.fields import Intake
from collectors.operator.tmforum.resources import RESOURCES, read_records
from collectors.operator.tmforum.usage import UsageTotals
from domain.documents import to_document
from domain.errors import RecordUnreadable
from linking.events import event_document
from tests.support.odd_answers import ODD, places
from tests.support.tmforum_payloads import ALL, FULL_NAME, IMSI, MAIL, PHONE, SECRETS, USAGE

INTAKE = Intake(key=b"key", now=datetime(2026, 11, 22, tzinfo=UTC), region="GB")
BY_NAME = pytest.mark.parametrize(("name", "payload"), ALL, ids=[name for name, _ in ALL])


def documents(name, payload):
    """Return what is stored of a resource, or the fault that it comes to, as text."""
    try:
        records = read_records(RESOURCES[name], payload, INTAKE)
    except RecordUnreadable as error:
        return str(error)
    shown = [event_document(one) if type(one).__name__ == "Event" else to_document(one) for one in records]
    return json.dumps(shown, ensure_ascii=False, default=str)


def named(text, secrets=SECRETS):
    return [secret for secret in secrets if secret in text]


@BY_NAME
def test_no_record_names_a_person(name, payload):
    assert named(documents(name, payload)) == []


def test_totals_of_usage_name_nobody():
    totals = UsageTotals()
    totals.add(USAGE, INTAKE)
    assert named(json.dumps([to_document(one) for one in totals.records(INTAKE)])) == []


@pytest.mark.parametrize("odd", [PHONE, PHONE.replace(" ", ""), IMSI, f"imsi-{IMSI}", MAIL, f"tel:{PHONE}"])
@BY_NAME
def test_a_number_of_a_person_in_any_place_at_all_is_in_no_record(name, payload, odd):
    for place in range(len(places(payload))):
        told = copy.deepcopy(payload)
        holder, key = places(told)[place]
        holder[key] = odd
        assert named(documents(name, told), ("7700900123", "7700 900123", IMSI, MAIL)) == []


@BY_NAME
def test_a_name_in_a_field_that_nobody_knows_is_in_no_record(name, payload):
    strange = {
        "vendorField": FULL_NAME,
        "technician": {"fullName": FULL_NAME},
        "operatorName": "Wilhelmina",
        "x" * 500: "x",
    }
    assert named(documents(name, payload | strange)) == []


@BY_NAME
def test_odd_values_in_any_place_end_no_more_than_their_record(name, payload):
    for place in range(len(places(payload))):
        for odd in ODD:
            told = copy.deepcopy(payload)
            holder, key = places(told)[place]
            holder[key] = odd
            documents(name, told).encode("utf-8")


def test_a_fault_of_what_is_personal_does_not_say_what_stood_there():
    def read(payload, _intake):
        raise ValueError(f"{payload['name']} is no time")

    payload = {"id": PHONE, "name": FULL_NAME}
    of_people = replace(RESOURCES["customer"], read=read)
    with pytest.raises(RecordUnreadable) as caught:
        read_records(of_people, payload, INTAKE)
    assert named(str(caught.value)) == []
    of_network = replace(RESOURCES["alarm"], read=read)
    with pytest.raises(RecordUnreadable, match="Hillside is no time"):
        read_records(of_network, payload | {"name": "Hillside"}, INTAKE)


@BY_NAME
def test_what_is_huge_is_kept_short(name, payload):
    text = "Lorem ipsum " * 100_000
    for place in range(len(payload)):
        told = copy.deepcopy(payload)
        told[list(told)[place]] = text
        assert len(documents(name, told)) < 20_000
    many = {key: value * 5_000 if isinstance(value, list) else value for key, value in payload.items()}
    assert len(documents(name, many)) < 2_000_000
