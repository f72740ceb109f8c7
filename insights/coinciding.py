"""Which part of a figure falls into an incident: an outage that people speak of is no trend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from insights.incidents import incidents
from insights.wording import count, many

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.ports import Store
    from domain.questions import Dimension, Filters

LEAST_POSTS: Final = 5
LEAST_SHARE: Final = 0.2
"""Of a figure's posts: from these on it is said that they fall into an incident."""
MOST: Final = 3
"""Incidents of a view that its figures are held against, those with most posts."""
_READ: Final = 500


@dataclass(frozen=True, kw_only=True)
class Met:
    """An incident that posts coincide with: the title of what leads it, and the ids of its events, that one's first."""

    title: str
    events: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """How many posts `of` a figure fall into the incident that is led by this `event`."""

    event: str
    title: str
    posts: int
    of: int

    @property
    def words(self) -> str:
        """As it is said: `173 of 246 posts fall into “Mobile data outage in Hill”`."""
        return f"{count(self.posts)} of {many(self.of, 'post')} fall into “{self.title}”"


def incidents_met(store: Store, filters: Filters) -> tuple[Met, ...]:
    """Return the `MOST` incidents that most of the posts chosen coincide with; those of one customer stay out."""
    posts = dict(store.count_values("posts", "events.id", filters=filters, limit=_READ))
    events = [event for event in store.get("events", sorted(posts)).values() if "customer" not in event]
    found = sorted(incidents(events), key=lambda incident: -max(posts[event["id"]] for event in incident))
    return tuple(
        Met(title=incident[0]["title"], events=tuple(event["id"] for event in incident)) for incident in found[:MOST]
    )


def parts(store: Store, filters: Filters, met: Sequence[Met], by: Dimension | None = None) -> Mapping[Any, Part]:
    """Return of each group of the posts chosen the incident that most of it falls into, where that is worth saying.

    The groups are those of a dimension; all posts are one group, under None, where there is none.
    """
    if filters.events or not met:
        return {}
    dimensions = (by,) if by else ()
    whole = {(*tally.keys, None)[0]: tally.total for tally in store.count_by(filters, dimensions)}
    found: dict[Any, Part] = {}
    for incident in met:
        for tally in store.count_by(replace(filters, events=incident.events), dimensions):
            group = (*tally.keys, None)[0]
            part = Part(
                event=incident.events[0], title=incident.title, posts=tally.total, of=whole.get(group, tally.total)
            )
            enough = part.posts >= max(LEAST_POSTS, LEAST_SHARE * part.of)
            if enough and (group not in found or part.posts > found[group].posts):
                found[group] = part
    return found


def parts_in_words(named: Iterable[tuple[str, Part | None]]) -> tuple[str, ...]:
    """Return a sentence per incident that names the figures it is part of, each with how many of its posts."""
    said: dict[tuple[str, str], list[str]] = {}
    for name, part in named:
        if part is not None:
            said.setdefault((part.event, part.title), []).append(f"{name} {count(part.posts)} of {count(part.of)}")
    return tuple(f"Posts that fall into “{title}”: {', '.join(figures)}." for (_, title), figures in said.items())
