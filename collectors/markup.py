"""From HTML that strangers wrote to plain text. Nothing is rendered, fetched or executed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from collectors.values import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_HTML_CHARACTERS: Final = 200_000
"""What is behind this is cut off; the parser of the standard library is slow on hostile long input."""

_SILENT: Final = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"})
_BLOCKS: Final = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"),
        *("table", "td", "th", "tr", "ul"),
    }
)
_SPACES: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r" ?\n[ \n]*")


def html_to_text(markup: str) -> str:
    """Return the text that a reader of the page would see: one line per block, single spaces."""
    reader = _Reader()
    reader.feed(markup[:MAX_HTML_CHARACTERS])
    reader.close()
    text = _SPACES.sub(" ", "".join(reader.parts))
    return clean_text(_LINES.sub("\n", text).strip())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if not self._silent and tag in _SILENT:
            self._silent = tag
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # A line break in the source is a space on the page.
            self.parts.append(data.replace("\n", " "))
