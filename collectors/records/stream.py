"""Stream the records of files, one at a time: CSV, JSON, mbox, plain or gzip, Excel workbooks and Parquet.

What a file is, its content says; its name may be wrong.

Whatever is wrong with a line ends as one `RecordUnreadable` for that line; the rest goes on.
All texts that leave here can be encoded: lone surrogates have become U+FFFD.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, cast

from collectors.parsing.values import clean, suspicious
from collectors.records.delimited import DELIMITERS, DelimitedRow, rows
from collectors.records.encoding import UTF8, as_utf8, encoding_of, marked_encoding
from collectors.records.jsonvalues import values
from collectors.records.kinds import PARQUET, ZIP, refusal
from collectors.records.layout import Layout
from collectors.records.lines import lines
from collectors.records.mbox import mails
from collectors.records.tables import is_workbook, parquet_records, sheet_records
from domain.errors import InputError, RecordUnreadable
from transport.foreign import MAX_DEPTH, TooDeep, read_json_text, refuse_constant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from collectors.records.lines import Line

_GZIP: Final = b"\x1f\x8b"
_HEAD: Final = 8192
MBOX_ENDING: Final = ".mbox"
_JSON_ENDINGS: Final = (".jsonl", ".ndjson", ".json")
_JSON_OBJECT: Final = re.compile(rb"\s*(\{\s*[\"}]|\{\s*$|\[\s*[\[{\]]|\[\s*$)")
"""How JSON begins that holds objects, which no header of columns does."""
_MANY_LINES: Final = re.compile(rb"\s*(\[|\{\s*$)")
"""How JSON begins whose objects are not one a line."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its values by column or key, and `where` it stands (file:line)."""

    where: str
    values: Mapping[str, Any]


Reading: TypeAlias = Record | RecordUnreadable


def read_records(
    path: Path, *, after_line: int = 0, on_read: Callable[[int], None] | None = None, layout: Layout | None = None
) -> Iterator[tuple[int, Reading]]:
    """Yield `(behind, record or what is wrong with it)` for all records after a line.

    `behind` is what to pass as `after_line` to go on later: lines, or records where a file has no lines. A last line
    that has no newline yet counts as not behind us, because somebody may still be writing it. `on_read` is told how
    many bytes of the file are read, after each record.

    Raises:
        InputError: the file is missing or may not be read.
    """
    behind, layout = after_line, layout or Layout()
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    with raw:
        try:
            for behind, reading in _readings(raw, path, after_line, layout):
                if on_read:
                    on_read(raw.tell())
                yield behind, reading
        except (EOFError, zlib.error, gzip.BadGzipFile):
            reason = "the gzip data is cut off or damaged here; what follows could not be read"
            yield behind, RecordUnreadable(f"{path}:{behind + 1}", reason)


def json_records(stream: BinaryIO, name: str) -> Iterator[Reading]:
    """Yield the records of JSON Lines that come from an open stream, such as standard input."""
    for _, reading in _json(lines(stream), name, after_line=0):
        yield reading


def _readings(raw: BinaryIO, path: Path, after_line: int, layout: Layout) -> Iterator[tuple[int, Reading]]:
    stream = _unpacked(raw)
    head = stream.peek(_HEAD)[:_HEAD]
    is_mail = path.name.lower().removesuffix(".gz").endswith(MBOX_ENDING)
    if stream is raw and head.startswith(PARQUET):
        yield from _each(parquet_records(raw, path, after=after_line))
    elif stream is raw and head.startswith(ZIP) and is_workbook(raw):
        yield from _each(sheet_records(raw, path, after=after_line, layout=layout))
    else:
        encoding = UTF8 if is_mail else layout.encoding or marked_encoding(head) or encoding_of(stream)
        raw.seek(0)
        text = as_utf8(_unpacked(raw), encoding or UTF8)
        what = None if is_mail else refusal(text.peek(_HEAD)[:_HEAD])
        if what is None and encoding is None:
            what = 'not UTF-8, and its encoding is not sure; name it in the mapping, such as encoding = "windows-1250"'
        if what is not None:
            yield 0, RecordUnreadable(f"{path}:1", what)
        else:
            yield from _from_text(text, path, after_line, layout)


def _unpacked(raw: BinaryIO) -> Any:
    return gzip.GzipFile(fileobj=raw) if cast("Any", raw).peek(2)[:2] == _GZIP else raw


def _from_text(stream: Any, path: Path, after_line: int, layout: Layout) -> Iterator[tuple[int, Reading]]:
    name, bare = str(path), path.name.lower().removesuffix(".gz")
    head = stream.peek(_HEAD)[:_HEAD].lstrip()
    first = head.partition(b"\n")[0]
    # What the first line looks like tells the format; the file's name only where that is not plain.
    is_json = _JSON_OBJECT.match(first) or (bare.endswith(_JSON_ENDINGS) and not _names_columns(first, layout))
    if bare.endswith(MBOX_ENDING):
        yield from _each(mails(lines(stream), name, after_line=after_line))
    elif is_json and _MANY_LINES.match(first):
        yield from _each(values(stream, name, after=after_line))
    elif is_json:
        yield from _json(lines(stream), name, after_line=after_line)
    else:
        for row in rows(lines(stream), name, after_line=after_line, layout=layout):
            yield (row.behind, Record(row.where, row.values)) if isinstance(row, DelimitedRow) else row


def _each(told: Iterable[tuple[int, str, dict[str, Any] | RecordUnreadable]]) -> Iterator[tuple[int, Reading]]:
    for behind, where, value in told:
        yield behind, value if isinstance(value, RecordUnreadable) else Record(where, value)


def _names_columns(line: bytes, layout: Layout) -> bool:
    """Tell whether a line is a header, whatever the file is called."""
    text = line.decode("utf-8", "replace")
    return any(layout.is_header({*map(str.strip, text.replace('"', "").split(one))}) for one in DELIMITERS)


def _json(told: Iterable[Line], name: str, *, after_line: int) -> Iterator[tuple[int, Reading]]:
    for line in told:
        if line.number > after_line and not line.is_blank:
            where = f"{name}:{line.number}"
            try:
                yield line.behind, Record(where, _object(line.decoded(where), where))
            except RecordUnreadable as error:
                yield line.behind, error


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        value = read_json_text(text, strict=False, constant=refuse_constant)
    except TooDeep:
        raise RecordUnreadable(where, f"nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise RecordUnreadable(where, f"not valid JSON ({reason})") from None
    if not isinstance(value, dict):
        raise RecordUnreadable(where, "the line is JSON but not an object")
    return cast("dict[str, Any]", clean(value)) if suspicious(text) else value
