"""Customers (TMF629), the people and organisations behind them (TMF632), and what they agreed to (TMF644).

Names, dates of birth, documents and addresses are not read at all; numbers, addresses of mail and handles become
keyed pseudonyms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from collectors.operator.tmforum.fields import (
    CONCERNED,
    bare_word,
    characteristics,
    is_a,
    listed,
    moment,
    number_of,
    period,
    plain,
    plays,
    required_number,
    said,
    word,
)
from collectors.operator.tmforum.handles import handle_in
from collectors.parsing.values import as_text, language_code
from domain.customer import Consent, Customer, Tenure
from domain.identity import customer_pseudonym, handle_pseudonym, party_pseudonym, record_pseudonym
from domain.party import Party

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from collectors.operator.tmforum.fields import Intake
    from domain.records import Record

_SEGMENTS: Final = ("segment", "market segment", "marketsegment", "customersegment", "customer segment")
_IN_FORCE: Final = frozenset(
    (
        *("approved", "validated", "active", "accepted", "agreed", "granted", "signed", "completed", "effective"),
        *("inforce", "valid", "given"),
    )
)
_ENDED: Final = frozenset(
    (
        *("terminated", "withdrawn", "revoked", "cancelled", "canceled", "expired", "rejected", "refused", "suspended"),
        *("inactive", "ended", "closed"),
    )
)
_YES: Final = frozenset(
    (
        *("yes", "true", "1", "optin", "optedin", "allow", "allowed", "accept", "accepted", "agree", "agreed", "grant"),
        *("granted", "on"),
    )
)


def read_customer(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return a customer.

    Raises:
        ValueError: it has no id.
    """
    since, _ = period(payload, "validFor")
    every = list(_media(payload))
    media = [one for one in every if not _is_over(one, intake)]
    behind = [one for one in listed(payload.get("engagedParty")) if not is_a(one, "customer")]
    behind += [
        one for one in listed(payload.get("relatedParty")) if plays(one, CONCERNED) and not is_a(one, "customer")
    ]
    numbers = [number for one in behind if (number := number_of(one))]
    traits = characteristics(payload, "characteristic")
    address = next((one for one in media if one.get("city") or one.get("stateOrProvince")), {})
    return (
        Customer(
            id=customer_pseudonym(intake.key, required_number(payload)),
            handles=_handles(every, intake),
            tenures=_tenures(every, intake),
            parties=tuple(dict.fromkeys(party_pseudonym(intake.key, number) for number in numbers)),
            status=word(payload, "status"),
            region=word(address, "stateOrProvince"),
            place=word(address, "city"),
            segment=plain(as_text(next((traits[name] for name in _SEGMENTS if name in traits), None)) or "") or None,
            since=since,
            attributes=said(kind=payload.get("@type")),
        ),
    )


def read_party(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return a person or an organisation; of consents it does not speak.

    Raises:
        ValueError: it has no id.
    """
    media = [*_media(payload), *(one for one in listed(payload.get("externalReference")) if isinstance(one, dict))]
    contacts = (one for told in media if not _is_over(told, intake) for one in _contacts(told, intake))
    tongues = [one for one in listed(payload.get("languageAbility")) if isinstance(one, dict)]
    tongues.sort(key=lambda one: not one.get("isFavouriteLanguage"))
    languages = (language_code(word(one, "languageCode")) for one in tongues)
    return (
        Party(
            id=party_pseudonym(intake.key, required_number(payload)),
            handles=_handles(media, intake),
            contacts=tuple(dict.fromkeys(contacts)),
            tenures=_tenures(media, intake),
            languages=tuple(dict.fromkeys(one for one in languages if one and one.isalpha() and len(one) <= 3)),
            says=("handles", "contacts", "tenures", "languages"),
        ),
    )


def read_agreement(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return what parties agreed to: of each a record that speaks of this agreement alone.

    Raises:
        ValueError: it has no id, names nobody, or does not say from when it holds.
    """
    agreement = record_pseudonym(intake.key, "agreement", required_number(payload))
    given_at, withdrawn_at, until = _held(payload, intake.now)
    consents = tuple(
        Consent(
            purpose=purpose,
            given_at=given_at,
            withdrawn_at=withdrawn_at if is_given else withdrawn_at or given_at,
            until=until,
            agreement=agreement,
        )
        for purpose, is_given in _purposes(payload).items()
    )
    engaged = [*listed(payload.get("engagedParty")), *listed(payload.get("engagedPartyRole"))]
    engaged = engaged or [one for one in listed(payload.get("relatedParty")) if plays(one, CONCERNED)]
    numbers = {number: None for one in engaged if not is_a(one, "customer") and (number := number_of(one))}
    if not numbers:
        raise ValueError("no party agreed to it")
    if not consents:
        return ()
    return tuple(
        Party(id=party_pseudonym(intake.key, number), consents=consents, says=("consents",)) for number in numbers
    )


def _held(payload: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime | None, datetime | None]:
    """Return from when an agreement holds, since when no more, and until when it will.

    What is not said to be in force never held.
    """
    start, end = period(payload, "agreementPeriod", "validFor")
    signed = listed(payload.get("agreementAuthorization"))
    given_at = start or moment(next(iter(signed), None), "date") or moment(payload, "initialDate", "creationDate")
    if given_at is None:
        raise ValueError("it does not say from when it holds")
    states = [payload.get("status"), *(one.get("state") for one in signed if isinstance(one, dict))]
    told = [bare_word(text) for state in states if (text := as_text(state))]
    if end is not None and end <= now:
        return given_at, end, None
    if any(state in _ENDED for state in told):
        _, completed = period(payload, "completionDate")
        when = completed or moment(payload, "completionDate", "statusChangeDate", "lastUpdate")
        return given_at, when if when and when <= now else given_at, None
    if not all(state in _IN_FORCE for state in told):
        return given_at, given_at, None
    return given_at, None, end


def _purposes(payload: Mapping[str, Any]) -> dict[str, bool]:
    """Return for what an agreement is, and whether that was agreed to: refused for anything it is refused."""
    found: dict[str, bool] = {}
    for one in listed(payload.get("partyPrivacyProfileCharacteristic")):
        if not isinstance(one, dict):
            continue
        # Version 5 writes the name of the inner object wrongly.
        inner = next(
            (one[name] for name in ("characteristic", "characterisitc") if isinstance(one.get(name), dict)), one
        )
        purposes = one.get("privacyUsagePurpose") or inner.get("privacyUsagePurpose")
        answer = as_text(inner.get("value"))
        is_given = answer is None or bare_word(answer) in _YES
        for purpose in purposes if isinstance(purposes, list) else [purposes]:
            if name := plain(as_text(purpose) or ""):
                found[name] = found.get(name, True) and is_given
    return found


def _media(payload: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the ways to reach somebody, those of the past too, in one form: v4 has them within `characteristic`."""
    for one in listed(payload.get("contactMedium")):
        if isinstance(one, dict):
            inner = one.get("characteristic")
            yield {**one, **inner} if isinstance(inner, dict) else one


def _is_over(medium: Mapping[str, Any], intake: Intake) -> bool:
    _, end = period(medium, "validFor")
    return end is not None and end <= intake.now


def _contacts(medium: Mapping[str, Any], intake: Intake) -> tuple[str, ...]:
    return intake.contacts(medium.get("phoneNumber"), medium.get("emailAddress"))


def _handles(media: Iterable[Mapping[str, Any]], intake: Intake) -> tuple[str, ...]:
    found = map(handle_in, media)
    return tuple(dict.fromkeys(handle_pseudonym(intake.key, *pair) for pair in found if pair))


def _tenures(media: Iterable[Mapping[str, Any]], intake: Intake) -> tuple[Tenure, ...]:
    """Return in which time handles and contacts are somebody's, of those that have a beginning or an end.

    One that is told of twice, once without a time, has no end.
    """
    found: dict[str, list[Tenure]] = {}
    for medium in media:
        start, end = period(medium, "validFor")
        for of in (*_handles([medium], intake), *_contacts(medium, intake)):
            found.setdefault(of, []).append(Tenure(of=of, valid_from=start, valid_to=end))
    dated = {of: many for of, many in found.items() if all(one.valid_from or one.valid_to for one in many)}
    return tuple(tenure for many in dated.values() for tenure in dict.fromkeys(many))
