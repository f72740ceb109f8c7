"""Where the names of brands stand in a text, from the text as written to the tokens that the encoder sees."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, TypeAlias

from nlp.clean import LOOKED_AT, USER, model_text
from nlp.tasks.toward import MOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textquery.places import Span

Names: TypeAlias = "tuple[tuple[Span, ...], ...]"
"""For each brand, where its names stand in a text."""

_FIRST_MARK: Final = 0xFDD0
_MARKS: Final = [(chr(code), chr(code + 1)) for code in range(_FIRST_MARK, _FIRST_MARK + 2 * MOST, 2)]
"""Characters that no text has (Unicode calls them noncharacters): they stand around names while a text is cleaned."""
_NO_MARKS: Final = dict.fromkeys(ord(mark) for pair in _MARKS for mark in pair)


def model_text_and_names(text: str, names: Sequence[Iterable[Span]]) -> tuple[str, Names]:
    """Return a text as the encoder reads it, and where names stand in it then; `names` is where they stand as written.

    A name that is part of a user name is where this was masked. One brand's names are lost where they stand in a
    link, after what is read, or where they cannot be followed; of more than `MOST` brands the first are followed.
    """
    text = text[:LOOKED_AT]
    read = model_text(text)
    if not any(names) or text.translate(_NO_MARKS) != text:
        return read, ()
    users = [found.span() for found in USER.finditer(text)]
    edges: list[tuple[int, bool, str]] = []
    for (opening, closing), spans in zip(_MARKS, names, strict=False):
        for start, end in spans:
            before = bisect_right(users, (start, len(text)))
            first, last = users[before - 1] if before and start < users[before - 1][1] else (start, end)
            edges += [(first, True, opening), (max(end, last), False, closing)]
    # At one place names end before others begin.
    pieces, at = [], 0
    for place, _, mark in sorted(edges):
        pieces += [text[at:place], mark]
        at = place
    cleaned = model_text("".join([*pieces, text[at:]]))
    if not read.startswith(cleaned.translate(_NO_MARKS)):
        return read, ()
    return read, _places(cleaned)


def _places(marked: str) -> Names:
    """Return what the marks in a text stand around, counted without them."""
    found: list[list[Span]] = [[] for _ in _MARKS]
    began: dict[int, int] = {}
    at = 0
    for character in marked:
        which, closes = divmod(ord(character) - _FIRST_MARK, 2)
        if not 0 <= which < MOST:
            at += 1
        elif not closes:
            began[which] = at
        elif which in began:
            found[which].append((began.pop(which), at))
    while found and not found[-1]:
        found.pop()
    return tuple(map(tuple, found))
