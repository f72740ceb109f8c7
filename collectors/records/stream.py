"""Stream the records of CSV, JSON Lines and mbox files, plain or gzip, one at a time.

Whatever is wrong with a line ends as one `RecordUnreadable` for that line; the rest goes on.
All texts that leave here can be encoded: lone surrogates have become U+FFFD.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn, TypeAlias, cast

from collectors.parsing.values import clean, suspicious
from collectors.records.delimited import DelimitedRow, rows
from collectors.records.lines import lines
from collectors.records.mbox import mails
from domain.errors import InputError, RecordUnreadable
from transport.foreign import MAX_DEPTH, TooDeep, read_json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from collectors.records.lines import Line

_GZIP: Final = b"\x1f\x8b"
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
MBOX_ENDING: Final = ".mbox"
_CSV_ENDINGS: Final = (".csv", ".tsv")
_JSON_ENDINGS: Final = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its values by column or key, and `where` it stands (file:line)."""

    where: str
    values: Mapping[str, Any]


Reading: TypeAlias = Record | RecordUnreadable


def read_records(
    path: Path, *, after_line: int = 0, on_read: Callable[[int], None] | None = None
) -> Iterator[tuple[int, Reading]]:
    """Yield `(behind, record or what is wrong with it)` for all records after a line.

    `behind` is what to pass as `after_line` to go on later. A last line that has no newline
    yet counts as not behind us, because somebody may still be writing it. `on_read` is told how
    many bytes of the file are read, after each record.

    Raises:
        InputError: the file is missing or may not be read.
    """
    behind = after_line
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    with raw:
        stream: Any = gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == _GZIP else raw
        try:
            for behind, reading in _from_stream(stream, path, after_line):
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


def _from_stream(stream: Any, path: Path, after_line: int) -> Iterator[tuple[int, Reading]]:
    start = stream.peek(3)[:3]
    if start.startswith(_UTF16_BOMS):
        yield 0, RecordUnreadable(f"{path}:1", "the file is UTF-16; save it as UTF-8")
        return
    if start == _UTF8_BOM:
        stream.read(3)
    told = lines(stream)
    first = next(told, None)
    if first is None:
        return
    told, name = chain([first], told), str(path)
    # The format is told by the file's name, else by whether the first line looks like an object.
    bare, begins = path.name.lower().removesuffix(".gz"), (first.data or b"").lstrip()
    if bare.endswith(MBOX_ENDING):
        for behind, where, mail in mails(told, name, after_line=after_line):
            yield behind, mail if isinstance(mail, RecordUnreadable) else Record(where, mail)
    elif bare.endswith(_JSON_ENDINGS) or (begins.startswith((b"{", b"[")) and not bare.endswith(_CSV_ENDINGS)):
        yield from _json(told, name, after_line=after_line)
    else:
        for row in rows(told, name, after_line=after_line):
            yield (row.behind, Record(row.where, row.values)) if isinstance(row, DelimitedRow) else row


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
        value = read_json_text(text, strict=False, constant=_not_json)
    except TooDeep:
        raise RecordUnreadable(where, f"nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise RecordUnreadable(where, f"not valid JSON ({reason})") from None
    if not isinstance(value, dict):
        raise RecordUnreadable(where, "the line is JSON but not an object")
    return cast("dict[str, Any]", clean(value)) if suspicious(text) else value


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")
