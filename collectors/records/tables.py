"""Rows of Excel workbooks and Parquet files, read as streams."""

from __future__ import annotations

import warnings
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

from collectors.parsing.values import clean
from collectors.records.delimited import MOST_ABOVE, Header
from domain.errors import RecordUnreadable
from transport.foreign import Foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from collectors.records.layout import Layout

Told: TypeAlias = "tuple[int, str, dict[str, Any] | RecordUnreadable]"
"""How many rows are behind, where this one stands, and what it tells."""

MOST_INFLATED: Final = 200
"""How many times its size a workbook may be when it is unpacked: tables are some twenty times."""
MOST_STRINGS: Final = 512 * 1024 * 1024
"""Bytes of a workbook's list of texts, which is held in memory."""
MOST_ROWS: Final = 1000
"""Rows of a Parquet file that are in memory."""


def is_workbook(raw: BinaryIO) -> bool:
    """Tell whether a ZIP archive is a workbook of Excel."""
    with Foreign() as opening, zipfile.ZipFile(raw) as archive:
        return "xl/workbook.xml" in archive.namelist()
    return opening.error is None


def sheet_records(raw: BinaryIO, path: Path, *, after: int, layout: Layout) -> Iterator[Told]:
    """Yield the rows of all sheets that have the columns of the mapping, after the first `after` ones.

    Sheets without these are named.
    """
    import openpyxl

    behind, where = 0, f"{path}:1"
    with Foreign() as opening, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reason = _too_large(raw)
        sheets = [] if reason else openpyxl.load_workbook(raw, read_only=True, data_only=True).worksheets
    if opening.error:
        reason = f"the workbook cannot be read ({type(opening.error).__name__})"
    if reason:
        yield behind, where, RecordUnreadable(where, reason)
        return
    for sheet in sheets:
        rows = _sheet_rows(sheet)
        header = _sheet_header(rows, layout)
        if isinstance(header, str):
            where = f"{path}!{sheet.title}:1"
            yield behind, where, RecordUnreadable(where, header)
        elif header:
            for number, cells in rows:
                where = f"{path}!{sheet.title}:{number}"
                if isinstance(cells, Exception):
                    reason = f"the sheet cannot be read on ({type(cells).__name__})"
                    yield behind, where, RecordUnreadable(where, reason)
                    break
                behind += 1
                if behind > after and any(cell is not None for cell in cells):
                    told = header.values(cells)
                    yield behind, where, RecordUnreadable(where, told) if isinstance(told, str) else clean(told)


def _sheet_header(rows: Iterator[tuple[int, Sequence[Any] | Exception]], layout: Layout) -> Header | str | None:
    """Read rows up to the header; return it, else what is wrong, None for an empty sheet."""
    first: list[str] = []
    for number, cells in rows:
        if isinstance(cells, Exception):
            return f"the sheet cannot be read ({type(cells).__name__})"
        texts = ["" if cell is None else str(cell) for cell in cells]
        while texts and not texts[-1].strip():
            texts.pop()
        first = first or texts
        if texts and number > (layout.skip or 0):
            header = Header.of(texts)
            if layout.skip is not None or not layout.columns or layout.is_header(set(header.names)):
                return header
        if number >= (layout.skip or 0) + MOST_ABOVE:
            break
    return layout.missing(first) if first else None


def _too_large(raw: BinaryIO) -> str | None:
    with zipfile.ZipFile(raw) as archive:
        parts = archive.infolist()
    whole, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if whole > 64 * 1024 * 1024 and whole > MOST_INFLATED * packed:
        return "the workbook is many times its size when it is unpacked; save it anew"
    if any(part.filename.endswith("sharedStrings.xml") and part.file_size > MOST_STRINGS for part in parts):
        return "the workbook is too large for its texts to be held in memory; save it as CSV"
    return None


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, Sequence[Any] | Exception]]:
    """Yield each row by its number; what the library throws ends them."""
    # What the file says of its own size is wrong in many exports.
    sheet.reset_dimensions()
    rows, number = sheet.iter_rows(values_only=True), 0
    while True:
        number += 1
        with Foreign() as reading, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cells = next(rows, None)
        if reading.error:
            yield number, reading.error
            return
        if cells is None:
            return
        yield number, [_plain(cell) for cell in cells]


def parquet_records(raw: BinaryIO, path: Path, *, after: int) -> Iterator[Told]:
    """Yield the rows of a Parquet file after the first `after` ones."""
    import pyarrow.parquet

    behind = 0
    batches: Iterator[Any] = iter(())
    with Foreign() as reading:
        raw.seek(0)
        batches = pyarrow.parquet.ParquetFile(raw).iter_batches(batch_size=MOST_ROWS)
    while not reading.error:
        rows: list[dict[str, Any]] = []
        with Foreign() as reading:
            rows = [clean(_plain(row)) for row in next(batches).to_pylist()]
        for row in rows:
            behind += 1
            if behind > after:
                yield behind, f"{path}:{behind}", row
    if not isinstance(reading.error, StopIteration):
        where, kind = f"{path}:{behind + 1}", type(reading.error).__name__
        yield behind, where, RecordUnreadable(where, f"the Parquet file cannot be read on ({kind})")


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; times as ISO 8601, without a zone where there is none."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value
