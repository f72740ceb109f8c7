"""Rows of delimited text (CSV and its relatives), each with the columns of the header.

Looked at and not assumed: the line `sep=;`, lines above the header, the delimiter, quotes behind backslashes, rows
whose empty cells at the end were left out, and rows with empty cells too many.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import clean_text
from collectors.records.layout import Layout
from collectors.records.lines import MAX_LINE_BYTES, Line
from domain.errors import RecordUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

DELIMITERS: Final = (",", ";", "\t", "|")
MOST_ABOVE: Final = 50
"""Lines among which the header is looked for."""
MOST_BYTES_ABOVE: Final = 1024 * 1024

_HINT: Final = re.compile(r'\s*"?sep=(.)"?[,;\s]*', re.IGNORECASE)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_ESCAPED_QUOTE: Final = re.compile(r'\\"(?=[^",;\t|\r\n])')
"""A quote in the middle of a value that is not doubled but stands behind a backslash; no other CSV has that."""
_QUOTED: Final = re.compile(r'(?:^|[,;\t|])"')


@dataclass(frozen=True, slots=True)
class DelimitedRow:
    """A row: where it starts (file:line), its values by column, and how many lines are behind after it."""

    where: str
    values: Mapping[str, str]
    behind: int


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table: their names as they can be told apart, and places with the same name, the first first."""

    names: tuple[str, ...]
    same: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, cells: Iterable[str]) -> Header:
        """Return the header that a row is."""
        names: dict[str, int] = {}
        same = []
        for position, cell in enumerate(cells):
            name = clean_text(cell).strip("\ufeff \t\r\n\xa0") or f"column {position + 1}"
            if name in names:
                same.append((names[name], position))
                name = f"{name} ({position + 1})"
            names[name] = position
        return cls(tuple(names), tuple(same))

    def values(self, cells: Sequence[Any]) -> dict[str, Any] | str:
        """Return a row by column, else what is wrong with it.

        Cells that are missing at the end are empty; of columns with the same name the first takes the place of an
        empty one.
        """
        width = len(self.names)
        if any(cell is not None and str(cell).strip() for cell in cells[width:]):
            return f"{len(cells)} values for {width} columns"
        row = [clean_text(cell) if isinstance(cell, str) else cell for cell in cells[:width]]
        row += [""] * (width - len(row))
        for first, other in self.same:
            if row[first] is None or row[first] == "":
                row[first] = row[other]
        return dict(zip(self.names, row, strict=True))


class _QuoteNeverClosed(Exception):
    """A quoted value goes on to the end of the file or beyond the cap."""


class _Feed:
    """Hands lines to the CSV parser, remembers those of the current row, and can take them back.

    A quote that is never closed would swallow all rows behind it: only the line where it
    stands is given up, the others are read again.
    """

    def __init__(self, told: Iterable[Line]) -> None:
        self._told = iter(told)
        self._again: deque[Line] = deque()
        self._size = 0
        self._has_backslashes = False
        self.taken: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._told, None)
        if line is None:
            if self.taken:
                raise _QuoteNeverClosed
            raise StopIteration
        self.taken.append(line)
        self._size += len(line.data or b"")
        if len(self.taken) > 1 and (line.data is None or self._size > MAX_LINE_BYTES):
            raise _QuoteNeverClosed
        # Invalid bytes become lone surrogates, so that the parser keeps its place; see `_row`.
        text = (line.data or b"").decode("utf-8", "surrogateescape")
        return self._without_backslashes(text) if "\\" in text else text

    def skip(self, after_line: int) -> None:
        """Pass over lines; how they write quotes is how the others do."""
        while (line := next(self._told, None)) is not None:
            if line.number > after_line:
                self._again.append(line)
                return
            if b'\\"' in (line.data or b""):
                self._without_backslashes((line.data or b"").decode("utf-8", "replace"))

    def _without_backslashes(self, text: str) -> str:
        """Return a line with its quotes doubled, where they stand behind backslashes in this file."""
        if not self._has_backslashes and _ESCAPED_QUOTE.search(text):
            self._has_backslashes = len(self.taken) > 1 or _QUOTED.search(text) is not None
        if not self._has_backslashes:
            return text
        return _ESCAPED.sub(lambda match: '""' if match[1] == '"' else "\\", text)

    @property
    def behind(self) -> int:
        first, last = self.taken[0], self.taken[-1]
        return last.number if last.ended else first.number - 1

    def where(self, name: str) -> str:
        return f"{name}:{self.taken[0].number}"

    def start_row(self) -> None:
        self.taken.clear()
        self._size = 0

    def take_back_all_but_first(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


class _Top:
    """The beginning of a file, in which its header is."""

    def __init__(self, told: Iterator[Line], layout: Layout, name: str) -> None:
        self.lines: list[Line] = []
        self.first = ""
        """What is wrong with the first line that is not empty."""
        self._layout = layout
        self._texts: list[str] = []
        size = 0
        for line in islice(told, (layout.skip or 0) + MOST_ABOVE):
            self.lines.append(line)
            try:
                self._texts.append(line.decoded(f"{name}:{line.number}"))
            except RecordUnreadable as error:
                self.first = self.first or ("" if any(map(str.strip, self._texts)) else error.reason)
                self._texts.append("")
            size += len(line.data or b"")
            if size > MOST_BYTES_ABOVE and len(self.lines) > (layout.skip or 0):
                break
        hint = _HINT.fullmatch(self._texts[0].strip()) if self._texts else None
        if hint:
            self._texts[0] = ""
        self._delimiters = (hint[1],) if hint else DELIMITERS

    def header(self) -> tuple[Header, str, int] | None:
        """Return the header, its delimiter and how many lines are behind it; None where there is none.

        Raises:
            csv.Error: the line that is the header cannot be cut.
        """
        places = [place for place, text in enumerate(self._texts) if text.strip()]
        if self._layout.skip is not None or not self._layout.columns:
            return next((self.cut(place) for place in places if place >= (self._layout.skip or 0)), None)
        for place in places:
            for delimiter in self._delimiters:
                with suppress(csv.Error):
                    header, behind = self._row(place, delimiter)
                    if self._layout.is_header(set(header.names)):
                        return header, delimiter, behind
        return None

    def cut(self, place: int) -> tuple[Header, str, int]:
        """Return the line at a place cut by the delimiter that makes most of it; a comma where none does."""
        cut = {one: self._row(place, one) for one in self._delimiters}
        delimiter = max(cut, key=lambda one: len(cut[one][0].names))
        return cut[delimiter][0], delimiter, cut[delimiter][1]

    def _row(self, place: int, delimiter: str) -> tuple[Header, int]:
        parser = csv.reader(self._texts[place:], delimiter=delimiter)
        cells = next(parser, [])
        return Header.of(cells), place + parser.line_num


def rows(
    told: Iterable[Line], name: str, *, after_line: int = 0, layout: Layout | None = None
) -> Iterator[DelimitedRow | tuple[int, RecordUnreadable]]:
    """Yield the rows below the header that start after a line; what cannot be read comes with the lines behind it."""
    # The limit is one per process; the default of 128 KB is below the long texts that we keep.
    csv.field_size_limit(MAX_LINE_BYTES + 1)
    layout, told = layout or Layout(), iter(told)
    top = _Top(told, layout, name)
    first = next((line for line in top.lines if not line.is_blank), None)
    if first is None:
        return
    where, found, reason = f"{name}:{first.number}", None, top.first
    try:
        # What stands for a header that cannot be read is no header.
        found = top.header() if layout.columns or not reason else None
        if not found and not reason:
            yield 0, RecordUnreadable(where, layout.missing([*top.cut(first.number - 1)[0].names]))
            return
    except csv.Error as error:
        reason = str(error)
    if not found:
        yield 0, RecordUnreadable(where, f"the header is unreadable: {reason}")
        return
    header, delimiter, behind = found
    feed = _Feed(chain(top.lines[behind:], told))
    feed.skip(after_line)
    yield from _below(feed, csv.reader(feed, delimiter=delimiter), header, name)


def _below(
    feed: _Feed, parsed: Iterator[list[str]], header: Header, name: str
) -> Iterator[DelimitedRow | tuple[int, RecordUnreadable]]:
    while True:
        feed.start_row()
        try:
            cells = next(parsed)
        except StopIteration:
            return
        except _QuoteNeverClosed:
            feed.take_back_all_but_first()
            yield feed.behind, RecordUnreadable(feed.where(name), "a quote is opened and never closed")
        except csv.Error as error:
            yield feed.behind, RecordUnreadable(feed.where(name), f"not valid CSV ({error})")
        else:
            if any(cells) or feed.taken[0].data is None:
                yield _row(cells, header, feed, name)


def _row(cells: list[str], header: Header, feed: _Feed, name: str) -> DelimitedRow | tuple[int, RecordUnreadable]:
    where = feed.where(name)
    try:
        for line in feed.taken:
            line.decoded(where)
    except RecordUnreadable as error:
        return feed.behind, error
    values = header.values(cells)
    if isinstance(values, str):
        return feed.behind, RecordUnreadable(where, values)
    return DelimitedRow(where, values, feed.behind)
