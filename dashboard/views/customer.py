"""Customer: all that happened to one customer, in order."""

from __future__ import annotations

import streamlit as st


def show() -> None:
    """Draw the page."""
    st.title("Customer")
