"""Cut a stream of bytes into numbered lines without ever holding a line above the cap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from domain.errors import RecordUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINE_BYTES: Final = 4 * 1024 * 1024
"""Longest line, or record of several lines, that is read."""

_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its number (from 1). `data` is None when it is above the cap; `ended` tells of a newline."""

    number: int
    data: bytes | None
    ended: bool

    @property
    def behind(self) -> int:
        """How many lines are behind after this one; a line without newline may still grow."""
        return self.number if self.ended else self.number - 1

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing on it."""
        return self.data is not None and not self.data.strip()

    def decoded(self, where: str) -> str:
        """Return the text.

        Raises:
            RecordUnreadable: the line is above the cap or not UTF-8.
        """
        if self.data is None:
            raise RecordUnreadable(where, f"longer than {MAX_LINE_BYTES // 1024**2} MB")
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise RecordUnreadable(where, f"invalid UTF-8 at byte {error.start + 1} of the line") from None


def lines(stream: BinaryIO) -> Iterator[Line]:
    """Yield the lines of a stream; of a line above the cap only its number."""
    number = 0
    while data := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        ended = data.endswith(b"\n")
        if len(data) <= MAX_LINE_BYTES:
            yield Line(number, data, ended)
        else:
            while not ended and (rest := stream.readline(_CHUNK)):
                ended = rest.endswith(b"\n")
            yield Line(number, None, ended)
