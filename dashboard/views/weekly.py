"""Weekly report: what the HTML report says, on screen, and the report itself to take along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import address
from dashboard.contents import contents, no_posts
from dashboard.controls import weeks_between
from dashboard.session import open_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.config import Brand
    from domain.ports import Store
    from domain.zones import ZoneName

HEIGHT_PX: Final = 800
LATEST: Final = "latest whole week"


@dataclass(frozen=True)
class Pages:
    """A week's report, ready to be shown and taken along."""

    week: str
    html: str
    markdown: str


def show() -> None:
    """Draw the page."""
    session = open_page("Weekly report")
    held = session.work_out(contents, session.config.time_zone)
    if held is None:
        no_posts()
        return
    address.follow("week")
    weeks = weeks_between(held.first, held.last)
    asked = address.says("week")
    if "week" not in st.session_state:
        st.session_state["week"] = next((week for week in weeks if [week] == asked), None) if asked else LATEST
    with st.container(horizontal=True, vertical_alignment="bottom"):
        week = st.selectbox(
            "Week (ISO)",
            [LATEST, *weeks],
            index=None,
            key="week",
            width=220,
        )
        if week is None:
            st.warning("There are no posts of the week of this link; choose one.", icon=":material/link_off:")
            return
        config = session.config
        with st.spinner("Working out the week ..."):
            pages = session.work_out(
                report_pages, week=None if week == LATEST else week, brands=config.brands, zone=config.time_zone
            )
        # The latest week is another one next week: the address says which it is now.
        address.note("week", [pages.week])
        _download("HTML", pages.html, f"earshot-{pages.week}.html", "text/html")
        _download("Markdown", pages.markdown, f"earshot-{pages.week}.md", "text/markdown")
    # The report lets nothing run in it, so the frame cannot measure it: the style sheet gives its height.
    with st.container(key="report"):
        st.iframe(pages.html, height=HEIGHT_PX)
    address.write()


def report_pages(store: Store, *, week: str | None, brands: Sequence[Brand], zone: ZoneName) -> Pages:
    """Return the report of a week of a zone as HTML and as Markdown."""
    # Late: only this page needs the report, its templates and what draws its charts.
    from insights.weekly.report import weekly_report
    from reports.weekly import render_html, render_markdown

    report = weekly_report(store, week=week, brands=brands, zone=zone)
    return Pages(report.week, render_html(report), render_markdown(report))


def _download(label: str, content: str, name: str, mime: str) -> None:
    st.download_button(label, content, name, mime, icon=":material/download:", on_click="ignore")
