"""What a file is by its first bytes, where it is no text: one sentence for what is not read."""

from __future__ import annotations

import re
from typing import Final

ZIP: Final = b"PK\x03\x04"
PARQUET: Final = b"PAR1"
_UNREAD: Final = (
    (b"PK", "a ZIP archive; unpack it and give the files in it"),
    (b"\xd0\xcf\x11\xe0", "an old or protected Excel file (.xls); save it as .xlsx or CSV, without a password"),
    (b"%PDF", "a PDF; export a table instead"),
    (b"SQLite format 3\x00", "a SQLite database; export the table as CSV"),
    (b"BZh", "compressed with bzip2; unpack it or use gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard; unpack it or use gzip"),
    (b"\xfd7zXZ\x00", "compressed with xz; unpack it or use gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it and give the files in it"),
    (b"Rar!", "a RAR archive; unpack it and give the files in it"),
    (b"Obj\x01", "an Avro file; export JSON, CSV or Parquet instead"),
    (b"ORC", "an ORC file; export JSON, CSV or Parquet instead"),
    (b"\x1f\x8b", "compressed twice; unpack it once"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "an RTF document; save it as text"),
)
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_MARKUP: Final = re.compile(rb"\s*<(\?xml|!doctype|html|table|head|body|meta|rss|feed|workbook)\b", re.IGNORECASE)


def refusal(head: bytes) -> str | None:
    """Return what a file is that is not read, None where it may be text."""
    for start, what in _UNREAD:
        if head.startswith(start) and (start != b"ORC" or b"\x00" in head[:64]):
            return f"the file is {what}"
    if _MARKUP.match(head):
        return "the file is HTML or XML (some programs give such a table the name of an Excel file); save it as CSV"
    if len(head) - len(head.translate(None, _CONTROLS)) > 0.05 * len(head):
        return "the file is binary, of no kind that is read here"
    return None
