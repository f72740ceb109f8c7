"""Customers under pseudonyms, what they agreed to, and why a post is theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from domain.documents import Document


LINK_POSTS: Final = "link posts"
"""The purpose of a consent that names none: what a customer agrees to who declares a handle for it."""


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a customer agreed to: purpose, when, and when it was withdrawn.

    `agreement` is the pseudonym of the agreement that it stands in, where there is one.
    """

    purpose: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    agreement: str | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether the consent was in force at a time."""
        return self.given_at <= at and (self.withdrawn_at is None or at < self.withdrawn_at)

    def allows(self, purposes: Collection[str]) -> bool:
        """Tell whether it is for one of these purposes and was not withdrawn: then what it allowed may be used now."""
        return self.purpose in purposes and self.withdrawn_at is None


def stored_consents(document: Document) -> list[Consent]:
    """Return what a stored customer, or a stored party, agreed to."""
    linked = document.get("linked_with")
    return [
        Consent(
            purpose=one["purpose"],
            given_at=parse_instant(one["given_at"]),
            withdrawn_at=parse_instant(one["withdrawn_at"]) if one.get("withdrawn_at") else None,
            agreement=one.get("agreement"),
        )
        for one in (*([linked] if linked else []), *document.get("consents", ()))
    ]


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A customer as Earshot keeps one: no name, no number, only keyed pseudonyms.

    `id` is the pseudonym of the operator's customer number. `handles` are pseudonyms of
    `source` and handle that the customer declared. `linked_with` is the consent to link posts. `parties` are the
    people and organisations behind it (`domain/party.py`).
    """

    id: str
    handles: tuple[str, ...] = ()
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
    """Which customer a post belongs to, and the reason a person can read."""

    id: str
    reason: str
    consent_given_at: datetime
    probability: float = 1.0
