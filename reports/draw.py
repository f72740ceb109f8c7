"""Vega-Lite specifications as pictures, drawn offline by vl-convert."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import vl_convert

from reports import style
from reports.charts import events_of, notes_of

if TYPE_CHECKING:
    from reports.charts import Spec

_NO_ADDRESSES: Final[list[str]] = []


def svg(spec: Spec) -> str:
    """Return a chart as an SVG element with its description as title; hostile text in the data stays text."""
    drawing: str = vl_convert.vegalite_to_svg(spec, config={"aria": False}, allowed_base_urls=_NO_ADDRESSES)
    title = escape(spec.get("description", ""))
    opening, rest = drawing.split(">", 1)
    # The size stays in the view box; the page decides how wide a chart is. As a picture it has one name and no parts.
    parts = f'<g aria-hidden="true">{rest.removesuffix("</svg>")}</g>'
    return f'{opening} role="img" aria-label="{title}"><title>{title}</title>{parts}</svg>'


def beside(spec: Spec, *, events: bool) -> str:
    """Return what must be read with a chart as escaped HTML: its events by their numbers where asked, and its notes."""
    named = [f"{event['number']}. {event['title']} ({event['facts']})" for event in events_of(spec) if events]
    return "".join(f'<p class="legend">{escape(line)}</p>' for line in (*named, *notes_of(spec)))


def dark_css() -> str:
    """Return rules that give the charts of a page their dark colours where the reader's system is dark."""
    rules = "".join(
        f"figure svg [{name}='{light}'] {{ {name}: {dark}; }}\n"
        for light, dark in style.DARK.items()
        for name in ("fill", "stroke")
    )
    return f"@media screen and (prefers-color-scheme: dark) {{\n{rules}}}\n"


def png(spec: Spec, *, scale: float = 2.0) -> bytes:
    """Return a chart as a PNG picture."""
    drawing: bytes = vl_convert.vegalite_to_png(spec, scale=scale, allowed_base_urls=_NO_ADDRESSES)
    return drawing
