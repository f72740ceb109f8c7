"""Customer: all that happened to one customer, in order, under a pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import address
from dashboard.components import chart_selection as picks
from dashboard.components.customer_search import customer_search
from dashboard.components.flow_panel import LEADING_TO, flow_panel
from dashboard.components.headline import Figure, figures_html
from dashboard.components.link_panel import link_panel
from dashboard.components.timeline import MOST_TITLES, steps_html, timeline
from dashboard.contents import contents, no_posts
from dashboard.session import open_page
from domain.zones import in_zone
from insights.customers.experience import weighing
from insights.customers.journey import customers_with_posts, journey
from insights.customers.steps import POST
from reports.wording import NOT_KNOWN, count, day, effect_in_points, many, money

if TYPE_CHECKING:
    from domain.zones import ZoneName
    from insights.customers.journey import Journey

MOST_WEIGHING: Final = 4
LIMIT: Final = 500
"""Customers to choose from, those with most posts first."""


def show() -> None:
    """Draw the page."""
    session = open_page("Customer")
    if session.work_out(contents, session.config.time_zone) is None:
        no_posts()
        return
    address.follow("customer", LEADING_TO, picks.PICK)
    linked = session.work_out(customers_with_posts, session.config.linking.purposes, LIMIT)
    found = customer_search(session)
    known = [*address.says("customer"), *(one.customer_id for one in linked), *found]
    if not known:
        st.info("There are no customers with linked posts yet.", icon=":material/link_off:")
        st.text("A post is linked where something says that its author is a customer, and the customer agreed.")
        flow_panel(session)
        address.write()
        return
    names = {}
    for customer in linked:
        parts = (customer.customer_id, many(customer.posts, "post"), customer.place, customer.segment)
        names[customer.customer_id] = " · ".join(part for part in parts if part)
    if "customer" not in st.session_state:
        is_there = known[0] in names or session.store.get("customers", [known[0]])
        st.session_state["customer"] = known[0] if is_there else None
    elsewhere = sorted({st.session_state["customer"], *found} - {None, *names})
    chosen = st.selectbox(
        "Customer (pseudonym)",
        [*names, *elsewhere],
        format_func=lambda customer: names.get(customer, customer),
        index=None,
        key="customer",
        help="Customers are kept under keyed pseudonyms only: no name, no number, no handle."
        + ("" if session.config.linking.search_identifiers else " Search by declared identifiers is switched off."),
    )
    if chosen is None:
        st.warning("There is no such customer here; choose one.", icon=":material/link_off:")
        return
    # The pseudonym alone: what else the list says of a customer changes, and is nobody's business in an address.
    address.note("customer", [chosen])
    _draw(session.work_out(journey, chosen, session.config.linking.purposes), session.config.time_zone)
    link_panel(session, chosen)
    flow_panel(session)
    address.write()


def _draw(found: Journey, zone: ZoneName) -> None:
    """Draw what is known of a customer, the time line, and the steps: all, or the one that is picked on the line."""
    posts = [step for step in found.steps if step.kind == POST]
    negative = sum(step.sentiment == "negative" for step in posts)
    facts = [
        Figure(label="Linked posts", value=count(len(posts)), range=f"{count(negative)} of them negative"),
        Figure(label="Place", value=found.place or found.region or NOT_KNOWN, range=found.region or ""),
        Figure(label="Customer since", value=f"{found.since:%b %Y}" if found.since else NOT_KNOWN),
        Figure(label="Plan", value=found.plan or NOT_KNOWN, range=found.segment or ""),
        Figure(label="Monthly value", value=money(found.monthly_value), range="in the operator's currency"),
    ]
    if found.steps and (score := found.steps[-1].score) is not None:
        facts.insert(1, Figure(label="Experience score", value=f"{score:.0f}", range="of 100, after the last step"))
    st.html(figures_html(facts))
    if found.steps and (weigh := weighing(found.steps, found.steps[-1].at)[:MOST_WEIGHING]):
        told = "; ".join(
            f"{step.title}, {day(in_zone(step.at, zone))} ({effect_in_points(left)})" for step, left in weigh
        )
        st.text(f"What weighs most on the score: {told}.")
    st.header("Time line")
    spec, name = timeline(found, zone), f"journey-{found.customer_id}"
    if spec is None:
        st.text("Nothing happened yet but the consent itself.")
    else:
        st.caption(
            "Shaded: what the network and the services did at the customer's place. Posts are orange where negative, "
            "grey where neutral, blue where positive. Click a point to read it. The line is the experience score: "
            "what each step does to it stands beside the step, and half of that is forgotten after a month. "
            f"Times are those of {zone}."
        )
        if sum(step.shade for step in found.steps) > MOST_TITLES:
            st.caption(f"The {MOST_TITLES} of them that customers feel most are named; point at a shade for its name.")
        picks.chart(spec, name=name)
    pick = picks.current(name)
    steps = found.steps if pick is None else (found.steps[int(pick.keys["step"])],)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(f"{many(len(steps), 'step')}, in order", width="content")
        if pick is not None:
            st.button("Show all", icon=":material/close:", on_click=picks.clear, key="show-all", type="tertiary")
    st.html(steps_html(steps, zone))
