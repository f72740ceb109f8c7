"""Rows of delimited text (CSV and its relatives), each with the columns of the header."""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass
from itertools import dropwhile
from typing import TYPE_CHECKING, Final

from collectors.parsing.values import clean_text
from collectors.records.lines import MAX_LINE_BYTES, Line
from domain.errors import RecordUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class DelimitedRow:
    """A row: where it starts (file:line), its values by column, and how many lines are behind after it."""

    where: str
    values: Mapping[str, str]
    behind: int


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
        return (line.data or b"").decode("utf-8", "surrogateescape")

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


def rows(
    told: Iterable[Line], name: str, *, after_line: int = 0
) -> Iterator[DelimitedRow | tuple[int, RecordUnreadable]]:
    """Yield the rows below the header that start after a line; what cannot be read comes with the lines behind it."""
    # The limit is one per process; the default of 128 KB is below the long texts that we keep.
    csv.field_size_limit(MAX_LINE_BYTES + 1)
    told = iter(told)
    head = next((line for line in told if not line.is_blank), None)
    if head is None:
        return
    try:
        header = head.decoded(f"{name}:{head.number}")
        cut = {delimiter: next(csv.reader([header], delimiter=delimiter)) for delimiter in DELIMITERS}
    except (RecordUnreadable, csv.Error) as error:
        reason = error.reason if isinstance(error, RecordUnreadable) else str(error)
        yield 0, RecordUnreadable(f"{name}:{head.number}", f"the header is unreadable: {reason}")
        return
    # The one that cuts the header into most columns; a comma where none does.
    delimiter = max(DELIMITERS, key=lambda delimiter: len(cut[delimiter]))
    columns: dict[str, None] = {}
    for position, cell in enumerate(cut[delimiter], start=1):
        column = clean_text(cell).strip() or f"column {position}"
        columns[f"{column} ({position})" if column in columns else column] = None
    feed = _Feed(dropwhile(lambda line: line.number <= after_line, told))
    yield from _below(feed, csv.reader(feed, delimiter=delimiter), list(columns), name)


def _below(
    feed: _Feed, parsed: Iterator[list[str]], columns: list[str], name: str
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
                yield _row(cells, columns, feed, name)


def _row(cells: list[str], columns: list[str], feed: _Feed, name: str) -> DelimitedRow | tuple[int, RecordUnreadable]:
    where = feed.where(name)
    try:
        for line in feed.taken:
            line.decoded(where)
    except RecordUnreadable as error:
        return feed.behind, error
    if len(cells) != len(columns):
        return feed.behind, RecordUnreadable(where, f"{len(cells)} values for {len(columns)} columns")
    return DelimitedRow(where, dict(zip(columns, map(clean_text, cells), strict=True)), feed.behind)
