"""Twenty questions as the dashboard's pages ask them, for measuring stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from operator import methodcaller
from typing import TYPE_CHECKING, Final

from domain.questions import GENUINE, PUBLIC, Filters, Page, Question
from insights.ask import answer
from pipeline.bench.posts import BRANDS, FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.ports import Store

PANEL: Final = Filters(once=True, speakers=PUBLIC)
"""What the filter panel says before anybody touches it."""
MONTH: Final = replace(PANEL, start=FIRST + timedelta(days=120), end=FIRST + timedelta(days=150))
WEEK: Final = replace(PANEL, start=FIRST + timedelta(days=200), end=FIRST + timedelta(days=207))
_BRAND: Final = (BRANDS[1],)

ASKED: Final[Mapping[str, Question]] = {
    "volume by day": Question(measure="volume", filters=PANEL, by=("day",)),
    "volume by day and brand": Question(measure="volume", filters=PANEL, by=("day", "brand")),
    "sentiment by day and brand": Question(measure="sentiment", filters=PANEL, by=("day", "brand")),
    "share of voice by week": Question(measure="share-of-voice", filters=PANEL, by=("week",)),
    "sentiment by aspect and brand": Question(measure="sentiment", filters=PANEL, by=("aspect", "brand")),
    "sentiment by aspect and week": Question(measure="sentiment", filters=PANEL, by=("week", "aspect")),
    "topics": Question(measure="topics", filters=PANEL),
    "volume by language": Question(measure="volume", filters=PANEL, by=("language",)),
    "volume by source, everything": Question(measure="volume", by=("source",)),
    "intents by week": Question(measure="volume", filters=PANEL, by=("week", "intent")),
    "emotions of a brand": Question(measure="volume", filters=replace(PANEL, brands=_BRAND), by=("emotion",)),
    "a month of a brand by day": Question(
        measure="sentiment", filters=replace(MONTH, brands=_BRAND, spam=GENUINE), by=("day",)
    ),
    "a week by hour": Question(measure="sentiment", filters=WEEK, by=("hour",)),
    "complaints about the network by day": Question(
        measure="sentiment",
        filters=replace(PANEL, intents=("complaint",), aspect_sentiments=("network:negative",)),
        by=("day", "brand"),
    ),
    "newest posts": Question(measure="posts", filters=PANEL, page=Page(limit=50)),
    "posts of a month by reach": Question(
        measure="posts", filters=replace(MONTH, brands=_BRAND, sentiments=("negative",)), order="reach"
    ),
    "posts by relevance to a text": Question(
        measure="posts", filters=replace(PANEL, text="router NEAR/5 outage"), order="relevance"
    ),
    "a text by day": Question(
        measure="volume", filters=replace(PANEL, text="router AND (slow OR outage)"), by=("day",)
    ),
}


def questions() -> dict[str, Callable[[Store], object]]:
    """Return what is asked, by its name."""
    asked: dict[str, Callable[[Store], object]] = {
        name: partial(answer, question=question) for name, question in ASKED.items()
    }
    return asked | {
        "first and last day": methodcaller("count_by", Filters(), ("day",)),
        "posts of no known customer or topic": lambda store: [
            store.count_by(chosen, ()) for chosen in (Filters(customers=(None,)), Filters(topics=(None,)))
        ],
    }
