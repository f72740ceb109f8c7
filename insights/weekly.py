"""The weekly report: every figure of one ISO week, and the week in three sentences made from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.config import Brand
    from domain.documents import Document
    from domain.ports import Store
    from insights.findings import WeeklyReport


def weekly_report(store: Store, *, week: str | None, brands: Sequence[Brand]) -> WeeklyReport:
    """Return the report of an ISO week such as `2019-W48`.

    None asks for the last week with posts on all seven days, else the last with any.

    Raises:
        InputError: the week is not written so, or there are no posts at all.
    """
    raise NotImplementedError


def report_document(report: WeeklyReport, *, made_at: datetime) -> Document:
    """Return the report as kept under the kind `reports`; the same week replaces itself."""
    raise NotImplementedError
