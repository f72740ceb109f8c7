"""How many posts there are: what everything else is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.ports import Store
    from domain.questions import Filters


def count_posts(store: Store, filters: Filters) -> int:
    """Return how many posts pass the filters."""
    return sum(tally.total for tally in store.count_by(filters, ()))
