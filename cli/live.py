"""The table that stands on the screen while sources are collected from: a line for each, as it is now."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pipeline.ingest import Ingested

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from rich.table import Table

    from domain.ports import Clock, Collector

_HEAD: Final = ("fetched", "new", "updated", "deleted", "newest post", "requests left")
_PER_SECOND: Final = 4


class Board:
    """What is known of each source: what came, and what it does now. Safe to write to from several threads."""

    def __init__(self, sources: Sequence[Collector], clock: Clock) -> None:
        self._sources = sources
        self._clock = clock
        self._came = {source.name: Ingested() for source in sources}
        self._doing = {source.name: "asking" for source in sources}

    def came(self, collector: Collector, page: Ingested) -> None:
        """Add a page to what came from a source; of a page, what could not be read and its hours are not kept."""
        self._came[collector.name] += replace(page, unreadable=(), came=Counter())
        self.does(collector, "going on")

    def does(self, collector: Collector, doing: str) -> None:
        """Say what a source does now, in a few words."""
        self._doing[collector.name] = doing

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the table on standard error for the length of a block, where somebody looks."""
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.live import Live

        with Live(
            console=Console(stderr=True), get_renderable=self.table, refresh_per_second=_PER_SECOND, transient=True
        ):
            yield

    def table(self) -> Table:
        """Return the table as it is now."""
        from rich import box
        from rich.table import Table

        table = Table("source", box=box.SIMPLE_HEAD)
        for name in _HEAD:
            table.add_column(name, justify="right")
        table.add_column("", overflow="fold")
        now = self._clock.now()
        for collector in self._sources:
            came, doing = self._came[collector.name], self._doing[collector.name]
            table.add_row(short_name(collector), *columns(collector, came, now), doing)
        return table


def short_name(collector: Collector) -> str:
    """Return what a source is called in the configuration; its own name says its kind before, and more behind."""
    called: str | None = getattr(collector, "called", None)
    if called is not None:
        return called
    kind, _, rest = collector.name.partition(":")
    return rest.partition(":")[0] or kind


def columns(collector: Collector, tally: Ingested, now: datetime) -> tuple[str, ...]:
    """Return what came, how old the newest of it is, what the source still allows: a word for each column."""
    left = requests_left(collector)
    return (
        *(f"{number:,}" for number in (tally.fetched, tally.kept.added, tally.kept.updated, tally.deleted)),
        "" if tally.newest is None else f"{age(now - tally.newest)} old",
        "" if left is None else f"{left:,}",
    )


def told(collector: Collector, tally: Ingested, now: datetime) -> str:
    """Return the line about a source: what came, how old the newest of it is, what the source still allows."""
    fetched, new, updated, deleted, newest, left = columns(collector, tally, now)
    parts = [f"{fetched} fetched", f"{new} new", f"{updated} updated", f"{deleted} deleted"]
    if tally.cut:
        parts.append(f"{tally.cut:,} cut for their length")
    if newest:
        parts.append(f"newest post {newest}")
    if left:
        parts.append(f"{left} requests left")
    return f"{short_name(collector)}: {', '.join(parts)}"


def requests_left(collector: Collector) -> int | None:
    """Return how many requests a source last said are left; None where it does not say."""
    left: int | None = getattr(collector, "requests_left", None)
    return left


def age(lag: timedelta) -> str:
    """Return a length of time in its largest unit: `40 s`, `12 min`, `3 h`, `9 days`."""
    seconds = max(int(lag.total_seconds()), 0)
    unit, name = next(
        (size, name)
        for size, name in ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))
        if seconds >= size * 2 or size == 1
    )
    return f"{seconds // unit:,} {name}"
