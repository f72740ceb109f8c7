"""Why an author is taken for a customer, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.link import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from domain.link import Evidence, IdentityLink


def explained(link: IdentityLink, now: datetime) -> list[str]:
    """Return what is said of a link, a sentence or a line each: what holds, evidence, consent, time, decisions."""
    return [
        f"Author {link.author} of {link.source} and customer {link.customer}"
        + (f" (person {link.party})" if link.party else ""),
        verdict(link, now),
        *(line for one in link.evidence for line in told_of(one)),
        *([] if link.evidence else ["Evidence: none that may be used."]),
        *basis(link),
        *(
            f"Decided: {one.state} by {one.by} on {one.at:%Y-%m-%d %H:%M} UTC" + (f": {one.why}" if one.why else "")
            for one in link.decisions
        ),
    ]


def verdict(link: IdentityLink, now: datetime) -> str:
    """Return whether posts are linked by a link, and why not where they are not."""
    sure = f" (probability {link.probability:.1%})" if link.probability < 1 else ""
    if link.state in {"refused", "revoked"}:
        return f"A person {link.state} it: posts are not linked by it, whatever speaks for it."
    if link.basis is None:
        return "Posts are not linked by it: no consent allows it, or nothing speaks for it any more."
    if link.conflict is not None:
        return f"Posts are not linked by it: {link.conflict}. A person can refuse one of the two."
    if link.expires_at is not None and link.expires_at <= now:
        return "Its time is up: posts lose it with the next look."
    if link.state == "proposed":
        return f"It waits for a person{sure}: posts are not linked by it yet."
    return f"Posts are linked by it{sure}" + (", as a person confirmed." if link.state == "confirmed" else ".")


def told_of(evidence: Evidence) -> Iterator[str]:
    """Yield what one piece of evidence says, and each comparison's share in it."""
    told = [EVIDENCE[evidence.kind]]
    if evidence.valid_from is not None:
        told.append(f"for posts from {evidence.valid_from:%Y-%m-%d %H:%M} UTC")
    if evidence.valid_to is not None:
        told.append(
            f"for posts before {evidence.valid_to:%Y-%m-%d %H:%M} UTC, when it ended or passed to somebody else"
        )
    if evidence.method is not None:
        told.append(f"probability {evidence.probability:.1%} by {evidence.method}")
    if evidence.until is not None:
        told.append(f"used until {evidence.until:%Y-%m-%d}")
    yield f"Evidence: {', '.join(told)}."
    for one in evidence.comparisons:
        sense = "speaks for it" if one.weight > 0 else "speaks against it" if one.weight < 0 else "says nothing"
        yield f"  {one.name}: {one.outcome}; {sense} ({one.weight:+.1f} bits)"


def basis(link: IdentityLink) -> Iterator[str]:
    """Yield what allows a link, and until when it is used."""
    consent = link.basis
    if consent is None:
        return
    stands = f" (agreement {consent.agreement})" if consent.agreement else ""
    until = f" until {consent.until:%Y-%m-%d}" if consent.until else ", without an end"
    yield f"Legal basis: consent to {consent.purpose}, given {consent.given_at:%Y-%m-%d}{stands}{until}."
    if link.expires_at is not None:
        yield f"It is used until {link.expires_at:%Y-%m-%d %H:%M} UTC unless it is worked out anew."
