"""What reports as pages have in common: templates, a look, charts with figures; nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from markupsafe import Markup

from domain.quoted import QUOTE_ENDS, quote_begins
from domain.zones import in_zone
from reports import draw, wording
from reports.chart_table import chart_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jinja2.runtime import Context

    from reports.charts import Spec

TEMPLATES: Final = Path(__file__).with_name("templates")
"""Beside this file, and not asked for by name: whoever stands in a folder called `reports` has their own."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~&])")


@dataclass(frozen=True)
class Card:
    """A figure to be seen first."""

    name: str
    value: str
    beside: str


@cache
def templates() -> Environment:
    """Return the templates; what they are given has a `report` with a `zone`."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html.jinja"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    names = ("aspect", "begun", "count", "in_words", "language", "percent", "points")
    environment.filters |= {name: getattr(wording, name) for name in names}
    # As Markdown shows it as it is, on one line.
    environment.filters["plain"] = lambda text: _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
    environment.filters |= {"day": _zoned(wording.day), "moment": _zoned(wording.moment)}
    environment.globals |= {"quote_ends": Markup(QUOTE_ENDS)}  # noqa: S704
    # A comment with a hash in it.
    environment.globals["quote_begins"] = lambda post_id: Markup(quote_begins(post_id))  # noqa: S704
    return environment


def look() -> Markup:
    """Return the rules of style of every page."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8") + draw.dark_css()
    return Markup(css)  # noqa: S704 ours


def drawing(spec: Spec, *, events: bool) -> dict[str, Any]:
    """Return a chart for a page: the picture with what must be read beside it, and its figures as a table."""
    return {
        "svg": Markup(draw.svg(spec) + draw.beside(spec, events=events)),  # noqa: S704 escaped by draw
        "table": chart_table(spec),
    }


def _zoned(write: Callable[[datetime], str]) -> Callable[[Context, datetime], str]:
    """Return the filter that writes a time as clocks of the report's zone showed it."""

    @pass_context
    def written(context: Context, time: datetime) -> str:
        return write(in_zone(time, context["report"].zone))

    return written
