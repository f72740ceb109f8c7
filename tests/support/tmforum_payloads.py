"""Resources as systems of a made-up operator tell them over TM Forum Open APIs. All people in them are made up.

`SECRETS` is all that names somebody in them: none of it may be in any record.
"""

from __future__ import annotations

NAME, SURNAME = "Wilhelmina", "Okonkwo-Brandt"
FULL_NAME = f"{NAME} {SURNAME}"
PHONE, NATIONAL_PHONE, MAIL, HANDLE = "+44 7700 900123", "07700 900123", "wilhelmina.ok@mail.example", "wilma_ok"
IMSI, IMEI, ICCID = "234150999999991", "490154203237518", "8944100030000123456"
CUSTOMER, PARTY, ACCOUNT, BILL, TICKET = "C-88120045", "P-55101", "AC-901234567", "BN-445566778", "TT-20261120-77"
STREET, BIRTH, PASSPORT = "Rosemary Crescent", "1984-05-17", "XK7788991"
SECRETS = (
    *(NAME, SURNAME, "7700900123", "7700 900123", "900123", MAIL, HANDLE, IMSI, IMEI, ICCID),
    *(CUSTOMER, PARTY, ACCOUNT, BILL, TICKET, STREET, BIRTH, PASSPORT),
)


def v5_party(number, role, kind):
    """Return a related party as version 5 wraps it."""
    inner = {"id": number, "name": FULL_NAME, "@type": "PartyRef", "@referredType": kind}
    return {"role": role, "@type": "RelatedPartyRefOrPartyRoleRef", "partyOrPartyRole": inner}


def v4_party(number, role, kind):
    """Return a related party of version 4."""
    return {"id": number, "name": FULL_NAME, "role": role, "@referredType": kind, "href": f"/party/{number}"}


OURS = [v4_party(CUSTOMER, "Customer", "Customer"), v4_party(PARTY, "user", "Individual")]
OURS_V5 = [v5_party(CUSTOMER, "Customer", "Customer"), v5_party(PARTY, "user", "Individual")]

ALARM = {
    "id": 4711,
    "@type": "Alarm",
    "state": "raised",
    "alarmType": "communicationsAlarm",
    "perceivedSeverity": "critical",
    "probableCause": "lossOfSignal",
    "specificProblem": "link 3 down",
    "alarmRaisedTime": "2026-11-20T10:00:00+01:00",
    "alarmReportingTime": "2026-11-20T09:02:00Z",
    "alarmedObject": {"id": "NCGI:234-15:0A1B2C3D4"},
    "alarmedObjectType": "NRCell",
    "affectedService": [{"id": "s-1"}, {"id": "s-1"}],
    "ackUserId": MAIL,
    "comment": [{"userId": MAIL, "comment": f"{FULL_NAME} is on the way"}],
    "alarmDetails": f"called by {FULL_NAME}, {PHONE}",
    "place": [
        {
            "id": "mast-9",
            "name": "Hillside mast",
            "@type": "GeographicSite",
            "geoJson": {"geometry": {"type": "Point", "coordinates": [-1.5491, 53.8008]}},
        }
    ],
    "vendorShelf": "A7",
    "vendorBlob": {"of": [1, 2]},
}
PROBLEM = {
    "id": "p-12",
    "name": "No signal in Northtown",
    "category": "network.originated",
    "reason": "fibre cut",
    "description": f"{FULL_NAME} says that nothing works, call {PHONE}",
    "status": "inProgress",
    "priority": 1,
    "affectedNumberOfServices": 1200,
    "creationDate": "2026-11-20T09:30:00Z",
    "lastUpdate": "2026-11-20T09:40:00Z",
    "originatorParty": v4_party(PARTY, "originator", "Individual"),
    "affectedLocation": [{"id": "addr-1", "name": f"12 {STREET}", "@referredType": "GeographicAddress"}],
    "affectedService": [{"id": "s-1"}, {"id": PHONE.replace(" ", "")}],
    "affectedResource": [{"id": "olt-4"}],
    "note": [{"author": FULL_NAME, "text": PHONE}],
}
TICKET_DOCUMENT = {
    "id": TICKET,
    "name": f"{FULL_NAME} has no signal",
    "description": f"Call {PHONE} or {MAIL}",
    "ticketType": "No signal",
    "severity": "Major",
    "status": "resolved",
    "creationDate": "2026-11-18T08:00:00Z",
    "lastUpdate": "2026-11-19T08:00:00Z",
    "resolutionDate": "2026-11-19T08:00:00Z",
    "channel": {"id": "1", "name": "self service"},
    "statusChange": [
        {"status": "acknowledged", "changeDate": "2026-11-18T08:00:00Z"},
        {"status": "resolved", "changeDate": "2026-11-18T12:00:00Z"},
        {"status": "inProgress", "changeDate": "2026-11-18T15:00:00Z"},
        {"status": "resolved", "changeDate": "2026-11-19T08:00:00Z"},
        {"status": "closed", "changeDate": "2026-11-19T09:00:00Z"},
    ],
    "relatedEntity": [{"id": "s-1", "name": FULL_NAME, "@referredType": "Service", "role": "affected"}],
    "relatedParty": OURS,
    "note": [{"author": FULL_NAME, "text": MAIL}],
}
INTERACTION = {
    "id": "i-1",
    "interactionDate": {"startDateTime": "2026-11-20T10:00:00Z", "endDateTime": "2026-11-20T10:12:00Z"},
    "creationDate": "2026-11-20T10:12:30Z",
    "reason": f"{FULL_NAME} asked for a refund",
    "direction": "inbound",
    "status": "completed",
    "relatedParty": [v4_party("agent-7", "agent", "Individual"), *OURS],
    "channel": [{"id": "c1", "name": "Phone hotline"}],
    "interactionItem": [{"id": "1", "reason": FULL_NAME}],
}
BILL_DOCUMENT = {
    "id": BILL,
    "billNo": BILL,
    "billDate": "2026-11-01T00:00:00Z",
    "lastUpdate": "2026-11-02T00:00:00Z",
    "paymentDueDate": "2026-11-15T00:00:00Z",
    "amountDue": {"unit": "EUR", "value": 59.9},
    "remainingAmount": {"unit": "EUR", "value": 0.1},
    "state": "sent",
    "billingAccount": {"id": ACCOUNT, "name": f"BA {FULL_NAME}"},
    "relatedParty": OURS,
}
MESSAGE = {
    "id": "m-1",
    "messageType": "SMS",
    "subject": f"{NAME}, your bill",
    "content": f"Dear {FULL_NAME}, pay {BILL}",
    "sendTime": "2026-11-20T10:00:00Z",
    "state": "completed",
    "sender": {"id": "1", "name": "North"},
    "receiver": [
        {"id": "r1", "name": FULL_NAME, "phoneNumber": PHONE, "party": v4_party(CUSTOMER, "customer", "Customer")}
    ],
    "characteristic": [{"name": "$1", "value": FULL_NAME}],
}
CUSTOMER_DOCUMENT = {
    "id": CUSTOMER,
    "name": FULL_NAME,
    "status": "Approved",
    "validFor": {"startDateTime": "2020-01-01T00:00:00Z"},
    "engagedParty": v4_party(PARTY, "", "Individual"),
    "relatedParty": [v4_party("P-2", "user", "Individual"), v4_party("P-3", "account manager", "Individual")],
    "contactMedium": [
        {
            "mediumType": "postalAddress",
            "characteristic": {
                "street1": f"12 {STREET}",
                "city": "Northtown",
                "stateOrProvince": "North",
                "postCode": "N1 2AB",
            },
        },
        {"mediumType": "phone", "characteristic": {"phoneNumber": PHONE}},
        {
            "mediumType": "social",
            "characteristic": {"contactType": "Mastodon", "socialNetworkId": f"acct:{HANDLE}@o.example"},
        },
    ],
    "characteristic": [{"name": "Segment", "value": "home"}, {"name": "IMSI", "value": IMSI}],
    "creditProfile": [{"creditScore": 5}],
    "account": [{"id": ACCOUNT, "name": FULL_NAME}],
}
INDIVIDUAL = {
    "id": PARTY,
    "@type": "Individual",
    "givenName": NAME,
    "familyName": SURNAME,
    "fullName": FULL_NAME,
    "birthDate": f"{BIRTH}T00:00:00Z",
    "status": "validated",
    "individualIdentification": [{"identificationType": "passport", "identificationId": PASSPORT}],
    "languageAbility": [
        {"languageCode": "EN-GB", "isFavouriteLanguage": False},
        {"languageCode": "cy", "isFavouriteLanguage": True},
    ],
    "contactMedium": [
        {"mediumType": "email", "characteristic": {"emailAddress": MAIL.upper()}},
        {"mediumType": "phone", "characteristic": {"phoneNumber": NATIONAL_PHONE}},
        {"mediumType": "social", "characteristic": {"contactType": "twitter", "socialNetworkId": f"@{HANDLE}"}},
        {
            "mediumType": "phone",
            "validFor": {"endDateTime": "2020-01-01T00:00:00Z"},
            "characteristic": {"phoneNumber": "+44 7700 900999"},
        },
    ],
}
INDIVIDUAL_V5 = INDIVIDUAL | {
    "contactMedium": [
        {"@type": "EmailContactMedium", "contactType": "home", "emailAddress": MAIL},
        {"@type": "PhoneContactMedium", "contactType": "mobile", "phoneNumber": PHONE},
        {"@type": "SocialContactMedium", "contactType": "twitter", "socialNetworkId": HANDLE},
        {"@type": "GeographicAddressContactMedium", "street1": f"12 {STREET}", "city": "Northtown"},
        {
            "@type": "PhoneContactMedium",
            "validFor": {"endDateTime": "2020-01-01T00:00:00Z"},
            "phoneNumber": "+44 7700 900999",
        },
    ]
}
AGREEMENT = {
    "id": "A-88120045",
    "name": FULL_NAME,
    "status": "approved",
    "agreementPeriod": {"startDateTime": "2026-01-01T00:00:00Z"},
    "engagedParty": [v4_party(PARTY, "user", "Individual")],
    "partyPrivacyProfileCharacteristic": [
        {"name": "handle", "privacyUsagePurpose": "link posts", "value": "Yes"},
        {"name": "email", "privacyUsagePurpose": "marketing", "value": "Yes"},
        {"name": "phone", "privacyUsagePurpose": "marketing", "value": "No"},
    ],
}
AGREEMENT_V5 = AGREEMENT | {
    "engagedParty": [{"id": PARTY, "name": FULL_NAME, "@type": "PartyRef", "@referredType": "Individual"}],
    "partyPrivacyProfileCharacteristic": [
        {"privacyUsagePurpose": "link posts", "characterisitc": {"name": "handle", "value": "Yes"}},
        {"privacyUsagePurpose": ["marketing"], "characteristic": {"name": "phone", "value": "No"}},
    ],
}
SERVICE = {
    "id": PHONE.replace(" ", ""),
    "name": f"Mobile of {FULL_NAME}",
    "description": FULL_NAME,
    "serviceType": "mobile",
    "state": "active",
    "startDate": "2024-02-01T00:00:00Z",
    "relatedParty": OURS,
    "serviceCharacteristic": [{"name": "msisdn", "value": PHONE}, {"name": "imsi", "value": IMSI}],
    "supportingService": [{"id": "s-core"}],
    "supportingResource": [{"id": "ncgi:234-15:0a1b2c3d4"}, {"id": f"imsi-{IMSI}", "name": IMSI}],
    "serviceRelationship": [
        {"relationshipType": "DependentOn", "service": {"id": "s-9"}},
        {"relationshipType": "related", "service": {"id": "s-10"}},
    ],
    "serviceSpecification": {"id": "spec", "name": "Mobile L"},
    "place": [{"id": "addr-1", "name": f"12 {STREET}", "role": "InstallationAddress"}],
}
SIM = {
    "id": ICCID,
    "@type": "SIM",
    "name": f"SIM {ICCID}",
    "value": IMSI,
    "relatedParty": OURS,
    "resourceCharacteristic": [{"name": "imei", "value": IMEI}],
}
CELL = {
    "id": "cell-77",
    "@type": "NRCell",
    "name": "Hillside 3",
    "operationalState": "enable",
    "resourceCharacteristic": [
        {"name": "NCGI", "value": {"plmnId": {"mcc": "234", "mnc": "15"}, "nrCellId": "0A1B2C3D4"}},
        {"name": "latitude", "value": "53.8008"},
        {"name": "longitude", "value": "-1.5491"},
        {"name": "radius", "value": 800},
    ],
    "resourceRelationship": [{"relationshipType": "isContainedIn", "resource": {"id": "mast-9"}}],
    "place": [{"role": "site", "place": {"id": "mast-9", "@type": "PlaceRef", "@referredType": "GeographicSite"}}],
}
ADDRESS = {
    "id": "addr-1",
    "streetNr": "12",
    "streetName": STREET,
    "postcode": "N1 2AB",
    "city": "Northtown",
    "stateOrProvince": "North",
    "country": "GB",
    "geographicLocation": {
        "id": "loc-1",
        "name": f"12 {STREET}",
        "geoJson": {"geometry": {"type": "Point", "coordinates": [-1.54913, 53.80081]}},
    },
    "geographicSubAddress": [{"buildingName": FULL_NAME}],
}
SITE = {
    "id": "mast-9",
    "code": "M9",
    "name": "Hillside mast",
    "status": "active",
    "relatedParty": [v4_party(PARTY, "manager", "Individual")],
    "place": [{"id": "loc-9", "@referredType": "GeographicLocation"}],
}
SQUARE = [[-1.6, 53.7], [-1.4, 53.7], [-1.4, 53.9], [-1.6, 53.9], [-1.6, 53.7]]
LOCATION = {
    "id": "loc-9",
    "name": "Northtown",
    "@type": "GeoJsonPolygon",
    "geoJson": {"geometry": {"type": "Polygon", "coordinates": [SQUARE]}},
}
USAGE = {
    "id": "u-1",
    "usageDate": "2026-11-20T16:07:00Z",
    "usageType": "voice",
    "description": f"Call to {PHONE}",
    "usageCharacteristic": [
        {"name": "duration-seconds", "value": "12"},
        {"name": "calledNumber", "value": PHONE.replace(" ", "")},
        {"name": "originating-party", "value": PHONE},
        {"name": "cell", "value": "ncgi:234-15:0a1b2c3d4"},
    ],
    "ratedProductUsage": [{"taxIncludedRatingAmount": {"unit": "EUR", "value": 0.1}}],
    "relatedParty": OURS,
}
ALL = [
    ("alarm", ALARM),
    ("serviceProblem", PROBLEM),
    ("troubleTicket", TICKET_DOCUMENT),
    ("troubleTicket", TICKET_DOCUMENT | {"relatedParty": OURS_V5}),
    ("partyInteraction", INTERACTION),
    ("customerBill", BILL_DOCUMENT),
    ("communicationMessage", MESSAGE),
    ("customer", CUSTOMER_DOCUMENT),
    ("individual", INDIVIDUAL),
    ("individual", INDIVIDUAL_V5),
    ("partyPrivacyAgreement", AGREEMENT),
    ("partyPrivacyAgreement", AGREEMENT_V5),
    ("service", SERVICE),
    ("resource", SIM),
    ("resource", CELL),
    ("geographicAddress", ADDRESS),
    ("geographicSite", SITE),
    ("geographicLocation", LOCATION),
]
"""Every resource that is read by itself, by its name."""
