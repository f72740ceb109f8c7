"""The steps of a journey as a list to read; texts are escaped as everywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dashboard.components.post_list import safe, text_html, tone_html
from dashboard.components.timeline import lane
from insights.customers.journey import POST
from reports.wording import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights.customers.journey import Step


def steps_html(steps: Sequence[Step]) -> str:
    """Return steps in their order as escaped HTML, with the reasons for each link."""
    return f'<ol class="earshot-posts earshot-steps">{"".join(map(_item, steps))}</ol>'


def _item(step: Step) -> str:
    until = f" to {moment(step.ended_at)}" if step.ended_at else ""
    tone = tone_html(step.sentiment) if step.kind == POST else f'<span class="kind">{safe(lane(step.kind))}</span>'
    reasons = "".join(f"<li>{safe(reason)}</li>" for reason in step.evidence)
    return (
        f'<li class="{"network" if step.shade else "own"}">'
        f'<p class="facts">{tone}<span>{escape(moment(step.at) + until)}</span><span>{safe(step.title)}</span></p>'
        f"{text_html(step.detail) if step.detail else ''}"
        f'{f"""<ul class="evidence">{reasons}</ul>""" if reasons else ""}</li>'
    )
