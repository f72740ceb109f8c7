"""Links between an author and a customer: what speaks for each, what allows it, and what people decided about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from domain.customer import stored_consent
from domain.documents import parse_instant, to_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from domain.customer import Consent
    from domain.documents import Document

EvidenceKind: TypeAlias = Literal["declared_handle", "verified_contact", "app_login", "reply_thread", "record_linkage"]
LinkState: TypeAlias = Literal["proposed", "made", "confirmed", "refused", "revoked", "ended"]
"""`proposed` waits for a person, `made` holds by its evidence alone; the next three a person decided. `ended` is one
that is about to be deleted."""

EVIDENCE: Final[Mapping[EvidenceKind, str]] = {
    "declared_handle": "declared handle",
    "verified_contact": "verified contact",
    "app_login": "login to the app",
    "reply_thread": "said in a thread with care",
    "record_linkage": "records alike",
}
"""What speaks for a link, in words. All but the last is explicit: somebody said so."""
DECIDED: Final[tuple[LinkState, ...]] = ("confirmed", "refused", "revoked")
FORBIDDEN: Final[tuple[LinkState, ...]] = ("refused", "revoked")
DECLARED: Final = "declared_handle"
LINKAGE: Final = "record_linkage"
PROFILE: Final = (
    *("given_name", "family_name", "birth_date", "birth_year", "email", "phone"),
    *("town", "postcode", "street", "house_number", "reference"),
)
"""What records of people can be compared by. `reference` is a number of the operator's that people copy by hand: that
of the contract."""
MOST_DECISIONS: Final = 100
"""Of one link; the oldest go. All of them stand in the audit."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How two records compare in one respect, and how much that speaks for one person, in bits; below 0: against it."""

    name: str
    outcome: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Why an author may be a customer: in [valid_from, valid_to) of posts, and to be used until `until`.

    `party` is the person behind the customer whom it speaks of, `contact` the pseudonym of the number or address that
    was verified. `method` is the version of what worked the probability out.
    """

    kind: EvidenceKind
    party: str | None = None
    contact: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    until: datetime | None = None
    probability: float = 1.0
    method: str | None = None
    comparisons: tuple[Comparison, ...] = ()

    @property
    def is_explicit(self) -> bool:
        """Whether somebody said so, in place of records that are alike."""
        return self.kind != LINKAGE

    def holds(self, at: datetime) -> bool:
        """Tell whether it speaks of posts of this time."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)

    def overlaps(self, other: Evidence) -> bool:
        """Tell whether both can speak of posts of one time."""
        pairs = ((self.valid_from, other.valid_to), (other.valid_from, self.valid_to))
        return all(start is None or end is None or start < end for start, end in pairs)


@dataclass(frozen=True, kw_only=True)
class Brought:
    """Evidence about an author that does not stand in records: of a customer, or of whoever its party or contact is."""

    author: str
    source: str
    evidence: Evidence
    customer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person decided about a link, who, when and why."""

    state: LinkState
    by: str
    at: datetime
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class IdentityLink:
    """That an author (`author.key` of posts) is a customer.

    `probability` is that of its strongest evidence. `basis` is the consent that allows it, None where none does.
    Nothing is made of it after `expires_at` unless it was worked out anew. `conflict` says what speaks against it.
    """

    id: str
    author: str
    source: str
    customer: str
    state: LinkState
    probability: float
    party: str | None = None
    evidence: tuple[Evidence, ...] = ()
    basis: Consent | None = None
    expires_at: datetime | None = None
    conflict: str | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def in_force(self) -> bool:
        """Whether posts are linked by it."""
        return self.state in {"made", "confirmed"} and self.basis is not None and self.conflict is None

    @property
    def is_decided(self) -> bool:
        """Whether a person decided about it."""
        return self.state in DECIDED

    @property
    def strongest(self) -> Evidence | None:
        """What speaks for it the most: what was said before what is likely."""
        return max(self.evidence, key=lambda one: (one.is_explicit, one.probability), default=None)

    def decided(self, decision: Decision) -> IdentityLink:
        """Return it with a decision."""
        return replace(self, state=decision.state, decisions=(*self.decisions, decision)[-MOST_DECISIONS:])


def link_document(link: IdentityLink) -> Document:
    """Return a link as stores keep it."""
    found = to_document(link)
    starts = [one.valid_from for one in link.evidence]
    ends = [one.valid_to for one in link.evidence]
    period = {
        "valid_from": None if None in starts else min(filter(None, starts), default=None),
        "valid_to": None if None in ends else max(filter(None, ends), default=None),
    }
    return {name: value for name, value in (found | to_document(period)).items() if value != []}


def read_link(document: Mapping[str, Any]) -> IdentityLink:
    """Return the link that `link_document` wrote."""
    basis = document.get("basis")
    return IdentityLink(
        id=document["id"],
        author=document["author"],
        source=document["source"],
        customer=document["customer"],
        state=document["state"],
        probability=document["probability"],
        party=document.get("party"),
        evidence=tuple(map(_read_evidence, document.get("evidence", ()))),
        basis=stored_consent(basis) if basis else None,
        expires_at=_time(document, "expires_at"),
        conflict=document.get("conflict"),
        decisions=tuple(
            Decision(state=one["state"], by=one["by"], at=parse_instant(one["at"]), why=one.get("why"))
            for one in document.get("decisions", ())
        ),
    )


def _read_evidence(document: Mapping[str, Any]) -> Evidence:
    comparisons: Iterable[Mapping[str, Any]] = document.get("comparisons", ())
    return Evidence(
        kind=document["kind"],
        party=document.get("party"),
        contact=document.get("contact"),
        valid_from=_time(document, "valid_from"),
        valid_to=_time(document, "valid_to"),
        until=_time(document, "until"),
        probability=document["probability"],
        method=document.get("method"),
        comparisons=tuple(Comparison(**one) for one in comparisons),
    )


def _time(document: Mapping[str, Any], name: str) -> datetime | None:
    text = document.get(name)
    return parse_instant(text) if text else None
