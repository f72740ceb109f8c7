"""The search for a customer by a declared identifier, where the setting allows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import streamlit as st

from actions.find_customer import find_customers
from configuration.keys import key_of
from dashboard.components.link_panel import LONGEST_NAME, WHO
from domain.errors import InputError
from reports.wording import many

if TYPE_CHECKING:
    from dashboard.session import Session

LONGEST_IDENTIFIER: Final = 250
FOUND: Final = "customers found"
"""Where this reader's session keeps the pseudonyms that were found last."""


def customer_search(session: Session) -> tuple[str, ...]:
    """Draw the search and choose the customer that it finds; return the pseudonyms that were found last.

    What is typed is this run's alone: it is in no widget's state, in no address, and nothing is worked out under it.
    """
    if not session.config.linking.search_identifiers:
        return ()
    with (
        st.expander("Search by a declared identifier"),
        st.form("identifier-search", clear_on_submit=True, border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        typed = st.text_input(
            "Customer number, telephone number, mail address or handle",
            max_chars=LONGEST_IDENTIFIER,
            key="identifier",
            autocomplete="off",
            help="It is turned into its pseudonym, looked up and forgotten. A handle alone is looked for in all "
            "sources; write SOURCE:HANDLE for one.",
        )
        by = st.text_input("Your name or role", st.session_state.get(WHO, ""), LONGEST_NAME, "identifier-by")
        is_asked = st.form_submit_button("Search", key="identifier-search-button")
    if is_asked:
        _search(session, typed, by)
    found: tuple[str, ...] = st.session_state.get(FOUND, ())
    return found


def _search(session: Session, typed: str, by: str) -> None:
    """Choose the one customer that an identifier is declared by; say why there is none to choose."""
    try:
        found = find_customers(
            session.store,
            typed,
            key=key_of(session.config),
            region=session.config.listener.region,
            by=by,
            at=datetime.now(UTC),
        )
    except InputError as error:
        st.warning(f"{str(error).capitalize()}.")
        return
    st.session_state[WHO] = by
    st.session_state[FOUND] = found
    if not found:
        st.warning("No customer here declared that.", icon=":material/link_off:")
        return
    st.session_state["customer"] = found[0] if len(found) == 1 else None
    if len(found) > 1:
        st.info(f"That belongs to {many(len(found), 'customer')}: choose one of {', '.join(found)}.")
