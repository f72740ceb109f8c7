"""What precedes complaints, calls and leaving, over all customers: worked out when somebody chooses one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import address
from dashboard.components.chart_selection import coloured
from dashboard.components.table_view import table_html
from domain.zones import in_zone
from reports.flow import MOST_DRAWN, flow, flow_table
from reports.wording import count, day, many

if TYPE_CHECKING:
    from dashboard.session import Session

LEADING_TO: Final = "leading_to"
"""What is chosen, on the page and in its address."""
_NAMES: Final = {"complaint": "Complaints", "call": "Calls", "leaving": "Leaving"}


def flow_panel(session: Session) -> None:
    """Draw the choice of what follows, and the sequences that precede it."""
    # Late: most readers of the page do not ask for it.
    from insights.customers.sequences import preceding

    st.header("What precedes, over all customers")
    if LEADING_TO not in st.session_state:
        asked = next(iter(address.says(LEADING_TO)), None)
        st.session_state[LEADING_TO] = asked if asked in _NAMES else None
    target = st.segmented_control("Steps that precede", list(_NAMES), format_func=_NAMES.__getitem__, key=LEADING_TO)
    address.note(LEADING_TO, [target] if target else [])
    if target is None:
        st.text("Choose what follows; all customers are read for it.")
        return
    with st.spinner("Reading the steps of all customers ..."):
        found = session.work_out(preceding, target, session.config.linking.purposes)
    start, end = (day(in_zone(at, session.config.time_zone)) for at in (found.start, found.end))
    read = "all" if found.read == found.customers else f"a sample of {count(found.read)} of"
    st.caption(
        f"From {start} to {end}, {target}: {many(found.targets, 'time')} "
        f"among {read} {count(found.customers)} customers. "
        f"{many(found.tested, 'sequence')} of steps within {found.within.days} days were tested."
    )
    if not found.sequences:
        st.text("No sequence of steps precedes it more often than chance explains.")
        return
    st.vega_lite_chart(coloured(flow(found)), width="stretch", theme=None, key=f"flow-{target}")
    left_out = f" {MOST_DRAWN} of {len(found.sequences)} are drawn." if len(found.sequences) > MOST_DRAWN else ""
    st.caption(
        "Each line is a sequence that precedes, as wide as it has customers; beside it how many times more often the "
        "same followed than in as much time of customers without it, with its 95% range. It says nothing of causes, "
        f"and one customer may be in several lines.{left_out}"
    )
    with st.expander("As a table", key=f"table-flow-{target}"):
        st.html(table_html(flow_table(found), caption=f"Sequences of steps that precede: {target}"))
