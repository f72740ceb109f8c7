"""The filter panel in the side bar. What every widget says stands in the address, so that a view can be shared."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_args

import streamlit as st

from dashboard import address
from dashboard.components.overlay import MAIN, Overlay
from dashboard.controls import SENTIMENTS, STEPS, Choices, default_step
from domain.errors import QueryError
from domain.questions import ASKED, Filters
from insights.ask import check_text
from reports.wording import NOT_KNOWN, aspect, intent, language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from dashboard.contents import Contents
    from domain.config import Config
    from domain.questions import Asked
    from domain.zones import ZoneName

T = TypeVar("T", bound=str)

FILTERS: Final = (
    *("text", "days", "step", "genuine", "once", "public", "events", "order", "pages read"),
    *(one.name for one in ASKED if one.label),
)
"""What takes its value from an address: keys of widgets, which are their names in it."""

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
    """Draw the text search and return what is searched for; nothing, and why, where it cannot be read."""
    st.session_state.setdefault("text", " ".join(address.says("text")))
    text: str = st.text_input(
        "Search the texts",
        key="text",
        placeholder='roaming AND (bill* OR "no signal") NOT giveaway',
        help=SEARCH_HELP,
    )
    address.note("text", [text] if text.strip() else [])
    try:
        check_text(text)
    except QueryError as error:
        st.error("This search cannot be read; what follows is without it:", icon=":material/search_off:")
        st.text(str(error))
        return ""
    return text


def filter_panel(held: Contents, config: Config, *, text: str = "", counting: bool = True) -> Choices:
    """Draw the filters in the side bar and return what they say.

    `counting` asks how figures are counted too: by hour, day or week, and copies once or all.
    """
    with st.sidebar:
        days = _days(held, config.time_zone)
        named: dict[str, Callable[[str], str]] = {
            "brand": config.brand_name,
            "aspect": aspect,
            "intent": intent,
            "language": language,
            "topic": lambda topic: held.topic_names.get(topic, topic),
        }
        step = default_step(days[0], days[-1]) if days else "day"
        if counting:
            step = _one_of("Points per", list(STEPS), step, key="step")
        values = {**held.values, "sentiment": SENTIMENTS}
        controls = (one for one in ASKED if one.label)
        picked = {one.filter: _chosen(one, values[one.name], named.get(one.name, str)) for one in controls}
        chosen = Choices(
            days=days,
            zone=config.time_zone,
            step=step,
            chosen=Filters(**cast("Any", picked)),
            text=text,
            genuine=_toggle("genuine", value=False),
            once=False,
            public=False,
        )
        if not counting:
            return chosen
        why = f"Main: the {MAIN} causes that most posts coincide with."
        once, public = _toggle("once"), _toggle("public")
        overlay: Overlay = _one_of("Events on the charts", get_args(Overlay), "main", key="events", why=why)
        return replace(chosen, once=once, public=public, overlay=overlay)


def _days(held: Contents, zone: ZoneName) -> tuple[date, ...]:
    """Draw the choice of days; those of an address hold, whether or not posts lie there."""
    earliest, latest = max(held.first, held.last - timedelta(days=DEFAULT_DAYS - 1)), held.last
    if "days" not in st.session_state:
        words = address.says("days")
        asked = address.days_decoded(words) if words else (earliest, latest)
        if asked is None:
            st.warning("The days of this link cannot be read; these are the latest.", icon=":material/link_off:")
        st.session_state["days"] = asked or (earliest, latest)
    now = st.session_state["days"]
    low, high = min((held.first, *now)), max((held.last, *now))
    days = tuple(st.date_input(f"Days ({zone})", (earliest, latest), low, high, key="days", format="YYYY-MM-DD"))
    address.note("days", address.days_coded(days))
    return days


def _one_of(label: str, options: Sequence[T], default: T, *, key: str, why: str | None = None) -> T:
    if key not in st.session_state:
        words = address.says(key)
        st.session_state[key] = next((option for option in options if [option] == words), default)
        if words and st.session_state[key] not in words:
            st.warning(f"\u201c{label}\u201d of this link cannot be read; it is \u201c{default}\u201d.")
    # It is never empty, but typed as if it could be.
    found = st.segmented_control(label, options, required=True, key=key, help=why) or default
    address.note(key, [found])
    return found


def _toggle(key: str, *, value: bool = True) -> bool:
    label, why = _TOGGLES[key]
    if key not in st.session_state:
        words = address.says(key)
        st.session_state[key] = words == ["true"] if words in (["true"], ["false"]) else value
        if words not in ([], ["true"], ["false"]):
            st.warning(f"\u201c{label}\u201d of this link cannot be read; it is as usual.")
    found = st.toggle(label, key=key, help=why)
    address.note(key, [str(found).lower()] if found != value else [])
    return found


def _chosen(one: Asked, options: Sequence[str | None], named: Callable[[str], str]) -> tuple[str | None, ...]:
    key = one.name
    if key not in st.session_state:
        st.session_state[key] = address.chosen(address.says(key), options, named)
    gone = [value for value in st.session_state[key] if value not in options]
    chosen = st.multiselect(
        one.label,
        [*options, *gone],
        format_func=lambda option: NOT_KNOWN if option is None else named(option),
        key=key,
        placeholder="all",
    )
    missing = ", ".join(NOT_KNOWN if value is None else str(value) for value in chosen if value in gone)
    if missing:
        st.warning("No post has this choice of the link any more. Take it away to see the others:")
        # From an address anything may come: plain text, never markup.
        st.text(missing)
    address.note(key, [address.coded(value) for value in chosen])
    return tuple(chosen)
