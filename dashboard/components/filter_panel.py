"""The filter panel in the side bar. Every widget is bound to the address, so that a view can be shared."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, get_args

import streamlit as st

from dashboard.components.overlay import MAIN, Overlay
from dashboard.controls import SENTIMENTS, STEPS, Choices, default_step
from reports.wording import NOT_KNOWN, aspect, intent, language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.contents import Contents
    from domain.config import Config

DEFAULT_DAYS: Final = 90
SEARCH_HELP: Final = (
    'Words joined by `AND`, `OR`, `NOT` and brackets; `"a phrase"`; `out*` for words that begin so; '
    '`"no signal"~5` for words at most five apart.'
)


def search_box() -> str:
    """Draw the text search and return what is searched for."""
    return st.text_input(
        "Search the texts",
        key="text",
        bind="query-params",
        persist_state="session",
        placeholder='roaming AND (bill* OR "no signal") NOT giveaway',
        help=SEARCH_HELP,
    )


def filter_panel(held: Contents, config: Config, *, text: str = "", counting: bool = True) -> Choices:
    """Draw the filters in the side bar and return what they say.

    `counting` asks how figures are counted too: by hour, day or week, and copies once or all.
    """
    earliest = max(held.first, held.last - timedelta(days=DEFAULT_DAYS - 1))
    with st.sidebar:
        days = st.date_input(
            "Days (UTC)",
            (earliest, held.last),
            held.first,
            held.last,
            key="days",
            format="YYYY-MM-DD",
            bind="query-params",
            persist_state="session",
        )
        step = default_step(earliest, held.last)
        if counting:
            step = st.segmented_control(
                "Points per",
                list(STEPS),
                default=step,
                required=True,
                key="step",
                bind="query-params",
                persist_state="session",
            )
        chosen = Choices(
            days=tuple(days),
            step=step,
            brands=_chosen("Brands", held.brands, config.brand_name, key="brand"),
            aspects=_chosen("What it is about", held.aspects, aspect, key="aspect"),
            intents=_chosen("What the author wants", held.intents, intent, key="intent"),
            topics=_chosen("Topics", held.topics, lambda topic: held.topic_names.get(topic, topic), key="topic"),
            sentiments=_chosen("Sentiment", SENTIMENTS, str, key="sentiment"),
            languages=_chosen("Languages", held.languages, language, key="language"),
            sources=_chosen("Sources", held.sources, str, key="source"),
            text=text,
            genuine=_genuine(),
            once=False,
            public=False,
        )
        return replace(chosen, once=_once(), public=_public(), overlay=_overlay()) if counting else chosen


def _once() -> bool:
    return _toggle(
        "Count copies once",
        key="once",
        why="Near-identical texts (campaigns, news, coordinated copies) count as the first of them alone.",
    )


def _public() -> bool:
    return _toggle(
        "Leave out brands' own accounts",
        key="public",
        why="What the brands say themselves, offers and answers of their help desks, is not what people think.",
    )


def _genuine() -> bool:
    return _toggle(
        "Leave out spam and automated posts",
        key="genuine",
        value=False,
        why="Promotion, giveaways, job adverts, scams and bots, as far as they were recognised.",
    )


def _overlay() -> Overlay:
    chosen: Overlay = st.segmented_control(
        "Events on the charts",
        get_args(Overlay),
        default="main",
        required=True,
        key="events",
        bind="query-params",
        persist_state="session",
        help=f"Main: the {MAIN} that most posts coincide with.",
    )
    return chosen


def _toggle(label: str, *, key: str, why: str, value: bool = True) -> bool:
    return st.toggle(label, value=value, key=key, bind="query-params", persist_state="session", help=why)


def _chosen(
    label: str, options: Sequence[str | None], named: Callable[[str], str], *, key: str
) -> tuple[str | None, ...]:
    chosen = st.multiselect(
        label,
        list(options),
        format_func=lambda option: NOT_KNOWN if option is None else named(option),
        key=key,
        placeholder="all",
        bind="query-params",
        persist_state="session",
    )
    return tuple(chosen)
