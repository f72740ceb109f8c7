"""A file of counters, whatever its form: what it is, its bytes say, not its name."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from collectors.operator.counters.tables import table_rows
from collectors.operator.counters.xml_files import xml_rows
from domain.errors import RecordUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from collectors.operator.counters.rows import Row
    from collectors.records.mapping import ColumnMapping


def file_rows(
    file: Path, mapping: ColumnMapping, wanted: Callable[[str], str | None]
) -> Iterator[Row | RecordUnreadable]:
    """Yield what each object counted, of XML and of tables, gzip too, and what cannot be read.

    Raises:
        OSError: the file has gone, or may not be read.
    """
    with file.open("rb") as raw:
        is_packed = raw.peek(2)[:2] == b"\x1f\x8b"
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=raw) if is_packed else raw)
        try:
            head = cast("Any", stream).peek(64)[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
            if head.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
                yield from xml_rows(stream, str(file), wanted)
                return
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield RecordUnreadable(str(file), "the gzip data is cut off or damaged; what follows was not read")
            return
    yield from table_rows(file, mapping, wanted)
