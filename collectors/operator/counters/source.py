"""A source of counter files: what the network counted becomes measurements of cells.

Counters of a cell and quarter hour are added up over a whole file first, whichever objects and blocks of it told them;
then formulas divide. Where a counter is missing, or was marked suspect, there is no value. Of a file that changed all
is read again; what was measured before changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from collectors.operator.counters.files import file_rows
from collectors.operator.counters.formulas import PERIOD_S, NotKnown, Wanted
from collectors.operator.counters.kpis import read_kpis
from collectors.operator.counters.rows import CellNames
from collectors.operator.counters.tables import read_counter_mapping
from collectors.parsing.values import AHEAD
from domain.errors import InputError, RecordUnreadable
from domain.measurement import Measurement
from domain.ports import Batch
from domain.setting import setting
from domain.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from collectors.operator.counters.rows import Row
    from collectors.polling.source_context import SourceContext
    from domain.ports import Clock

ENDINGS: Final = (".xml", ".csv", ".tsv", ".txt")
"""How files end that are read from a folder, with or without `.gz`."""
PAGE: Final = 500
MOST_SUMS: Final = 500_000
"""Cells and quarter hours of a file."""
MOST_NAMED: Final = 100
"""Of what cannot be read in a file so many are named."""
SUSPECT: Final = "objects that the network marked as suspect: left out"
UNNAMED: Final = "more that could not be read"
NO_CELL: Final = "objects that are no cell: left out"
MISSING: Final = "values that are not known: a counter is missing, or there was too little of it"


@dataclass(frozen=True, kw_only=True)
class CounterSettings:
    """A source of counter files in the configuration."""

    path: tuple[str, ...] = setting(help="Files or folders: XML of TS 32.435 or TS 28.532, CSV; gzip too")
    mapping: str = setting(default="counters", help="Which columns of CSV hold what: a built-in mapping, or a file")
    kpis: str = setting(default="", help="File with formulas of one's own in place of the built-in ones (TOML)")
    cells: str = setting(default="", help="CSV with the columns dn and cell: what cells of the network are called")


@dataclass
class _Sum:
    """What a cell counted in a quarter hour, so far."""

    counters: dict[str, float] = field(default_factory=dict)
    spans: set[tuple[datetime, datetime]] = field(default_factory=set)

    def add(self, row: Row) -> None:
        for name, value in row.counters.items():
            self.counters[name] = self.counters.get(name, 0.0) + value
        self.spans.add((row.started_at, row.ended_at))

    def known(self) -> dict[str, float]:
        seconds = sum((ended_at - started_at).total_seconds() for started_at, ended_at in self.spans)
        return {**self.counters, PERIOD_S: seconds}


class CounterCollector:
    """Collects measurements of cells from files. Files are not listened to: that nothing came says nothing of hours."""

    terms = Terms()
    listens = False

    def __init__(self, called: str, settings: CounterSettings, *, clock: Clock) -> None:
        self._paths = [Path(path).expanduser() for path in settings.path]
        self._kpis, revision = read_kpis(settings.kpis)
        self._wanted = Wanted([kpi.formula for kpi in self._kpis])
        self._mapping = read_counter_mapping(settings.mapping)
        self._names = CellNames(Path(settings.cells).expanduser() if settings.cells else None)
        self._clock = clock
        self._told: set[str] = set()
        told = [*sorted(str(path.resolve()) for path in self._paths), self._mapping.revision, settings.cells]
        digest = hashlib.sha256("\n".join(told).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        self.called = called
        self.name = f"counters:{called}:{digest}-{revision}"

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield the measurements after a cursor, file by file.

        Raises:
            InputError: a path does not exist.
        """
        known = (cursor or {}).get("files", {})
        files = self._files()
        states = {str(file): known[str(file)] for file in files if str(file) in known}
        for file in files:
            try:
                stat = file.stat()
                fresh = {"size": stat.st_size, "changed_ns": stat.st_mtime_ns}
                state = states.get(str(file), {})
                same = fresh.items() <= state.items()
                if same and state["done"]:
                    continue
                for page, behind, is_last in self._pages(file, state["behind"] if same else 0):
                    states[str(file)] = {**fresh, "behind": behind, "done": is_last}
                    yield Batch(
                        measurements=page.measurements,
                        unreadable=page.unreadable,
                        notes=page.notes,
                        cursor={"files": dict(states)},
                    )
            except OSError as error:
                # It has gone, or may not be read: named once, and none of the others is kept away.
                if str(file) not in self._told:
                    self._told.add(str(file))
                    reason = f"cannot be read: {error.strerror}"
                    yield Batch(unreadable=(RecordUnreadable(str(file), reason),), cursor={"files": dict(states)})

    def _files(self) -> list[Path]:
        found: dict[Path, None] = {}
        for path in self._paths:
            if not path.exists():
                raise InputError(f"{path} does not exist")
            inside = sorted(path.rglob("*")) if path.is_dir() else [path]
            for file in inside:
                real = file.resolve()
                # Who may write into a folder may not read all that we may: links out of it are not followed.
                is_ours = not path.is_dir() or (real.is_relative_to(path.resolve()) and not file.name.startswith("."))
                if (
                    is_ours
                    and real.is_file()
                    and (file == path or file.name.lower().removesuffix(".gz").endswith(ENDINGS))
                ):
                    found.setdefault(real)
        return list(found)

    def _pages(self, file: Path, behind: int) -> Iterator[tuple[Batch, int, bool]]:
        """Yield pages of a file, each with how many measurements are then behind, and whether it was the last."""
        unreadable: list[RecordUnreadable] = []
        notes: Counter[str] = Counter()
        following = islice(self._measured(file, unreadable, notes), behind, None)
        page = list(islice(following, PAGE))
        while True:
            behind += len(page)
            after = list(islice(following, PAGE))
            told = {} if after else {"unreadable": tuple(unreadable), "notes": dict(notes)}
            yield Batch(measurements=tuple(page), **cast("Any", told)), behind, not after
            if not after:
                return
            page = after

    def _measured(self, file: Path, unreadable: list[RecordUnreadable], notes: Counter[str]) -> Iterator[Measurement]:
        """Yield the measurements of a file, in the order of time."""
        sums = self._added_up(file, unreadable, notes)
        for key in sorted(sums):
            total, cell = sums[key], key[-1]
            known = total.known()
            # Of a quarter hour that comes in several files each is a measurement of its own.
            started_at, ended_at = min(since for since, _ in total.spans), max(until for _, until in total.spans)
            for kpi in self._kpis:
                try:
                    value = kpi.formula.value(known, kpi.minimum)
                except NotKnown:
                    notes[MISSING] += 1
                    continue
                yield Measurement(
                    cell=cell, indicator=kpi.indicator, value=value, started_at=started_at, ended_at=ended_at
                )

    def _added_up(
        self, file: Path, unreadable: list[RecordUnreadable], notes: Counter[str]
    ) -> dict[tuple[datetime, datetime, str], _Sum]:
        """Return what each cell counted in each quarter hour of a file."""
        sums: dict[tuple[datetime, datetime, str], _Sum] = {}
        latest = self._clock.now() + AHEAD
        for row in file_rows(file, self._mapping, self._wanted.name):
            fault = row if isinstance(row, RecordUnreadable) else None
            if not isinstance(row, RecordUnreadable):
                cell = self._names.key(row.dn, row.local)
                if row.is_suspect or cell is None:
                    notes[SUSPECT if row.is_suspect else NO_CELL] += 1
                    continue
                key = (*row.period, cell)
                if row.ended_at > latest:
                    fault = RecordUnreadable(f"{file}: {row.dn}", "it lies in the future")
                elif key not in sums and len(sums) >= MOST_SUMS:
                    fault = RecordUnreadable(f"{file}: {row.dn}", f"more than {MOST_SUMS} cells and periods")
                else:
                    sums.setdefault(key, _Sum()).add(row)
            if fault is not None and len(unreadable) < MOST_NAMED:
                unreadable.append(fault)
            elif fault is not None:
                notes[UNNAMED] += 1
        return sums


def counters(opening: SourceContext) -> CounterCollector:
    """Open a source of counter files."""
    return CounterCollector(opening.name, opening.settings, clock=opening.clock)
