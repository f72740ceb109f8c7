"""Network: incidents that people speak of, with what the network has on record, and where complaints are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import address
from dashboard.components import chart_selection as picks
from dashboard.components.chart_selection import chart, event_list
from dashboard.components.headline import Figure, figures_html
from dashboard.components.post_list import safe
from dashboard.components.post_panel import picked_posts
from dashboard.components.tables import table
from dashboard.contents import contents, no_posts
from dashboard.session import open_page
from domain.questions import Question
from domain.zones import day_start, in_zone
from insights.detection.areas import areas
from insights.detection.bursts import SERVICE, STRETCHES, complaints
from insights.detection.evidence import evidence_of
from insights.detection.listed import BACK, around, latest_incidents, speaking_of
from insights.detection.service_problem import service_problem
from insights.detection.wording import LOOKS_LIKE, ON_RECORD
from reports import charts
from reports.area_map import area_map
from reports.wording import count, moment

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.session import Session
    from domain.incident import Incident
    from domain.questions import Filters
    from domain.zones import ZoneName

MAP: Final = "where"
HOURS: Final = "hours"
CHARTS: Final = (HOURS, MAP)
MOST_STEPS: Final = 96
"""Of an incident that is shown as it grew."""


def show() -> None:
    """Draw the page."""
    session = open_page("Network")
    held = session.work_out(contents, session.config.time_zone)
    if held is None:
        no_posts()
        return
    # The last post is today of what is stored: a file of last year has its incidents, too.
    until = day_start(held.last, session.config.time_zone) + timedelta(days=1)
    found = session.work_out(latest_incidents, until)
    going = sum(one.ended_at is None for one in found)
    confirmed = sum(one.kind == "confirmed" for one in found)
    days = f"in the {BACK.days} days before the last post"
    st.html(
        figures_html(
            [
                Figure(label="Incidents", value=count(len(found)), range=days),
                Figure(label="Going on", value=count(going), range="not over yet"),
                Figure(label="With an event", value=count(confirmed), range="of the network that fits"),
                Figure(label="Posts only", value=count(len(found) - confirmed), range="on no record of the network"),
            ]
        )
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        chosen = _chosen(session, found)
        if chosen is not None:
            _hour_by_hour(session, chosen)
        complaining = _where(session, chosen, until)
    with right:
        pick = picks.current(*CHARTS)
        if chosen is None or (pick is not None and pick.chart == MAP):
            picked_posts(session, held, complaining, charts=CHARTS, unpicked="Posts that tell of faults.")
        else:
            about = "Posts that speak of the incident. Click a place or an hour to see the posts behind it."
            picked_posts(session, held, speaking_of(chosen), charts=CHARTS, unpicked=about)
    address.write()


def _chosen(session: Session, found: tuple[Incident, ...]) -> Incident | None:
    """Draw the incidents to choose from and what is known of the one that is chosen."""
    st.header("Incidents")
    if not found:
        st.text("Nothing that people spoke of stood out. Incidents are looked for by `earshot run`.")
        return None
    zone, names = session.config.time_zone, session.brand_names
    titles = {
        one.id: f"{moment(in_zone(one.started_at, zone))} · {names.get(one.brand, one.brand)} · {one.called} · "
        f"{', '.join(one.places) or 'everywhere'} · {one.people} people"
        for one in found
    }
    if address.follow("incident"):
        picks.follow(*CHARTS)
    if st.session_state.get("incident") not in titles:
        asked = next(iter(address.says("incident")), None)
        st.session_state["incident"] = asked if asked in titles else found[0].id
    key = st.selectbox(
        "Incident",
        list(titles),
        format_func=lambda one: titles.get(one, one),
        key="incident",
        on_change=picks.clear,
    )
    chosen = next((one for one in found if one.id == key), None)
    if chosen is None:
        return None
    address.note("incident", [chosen.id])
    until = moment(in_zone(chosen.ended_at, zone)) if chosen.ended_at else "it goes on"
    facts = [
        ("From", moment(in_zone(chosen.started_at, zone))),
        ("To", until),
        ("Noticed", moment(in_zone(chosen.detected_at, zone))),
        ("People", f"{chosen.people}, where {chosen.expected:.1f} are usual"),
        ("On record", ON_RECORD[chosen.kind]),
        ("Looks like", LOOKS_LIKE[chosen.nature]),
        ("Also about", ", ".join(names.get(one, one) for one in chosen.elsewhere) or "no other brand"),
    ]
    rows = "".join(f'<tr><th scope="row">{safe(name)}</th><td>{safe(value)}</td></tr>' for name, value in facts)
    st.html(f'<div class="earshot-table"><table>{rows}</table></div>')

    st.download_button(
        "Save what is known of it",
        partial(_page, session, chosen),
        file_name=f"incident-{chosen.id}.html",
        mime="text/html",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
    if chosen.kind == "posts":
        with st.expander("The service problem (TMF656) that may be opened about it"):
            problem = service_problem(chosen, names.get(chosen.brand, chosen.brand), chosen.seen_at)
            st.code(json.dumps(problem, indent=2, ensure_ascii=False), language="json")
    return chosen


def _page(session: Session, chosen: Incident) -> str:
    """Return the page of an incident, made when somebody wants it."""
    # The first screen would wait for it.
    from reports.incident import render_html

    brand, zone = session.brand_names.get(chosen.brand, chosen.brand), session.config.time_zone
    return render_html(evidence_of(session.store, chosen, brand_name=brand, zone=zone))


def _hour_by_hour(session: Session, chosen: Incident) -> None:
    """Draw how many complained of an incident's subject before it, in it and after it, with the events that fit."""
    st.header("Complaints hour by hour")
    asked = session.ask(Question(measure="volume", filters=around(chosen), by=("hour",)))
    events = session.store.get("events", chosen.events).values() if chosen.events else ()
    spec = charts.volume(asked, brands=session.config.brands, events=list(events))
    chart(spec, name=HOURS)
    event_list(spec, name=HOURS, left_out=0)


def _where(session: Session, chosen: Incident | None, until: datetime) -> Filters:
    """Draw where people complain, of all the days or as the incident grew; return which posts those are."""
    st.header("Where people complain")
    own = tuple(session.config.own_brands)
    shown = replace(complaints(own[0] if own else "", SERVICE), brands=own, start=until - BACK, end=until)
    told = f"Posts that tell of faults, in the {BACK.days} days before the last post."
    if chosen is not None and (at := _replayed(chosen, session.config.time_zone)) is not None:
        shown = replace(complaints(chosen.brand, chosen.subject), start=chosen.started_at, end=at)
        told = f"Posts that complain of {chosen.called} from the first post of the incident until then."
    st.caption(f"{told} A mark is as large as they are many.")
    found = session.work_out(areas, shown)
    if any(area.latitude is not None for area in found):
        chart(area_map(found), name=MAP)
    elif found:
        unplaced = [{"Place": one.place, "Complaints": one.complaints, "Network events": one.events} for one in found]
        table(unplaced, name="complaints by place")
    else:
        st.text("No place is known of these posts.")
    return shown


def _replayed(chosen: Incident, zone: ZoneName) -> datetime | None:
    """Ask until when the incident is shown as it grew; None where all of the days are wanted."""
    ways = {"days": f"All {BACK.days} days", "incident": "The incident as it grew"}
    way = st.segmented_control(
        "Shown on the map",
        list(ways),
        format_func=ways.__getitem__,
        default="days",
        key="shown on the map",
        label_visibility="collapsed",
    )
    if way != "incident":
        return None
    end = chosen.last_at + STRETCHES[0]
    step = max(STRETCHES[0], (end - chosen.started_at) / MOST_STEPS)
    steps = [chosen.started_at + step * n for n in range(1, ceil((end - chosen.started_at) / step) + 1)]
    noticed = in_zone(chosen.detected_at, zone)
    at: datetime = st.select_slider(
        f"Until (it was noticed {moment(noticed)})",
        steps,
        value=steps[-1],
        format_func=lambda one: moment(in_zone(one, zone)),
        key=f"until {chosen.id}",
    )
    return at
