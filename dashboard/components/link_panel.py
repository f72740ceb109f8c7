"""Why authors are taken for a customer, and the buttons by which a person decides about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import streamlit as st

from actions.identity import decide, follow, why_not
from configuration.keys import key_of
from domain.conditions import equal
from domain.errors import InputError
from domain.link import read_link
from insights.customers.links import explained, verdict
from reports.wording import many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.session import Session
    from domain.link import IdentityLink, LinkState

MOST_LINKS: Final = 50
LONGEST_NAME: Final = 40
LONGEST_REASON: Final = 200
_MAY_BECOME: Final[Mapping[LinkState, tuple[LinkState, ...]]] = {
    "proposed": ("confirmed", "refused"),
    "made": ("confirmed", "revoked"),
    "confirmed": ("revoked",),
    "refused": ("confirmed",),
    "revoked": ("confirmed",),
}
_VERBS: Final[Mapping[LinkState, str]] = {"confirmed": "Confirm", "refused": "Refuse", "revoked": "Revoke"}
_NOTICE: Final = "link notice"
WHO: Final = "link decider"
"""The name that was given last: who decides about several links gives it once."""


def links_of(session: Session, customer: str) -> list[IdentityLink]:
    """Return the links of a customer, those that wait for a person first."""
    found = map(read_link, session.store.scan("links", where=[equal("customer", customer)]))
    waiting_first = sorted(found, key=lambda link: (link.state != "proposed", link.source, link.id))
    return [link for link in waiting_first if link.state != "ended"]


def link_panel(session: Session, customer: str) -> None:
    """Draw the links of a customer: what each rests on, and what a person may decide about it."""
    links = links_of(session, customer)
    if not links:
        return
    st.header("Why posts are taken for this customer's")
    if (said := st.session_state.pop(_NOTICE, None)) is not None:
        st.info(said, icon=":material/how_to_reg:")
    for link in links[:MOST_LINKS]:
        _draw(session, link)
    if len(links) > MOST_LINKS:
        st.caption(f"{len(links) - MOST_LINKS} more: `earshot links list --customer {customer}`.")


def _draw(session: Session, link: IdentityLink) -> None:
    """Draw one link, closed unless it waits for a person."""
    now = datetime.now(UTC)
    title = verdict(link, now)
    with st.expander(f"{link.source}: {title}", expanded=link.state == "proposed"):
        # Reasons are somebody's words: plain text.
        st.text("\n".join(line for line in explained(link, now) if line != title))
        with st.form(f"link-{link.id}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            by = st.text_input("Your name or role", st.session_state.get(WHO, ""), LONGEST_NAME, f"link-by-{link.id}")
            why = st.text_input("Reason (optional; name nobody)", "", LONGEST_REASON, f"link-why-{link.id}")
            chosen: LinkState | None = None
            for state in _MAY_BECOME.get(link.state, ()):
                fault = why_not(session.store, link, state)
                if st.form_submit_button(
                    _VERBS[state], key=f"link-{state}-{link.id}", disabled=fault is not None, help=fault
                ):
                    chosen = state
        if chosen is not None:
            _decided(session, link, chosen, by, why)


def _decided(session: Session, link: IdentityLink, state: LinkState, by: str, why: str) -> None:
    """Keep a decision, and draw everything anew; say what is wrong where it cannot be kept."""
    if not by.strip():
        st.warning("Say who decides: it is kept with the decision.")
        return
    try:
        decided = decide(session.store, link.id, state, by=by, at=datetime.now(UTC), why=why.strip() or None)
    except InputError as error:
        # Somebody else decided meanwhile.
        st.warning(str(error))
        return
    st.session_state[WHO] = by
    changed = follow(session.store, session.config.linking, key_of(session.config), decided)
    st.session_state[_NOTICE] = f"The link is {state}; links changed on {many(changed, 'post')}."
    session.look_again()
    st.rerun()
