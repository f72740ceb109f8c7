"""The list of posts beside charts and tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from dashboard import address
from dashboard.components import chart_selection as picks
from dashboard.components.corrections import correction_box, correction_notice
from dashboard.components.overlay import named_events
from dashboard.components.post_list import posts_html
from dashboard.controls import narrowed
from dashboard.session import one_sentence, open_session
from domain.questions import Page, Question
from domain.zones import in_zone
from reports.wording import NOT_KNOWN, count, day, felt, language, moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.contents import Contents
    from dashboard.session import Session
    from domain.questions import Filters, Order
    from domain.zones import ZoneName

PER_PAGE: Final = 20
DEEPEST: Final = 10_000
"""Posts that can be paged through; Elasticsearch refuses to skip more."""

HEIGHT_PX: Final = 720
UNPICKED: Final = "All posts of this view. Click a point or a bar to see the posts behind it."
_CALLED: Final = 5
"""Brands or events that are named where a mark stands for several."""
_ORDERS: Final[Mapping[Order, str]] = {
    "newest": "newest first",
    "oldest": "oldest first",
    "reach": "most reactions first",
}


def picked_posts(
    session: Session, held: Contents, filters: Filters, *, charts: Sequence[str], unpicked: str = UNPICKED
) -> None:
    """Draw the posts of the filters, narrowed to what is picked in one of the charts; where nothing is, say so."""
    pick, zone = picks.current(*charts), session.config.time_zone
    picks.note(pick)
    with st.container(key="posts"):
        if pick is None:
            heading = st.header("Posts")
            st.caption(unpicked)
            total = post_list(session, held, filters)
        else:
            heading = st.header("Posts")
            with st.container(horizontal=True, vertical_alignment="center"):
                events = session.work_out(named_events, several(pick.keys.get("event")), zone)
                st.text(spoken(pick.keys, held, {**session.brand_names, **events}, zone))
                st.button("Show all", icon=":material/close:", on_click=picks.clear, key="show-all", type="tertiary")
            total = post_list(session, held, narrowed(filters, pick.keys, zone))
        heading.header(f"{count(total)} {'post' if total == 1 else 'posts'}")
        picks.bring_into_sight("posts")


def post_list(session: Session, held: Contents, filters: Filters) -> int:
    """Draw posts page by page, in the order that the reader wants; return how many there are in all."""
    total = session.ask(Question(measure="posts", filters=filters, page=Page(limit=1))).total
    if total:
        _pages(held, filters, total)
    else:
        nothing_matches()
    return total


@st.fragment
@one_sentence()
def _pages(held: Contents, filters: Filters, total: int) -> None:
    """Draw the page that is read of so many posts. Turning it, or correcting a label, draws nothing else anew."""
    # The list may be drawn alone long after the page: what has been erased since must not come back.
    session = open_session()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.session_state.setdefault(
            "order", next((order for order in _ORDERS if [order] == address.says("order")), "newest")
        )
        order = st.selectbox(
            "Order",
            list(_ORDERS),
            format_func=_ORDERS.__getitem__,
            key="order",
            label_visibility="collapsed",
            width=180,
        )
        pages = max(1, -(-min(total, DEEPEST) // PER_PAGE))
        number = _page_number(pages, order)
    address.note("order", [order] if order != "newest" else [])
    address.note("page", [str(number)] if number > 1 else [])
    page = Page(limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    found = session.ask(Question(measure="posts", filters=filters, order=order, page=page))
    correction_notice(session)
    with st.container(height=HEIGHT_PX, border=True, gap="small", key="postlist"):
        for place, post in enumerate(found.records()):
            alone = replace(found, rows=(found.rows[place],))
            with st.container(gap=None, key=f"post-{place}"):
                st.html(posts_html(alone, brand_names=session.brand_names, topic_names=held.topic_names))
                correction_box(session, post["id"])
    address.write()


def nothing_matches() -> None:
    """Say that no post matches, and what to do about it."""
    st.info("No posts match. Widen the days or take a filter away.", icon=":material/search_off:")


def _page_number(pages: int, order: Order) -> int:
    """Return the page that is read; another order, or other posts, begin at the first."""
    if pages == 1:
        return 1
    asked = "".join(address.says("page"))
    first = min(pages, max(1, int(asked))) if asked.isdecimal() and len(asked) < 6 else 1
    key = f"page-{pages}-{order}-{address.turn()}"
    if st.session_state.get("pages read", key) != key:
        first = 1
    st.session_state["pages read"] = key
    return st.pagination(pages, default=first, key=key, max_visible_pages=3)


def several(value: Any) -> tuple[Any, ...]:
    """Return the keys that a mark stands for of one dimension."""
    return value if isinstance(value, tuple) else () if value is None else (value,)


def spoken(keys: Mapping[str, Any], held: Contents, names: Mapping[str, str], zone: ZoneName) -> str:
    """Return the keys of a mark in words, times as clocks of the zone show them: `O2 · Mon 25 Nov 2019`.

    `names` are those of brands and events, by key.
    """
    said = []
    for name, value in sorted(keys.items()):
        match name:
            case "topic":
                said.append(f"topic: {held.topic_names.get(value, value)}")
            case _ if value is None:
                said.append(f"{name} {NOT_KNOWN}")
            case "aspect_sentiment":
                said.append(felt(value))
            case "hour":
                said.append(moment(in_zone(value, zone)))
            case "day":
                said.append(day(in_zone(value, zone)))
            case "week":
                said.append(f"week of {day(in_zone(value, zone))}")
            case "brand" | "event":
                called = [names.get(one, one) for one in several(value)]
                more = f" and {len(called) - _CALLED} more" if len(called) > _CALLED else ""
                said.append(", ".join(called[:_CALLED]) + more)
            case "language":
                said.append(language(value))
            case _:
                said.append(str(value))
    return " · ".join(said)
