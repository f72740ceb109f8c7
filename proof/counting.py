"""Ways to count posts by many dimensions, on the posts of one SQLite store: `python -m proof.counting STORE.sqlite`.

Beside what the project needs it takes DuckDB, Polars and pyroaring. Every way answers the same questions from
what it keeps on disk, and must give the same figures; each is asked several times in turn with the others, and
its best time counts. Writes `proof/counting.json`, which `docs/scale.md` is made from.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain.questions import PUBLIC, Filters
from stores.sqlite.columns import NO_POST, Segments
from stores.sqlite.quarters import moment_of
from stores.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS: Final = Path(__file__).with_name("counting.json")
ROUNDS: Final = 3
FIELDS: Final = ("created_at", "sentiment.label", "copy.first", "speaker", "source", "topic.id", "brands")
QUESTIONS: Final = {
    "by day and brand": ("day", "brand"),
    "by source": ("source",),
    "by topic": ("topic",),
}
"""Each of what the filter panel lets through: the first of each group of copies, the public alone."""
_PANEL: Final = Filters(once=True, speakers=PUBLIC)


def main() -> None:
    """Time every way on one store and add the figures to the others'."""
    path = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        ways = Ways(path, Path(folder)).named()
        times = {name: {question: float("inf") for question in QUESTIONS} for name in ways}
        for _ in range(ROUNDS):
            for question, by in QUESTIONS.items():
                answers = {}
                for name, way in ways.items():
                    began = time.perf_counter()
                    answers[name] = way(by)
                    times[name][question] = min(times[name][question], time.perf_counter() - began)
                if len(set(answers.values())) > 1:
                    raise SystemExit(f"{question}: not all ways agree: {answers}")
    with closing(sqlite3.connect(path)) as connection:
        (posts,) = connection.execute("SELECT count(*) FROM posts").fetchone()
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    shown = {name: {question: round(1000 * best, 1) for question, best in some.items()} for name, some in times.items()}
    known[str(posts)] = {"ms": shown, "cells": _cells(path)}
    RESULTS.write_text(json.dumps(known, indent=2) + "\n")


class Ways:
    """The posts of a store as each way keeps them. Every way counts by dimensions and returns the sum of all groups."""

    def __init__(self, path: Path, folder: Path) -> None:
        from pyroaring import BitMap

        self._store = SqliteStore(path)
        table = _table(path)
        self._parquet, self._arrow = folder / "posts.parquet", folder / "posts.arrow"
        pq.write_table(table, self._parquet)
        with pa.OSFile(str(self._arrow), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        names = ("day", "source", "topic", "sentiment", "brand")
        self._maps = {name: [BitMap(rows) for rows in _rows_by_value(table, name)] for name in names}
        self._chosen = BitMap(np.flatnonzero(np.array(_panel(table))).tolist())

    def named(self) -> dict[str, Callable[[tuple[str, ...]], int]]:
        """Return the ways by their names."""
        return {
            "columns in the file (what we do)": self.columns,
            "DuckDB over Parquet": self.duckdb,
            "Polars over Parquet": self.polars,
            "pyarrow over a mapped file": self.arrow,
            "bitmaps in memory (pyroaring)": self.bitmaps,
        }

    def columns(self, by: tuple[str, ...]) -> int:
        """Count as the store does."""
        return sum(one.total for one in self._store.count_by(_PANEL, by))

    def duckdb(self, by: tuple[str, ...]) -> int:
        """Count in SQL."""
        import duckdb

        keys = ", ".join("unnest(brand) AS brand" if name == "brand" else name for name in by)
        inner = f"SELECT {keys}, sentiment FROM '{self._parquet}' WHERE first AND speaker = 'public'"  # noqa: S608
        with duckdb.connect() as connection:
            read = f"SELECT {', '.join(by)}, sentiment, count(*) FROM ({inner}) GROUP BY ALL"  # noqa: S608
            return sum(row[-1] for row in connection.execute(read).fetchall())

    def polars(self, by: tuple[str, ...]) -> int:
        """Count in a lazy frame."""
        import polars as pl

        frame = pl.scan_parquet(self._parquet).filter(pl.col("first") & (pl.col("speaker") == "public"))
        frame = frame.explode("brand") if "brand" in by else frame
        return int(frame.group_by([*by, "sentiment"]).len().collect()["len"].sum())

    def arrow(self, by: tuple[str, ...]) -> int:
        """Count in a table that is mapped into memory."""
        names = [*by, "sentiment"]
        read = pa.ipc.open_file(pa.memory_map(str(self._arrow))).read_all()
        read = read.filter(_panel(read)).select(names)
        if "brand" in by:
            parents, flat = pc.list_parent_indices(read["brand"]), pc.list_flatten(read["brand"])
            read = read.drop(["brand"]).take(parents).append_column("brand", flat)
        return int(pc.sum(read.group_by(names).aggregate([([], "count_all")])["count_all"]).as_py())

    def bitmaps(self, by: tuple[str, ...]) -> int:
        """Count what bitmaps have in common."""
        groups = [self._chosen]
        for name in (*by, "sentiment"):
            groups = [one & other for one in groups for other in self._maps[name]]
        return sum(map(len, groups))


def _cells(path: Path) -> int:
    """Return how many rows a roll-up by day would have that answers every filter of the panel."""
    fields = ("brands", "language.code", "source", "sentiment.label", "intent.labels", "aspect_sentiments", "topic.id")
    cells = 0
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN")
        segments = Segments(connection)
        for segment in range(segments.count):
            days = segments.column(segment, "created_at")
            numbers = {day: n for n, day in enumerate(sorted({hour[:10] for hour in days.values}))}
            day_of = np.array([0, 0, *(numbers[hour[:10]] for hour in days.values)])
            codes = [day_of[days.codes], *(segments.column(segment, field).codes for field in fields)]
            cells += np.unique(np.array(codes), axis=1).shape[1]
    return cells


def _table(path: Path) -> pa.Table:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN")
        segments = Segments(connection)
        parts: dict[str, list[Any]] = {field: [] for field in FIELDS}
        for segment in range(segments.count):
            there = segments.column(segment, "created_at").codes != NO_POST
            for field in FIELDS:
                column = segments.column(segment, field)
                values = [None, None, *column.values]
                parts[field] += [values[code] for code in column.codes[there].tolist()]
    return pa.table(
        {
            "day": pa.array([f"{moment_of(quarter):%Y-%m-%d}" for quarter in parts["created_at"]]).dictionary_encode(),
            "sentiment": pa.array(parts["sentiment.label"]).dictionary_encode(),
            "first": pa.array([first != 0 for first in parts["copy.first"]]),
            "speaker": pa.array(parts["speaker"]).dictionary_encode(),
            "source": pa.array(parts["source"]).dictionary_encode(),
            "topic": pa.array([topic or "none" for topic in parts["topic.id"]]).dictionary_encode(),
            "brand": pa.array([list(brands or ("none",)) for brands in parts["brands"]]),
        }
    )


def _panel(table: pa.Table) -> Any:
    return pc.and_(table["first"], pc.equal(table["speaker"], "public"))


def _rows_by_value(table: pa.Table, name: str) -> list[list[int]]:
    parents, column = np.arange(table.num_rows), table[name]
    if name == "brand":
        parents, column = np.array(pc.list_parent_indices(column)), pc.list_flatten(column)
    values = np.array(column.to_pylist())
    return [parents[values == value].tolist() for value in np.unique(values)]


if __name__ == "__main__":
    main()
