"""How the author feels toward each brand that a text names, and whether they leave it or come to it.

One text may praise one brand and leave another: it is told for each by the tokens of its own name
(target-dependent sentiment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from domain.enrichment import SentimentToward, Switch, TowardBrand
from nlp.tasks import sentiment
from nlp.tasks.task import DIGITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from domain.enrichment import Model, Sentiment

SENTIMENT: Final = "brand_sentiment"
"""Name of the outputs that say how the author feels toward each brand: (`MOST`, negative, neutral and positive)."""
SWITCH: Final = "brand_switch"
"""Name of the outputs that say whether the author changes the operator: (`MOST`, `SWITCHES`)."""
SWITCHES: Final[tuple[Switch, ...]] = get_args(Switch)
MOST: Final = 6
"""Brands of one text that are read; of those after them nothing is said."""


def toward_brands(
    places: Mapping[str, int], said: Mapping[str, NDArray[Any]], whole: Sentiment, words: NDArray[Any], model: Model
) -> tuple[TowardBrand, ...]:
    """Return what is felt toward brands, in the order given.

    Args:
        places: where each brand stands among those that were read.
        said: the probabilities of one text, `SENTIMENT` and `SWITCH`, each (`MOST`, 3).
        whole: the sentiment of the whole text. It is felt toward the brand too where that is the only one, and where
            the brand fares as the words of the text do: so irony counts as it is meant.
        words: the probabilities of negative, neutral and positive by the words of the whole text.
        model: what gave them.
    """
    found = []
    for brand, place in places.items():
        row, switches = said[SENTIMENT][place], said[SWITCH][place]
        switch = int(switches.argmax())
        label, score = sentiment.label_and_score(sentiment.TASK.rounded(row))
        if len(places) == 1 or row.argmax() == words.argmax():
            label, score = whole.label, whole.score
        found.append(
            TowardBrand(
                brand=brand,
                sentiment=SentimentToward(label=label, score=score),
                switch=SWITCHES[switch],
                switch_probability=round(float(switches[switch]), DIGITS),
                model=model,
            )
        )
    return tuple(found)
