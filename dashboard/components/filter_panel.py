"""The filter panel in the side bar. Every widget is bound to the address, so that a view can be shared."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar, get_args

import streamlit as st

from dashboard.components.overlay import MAIN, Overlay
from dashboard.controls import SENTIMENTS, STEPS, Choices, default_step
from reports.wording import NOT_KNOWN, aspect, intent, language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.contents import Contents
    from domain.config import Config

T = TypeVar("T")

DEFAULT_DAYS: Final = 90
SEARCH_HELP: Final = (
    'Words joined by `AND`, `OR`, `NOT` and brackets; `"a phrase"`; `out*` for words that begin so; '
    '`"no signal"~5` for words at most five apart.'
)

_TOGGLES: Final = {
    "once": (
        "Count copies once",
        "Near-identical texts (campaigns, news, coordinated copies) count as the first of them alone.",
    ),
    "public": (
        "Leave out brands' own accounts",
        "What the brands say themselves, offers and answers of their help desks, is not what people think.",
    ),
    "genuine": (
        "Leave out spam and automated posts",
        "Promotion, giveaways, job adverts, scams and bots, as far as they were recognised.",
    ),
}
"""Switches by their keys: what they are called, and why one wants them."""


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
            f"Days ({config.time_zone})",
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
            step = _one_of("Points per", list(STEPS), step, key="step")
        chosen = Choices(
            days=tuple(days),
            zone=config.time_zone,
            step=step,
            brands=_chosen("Brands", held.brands, config.brand_name, key="brand"),
            aspects=_chosen("What it is about", held.aspects, aspect, key="aspect"),
            intents=_chosen("What the author wants", held.intents, intent, key="intent"),
            topics=_chosen("Topics", held.topics, lambda topic: held.topic_names.get(topic, topic), key="topic"),
            sentiments=_chosen("Sentiment", SENTIMENTS, str, key="sentiment"),
            languages=_chosen("Languages", held.languages, language, key="language"),
            sources=_chosen("Sources", held.sources, str, key="source"),
            text=text,
            genuine=_toggle("genuine", value=False),
            once=False,
            public=False,
        )
        if not counting:
            return chosen
        why = f"Main: the {MAIN} that most posts coincide with."
        once, public = _toggle("once"), _toggle("public")
        overlay: Overlay = _one_of("Events on the charts", get_args(Overlay), "main", key="events", why=why)
        return replace(chosen, once=once, public=public, overlay=overlay)


def _one_of(label: str, options: Sequence[T], default: T, *, key: str, why: str | None = None) -> T:
    return st.segmented_control(
        label,
        options,
        default=default,
        required=True,
        key=key,
        bind="query-params",
        persist_state="session",
        help=why,
    )


def _toggle(key: str, *, value: bool = True) -> bool:
    label, why = _TOGGLES[key]
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
