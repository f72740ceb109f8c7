"""From HTML that strangers wrote to plain text. Nothing is rendered, fetched or executed.

Cut with expressions that pass over each character once: the parser of the standard library
takes minutes for a few thousand unfinished tags.
"""

from __future__ import annotations

import re
from typing import Final

from collectors.parsing.values import clean_text
from domain.entities import unescape

MAX_HTML_CHARACTERS: Final = 1_000_000

_SILENT: Final = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"})
_BLOCKS: Final = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"),
        *("table", "td", "th", "tr", "ul"),
    }
)
_TAG: Final = re.compile(r"""<(?:[!?]|(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*+))(?:"[^"<]*+"|'[^'<]*+'|[^<>])*+>""")
_SPACES: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r" ?\n[ \n]*")


def html_to_text(markup: str) -> str:
    """Return the text that a reader of the page would see: one line per block, single spaces."""
    source = _without_comments(markup[:MAX_HTML_CHARACTERS])
    parts: list[str] = []
    position, silent = 0, ""
    for tag in _TAG.finditer(source):
        if not silent:
            parts.append(_shown(source[position : tag.start()]))
        position = tag.end()
        name, is_end = (tag["name"] or "").lower(), tag["end"] == "/"
        if silent:
            silent = "" if is_end and name == silent else silent
        elif name in _SILENT and not is_end and not tag[0].endswith("/>"):
            silent = name
        elif name in _BLOCKS:
            parts.append("\n")
    if not silent:
        parts.append(_shown(source[position:]))
    text = _SPACES.sub(" ", clean_text("".join(parts)))
    return _LINES.sub("\n", text).strip()


def _shown(source: str) -> str:
    """Return the text between two tags: references resolved, line breaks of the source as spaces."""
    return unescape(source).replace("\r", " ").replace("\n", " ")


def _without_comments(source: str) -> str:
    """Cut comments out; one that is never closed hides the rest, as in a browser."""
    kept, position = [], 0
    while (start := source.find("<!--", position)) >= 0:
        kept.append(source[position:start])
        end = source.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        position = end + 3
    return "".join([*kept, source[position:]])
