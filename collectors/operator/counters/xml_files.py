"""Measurement files in XML, as streams: TS 32.435 (measCollecFile) and its heir of TS 28.532 (measDataFile).

No declaration of a document type is read, so there are no entities; what is nested or long beyond measure is refused.
Elements are told by their names without namespaces, which differ between releases.
"""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from xml.parsers import expat

from collectors.operator.counters.rows import Row
from collectors.parsing.values import brief, parse_time
from domain.errors import RecordUnreadable
from transport.foreign import Foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

CHUNK: Final = 64 * 1024
MOST_PENDING: Final = 1024 * 1024
"""Bytes that may be read without a whole element, attribute or text among them."""
MOST_TEXT: Final = 1024 * 1024
MOST_TYPES: Final = 20_000
MOST_DEPTH: Final = 32
MOST_BYTES: Final = 4 * 1024**3
"""Of a file, unpacked."""
_ROOTS: Final = ("measCollecFile", "measDataFile")
_WITH_TEXT: Final = frozenset(("measTypes", "measType", "measResults", "r", "suspect"))
_DURATION: Final = re.compile(r"P(?:(\d{1,3})D)?T?(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d+)?S)?")


class _Refused(ValueError):
    """The file is none, or hostile."""


def xml_rows(stream: BinaryIO, name: str, wanted: Callable[[str], str | None]) -> Iterator[Row | RecordUnreadable]:
    """Yield what each object counted. `wanted` gives the name under which a counter adds up, None where none asks.

    What cannot be read ends the file with a `RecordUnreadable`; what came before stays.
    """
    parser = expat.ParserCreate()
    reading = _Reading(name, parser, wanted)
    fed = 0
    try:
        while chunk := stream.read(CHUNK):
            fed += len(chunk)
            if fed > MOST_BYTES:
                raise _Refused(f"longer than {MOST_BYTES // 1024**3} GB")
            _feed(parser, chunk, is_last=False)
            if fed - parser.CurrentByteIndex > MOST_PENDING:
                raise _Refused("an element is too long")
            yield from reading.taken()
        _feed(parser, b"", is_last=True)
        yield from reading.taken()
    except expat.ExpatError as error:
        yield from reading.taken()
        reason = f"not well-formed XML ({expat.errors.messages[error.code]}); what follows could not be read"
        yield RecordUnreadable(f"{name}:{error.lineno}", reason)
    except _Refused as error:
        yield from reading.taken()
        yield RecordUnreadable(f"{name}:{parser.CurrentLineNumber}", str(error))


def _feed(parser: expat.XMLParserType, chunk: bytes, *, is_last: bool) -> None:
    """Let the parser read on.

    Raises:
        ExpatError: it is not well-formed.
        _Refused: it is none of ours, or names an encoding that nobody knows.
    """
    with Foreign() as reading:
        parser.Parse(chunk, is_last)
    if isinstance(reading.error, expat.ExpatError | _Refused):
        raise reading.error
    if reading.error is not None:
        raise _Refused(f"it cannot be read ({type(reading.error).__name__})")


class _Reading:
    """What is known of a file where its reader stands."""

    def __init__(self, name: str, parser: expat.XMLParserType, wanted: Callable[[str], str | None]) -> None:
        self._name = name
        self._parser = parser
        self._wanted = wanted
        self._rows: list[Row | RecordUnreadable] = []
        self._depth = 0
        self._prefix = self._entity = self._object = self._place = ""
        self._period: tuple[datetime, datetime] | None = None
        self._types: dict[str, str | None] = {}
        self._counters: dict[str, float] = {}
        self._is_suspect = False
        self._text: list[str] | None = None
        self._length = 0
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse

    def taken(self) -> list[Row | RecordUnreadable]:
        """Take what was read since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def _refuse(self, *_: Any) -> None:
        raise _Refused("a document type is declared; that is not read")

    def _start(self, qualified: str, attributes: Mapping[str, str]) -> None:
        name = qualified.rpartition(":")[2]
        self._depth += 1
        if self._depth == 1 and name not in _ROOTS:
            raise _Refused(f"no file of measurements: it begins with {brief(name)}")
        if self._depth > MOST_DEPTH:
            raise _Refused(f"nested more than {MOST_DEPTH} deep")
        if name in _WITH_TEXT:
            self._text, self._length = [], 0
            self._place = attributes.get("p", "")
        match name:
            case "fileHeader":
                self._prefix = attributes.get("dnPrefix", "")
            case "managedElement" | "measEntity":
                self._entity = attributes.get("localDn", "")
            case "measInfo":
                self._types, self._period = {}, None
            case "granPeriod":
                self._period = period_of(attributes)
            case "measValue":
                self._object = attributes.get("measObjLdn", "")
                self._counters, self._is_suspect = {}, False

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._length += len(text)
            if self._length > MOST_TEXT:
                raise _Refused("a text is too long")
            self._text.append(text)

    def _end(self, qualified: str) -> None:
        name = qualified.rpartition(":")[2]
        self._depth -= 1
        text = ""
        if name in _WITH_TEXT:
            text, self._text = "".join(self._text or ()).strip(), None
        match name:
            case "measTypes":
                self._types = {str(place): self._wanted(one) for place, one in enumerate(text.split(), start=1)}
            case "measType":
                self._types[self._place or str(len(self._types) + 1)] = self._wanted(text)
            case "measResults":
                for place, value in enumerate(text.split(), start=1):
                    self._count(str(place), value)
            case "r":
                self._count(self._place, text)
            case "suspect":
                self._is_suspect = text.lower() in {"true", "1"}
            case "measValue":
                self._add()
        if len(self._types) > MOST_TYPES:
            raise _Refused(f"more than {MOST_TYPES} types of measurements together")

    def _count(self, place: str, text: str) -> None:
        counter = self._types.get(place)
        value = number(text) if counter is not None else None
        if counter is not None and value is not None:
            self._counters[counter] = self._counters.get(counter, 0.0) + value

    def _add(self) -> None:
        if not self._counters:
            return
        if self._period is None:
            where = f"{self._name}:{self._parser.CurrentLineNumber}"
            self._rows.append(RecordUnreadable(where, "there is no period (granPeriod) that can be read"))
            return
        dn = ",".join(part.strip() for part in (self._prefix, self._entity, self._object) if part.strip())
        self._rows.append(Row(dn, self._object.strip(), *self._period, self._counters, self._is_suspect))


def period_of(attributes: Mapping[str, str]) -> tuple[datetime, datetime] | None:
    """Return when a period (granPeriod) began and ended, None where it does not say."""
    length = duration(attributes.get("duration", ""))
    try:
        ended_at = parse_time(attributes.get("endTime", ""))
        return (ended_at - length, ended_at) if length else None
    except (ValueError, OverflowError):
        return None


def duration(text: str) -> timedelta:
    """Return a length of time as XML writes it (PT900S, PT15M), nothing where it is none."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return timedelta()
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def number(text: str) -> float | None:
    """Return what a counter counted; NIL and whatever is no number from 0 up is nothing."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
