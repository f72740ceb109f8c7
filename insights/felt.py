"""Counting posts with what they feel toward a brand, where one is asked about.

A post that names two brands may praise one and leave the other. Stores count posts by the sentiment of the whole post;
of those whose brand's name stands in them it is known what is felt toward it (`brand_sentiments`), and in what is
counted of that brand this takes its place.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, get_args

from domain.enrichment import SentimentLabel
from domain.questions import Count
from domain.zones import DEFAULT_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.ports import Store
    from domain.questions import Dimension, Filters
    from domain.zones import ZoneName

BRAND: Final = "brand"
FELT: Final = "brand_sentiment"
_LABELS: Final[tuple[SentimentLabel, ...]] = get_args(SentimentLabel)


def count_felt(
    store: Store, filters: Filters, by: Sequence[Dimension], *, zone: ZoneName = DEFAULT_ZONE
) -> list[Count]:
    """Return posts by dimensions as `Store.count_by` does, of each brand with the sentiment toward it.

    That is so where one of the dimensions is the brand, and where the filters let but one brand through. By aspect the
    sentiment stays that toward the aspect; of posts that are chosen by their sentiment it stays that of the whole.

    Raises:
        StoreError: the store did not do its part.
    """
    tallies = store.count_by(filters, by, zone=zone)
    only = filters.brands[0] if len(filters.brands) == 1 else None
    if filters.sentiments or {"aspect", "sentiment"} & {*by} or not tallies or not (BRAND in by or only):
        return tallies
    asked = [FELT if dimension == BRAND else dimension for dimension in by]
    place = asked.index(FELT) if BRAND in by else len(asked)
    pairs = store.count_by(filters, asked if BRAND in by else [*asked, FELT], zone=zone)
    moved: Counter[tuple[tuple[Any, ...], str]] = Counter()
    for one in pairs:
        brand, _, label = (one.keys[place] or "").rpartition(":")
        if not brand or (BRAND not in by and brand != only):
            continue
        keys = (*one.keys[:place], *([brand] if BRAND in by else []), *one.keys[place + 1 :])
        for said, count in zip(_LABELS, (one.negative, one.neutral, one.positive), strict=True):
            moved[keys, said] -= count
            moved[keys, label] += count
    return [
        Count(
            one.keys,
            one.total,
            one.negative + moved[one.keys, "negative"],
            one.neutral + moved[one.keys, "neutral"],
            one.positive + moved[one.keys, "positive"],
        )
        for one in tallies
    ]
