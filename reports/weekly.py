"""The weekly report as a page that needs nothing else, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insights.findings import WeeklyReport


def render_html(report: WeeklyReport) -> str:
    """Return one self-contained page: charts inline, no scripts, nothing loaded from elsewhere."""
    raise NotImplementedError


def render_markdown(report: WeeklyReport) -> str:
    """Return the report as Markdown, without charts."""
    raise NotImplementedError
