"""The table beside a chart: its figures as text, and the way to its posts for who has no pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from dashboard.components.post_list import safe
from reports.chart_table import chart_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reports.chart_table import ChartTable
    from reports.charts import Spec

_PICKED: Final = "picked from a table"


@st.fragment
def as_table(spec: Spec, *, name: str, pick: Callable[[Mapping[str, Any]], None]) -> None:
    """Draw what a chart shows as a table, and a list that picks one of its marks; both when a reader opens them.

    `name` is the chart's alone; `pick` is called with a mark's keys.
    """
    box = st.expander("As a table", key=f"table-{name}", on_change="rerun")
    if not box.open:
        return
    found = chart_table(spec)
    key = f"mark-{name}"

    def take() -> None:
        pick(found.marks[st.session_state[key]])
        st.session_state[_PICKED] = True

    with box:
        st.html(table_html(found, caption=spec["description"]))
        st.selectbox("Show the posts of", list(found.marks), index=None, key=key, on_change=take, placeholder="choose")
    # The page around has to follow, and a callback may not ask for that.
    if st.session_state.pop(_PICKED, False):
        st.rerun()


def table_html(found: ChartTable, *, caption: str) -> str:
    """Return a table as escaped HTML, in a region that the keyboard can scroll."""
    head = "".join(f'<th scope="col">{safe(column)}</th>' for column in found.columns)
    body = "".join(f"<tr>{''.join(f'<td>{safe(cell)}</td>' for cell in row)}</tr>" for row in found.rows)
    return (
        f'<div class="earshot-table" tabindex="0" role="region" aria-label="{safe(caption)}"><table>'
        f"<caption>{safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
