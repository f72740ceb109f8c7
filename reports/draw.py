"""Vega-Lite specifications as pictures, drawn offline by vl-convert."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import vl_convert

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


def png(spec: Spec, *, scale: float = 2.0) -> bytes:
    """Return a chart as a PNG picture."""
    drawing: bytes = vl_convert.vegalite_to_png(spec, scale=scale, allowed_base_urls=_NO_ADDRESSES)
    return drawing
