"""Counting and choosing posts by their columns: filters as masks over row numbers, groups as sums over codes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args

import numpy as np

from domain.enrichment import SentimentLabel
from domain.questions import ASKED, DIMENSIONS, TIME_DIMENSIONS, Count, Filters
from stores.sqlite.columns import FIRST_VALUE, KNOWN_ONLY, NO_POST, NO_VALUE, SEGMENT, Segments
from stores.sqlite.quarters import quarter_of, starts_of
from stores.sqlite.query import (
    Sql,
    copies_in_order,
    first_of_copies,
    rows_between,
    rows_of,
    searched_rows,
    values_of,
)
from stores.tallies import settled
from textquery.parser import parse
from textquery.tree import And, Not, Or

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from domain.questions import Dimension, Order, Page
    from domain.zones import ZoneName
    from stores.sqlite.columns import CodeColumn, Memory
    from textquery.tree import Query

Mask: TypeAlias = "NDArray[np.bool_]"
Ids: TypeAlias = "NDArray[np.int64]"

DENSE: Final = 2**21
"""Up to so many possible groups there is a counter for each."""
MOST_CELLS: Final = 2**62
FEW: Final = 20_000
"""Up to so many posts are looked up one by one, where the other way is an index from end to end."""
_LABELS: Final[tuple[SentimentLabel, ...]] = get_args(SentimentLabel)
_MOODS: Final = 1 + len(_LABELS)


@dataclass(frozen=True)
class _Test:
    """A field and what its values have to be; `unknown` tells whether posts without a value pass."""

    field: str
    passes: Callable[[Any], bool]
    unknown: bool = False

    def held(self, column: CodeColumn) -> Mask:
        """Return which entries of a column pass."""
        held: Mask = np.array([False, self.unknown, *map(self.passes, column.values)])[column.codes]
        return held


@dataclass(frozen=True)
class _Between:
    """A field with numbers and the first and last that pass; `unknown` tells whether posts without a value pass."""

    field: str
    first: int
    last: int
    unknown: bool = False

    def held(self, column: CodeColumn) -> Mask:
        """Return which entries of a column pass."""
        values = _numbers(column)
        passes = (values >= self.first) & (values <= self.last)
        held: Mask = np.concatenate([[False, self.unknown], passes])[column.codes]
        return held


class _Is:
    """That there is a post."""

    field: Final = "created_at"

    def held(self, column: CodeColumn) -> Mask:
        """Return in which rows there is one."""
        held: Mask = column.codes != NO_POST
        return held


@dataclass(frozen=True)
class _Keys:
    """The keys of one dimension that were met, each with a number."""

    numbers: dict[Any, int] = field(default_factory=dict)

    def number(self, key: Any) -> int:
        return self.numbers.setdefault(key, len(self.numbers))


class Counting:
    """Answers about the posts that filters let through, out of one transaction.

    Raises:
        QueryError: the text query is wrong.
    """

    def __init__(self, connection: sqlite3.Connection, filters: Filters, memory: Memory) -> None:
        self._connection = connection
        self._filters = filters
        self._segments = Segments(connection, memory)
        self._size = self._segments.count * SEGMENT
        self.stand_ins: list[int] = []
        """Rows of posts that stand for a group of copies whose first does not pass."""
        self.chosen = self._chosen()
        """Which rows are posts that pass, by row number."""

    @property
    def total(self) -> int:
        """How many posts pass."""
        return int(np.count_nonzero(self.chosen))

    def rows(self) -> list[int]:
        """Return the rows of the posts that pass."""
        return np.flatnonzero(self.chosen).tolist()

    def count_by(self, by: Sequence[Dimension], zone: ZoneName) -> list[Count]:
        """Count the posts by sentiment in every group that has any; hours, days and weeks are those of a zone."""
        keys = [_Keys() for _ in by]
        indexed = [
            self._indexed(DIMENSIONS[one], keys[i]) if DIMENSIONS[one] in KNOWN_ONLY else None
            for i, one in enumerate(by)
        ]
        cells = [self._cells(segment, by, keys, indexed, zone) for segment in range(self._segments.count)]
        if not any(len(counts) for _, counts in cells):
            return []
        ids, counts = np.concatenate([one for one, _ in cells], axis=1), np.concatenate([one for _, one in cells])
        for place, known in enumerate(keys):
            if any(isinstance(key, tuple) for key in known.numbers):
                ids, counts, keys[place] = _one_by_one(ids, counts, place, known)
        different, by_mood = _summed(ids, counts, [len(known.numbers) for known in keys])
        named = [list(known.numbers) for known in keys]
        totals = by_mood.sum(axis=1).tolist()
        tallies = []
        for numbers, total, moods in zip(different.T.tolist(), totals, by_mood[:, 1:].tolist(), strict=True):
            values = tuple(names[number] for names, number in zip(named, numbers, strict=True))
            tallies.append(Count(values, total, *moods))
        return settled(tallies, by)

    def best(self, order: Order, page: Page) -> list[int]:
        """Return rows that hold at least those of a page in an order by time or reach: all of some values, the best."""
        name = "reach" if order == "reach" else "created_at"
        wanted = max(page.offset, 0) + max(page.limit, 0)
        unknown, values, counts = 0, [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for _, rows, column in self._chosen_of(name):
            found = np.bincount(column.codes[rows], minlength=len(column.values) + FIRST_VALUE)
            unknown += int(found[NO_VALUE])
            values.append(_numbers(column))
            counts.append(found[FIRST_VALUE:])
        known, counted = np.concatenate(values), np.concatenate(counts)
        if order == "oldest":  # what has no value comes before all others, else behind them
            known, wanted = -known, wanted - unknown
        ranked = np.argsort(-known)
        enough = np.flatnonzero(np.cumsum(counted[ranked]) >= wanted)
        worst = MOST_CELLS if wanted <= 0 else int(known[ranked[enough[0]]]) if len(enough) else -MOST_CELLS
        test = _Between(name, worst, MOST_CELLS, unknown=not len(enough))
        if order == "oldest":
            test = _Between(name, -MOST_CELLS, -worst, unknown=True)
        return [
            row
            for segment, rows, column in self._chosen_of(name)
            for row in (rows[test.held(column)[rows]] + segment * SEGMENT).tolist()
        ]

    # Choosing

    def _chosen(self) -> Mask:
        chosen = np.zeros(self._size, bool)
        tests = [*self._tests(), _Is()]
        for segment in range(self._segments.count):
            mask: Mask | None = None
            for test in tests:
                held = test.held(self._segments.column(segment, test.field))
                length = len(held) if mask is None else min(len(mask), len(held))
                mask = held if mask is None else mask[:length] & held[:length]
                if not mask.any():
                    break
            if mask is not None:
                chosen[segment * SEGMENT : segment * SEGMENT + len(mask)] = mask
        for apart in self._looked_up():
            chosen &= apart
        if self._filters.once:
            firsts = self._passing(_Test("copy.first", lambda first: first != 0, unknown=True))
            copies = np.flatnonzero(chosen & ~firsts)
            chosen &= firsts
            if replace(self._filters, once=False) != Filters():
                self.stand_ins = self._segments.remembered(
                    ("stand-ins", self._filters), lambda: self._standing_in(copies.tolist(), chosen)
                )
                chosen[self.stand_ins] = True
        return chosen

    def _passing(self, test: _Test) -> Mask:
        found = np.zeros(self._size, bool)
        for segment in range(self._segments.count):
            held = test.held(self._segments.column(segment, test.field))
            found[segment * SEGMENT : segment * SEGMENT + len(held)] = held
        return found

    def _standing_in(self, copies: list[int], firsts: Mask) -> list[int]:
        """Return the earliest of the copies of each group whose first is not among those given."""
        if not copies:
            return []
        read = first_of_copies(copies)
        led = {key for row, key in self._connection.execute(read.text, read.values) if firsts[row]}
        earliest: dict[str, int] = {}
        read = copies_in_order(copies)
        for row, key in self._connection.execute(read.text, read.values):
            if key not in led:
                earliest.setdefault(key, row)
        return list(earliest.values())

    def _tests(self) -> Iterator[_Test | _Between]:
        """Yield what fields have to be, those first that cost least and keep most out."""
        asked = self._filters
        if asked.start is not None or asked.end is not None:
            first = quarter_of(asked.start)[0] if asked.start else 0
            number, is_beginning = quarter_of(asked.end) if asked.end else (MOST_CELLS, False)
            yield _Between("created_at", first, number - is_beginning)
        for one in ASKED:
            values = getattr(asked, one.filter)
            if values and (not one.keyed or set(values) == {None}):
                yield _Test(one.path, _among(frozenset(values)), unknown=None in values)

    def _looked_up(self) -> Iterator[Mask]:
        """Yield what passes of posts that are found through an index: by words, by fields with very many values."""
        asked = self._filters
        if asked.start is not None or asked.end is not None:
            # Of the two quarters of an hour at the ends, some posts may lie outside.
            for outside in rows_between(asked.start, asked.end):
                yield ~self._rows(outside)
        for one in ASKED:
            values = getattr(asked, one.filter)
            if values and one.keyed and set(values) != {None}:
                found = self._rows(rows_of(one.path, values))
                if None in values:
                    found |= self._passing(_Test(one.path, lambda _: False, unknown=True))
                yield found
        if asked.text:
            yield self._matching(parse(asked.text))

    def _matching(self, query: Query) -> Mask:
        search = searched_rows(query)
        if search is not None:
            return self._rows(search)
        if isinstance(query, Not):
            return ~self._matching(query.part)
        if isinstance(query, And | Or):
            joint = np.logical_and if isinstance(query, And) else np.logical_or
            found: Mask = joint.reduce([self._matching(part) for part in query.parts])
            return found
        raise AssertionError(query)

    def _rows(self, read: Sql) -> Mask:
        """Return the rows that a statement finds as a mask."""
        found = np.zeros(self._size, bool)
        # As one text: a row at a time, Python would take longer than the search.
        (text,) = self._connection.execute(f"SELECT group_concat(row) FROM ({read.text})", read.values).fetchone()  # noqa: S608
        if text is not None:
            found[np.fromstring(str(text), dtype=np.int64, sep=",")] = True
        return found

    def _chosen_of(self, name: str) -> Iterator[tuple[int, Ids, CodeColumn]]:
        """Yield segment, the places in it of chosen posts and the column of a field, where there are any."""
        for segment in range(self._segments.count):
            rows = np.flatnonzero(self.chosen[segment * SEGMENT : (segment + 1) * SEGMENT])
            if len(rows):
                yield segment, rows, self._segments.column(segment, name)

    # Counting

    def _cells(
        self,
        segment: int,
        by: Sequence[Dimension],
        keys: Sequence[_Keys],
        indexed: Sequence[Ids | None],
        zone: ZoneName,
    ) -> tuple[Ids, Ids]:
        """Return the groups of a segment: numbers of keys, that of the mood last, shape (len(by) + 1, n); counts."""
        rows = np.flatnonzero(self.chosen[segment * SEGMENT : (segment + 1) * SEGMENT])
        if not len(rows):
            return np.zeros((len(by) + 1, 0), np.int64), np.zeros(0, np.int64)
        parts = []
        for dimension, known, looked_up in zip(by, keys, indexed, strict=True):
            if looked_up is not None:
                parts.append(looked_up[rows + segment * SEGMENT])
                continue
            column = self._segments.column(segment, DIMENSIONS[dimension])
            values, places = column.values, None
            if dimension in TIME_DIMENSIONS:
                values, places = starts_of(dimension, column.values, zone)
            numbers = np.array([known.number(value) for value in (None, None, *values)])
            if places is not None:
                numbers = numbers[np.concatenate([[NO_POST, NO_VALUE], places + FIRST_VALUE])]
            parts.append(numbers[column.codes[rows]])
        if "aspect" in by:
            parts.append(np.zeros(len(rows), np.int64))
        else:
            column = self._segments.column(segment, "sentiment.label")
            moods = [0, 0, *(_LABELS.index(value) + 1 if value in _LABELS else 0 for value in column.values)]
            parts.append(np.array(moods)[column.codes[rows]])
        sizes = (*(len(known.numbers) for known in keys), _MOODS)
        return _counted(parts, sizes)

    def _indexed(self, name: str, known: _Keys) -> Ids:
        """Return the number of each post's key in a field with very many values, by row; a number for no value too."""
        rows = np.flatnonzero(self.chosen)
        few = len(rows) <= FEW
        read = values_of(name, rows.tolist() if few else None)
        numbers = np.full(self._size, known.number(None))
        for row, value in self._connection.execute(read.text, read.values):
            numbers[row] = known.number(value)
        return numbers


def _numbers(column: CodeColumn) -> Ids:
    return np.asarray(column.values, np.int64)


def _among(wanted: frozenset[Any]) -> Callable[[Any], bool]:
    return lambda value: not wanted.isdisjoint(value) if isinstance(value, tuple) else value in wanted


def _counted(parts: Sequence[Ids], sizes: Sequence[int]) -> tuple[Ids, Ids]:
    """Return the different combinations of numbers, shape (len(parts), n), and how often each is there."""
    if prod(sizes) > DENSE:
        different, _, counts = _different(parts, sizes)
        return different, counts
    dense = np.bincount(_cells_of(parts, sizes))
    cells = np.flatnonzero(dense)
    return np.array(np.unravel_index(cells, sizes)), dense[cells]


def _cells_of(parts: Sequence[Ids] | Ids, sizes: Sequence[int]) -> Ids:
    """Return one number for each combination."""
    cells: Ids = np.array(parts[0])
    for part, size in zip(parts[1:], sizes[1:], strict=True):
        cells *= size
        cells += part
    return cells


def _different(parts: Sequence[Ids] | Ids, sizes: Sequence[int]) -> tuple[Ids, Ids, Ids]:
    """Return the different combinations, shape (len(parts), n), the place of each one's and how many have it."""
    if prod(sizes) > MOST_CELLS:
        return np.unique(np.array(parts), axis=1, return_inverse=True, return_counts=True)
    cells = _cells_of(parts, sizes)
    groups, inverse, counts = np.unique(cells, return_inverse=True, return_counts=True)
    return np.array(np.unravel_index(groups, tuple(sizes))), inverse, counts


def _one_by_one(ids: Ids, counts: Ids, place: int, known: _Keys) -> tuple[Ids, Ids, _Keys]:
    """Return groups by the values of a list in place of the whole list; a post is in one for each."""
    values = _Keys()
    members = [[values.number(value) for value in (key or (None,))] for key in known.numbers]
    lengths = np.array([len(some) for some in members])
    starts = np.cumsum(lengths) - lengths
    repeats = lengths[ids[place]]
    which = np.repeat(np.arange(len(counts)), repeats)
    within = np.arange(len(which)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    ids = ids[:, which]
    ids[place] = np.array([number for some in members for number in some])[starts[ids[place]] + within]
    return ids, counts[which], values


def _summed(ids: Ids, counts: Ids, sizes: Sequence[int]) -> tuple[Ids, Ids]:
    """Return the different keys, shape (len(sizes), n), and how many posts each has by mood, shape (n, moods)."""
    if sizes:
        different, inverse, _ = _different(ids[:-1], sizes)
    else:
        different, inverse = np.zeros((0, 1), np.int64), np.zeros(len(counts), np.int64)
    groups = different.shape[1]
    flat = np.bincount(inverse.ravel() * _MOODS + ids[-1], weights=counts, minlength=groups * _MOODS)
    return different, flat.astype(np.int64).reshape(groups, _MOODS)
