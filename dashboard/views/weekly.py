"""Weekly report: what the HTML report says, on screen, and the report itself to take along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard.contents import contents
from dashboard.controls import weeks_between
from dashboard.empty import no_posts
from dashboard.state import open_desk

if TYPE_CHECKING:
    from insights.findings import WeeklyReport

# The report is shown in a frame of this origin: nothing in it may run or load, whatever it quotes.
LOCKED: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"


def show() -> None:
    """Draw the page."""
    # Late: only this page needs the report and its templates.
    from insights.weekly import weekly_report

    desk = open_desk()
    st.title("Weekly report")
    held = desk.work_out(contents)
    if held is None:
        no_posts()
        return
    weeks = weeks_between(held.first, held.last)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        week = st.selectbox(
            "Week (ISO)", [None, *weeks], format_func=lambda week: week or "latest whole week", key="week", width=220
        )
        with st.spinner("Working out the week ..."):
            report = desk.work_out(weekly_report, week=week, brands=desk.config.brands)
        page = _downloads(report)
    st.iframe(locked(page), height="content")


def locked(page: str) -> str:
    """Return an HTML page that may run nothing and load nothing."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{LOCKED}">'
    return page.replace("<head>", f"<head>{policy}", 1)


def _downloads(report: WeeklyReport) -> str:
    """Draw the download buttons and return the report as HTML."""
    from reports.weekly import render_html, render_markdown

    page = render_html(report)
    name = f"earshot-{report.week}"
    st.download_button("HTML", page, f"{name}.html", "text/html", icon=":material/download:", on_click="ignore")
    st.download_button(
        "Markdown",
        render_markdown(report),
        f"{name}.md",
        "text/markdown",
        icon=":material/download:",
        on_click="ignore",
    )
    return page
