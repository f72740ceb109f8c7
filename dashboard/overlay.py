"""Which network and service events are laid over the charts of a view."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from domain.conditions import among
from domain.documents import instant
from domain.event import NETWORK_KINDS
from domain.questions import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.documents import Document
    from domain.ports import Store

Overlay: TypeAlias = Literal["main", "all", "none"]
MAIN: Final = 3
"""More titles than this cannot be read above a chart."""

SHOWN_KINDS: Final = (*NETWORK_KINDS, "campaign")
"""Events that happen to everybody; those of one customer belong to a journey."""


def shown_events(store: Store) -> list[Document]:
    """Return the network's and the services' events, by start."""
    events = list(store.scan("events", where=[among("kind", SHOWN_KINDS)]))
    return sorted((event for event in events if "customer" not in event), key=lambda event: event["started_at"])


def posts_per_event(store: Store) -> dict[str, int]:
    """Return how many posts coincide with each event that any post coincides with."""
    events = tuple(event["id"] for event in shown_events(store))
    if not events:
        return {}
    linked = store.scan("posts", filters=Filters(events=events), fields=("events",))
    return dict(Counter(link["id"] for post in linked for link in post["events"]))


def laid_over(
    events: Sequence[Document], posts: Mapping[str, int], filters: Filters, *, overlay: Overlay
) -> list[Document]:
    """Return the events of a view: `all`, `none`, or the `MAIN` that most posts coincide with, by start."""
    if overlay == "none":
        return []
    touching = [event for event in events if _touches(event, filters)]
    if overlay == "all":
        return touching
    most = sorted(touching, key=lambda event: (-posts.get(event["id"], 0), SHOWN_KINDS.index(event["kind"])))[:MAIN]
    return sorted(most, key=lambda event: event["started_at"])


def _touches(event: Document, filters: Filters) -> bool:
    """Tell whether an event touches the period and the brands; one of no brand is everybody's."""
    start = instant(filters.start) if filters.start else ""
    end = instant(filters.end) if filters.end else "9999"
    last = event.get("ended_at") or event["started_at"]
    return (
        event["started_at"] < end
        and last >= start
        and (not filters.brands or event.get("brand") in {None, *filters.brands})
    )
