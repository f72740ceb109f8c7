"""What is told over a hub: the envelope of either version, whole resources, what only changed, and what is gone."""

from datetime import UTC, datetime

import pytest

from collectors.operator.tmforum.notifications import read_notification
from domain.customer import Customer
from domain.errors import RecordUnreadable
from domain.identity import customer_pseudonym, party_pseudonym
from domain.party import ALL_SAID, Party
from tests.support.tmforum_payloads import (
    AGREEMENT,
    ALARM,
    ALL,
    CUSTOMER,
    CUSTOMER_DOCUMENT,
    INDIVIDUAL,
    PARTY,
    SECRETS,
    SERVICE,
    TICKET_DOCUMENT,
)

KEY = b"key"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def told(event_type, event, **more):
    payload = {"eventId": "e-1", "eventType": event_type, "eventTime": "2026-11-20T12:00:00Z", "event": event} | more
    return read_notification(payload, KEY, region="GB")


@pytest.mark.parametrize(
    "time",
    [
        {"timeOcurred": "2026-11-20T12:00:00Z", "eventTime": "2026-11-20T12:00:09Z"},
        {"timeOccurred": "2026-11-20T13:00:00+01:00", "eventTime": "2026-11-20T12:00:09Z"},
        {"timeOcurred": "", "eventTime": "2026-11-20T12:00:00Z"},
    ],
)
@pytest.mark.parametrize("event", [{"alarm": ALARM}, ALARM, {"Alarm": ALARM}])
def test_an_alarm_is_told_in_every_envelope(time, event):
    found = told("AlarmCreateEvent", event, **time)
    assert (found.event_id, found.event_type, found.at) == ("e-1", "AlarmCreateEvent", AT)
    assert [record.id for record in found.records] == ["mast-9", "alarm:4711"]


def test_version_5_names_its_envelope_by_id_and_type():
    found = read_notification({"id": 7, "@type": "AlarmCreateEvent", "event": {"alarm": ALARM}}, KEY)
    assert (found.event_id, found.event_type, found.at) == ("7", "AlarmCreateEvent", None)
    assert len(found.records) == 2


def test_one_without_an_id_is_told_by_what_it_says():
    one, same, other = (
        told("AlarmCreateEvent", {"alarm": ALARM | {"state": state}}, eventId=None)
        for state in ("raised", "raised", "updated")
    )
    assert one.event_id == same.event_id != other.event_id


@pytest.mark.parametrize(
    ("event_type", "name"),
    [
        ("AlarmStateChangeEvent", "alarm"),
        ("AlarmAttributeValueChangeEvent", "alarm"),
        ("AlarmCreateNotification", "alarm"),
        ("ResourceAlarmCreateEvent", "alarm"),
        ("ServiceProblemInformationRequiredEvent", "serviceProblem"),
        ("TroubleTicketStatusChangeEvent", "troubleTicket"),
        ("TroubleTicketResolvedEvent", "troubleTicket"),
        ("ServiceOperatingStatusChangeEvent", "service"),
        ("PartyPrivacyAgreementStatusChangeEvent", "partyPrivacyAgreement"),
        ("IndividualStateChangeEvent", "individual"),
        ("CustomerBillCreateEvent", "customerBill"),
    ],
)
def test_every_name_of_an_event_finds_its_resource(event_type, name):
    payload = next(payload for known, payload in ALL if known == name)
    found = told(event_type, {name: payload})
    assert found.records
    assert not found.partial


@pytest.mark.parametrize(
    ("event_type", "event"),
    [
        ("TroubleTicketSpecificationStatusChangeEvent", {"troubleTicketSpecification": {"id": "1"}}),
        ("CustomerBillOnDemandCreateEvent", {"customerBillOnDemand": {"id": "1"}}),
        ("PartyPrivacyProfileCreateEvent", {"partyPrivacyProfile": {"id": "1"}}),
        ("ProblemAcknowledgementCreateEvent", {"problemAcknowledgement": {"id": "1"}}),
        ("HeartbeatEvent", None),
        ("UsageCreateEvent", {"usage": {"id": "1", "usageDate": "2026-11-20"}}),
    ],
)
def test_what_is_not_read_is_no_fault(event_type, event):
    assert told(event_type, event).records == ()


@pytest.mark.parametrize(
    ("event_type", "event"),
    [
        ("CustomerStateChangeEvent", {"customer": {"id": CUSTOMER, "status": "Closed"}}),
        ("CustomerAttributeValueChangeEvent", {"customer": {"id": CUSTOMER, "engagedParty": {"id": PARTY}}}),
        ("IndividualAttributeValueChangeEvent", {"individual": {"id": PARTY, "maritalStatus": "married"}}),
        ("ServiceStateChangeEvent", {"service": {"id": "s-1", "state": "inactive"}}),
        ("TroubleTicketStatusChangeEvent", {"troubleTicket": {"id": "1", "statusChangeDate": "2026-11-20T10:00:00Z"}}),
        ("AlarmStateChangeEvent", {"alarm": {"id": "4711", "state": "cleared"}}),
        ("PartyPrivacyAgreementStatusChangeEvent", {"partyPrivacyAgreement": {"id": "1", "status": "terminated"}}),
    ],
)
def test_what_only_changed_wipes_nothing_that_is_known(event_type, event):
    found = told(event_type, event)
    assert (found.records, found.partial) == ((), True)


def test_what_was_deleted_has_an_end():
    *_, alarm = told("AlarmDeleteEvent", {"alarm": ALARM}).records
    assert alarm.ended_at == AT
    [ticket] = told("TroubleTicketDeleteEvent", {"troubleTicket": TICKET_DOCUMENT}).records
    assert ticket.ended_at == datetime(2026, 11, 19, 8, tzinfo=UTC)
    [service] = told("ServiceDeleteEvent", {"service": SERVICE}).records
    assert (service.state, service.until) == ("deleted", AT)
    assert told("AlarmDeleteEvent", {"alarm": {"id": "4711"}}).records == ()


def test_people_who_were_deleted_are_let_go():
    assert told("CustomerDeleteEvent", {"customer": {"id": CUSTOMER}}).records == (
        Customer(id=customer_pseudonym(KEY, CUSTOMER), status="deleted"),
    )
    assert told("CustomerDeleteEvent", {"customer": CUSTOMER_DOCUMENT}).records[0].handles == ()
    for name, event in (("IndividualDeleteEvent", "individual"), ("OrganizationDeleteEvent", "organization")):
        assert told(name, {event: INDIVIDUAL}).records == (Party(id=party_pseudonym(KEY, PARTY), says=ALL_SAID),)


def test_an_agreement_that_was_deleted_is_withdrawn_and_one_of_nobody_is_named():
    [party] = told("PartyPrivacyAgreementDeleteEvent", {"partyPrivacyAgreement": AGREEMENT}).records
    assert {one.withdrawn_at for one in party.consents if one.purpose == "link posts"} == {AT}
    with pytest.raises(RecordUnreadable):
        told("PartyPrivacyAgreementDeleteEvent", {"partyPrivacyAgreement": {"id": AGREEMENT["id"]}})


def test_without_a_time_a_consent_that_ends_some_day_has_ended():
    ends = AGREEMENT | {"agreementPeriod": {"startDateTime": "2026-01-01", "endDateTime": "2030-01-01"}}
    payload = {"eventType": "PartyPrivacyAgreementCreateEvent", "event": {"partyPrivacyAgreement": ends}}
    [party] = read_notification(payload, KEY).records
    assert all(one.withdrawn_at for one in party.consents)


DEEP = {"eventType": "AlarmCreateEvent"}
for _ in range(200):
    DEEP = {"event": DEEP, "eventType": "AlarmCreateEvent"}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "AlarmCreateEvent",
        {},
        {"eventType": ["AlarmCreateEvent"]},
        {"eventType": "AlarmCreateEvent"},
        {"eventType": "AlarmCreateEvent", "event": "no"},
        {"eventType": "AlarmCreateEvent", "event": {"alarm": [ALARM]}},
        {"eventType": "AlarmCreateEvent", "event": {"alarm": {"id": "1", "alarmRaisedTime": "soon"}}},
        {"eventType": "AlarmDeleteEvent", "event": {"alarm": {"id": None}}},
        DEEP,
    ],
)
def test_what_is_no_notification_is_named(payload):
    with pytest.raises(RecordUnreadable) as caught:
        read_notification(payload, KEY)
    assert caught.value.where
    assert caught.value.reason


@pytest.mark.parametrize(("name", "payload"), ALL, ids=[name for name, _ in ALL])
def test_no_fault_names_a_person(name, payload):
    for odd in ({**payload, "id": None}, {"id": payload["id"]}, {**payload, "id": [payload["id"]]}):
        fault = ""
        try:
            told(f"{name}CreateEvent", {name: odd})
        except RecordUnreadable as error:
            fault = str(error)
        assert [secret for secret in SECRETS if secret in fault] == []
