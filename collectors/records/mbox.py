"""Mails in a file of the kind mbox (RFC 4155), one at a time.

A mail begins at a line "From ..., date" after an empty one. The last mail of a file counts as not behind us:
its end cannot be told from a pause of the program that writes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.mail import MAX_LINES, read_mail
from domain.errors import RecordUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from collectors.records.lines import Line

MAX_MAIL_BYTES: Final = 16 * 1024 * 1024
"""A longer mail is read up to here: text comes before what is attached."""
_TIME: Final = re.compile(rb"\d\d?:\d\d")
_YEAR: Final = re.compile(rb"\d{4}\b")
_ESCAPED: Final = re.compile(rb">+From ")


class _Mail:
    """The lines of a mail."""

    def __init__(self, first: int) -> None:
        self.first = first
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, line: Line) -> None:
        data = line.data or b""
        self._size += len(data)
        if self._size <= MAX_MAIL_BYTES and len(self._lines) <= MAX_LINES:
            self._lines.append(data[1:] if _ESCAPED.match(data) else data)

    def read(self, where: str) -> dict[str, Any] | RecordUnreadable:
        try:
            return read_mail(b"".join(self._lines))
        except ValueError as error:
            return RecordUnreadable(where, str(error))


def mails(
    told: Iterable[Line], name: str, *, after_line: int
) -> Iterator[tuple[int, str, dict[str, Any] | RecordUnreadable]]:
    """Yield, for each mail after a line, how many lines are behind us then, where it stands, and what it tells."""
    mail, empty = None, True
    for line in told:
        if line.number <= after_line:
            continue
        data = line.data or b""
        # It says `From`, a time and later a year; in one expression, that takes hours.
        time = _TIME.search(data) if empty and data.startswith(b"From ") else None
        if time and _YEAR.search(data, time.end()):
            if mail:
                yield line.number - 1, f"{name}:{mail.first}", mail.read(f"{name}:{mail.first}")
            mail = _Mail(line.number)
        elif mail:
            mail.add(line)
        elif not line.is_blank:
            where = f"{name}:{line.number}"
            yield line.number, where, RecordUnreadable(where, "not a line that a mail begins with; the file is no mbox")
            return
        empty = line.is_blank
    if mail:
        yield mail.first - 1, f"{name}:{mail.first}", mail.read(f"{name}:{mail.first}")
