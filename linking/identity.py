"""Which customer an author is: all that is claimed about it, held against consent, against other claims, and against
what people decided.

One author is never two customers at one time. What a person confirmed stands above what somebody said, that above
records that are alike; of two claims of one rank that overlap in time neither counts, and of two ranks the lower does
not. What no consent allows makes no link, and speaks against others all the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from domain.customer import CustomerLink
from domain.identity import link_id
from domain.link import DECLARED, EVIDENCE, FORBIDDEN, LINKAGE, Evidence, IdentityLink

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from domain.customer import Consent

_CONFIRMED, _SAID, _LIKELY, _PROPOSED = 3, 2, 1, 0
"""Ranks of claims; what is proposed links nothing."""
CONTRADICTED: Final = "another customer is claimed for the same author at the same time, with evidence as strong"
OUTDONE: Final = "another customer is claimed for the same author at the same time, with stronger evidence"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """That an author is a customer, and the consents of the one whom it speaks of."""

    customer: str
    evidence: Evidence
    consents: tuple[Consent, ...]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What links have to keep to: the purposes whose consent allows them, and the probability from which records that
    are alike link without a person.
    """

    purposes: Collection[str]
    accept: float

    def allowing(self, claim: Claim, now: datetime) -> list[Consent]:
        """Return the consents that allow a claim to be used now, the first given first."""
        return sorted((one for one in claim.consents if one.allows(self.purposes, now)), key=lambda one: one.given_at)

    def is_withdrawn(self, claims: Iterable[Claim], now: datetime) -> bool:
        """Tell whether there was consent to one of these claims and is none any more."""
        asked = [one for claim in claims for one in claim.consents if one.purpose in self.purposes]
        return bool(asked) and not any(one.allows(self.purposes, now) for one in asked)


@dataclass(frozen=True, kw_only=True)
class Usable:
    """A claim by which posts are linked, with the consents that allow it and the link that it is part of."""

    link: IdentityLink
    evidence: Evidence
    consents: Sequence[Consent]


@dataclass(frozen=True, kw_only=True)
class AuthorLinks:
    """All links of one author, and those claims by which posts are linked: at any time of one customer."""

    links: tuple[IdentityLink, ...] = ()
    usable: tuple[Usable, ...] = ()

    def at(self, at: datetime) -> CustomerLink | None:
        """Return whose a post of this time is, None where nothing says it or nothing allows it."""
        for one in self.usable:
            consent = next((consent for consent in one.consents if consent.holds(at)), None)
            if consent is not None and one.evidence.holds(at):
                return CustomerLink(
                    id=one.link.customer,
                    reason=reason_of(one.link, one.evidence, consent),
                    consent_given_at=consent.given_at,
                    probability=one.evidence.probability,
                    link=one.link.id,
                    evidence=one.evidence.kind,
                    party=one.link.party,
                )
        return None


def links_of(
    author: str,
    source: str,
    claims: Iterable[Claim],
    stored: Iterable[IdentityLink],
    rules: Rules,
    now: datetime,
    *,
    customers: Collection[str],
) -> AuthorLinks:
    """Return the links of an author as they are to be kept, from what is claimed and what is stored of it.

    `customers` are those that there are. What a person decided stays; but a link that was confirmed goes with the
    consent, and so does every link of a customer who is gone.
    """
    by_customer: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.evidence.until is None or now < claim.evidence.until:
            by_customer[claim.customer].append(claim)
    before = {
        link.customer: link
        for link in stored
        if link.customer in customers
        and link.state != "ended"
        and not (link.state == "confirmed" and rules.is_withdrawn(by_customer[link.customer], now))
    }
    ranked = [
        (claim, _rank(claim.evidence, before.get(customer), rules))
        for customer, found in by_customer.items()
        for claim in found
        if customer not in before or before[customer].state not in FORBIDDEN
    ]
    links, usable = [], []
    for customer in sorted(by_customer.keys() | before.keys()):
        allowed = [claim for claim in by_customer[customer] if rules.allowing(claim, now)]
        earlier = before.get(customer)
        if not allowed:
            if earlier and earlier.is_decided:
                links.append(replace(earlier, evidence=(), basis=None, expires_at=None, conflict=None))
            continue
        mine = [(claim, _rank(claim.evidence, earlier, rules)) for claim in allowed]
        against = {id(claim): what_speaks_against(claim, rank, ranked) for claim, rank in mine}
        link = _made(link_id(author, customer), author, source, earlier, allowed, rules, now)
        counting = [claim for claim, rank in mine if rank > _PROPOSED and not against[id(claim)]]
        if not counting and not link.is_decided:
            link = replace(link, state="proposed")
        if not counting and link.state not in FORBIDDEN:
            link = replace(link, conflict=next(filter(None, against.values()), None))
        links.append(link)
        if link.state not in FORBIDDEN:
            usable += [
                Usable(link=link, evidence=claim.evidence, consents=rules.allowing(claim, now)) for claim in counting
            ]
    usable.sort(key=lambda one: (not one.evidence.is_explicit, -one.evidence.probability))
    return AuthorLinks(links=tuple(links), usable=tuple(usable))


def _rank(evidence: Evidence, earlier: IdentityLink | None, rules: Rules) -> int:
    if earlier is not None and earlier.state == "confirmed":
        return _CONFIRMED
    if evidence.is_explicit:
        return _SAID
    return _LIKELY if evidence.probability >= rules.accept else _PROPOSED


def what_speaks_against(claim: Claim, rank: int, ranked: Iterable[tuple[Claim, int]]) -> str | None:
    """Return what speaks against a claim: one for another customer of the same rank or a higher one, at one time."""
    others = [
        other
        for one, other in ranked
        if one.customer != claim.customer and other >= rank and claim.evidence.overlaps(one.evidence)
    ]
    if not others:
        return None
    return OUTDONE if max(others) > rank else CONTRADICTED


def _made(
    key: str,
    author: str,
    source: str,
    earlier: IdentityLink | None,
    allowed: Sequence[Claim],
    rules: Rules,
    now: datetime,
) -> IdentityLink:
    """Return the link of claims that consent allows; what a person decided about it stays."""
    # In one order, so that the same evidence is the same document.
    evidence = tuple(sorted((claim.evidence for claim in allowed), key=str))
    leading = max(allowed, key=lambda one: (one.evidence.is_explicit, one.evidence.probability))
    people = {one.party for one in evidence}
    consents = [consent for claim in allowed for consent in rules.allowing(claim, now)]
    times = (*(one.until for one in evidence), *(one.until for one in consents))
    return IdentityLink(
        id=key,
        author=author,
        source=source,
        customer=leading.customer,
        state=earlier.state if earlier and earlier.is_decided else "made",
        probability=leading.evidence.probability,
        # Two people of one customer who share an account: which of them it was, nobody knows.
        party=next(iter(people)) if len(people) == 1 else None,
        evidence=evidence,
        basis=rules.allowing(leading, now)[0],
        expires_at=min((one for one in times if one is not None), default=None),
        decisions=earlier.decisions if earlier else (),
    )


def reason_of(link: IdentityLink, evidence: Evidence, consent: Consent) -> str:
    """Return why a post is a customer's, in a line that it carries."""
    told = EVIDENCE[evidence.kind]
    if evidence.kind == LINKAGE:
        told += f" ({evidence.probability:.1%})"
    elif evidence.kind == DECLARED:
        told += f" on {link.source}"
    confirmed = ", confirmed by a person" if link.state == "confirmed" else ""
    return f"{told}{confirmed}, consent to {consent.purpose} given {consent.given_at.date()}"


def merged(stored: IdentityLink | None, added: Sequence[Evidence], *, compared: bool = False) -> list[Evidence]:
    """Return the evidence of a link that does not stand in records, with what is added to it.

    `compared` says that records were compared anew: what an earlier run found goes, unless a person confirmed it.
    """
    kept = [one for one in (stored.evidence if stored else ()) if one.kind != DECLARED]
    if compared and stored is not None and stored.state != "confirmed":
        kept = [one for one in kept if one.kind != LINKAGE]
    new = {(one.kind, one.party, one.contact) for one in added}
    return [*(one for one in kept if (one.kind, one.party, one.contact) not in new), *added]


def by_author(links: Iterable[IdentityLink]) -> Mapping[str, list[IdentityLink]]:
    """Return links by their authors."""
    found: dict[str, list[IdentityLink]] = defaultdict(list)
    for link in links:
        found[link.author].append(link)
    return found
