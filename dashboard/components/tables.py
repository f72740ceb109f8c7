"""Tables that a reader may take along.

Streamlit's own export writes cells as they are, and strangers' names and words are formulas to a spreadsheet; it is
switched off (`dashboard/start.py`), and this is the way to a table's figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from reports.csv_table import csv_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def table(rows: Sequence[Mapping[str, Any]], *, name: str, **shown: Any) -> Any:
    """Draw a table with a button that saves it as CSV; return what `st.dataframe` does with the options `shown`.

    `name` is the page's alone: the file is called so.
    """
    drawn = st.dataframe(rows, hide_index=True, **shown)
    if rows:
        st.download_button(
            "Save as CSV",
            # Spreadsheets know UTF-8 by its mark.
            csv_table(rows, list(rows[0])).encode("utf-8-sig"),
            f"{name}.csv",
            "text/csv",
            key=f"save-{name}",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
    return drawn
