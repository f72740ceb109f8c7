"""What a page says when there is nothing to show yet."""

from __future__ import annotations

import streamlit as st


def no_posts() -> None:
    """Say that the store is empty and what fills it."""
    st.info("There are no posts in the store yet.", icon=":material/inbox:")
    st.text("Add some, then load this page again:")
    st.code("earshot ingest --source file --path posts.jsonl --mapping jsonl", language="shell")
