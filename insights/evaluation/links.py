"""Links on posts held against what is true: to customers, and to events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from domain.event import NETWORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.ports import Store
    from insights.evaluation.truth import Truth

_BINS: Final = 10


def customer_links(store: Store, truth: Truth, key: bytes) -> dict[str, Any]:
    """Return how right links of posts to customers are, and which part of those there could be is there.

    `n` is how many posts there are of people who declared their account and agreed. `by_evidence` has links and
    precision by what they are made from.
    """
    owners: dict[str, str] = {}
    linkable: set[str] = set()
    for handle, customer, may_be_linked in truth.accounts(key):
        owners[handle] = customer
        if may_be_linked:
            linkable.add(handle)
    right: Counter[str] = Counter()
    made: Counter[str] = Counter()
    possible = reached = 0
    for post in store.scan("posts", fields=("id", "author.key", "customer")):
        handle, link = post.get("author", {}).get("key"), post.get("customer")
        is_right = link is not None and handle is not None and owners.get(handle) == link["id"]
        if link is not None:
            evidence = str(link.get("evidence") or link["reason"].partition(" on ")[0])
            made[evidence] += 1
            right[evidence] += is_right
        if handle in linkable:
            possible += 1
            reached += is_right
    return {
        "precision": _part(right.total(), made.total()),
        "recall": _part(reached, possible),
        "n": possible,
        "by_evidence": {
            evidence: {"links": count, "precision": _part(right[evidence], count)}
            for evidence, count in sorted(made.items())
        },
    }


def event_links(store: Store, truth: Truth) -> dict[str, Any]:
    """Return how right links of posts to events are.

    Recall is over posts that an event of the network on record made somebody write. A link's probability is the one
    that it carries; where it only says how many times more posts there were than usual (`score`), the part of them
    that is more.
    """
    caused = {post: events for post, events in truth.caused() if events}
    told = store.get("events", sorted(frozenset().union(*caused.values())), fields=("kind",))
    of_network = {key for key, event in told.items() if event["kind"] in NETWORK_KINDS}
    possible = 0
    reached: set[str] = set()
    judged: list[tuple[float, bool]] = []
    for post in store.scan("posts", fields=("id", "events")):
        true = caused.get(post["id"], frozenset())
        possible += not of_network.isdisjoint(true)
        for link in post.get("events", ()):
            is_right = link["id"] in true
            probability = link["probability"] if "probability" in link else 1 - 1 / max(link["score"], 1.0)
            judged.append((float(probability), is_right))
            if is_right and link["id"] in of_network:
                reached.add(post["id"])
    right = sum(is_right for _, is_right in judged)
    return {
        "precision": _part(right, len(judged)),
        "recall": _part(len(reached), possible),
        "calibration_error": calibration_error(judged),
        "n": possible,
    }


def calibration_error(judged: Sequence[tuple[float, bool]]) -> float | None:
    """Return the expected calibration error over ten equal bins of probability; None of nothing."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for probability, is_right in judged:
        bins.setdefault(min(int(probability * _BINS), _BINS - 1), []).append((probability, is_right))
    gaps = [abs(sum(p for p, _ in some) - sum(is_right for _, is_right in some)) for some in bins.values()]
    return round(sum(gaps) / len(judged), 4) if judged else None


def _part(some: int, of_all: int) -> float | None:
    return round(some / of_all, 4) if of_all else None
