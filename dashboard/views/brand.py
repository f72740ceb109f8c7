"""Brand: what is said about the brands, how it changes, and the posts behind every point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import address
from dashboard.components import chart_selection as picks
from dashboard.components.chart_selection import chart, event_list
from dashboard.components.coinciding import note_incident, note_parts
from dashboard.components.filter_panel import FILTERS, filter_panel, search_box
from dashboard.components.headline import DECIDED, NOT_SHOWN, figures, figures_html, headline_brand
from dashboard.components.overlay import laid_over
from dashboard.components.post_panel import nothing_matches, picked_posts
from dashboard.contents import contents, no_posts
from dashboard.controls import chosen_alone, filters_of, period_before
from dashboard.session import open_page
from domain.questions import Question
from domain.zones import day_start
from insights.coverage import not_heard
from reports import charts
from reports.wording import aspect, day

if TYPE_CHECKING:
    from dashboard.contents import Contents
    from dashboard.controls import Choices
    from dashboard.session import Session
    from domain.questions import Dimension, Filters

CHARTS: Final = ("net", "volume", "voice", "aspects", "topics", "language", "source")


def show() -> None:
    """Draw the page."""
    session = open_page("Brand")
    held = session.work_out(contents, session.config.time_zone)
    if held is None:
        no_posts()
        return
    if address.follow(*FILTERS):
        picks.follow(*CHARTS)
    choices = filter_panel(held, session.config, text=search_box())
    filters = filters_of(choices)
    # There is a change to show only where posts reach back over the whole period before.
    before = period_before(filters, choices.zone)
    begin = day_start(held.first, choices.zone)
    comparable = before is not None and before.start is not None and before.start >= begin
    brand = headline_brand(session.config.brands, choices.chosen.brands)
    st.html(figures_html(figures(session.ask, filters, brand=brand, comparable=comparable, zone=choices.zone)))
    if not comparable:
        st.caption(f"No comparison with the period before: posts begin on {day(begin)}.")
    if not session.ask(Question(measure="volume", filters=filters)).total:
        nothing_matches()
        picks.note(picks.current(*CHARTS))
        address.write()
        return
    note_incident(session, filters)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _over_time(session, choices, filters)
        _compared(session, held, filters)
    with right:
        picked_posts(session, held, filters, charts=CHARTS)
    address.write()


def _over_time(session: Session, choices: Choices, filters: Filters) -> None:
    by: tuple[Dimension, ...] = (choices.step, "brand")
    laid = session.work_out(laid_over, filters, overlay=choices.overlay)
    events = laid.events
    brands = session.config.brands
    st.header("Net sentiment over time")
    st.caption("Share of positive posts minus share of negative ones, in points, with its 95% range.")
    asked = session.ask(Question(measure="sentiment", filters=filters, by=by))
    asked = chosen_alone(asked, "brand", choices.chosen.brands)
    if filters.decides_sentiment:
        st.info(f"Net sentiment is {NOT_SHOWN}: {DECIDED}.", icon=":material/filter_alt:")
    else:
        spec = charts.net_sentiment(asked, brands=brands, events=events)
        chart(spec, name="net")
        event_list(spec, name="net", left_out=laid.left_out)
    st.header("Posts over time")
    missed = session.work_out(not_heard, filters)
    if missed:
        st.caption(f"{' '.join(missed)} Posts of those hours may be missing.")
    asked = session.ask(Question(measure="volume", filters=filters, by=by))
    asked = chosen_alone(asked, "brand", choices.chosen.brands)
    spec = charts.volume(asked, brands=brands, events=events)
    chart(spec, name="volume")
    if filters.decides_sentiment:
        # The numbers on it are told under the chart above, which is not drawn.
        event_list(spec, name="volume", left_out=laid.left_out)


def _compared(session: Session, held: Contents, filters: Filters) -> None:
    st.header("Share of voice")
    asked = session.ask(Question(measure="share-of-voice", filters=filters))
    chart(charts.share_of_voice(asked, brands=session.config.brands), name="voice")
    st.header("What people speak about")
    asked = session.ask(Question(measure="sentiment", filters=filters, by=("aspect",)))
    asked = chosen_alone(asked, "aspect", filters.aspects)
    if any(row["aspect"] for row in asked.records()):
        st.caption(
            "The sentiment toward each part of the service, which may differ from that of the whole post. "
            "A post that speaks about several counts in each."
        )
        chart(charts.aspects(asked), name="aspects")
        note_parts(session, filters, "aspect", named=aspect)
    else:
        st.caption("None of these posts speaks about a part of the service that was recognised.")
    st.header("Topics")
    chart(charts.topics(session.ask(Question(measure="topics", filters=filters))), name="topics")
    note_parts(session, filters, "topic", named=lambda topic: held.topic_names.get(topic, topic))
    parts: tuple[tuple[str, Dimension], ...] = (("Languages", "language"), ("Sources", "source"))
    for title, dimension in parts:
        st.header(title)
        asked = session.ask(Question(measure="sentiment", filters=filters, by=(dimension,)))
        chart(charts.breakdown(asked), name=dimension)
