"""Customers under pseudonyms, what they agreed to, and why a post is theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from domain.documents import parse_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from domain.documents import Document


LINK_POSTS: Final = "link posts"
"""The purpose of a consent that names none: what a customer agrees to who declares a handle for it."""


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a customer agreed to: purpose, when, until when, and when it was withdrawn.

    `agreement` is the pseudonym of the agreement that it stands in, where there is one.
    """

    purpose: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    until: datetime | None = None
    agreement: str | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether the consent was in force at a time."""
        ends = [end for end in (self.withdrawn_at, self.until) if end is not None]
        return self.given_at <= at and all(at < end for end in ends)

    def allows(self, purposes: Collection[str], now: datetime) -> bool:
        """Tell whether it is for one of these purposes and is not over: then what it allowed may be used now."""
        return self.purpose in purposes and self.withdrawn_at is None and (self.until is None or now < self.until)


def stored_consents(document: Document) -> list[Consent]:
    """Return what a stored customer, or a stored party, agreed to."""
    linked = document.get("linked_with")
    return [stored_consent(one) for one in (*([linked] if linked else []), *document.get("consents", ()))]


def stored_consent(document: Mapping[str, Any]) -> Consent:
    """Return one consent as it is stored."""
    return Consent(
        purpose=document["purpose"],
        given_at=parse_instant(document["given_at"]),
        withdrawn_at=parse_instant(document["withdrawn_at"]) if document.get("withdrawn_at") else None,
        until=parse_instant(document["until"]) if document.get("until") else None,
        agreement=document.get("agreement"),
    )


@dataclass(frozen=True, kw_only=True)
class Tenure:
    """In which time a handle or a contact (both pseudonyms) is somebody's: in [valid_from, valid_to)."""

    of: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def lasts_beyond(self, at: datetime | None) -> bool:
        """Tell whether it is not over at a time; None is that before all others."""
        return self.valid_to is None or at is None or self.valid_to > at


def stored_tenures(document: Document, of: str) -> list[Tenure]:
    """Return in which times a handle or a contact is that of a stored customer or party; one without end where none
    is on record.
    """
    found = [
        Tenure(
            of=of,
            valid_from=parse_instant(one["valid_from"]) if one.get("valid_from") else None,
            valid_to=parse_instant(one["valid_to"]) if one.get("valid_to") else None,
        )
        for one in document.get("tenures", ())
        if one["of"] == of
    ]
    return found or [Tenure(of=of)]


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A customer as Earshot keeps one: no name, no number, only keyed pseudonyms.

    `id` is the pseudonym of the operator's customer number. `handles` are pseudonyms of
    `source` and handle that the customer declared, those of the past too; of those that have a beginning or an end
    `tenures` say it. `linked_with` is the consent to link posts. `parties` are the people and organisations behind it
    (`domain/party.py`).
    """

    id: str
    handles: tuple[str, ...] = ()
    tenures: tuple[Tenure, ...] = ()
    linked_with: Consent | None = None
    parties: tuple[str, ...] = ()
    status: str | None = None
    region: str | None = None
    place: str | None = None
    segment: str | None = None
    since: datetime | None = None
    monthly_value: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CustomerLink:
    """Which customer a post belongs to, and the reason a person can read.

    `link` is the document of the kind `links` that says more, `evidence` what speaks for it the most, `party` the
    person behind the customer, where that is known.
    """

    id: str
    reason: str
    consent_given_at: datetime
    probability: float = 1.0
    link: str | None = None
    evidence: str | None = None
    party: str | None = None
