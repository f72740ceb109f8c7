"""What a mail says itself: without the mails that it answers and without the signature."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_DASHES: Final = re.compile(r"\s*(?:-{3,}|_{3,})\s*\w[^-_\n]{4,60}?\s*(?:-{3,}|_{3,})\s*")
"""A line such as -----Original Message-----, in any language."""
_WHO: Final = "From|Von|De|Da|Van|Från|Fra|Od|От|Від|Lähettäjä|Feladó|Gönderen|寄件者|发件人|差出人"
_FROM: Final = re.compile(rf"\s*\*?(?:{_WHO})\*?\s?[:：]\s*\S")
_FIELD: Final = re.compile(r"\s*\*?[^\W\d_][\w -]{0,24}\*?\s?[:：]\s*\S")
"""The lines of the header that mail programs set before the mail that is answered."""
_SIGNATURE: Final = frozenset({"-- ", "--"})
_QUOTING_MARKUP: Final = re.compile(
    r"""<(?:blockquote\b[^<>]*\btype=["']?cite|div\b[^<>]*\b(?:class=["']?gmail_quote|id=["']?(?:divRplyFwdMsg|appendonsend)))"""
)
_MOST_FIELDS: Final = 4
_MOST_CHARACTERS: Final = 200


def own_words(text: str) -> str:
    """Return what is left of a plain text; where nothing would be (a mail passed on), all of it."""
    lines = text.replace("\r\n", "\n").split("\n")
    lines = list(takewhile(lambda line: line not in _SIGNATURE, lines))
    end = next((position for position, _ in enumerate(lines) if _answered_from(lines, position)), len(lines))
    kept: list[str] = []
    for line in lines[:end]:
        if line.lstrip().startswith(">"):
            _drop_introduction(kept)
        else:
            kept.append(line)
    while kept and not kept[-1].strip(" \t_-"):
        kept.pop()
    return "\n".join(kept).strip() or text.strip()


def own_markup(markup: str) -> str:
    """Return an HTML text up to what it answers; where that is all there is, the whole."""
    quoted = _QUOTING_MARKUP.search(markup)
    return markup[: quoted.start()] if quoted else markup


def _answered_from(lines: Sequence[str], position: int) -> bool:
    """Tell whether the mail that is answered begins at a line: with a rule, or with a header that stands alone."""
    header = [line[:_MOST_CHARACTERS] for line in lines[position : position + _MOST_FIELDS]]
    if _DASHES.fullmatch(header[0]):
        return True
    alone = position == 0 or not lines[position - 1].strip(" \t_-")
    return alone and bool(_FROM.match(header[0])) and sum(bool(_FIELD.match(line)) for line in header[1:]) >= 2


def _drop_introduction(kept: list[str]) -> None:
    """Drop the line that introduces a quote ("On Friday Ann wrote:"), which may be broken in two."""
    while kept and not kept[-1].strip():
        kept.pop()
    if kept and kept[-1].rstrip().endswith((":", "：")):
        kept.pop()
        # A line that was broken off by the mail program: it is long, and no sentence ends with it.
        if kept and len(kept[-1]) >= 60 and not kept[-1].rstrip().endswith((".", "!", "?", ":")):
            kept.pop()
