"""Network: incidents that people speak of, with what the network has on record, and where complaints are."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import address
from dashboard.components.headline import Figure, figures_html
from dashboard.components.post_list import safe
from dashboard.components.post_panel import post_list
from dashboard.components.tables import table
from dashboard.contents import contents, no_posts
from dashboard.session import open_page
from domain.zones import day_start, in_zone
from insights.detection.bursts import SERVICE, complaints
from insights.detection.listed import BACK, areas, latest_incidents, speaking_of
from insights.detection.service_problem import service_problem
from insights.detection.wording import LOOKS_LIKE, ON_RECORD
from reports.wording import begun, count, in_words, moment

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.session import Session
    from domain.incident import Incident


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
        _areas(session, until)
    with right:
        if chosen is not None:
            heading = st.header("Posts that speak of it")
            total = post_list(session, held, speaking_of(chosen))
            heading.header(f"{count(total)} {'post speaks' if total == 1 else 'posts speak'} of it")
    address.write()


def _chosen(session: Session, found: tuple[Incident, ...]) -> Incident | None:
    """Draw the incidents to choose from and what is known of the one that is chosen."""
    st.header("Incidents")
    if not found:
        st.text("Nothing that people spoke of stood out. Incidents are looked for by `earshot run`.")
        return None
    zone, names = session.config.time_zone, session.brand_names
    titles = {
        one.id: f"{moment(in_zone(one.started_at, zone))} · {names.get(one.brand, one.brand)} · {one.subject} · "
        f"{', '.join(one.places) or 'everywhere'} · {one.people} people"
        for one in found
    }
    address.follow("incident")
    if st.session_state.get("incident") not in titles:
        asked = next(iter(address.says("incident")), None)
        st.session_state["incident"] = asked if asked in titles else found[0].id
    key = st.selectbox("Incident", list(titles), format_func=lambda one: titles.get(one, one), key="incident")
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
    events = session.store.get("events", chosen.events) if chosen.events else {}
    if events:
        fitting = [
            {
                "Event that fits": event["title"],
                "Kind": begun(in_words(event["kind"])),
                "Place": event.get("place") or event.get("region") or "everywhere",
            }
            for event in events.values()
        ]
        table(fitting, name="events that fit")
    elif chosen.kind == "posts":
        with st.expander("The service problem (TMF656) that may be opened about it"):
            problem = service_problem(chosen, names.get(chosen.brand, chosen.brand), chosen.seen_at)
            st.code(json.dumps(problem, indent=2, ensure_ascii=False), language="json")
    return chosen


def _areas(session: Session, until: datetime) -> None:
    """Draw where people complain of faults, beside how many events the network has on record there."""
    faults = tuple(complaints(brand, SERVICE) for brand in session.config.own_brands)
    st.header("Complaints by place")
    st.caption(f"Posts that tell of faults, in the {BACK.days} days before the last post, where a place is known.")
    rows = [
        {"Place": one.place, "Complaints": one.complaints, "Network events": one.events}
        for one in session.work_out(areas, faults, until)
    ]
    if rows:
        table(rows, name="complaints by place")
    else:
        st.text("No place is known of posts that tell of faults.")
