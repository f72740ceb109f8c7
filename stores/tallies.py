"""Counted groups in the form that the port gives them, the same from every store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, get_args

from domain.enrichment import SentimentLabel
from domain.questions import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.questions import Dimension

_LABELS: Final[tuple[SentimentLabel, ...]] = get_args(SentimentLabel)


def settled(tallies: Iterable[Count], by: Sequence[Dimension]) -> list[Count]:
    """Return tallies sorted by keys, the unknown last.

    Stores group the dimension `aspect` by `aspect_sentiments` (`network:negative`); of these groups
    one per aspect is made here, counted by the sentiment toward it.
    """
    found = _toward_aspects(tallies, by.index("aspect")) if "aspect" in by else tallies
    return sorted(found, key=lambda one: [(key is None, key or "") for key in one.keys])


def _toward_aspects(tallies: Iterable[Count], place: int) -> list[Count]:
    # A post has one sentiment toward an aspect, so it is in one of the groups that are added up.
    totals: Counter[tuple[object, ...]] = Counter()
    felt: Counter[tuple[tuple[object, ...], str]] = Counter()
    for one in tallies:
        aspect, _, label = (one.keys[place] or "").partition(":")
        keys = (*one.keys[:place], aspect or None, *one.keys[place + 1 :])
        totals[keys] += one.total
        felt[keys, label] += one.total
    return [Count(keys, total, *(felt[keys, label] for label in _LABELS)) for keys, total in totals.items()]
