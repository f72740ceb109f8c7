"""Customers, the people behind them, and what they agreed to: everything under pseudonyms."""

from datetime import UTC, datetime

import pytest

from collectors.operator.tmforum.fields import Intake
from collectors.operator.tmforum.resources import RESOURCES, read_records
from domain.customer import Tenure
from domain.errors import RecordUnreadable
from domain.identity import contact_pseudonym, customer_pseudonym, handle_pseudonym, party_pseudonym
from pipeline.operator import keep_records
from tests.support.flows import flow_to
from tests.support.tmforum_payloads import (
    AGREEMENT,
    AGREEMENT_V5,
    CUSTOMER,
    CUSTOMER_DOCUMENT,
    HANDLE,
    INDIVIDUAL,
    INDIVIDUAL_V5,
    MAIL,
    PARTY,
)

KEY = b"key"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
INTAKE = Intake(key=KEY, now=NOW, region="GB")
GIVEN = datetime(2026, 1, 1, tzinfo=UTC)


def read(name, payload):
    [record] = read_records(RESOURCES[name], payload, INTAKE)
    return record


def consents(payload):
    return {one.purpose: one.withdrawn_at for one in read("partyPrivacyAgreement", payload).consents}


def test_a_customer_has_the_parties_that_are_its_own_and_the_town_alone():
    customer = read("customer", CUSTOMER_DOCUMENT)
    assert customer.id == customer_pseudonym(KEY, CUSTOMER)
    assert customer.parties == (party_pseudonym(KEY, PARTY), party_pseudonym(KEY, "P-2"))
    assert customer.handles == (handle_pseudonym(KEY, "mastodon", f"{HANDLE}@o.example"),)
    assert (customer.place, customer.region, customer.segment) == ("Northtown", "North", "home")
    assert (customer.status, customer.since) == ("Approved", datetime(2020, 1, 1, tzinfo=UTC))


def test_a_person_is_the_same_in_both_versions_and_what_is_over_counts_no_more():
    person = read("individual", INDIVIDUAL)
    assert person.id == party_pseudonym(KEY, PARTY)
    assert person.contacts == (contact_pseudonym(KEY, MAIL), contact_pseudonym(KEY, "+447700900123"))
    assert person.handles == (handle_pseudonym(KEY, "x", HANDLE),)
    assert person.languages == ("cy", "en")
    assert read("individual", INDIVIDUAL_V5) == person


def test_handles_and_numbers_of_the_past_say_until_when_they_were_somebodys():
    ended, begun = "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"
    handle, phone = handle_pseudonym(KEY, "x", HANDLE), contact_pseudonym(KEY, "+447700900999")
    media = [
        {
            "mediumType": "social",
            "validFor": {"endDateTime": ended},
            "characteristic": {"contactType": "twitter", "socialNetworkId": HANDLE},
        },
        {
            "mediumType": "phone",
            "validFor": {"startDateTime": begun, "endDateTime": "2026-05-01T00:00:00Z"},
            "characteristic": {"phoneNumber": "+44 7700 900999"},
        },
        {"mediumType": "email", "characteristic": {"emailAddress": MAIL}},
    ]
    person = read("individual", INDIVIDUAL | {"contactMedium": media})
    day = datetime.fromisoformat
    assert person.handles == (handle,)
    assert person.contacts == (contact_pseudonym(KEY, MAIL),)
    assert person.tenures == (
        Tenure(of=handle, valid_to=day(ended)),
        Tenure(of=phone, valid_from=day(begun), valid_to=datetime(2026, 5, 1, tzinfo=UTC)),
    )
    assert "tenures" in person.says
    # Said once more without a time, it is somebody's all the time.
    again = read("individual", INDIVIDUAL | {"contactMedium": [*media, {"socialNetworkId": f"https://x.com/{HANDLE}"}]})
    assert [one.of for one in again.tenures] == [phone]
    customer = read("customer", CUSTOMER_DOCUMENT | {"contactMedium": media})
    assert (customer.handles, customer.tenures[0].valid_to) == ((handle,), day(ended))


def test_an_agreement_says_until_when_it_will_hold():
    period = {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2030-01-01T00:00:00Z"}
    [consent, _] = read("partyPrivacyAgreement", AGREEMENT | {"agreementPeriod": period}).consents
    end = datetime(2030, 1, 1, tzinfo=UTC)
    assert (consent.until, consent.withdrawn_at) == (end, None)
    purposes = (consent.purpose,)
    assert (consent.allows(purposes, NOW), consent.allows(purposes, end)) == (True, False)
    assert (consent.holds(NOW), consent.holds(end)) == (True, False)


def test_of_consents_a_person_does_not_speak():
    assert "consents" not in read("individual", INDIVIDUAL).says
    assert read("partyPrivacyAgreement", AGREEMENT).says == ("consents",)


@pytest.mark.parametrize(
    ("medium", "pair"),
    [
        ({"contactType": "mastodon", "socialNetworkId": "acct:ann@o.example"}, ("mastodon", "ann@o.example")),
        ({"socialNetworkId": "acct:ann@o.example"}, ("mastodon", "ann@o.example")),
        ({"contactType": "Twitter", "socialNetworkId": "@Ann"}, ("x", "ann")),
        ({"mediumType": "bsky", "socialNetworkId": "ann.o.example"}, ("bluesky", "ann.o.example")),
        ({"contactType": "facebookId", "socialNetworkId": "17"}, ("facebook", "17")),
        ({"contactType": "social", "socialNetworkId": "https://x.com/ann"}, ("x", "ann")),
        ({"contactType": "social", "socialNetworkId": "https://o.example/@ann"}, ("mastodon", "ann@o.example")),
        ({"contactType": "social", "socialNetworkId": "https://www.reddit.com/user/ann/"}, ("reddit", "ann")),
        ({"contactType": "pixelfed", "socialNetworkId": "ann"}, ("pixelfed", "ann")),
        ({"contactType": "social", "socialNetworkId": "ann"}, None),
        ({"contactType": "twitter", "socialNetworkId": "ann or bob"}, None),
        ({"contactType": "twitter", "socialNetworkId": ["ann"]}, None),
        ({"contactType": "social", "socialNetworkId": "https://[o.example/ann"}, None),
    ],
)
def test_handles_in_every_way_that_they_are_written(medium, pair):
    expected = (handle_pseudonym(KEY, *pair),) if pair else ()
    within = {"id": "1", "contactMedium": [{"mediumType": "social", "characteristic": medium}]}
    assert read("individual", within).handles == expected
    assert read("individual", {"id": "1", "contactMedium": [medium]}).handles == expected


def test_an_agreement_is_a_consent_for_each_purpose_and_refused_for_anything_it_is_refused():
    assert consents(AGREEMENT) == {"link posts": None, "marketing": GIVEN}
    refused_first = AGREEMENT["partyPrivacyProfileCharacteristic"][::-1]
    assert consents(AGREEMENT | {"partyPrivacyProfileCharacteristic": refused_first}) == consents(AGREEMENT)
    assert consents(AGREEMENT_V5) == {"link posts": None, "marketing": GIVEN}
    assert {one.given_at for one in read("partyPrivacyAgreement", AGREEMENT).consents} == {GIVEN}


@pytest.mark.parametrize(
    ("changes", "withdrawn"),
    [
        ({"status": None}, None),
        ({"status": "Active"}, None),
        # What is not said to be in force never was.
        ({"status": "in process"}, GIVEN),
        ({"status": "initialized"}, GIVEN),
        ({"status": "rejected"}, GIVEN),
        ({"agreementAuthorization": [{"state": "rejected", "date": "2026-01-01"}]}, GIVEN),
        ({"status": "terminated", "statusChangeDate": "2026-03-01T00:00:00Z"}, datetime(2026, 3, 1, tzinfo=UTC)),
        (
            {"agreementPeriod": {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-02-01T00:00:00Z"}},
            datetime(2026, 2, 1, tzinfo=UTC),
        ),
        # It ends one day, and holds until then.
        ({"agreementPeriod": {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2030-01-01T00:00:00Z"}}, None),
    ],
)
def test_until_when_an_agreement_holds(changes, withdrawn):
    assert consents(AGREEMENT | changes)["link posts"] == withdrawn


@pytest.mark.parametrize("changes", [{"engagedParty": []}, {"agreementPeriod": None}, {"id": None}])
def test_an_agreement_of_nobody_or_of_no_time_is_named(changes):
    with pytest.raises(RecordUnreadable) as caught:
        read("partyPrivacyAgreement", AGREEMENT | changes)
    assert AGREEMENT["id"] not in str(caught.value)


def test_agreements_of_one_party_stand_beside_each_other_and_each_is_withdrawn_alone(tmp_path):
    store = flow_to(tmp_path / "earshot.sqlite").store
    other = AGREEMENT | {
        "id": "A-2",
        "partyPrivacyProfileCharacteristic": [{"privacyUsagePurpose": "analytics", "value": "Yes"}],
    }
    keep_records(store, [read("individual", INDIVIDUAL), read("partyPrivacyAgreement", AGREEMENT)], NOW)
    keep_records(store, [read("partyPrivacyAgreement", other)], NOW)
    ended = AGREEMENT | {"status": "terminated", "statusChangeDate": "2026-03-01T00:00:00Z"}
    keep_records(store, [read("partyPrivacyAgreement", ended)], NOW)
    [party] = store.scan("parties")
    said = {one["purpose"]: one.get("withdrawn_at", "")[:10] for one in party["consents"]}
    assert said == {"link posts": "2026-03-01", "marketing": "2026-03-01", "analytics": ""}
    assert len(party["contacts"]) == 2
    # Told the same again nothing changes.
    before = party
    keep_records(store, [read("partyPrivacyAgreement", ended), read("partyPrivacyAgreement", other)], NOW)
    assert list(store.scan("parties")) == [before]
    store.close()
