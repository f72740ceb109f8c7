"""JSON objects one after the other, over as many lines as they like: arrays, and objects that were printed prettily."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from collectors.parsing.values import clean, suspicious
from collectors.records.lines import MAX_LINE_BYTES
from domain.errors import RecordUnreadable
from transport.foreign import MAX_DEPTH, TooDeep, is_deep

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK: Final = 256 * 1024
_BETWEEN: Final = re.compile(r"[\s,\[\]]*")
SURROGATE: Final = re.compile("[\udc80-\udcff]")
"""What bytes that are not UTF-8 have become."""
_NUMBER_END: Final = re.compile(r"[-+.\w]")


class _Text:
    """What is in memory of a stream: a part of it, and where that stands."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._rest = b""
        self.text = ""
        self.at = 0
        self.line = 1
        self.is_over = False

    def more(self, size: int) -> None:
        """Read on; what is behind is let go."""
        data = self._rest + self._stream.read(size)
        self.is_over = len(data) == len(self._rest)
        # A character may be cut at the end.
        keep = 0 if self.is_over else next((n for n in (1, 2, 3) if n <= len(data) and data[-n] >= 0xC0), 0)
        self._rest = data[len(data) - keep :]
        self.text = self.text[self.at :] + data[: len(data) - keep].decode("utf-8", "surrogateescape")
        self.at = 0

    def move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to


def values(stream: BinaryIO, name: str, *, after: int) -> Iterator[tuple[int, str, dict[str, Any] | RecordUnreadable]]:
    """Yield, for each object after the first `after` ones, how many are behind, where it stands, and what it tells.

    What is no JSON ends the file: where the next object would begin is not known.
    """
    told, number = _Text(stream), 0
    told.more(_CHUNK)
    while True:
        told.move(_BETWEEN.match(told.text, told.at).end())  # type: ignore[union-attr]
        if told.at == len(told.text):
            if told.is_over:
                return
            told.more(_CHUNK)
            continue
        where = f"{name}:{told.line}"
        constants: list[str] = []
        try:
            value, end = _next_value(told, json.JSONDecoder(strict=False, parse_constant=constants.append))
        except ValueError as error:
            yield number, where, RecordUnreadable(where, f"{error}; it and what follows could not be read")
            return
        number += 1
        if number > after:
            fault = f"not valid JSON ({constants[0]} is not a JSON value)" if constants else None
            yield number, where, _checked(value, told.text[told.at : end], where, fault)
        told.move(end)


def _next_value(told: _Text, decoder: json.JSONDecoder) -> tuple[Any, int]:
    """Return the value that begins here, and where it ends.

    Raises:
        ValueError: it is none, or too long, or nested too deep.
    """
    while True:
        held = len(told.text) - told.at
        try:
            value, end = decoder.raw_decode(told.text, told.at)
        except RecursionError:
            raise TooDeep from None
        except json.JSONDecodeError as error:
            # A fault far from the end is no cut, except in a text, whose fault is where it begins.
            is_cut = error.pos > len(told.text) - 32 or "Unterminated" in error.msg or "escape" in error.msg
            if told.is_over or not is_cut:
                raise ValueError(f"not valid JSON ({error.msg})") from None
            if held > MAX_LINE_BYTES:
                raise ValueError(f"longer than {MAX_LINE_BYTES // 1024**2} MB") from None
            # As much again, so that a long value is not begun too often.
            told.more(max(held, _CHUNK))
        except ValueError as error:
            raise ValueError(f"not valid JSON ({error})") from None
        else:
            if end < len(told.text) or told.is_over or not _NUMBER_END.match(told.text[end - 1]):
                return value, end
            told.more(_CHUNK)


def _checked(value: Any, text: str, where: str, fault: str | None) -> dict[str, Any] | RecordUnreadable:
    if fault is None and len(text) > MAX_LINE_BYTES:
        fault = f"longer than {MAX_LINE_BYTES // 1024**2} MB"
    if fault is None and not isinstance(value, dict):
        fault = "JSON but not an object"
    if fault is None and is_deep(value):
        fault = f"nested more than {MAX_DEPTH} deep"
    if fault is None and SURROGATE.search(text):
        fault = "its bytes are not UTF-8"
    if fault is not None:
        return RecordUnreadable(where, fault)
    return cast("dict[str, Any]", clean(value)) if suspicious(text) else value
