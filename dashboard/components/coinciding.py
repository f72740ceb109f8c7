"""Beside a figure: which part of it falls into an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from insights.coinciding import incidents_met, parts, parts_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.session import Session
    from domain.questions import Dimension, Filters


def note_incident(session: Session, filters: Filters) -> None:
    """Say where many posts of a view fall into one incident; nothing where they do not."""
    met = session.work_out(incidents_met, filters)
    for part in session.work_out(parts, filters, met).values():
        # A title is somebody else's words: plain text.
        st.text(f"{part.words}.")


def note_parts(session: Session, filters: Filters, by: Dimension, *, named: Callable[[Any], str]) -> None:
    """Say of which values of a dimension many posts fall into an incident; `named` gives a value's name."""
    met = session.work_out(incidents_met, filters)
    found = session.work_out(parts, filters, met, by)
    largest = sorted(found.items(), key=lambda item: -item[1].posts)
    for sentence in parts_in_words((named(value), part) for value, part in largest if value is not None):
        st.text(sentence)
