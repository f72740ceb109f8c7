"""Which column holds what: a mapping declared in TOML, built in by name or in a file of one's own.

timezone = "Europe/London"              # of times without zone; default UTC
time_layout = "%d/%m/%Y %H:%M"          # or several; only where what times mean is not sure by itself
entities = true                         # the texts hold &amp; for &, as many exports of tweets do
encoding = "windows-1250"               # only where the bytes do not say it
skip = 3                                # lines above the header; only where its columns do not show it
keep = ["Stars", "City"]                # columns that no field names and that are kept; all others are dropped

[fields]
id = "Review ID"
text = ["body", "review.body"]          # the first that is there and not empty; dots reach inside

[constants]
source = "app-store"                    # where no column gives a value

[rename.brand]
"Vodafone UK" = "vodafone"              # values that are called otherwise here
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.times import layouts_of, zone_of
from collectors.parsing.values import (
    AHEAD,
    as_count,
    as_text,
    as_texts,
    attributes,
    brief,
    parse_flag,
    parse_number,
    parse_time,
    whole_id,
)
from collectors.records.identifiers import masked
from collectors.records.layout import Layout
from configuration.toml import read_toml
from domain.entities import unescape_all
from domain.errors import ConfigurationError, RecordUnreadable
from transport.foreign import is_encoding

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import tzinfo

    from collectors.records.stream import Record

_TABLES: Final = ("fields", "constants", "rename")
_KEYS: Final = ("encoding", "skip", "keep", "timezone", "time_layout", "entities", *_TABLES)
_MISSING: Final = object()
_REFERENCE: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_WORDS: Final = ("title", "name")
"""Fields beside the text that hold references where the text does."""
MOST_SKIPPED: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """A checked mapping. `revision` changes with its content."""

    name: str
    revision: str
    fields: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str] = field(default_factory=dict)
    rename: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    timezone: tzinfo = UTC
    time_layouts: tuple[str, ...] = ()
    entities: bool = False
    layout: Layout = field(default_factory=Layout)
    keep: tuple[str, ...] = ()

    def dropped(self, record: Record) -> list[str]:
        """Return the columns of a record that neither a field nor `keep` names."""
        named = {column for columns in (*self.fields.values(), self.keep) for column in columns}
        inside = {column.partition(".")[0] for column in named}
        return [column for column in record.values if column not in named and column not in inside]

    def on(self, record: Record) -> MappedRecord:
        """Return a record seen through this mapping."""
        return MappedRecord(self, record)


def read_mapping(name: str, *, known: Collection[str], required: Collection[str] = ()) -> ColumnMapping:
    """Read a built-in mapping by name, or one from a file. `known` are the fields there can be.

    Raises:
        ConfigurationError: there is no such mapping, or something in it is wrong.
    """
    content = _content(name)
    where = f"the mapping {name}"
    table = read_toml(content, where)
    _check_settings(table, known, where)
    _check_tables(table, where)
    columns = table.get("fields", {}).items()
    fields = {key: _listed(value) for key, value in columns}
    constants = {key: as_text(value) or "" for key, value in table.get("constants", {}).items()}
    if absent := [key for key in required if key not in fields and key not in constants]:
        raise ConfigurationError(f"{where} does not say which column is {absent[0]!r}")
    return ColumnMapping(
        name=Path(name).stem,
        revision=hashlib.sha256(content).hexdigest()[:8],
        fields=fields,
        constants=constants,
        rename=table.get("rename", {}),
        timezone=zone_of(table.get("timezone", "UTC"), where),
        time_layouts=layouts_of(_listed(table.get("time_layout", ())), where),
        entities=table.get("entities", False),
        layout=Layout(
            encoding=table.get("encoding"),
            skip=table.get("skip"),
            columns=tuple(fields[key] for key in required if key in fields and key not in constants),
        ),
        keep=_listed(table.get("keep", ())),
    )


def built_in() -> tuple[str, ...]:
    """Return the names of the mappings that come with Earshot."""
    folder = resources.files("collectors") / "mappings"
    return tuple(sorted(Path(file.name).stem for file in folder.iterdir() if file.name.endswith(".toml")))


class MappedRecord:
    """One record by field names; remembers which columns were used, so that none is kept twice."""

    def __init__(self, mapping: ColumnMapping, record: Record) -> None:
        self.where = record.where
        self._mapping = mapping
        self._values = record.values
        self._used: set[str] = set()
        self.notes: Counter[str] = Counter()
        """What is to be told of it though it can be read."""

    def text(self, name: str) -> str | None:
        """Return a field as text without outer spaces, None where there is nothing."""
        for column in self._mapping.fields.get(name, ()):
            if (text := as_text(self._value(column))) is not None:
                self._used.add(column)
                if self._mapping.entities and name in _WORDS:
                    text = unescape_all(text)
                return self._mapping.rename.get(name, {}).get(text, text)
        return self._mapping.constants.get(name)

    def whole_id(self, name: str) -> str | None:
        """Return a field as an id.

        Raises:
            ValueError: it is a number whose last digits are lost.
        """
        for column in self._mapping.fields.get(name, ()):
            if (found := whole_id(self._value(column))) is not None:
                self._used.add(column)
                return self._mapping.rename.get(name, {}).get(found, found)
        return self._mapping.constants.get(name)

    def related_id(self, name: str) -> str | None:
        """Return the id of something else; one whose digits are lost is none, and noted."""
        try:
            return self.whole_id(name)
        except ValueError:
            self.notes[f"whose {name} is a number with its last digits lost: kept without it"] += 1
            self._used.update(self._mapping.fields.get(name, ()))
            return None

    def required_id(self, name: str) -> str:
        """Return a field as an id.

        Raises:
            RecordUnreadable: there is none, or its last digits are lost.
        """
        try:
            found = self.whole_id(name)
        except ValueError as error:
            raise RecordUnreadable(self.where, f"{name} {error}") from None
        return self._constant_or_unreadable(name) if found is None else found

    def raw_text(self, name: str) -> str:
        """Return a field as it is, spaces and all; empty and null are the empty text.

        Raises:
            RecordUnreadable: none of the columns is there, or it holds no text.
        """
        found = ""
        columns = self._mapping.fields.get(name, ())
        values = {column: _at(self._values, column) for column in columns}
        present = {column: value for column, value in values.items() if value is not _MISSING}
        if not present:
            return self._constant_or_unreadable(name)
        for column, value in present.items():
            if isinstance(value, dict | list):
                raise RecordUnreadable(self.where, f"{name} must be a text, not {brief(value)}")
            self._used.add(column)
            found = found or ("" if value is None else str(value))
        if self._mapping.entities:
            return unescape_all(found)
        if "&" in found and _REFERENCE.search(found):
            self.notes["whose text holds references such as &amp;; entities = true in the mapping reads them"] += 1
        return found

    def required(self, name: str) -> str:
        """Return a field as text.

        Raises:
            RecordUnreadable: there is none.
        """
        text = self.text(name)
        return self._constant_or_unreadable(name) if text is None else text

    def texts(self, name: str) -> list[str] | None:
        """Return a field that lists texts; None where no column is there."""
        for column in self._mapping.fields.get(name, ()):
            if (value := self._value(column)) is not None:
                self._used.add(column)
                return as_texts(value)
        return None

    def number(self, name: str, parse: Callable[[Any], float | None] = parse_number) -> float | None:
        """Return a field as a number, read as `parse` reads it; what is not one stays among the attributes."""
        for column in self._mapping.fields.get(name, ()):
            if (number := parse(self._value(column))) is not None:
                self._used.add(column)
                return number
        return parse(self._mapping.constants.get(name))

    def count(self, name: str) -> int | None:
        """Return a field as a whole number, not below zero."""
        return as_count(self.number(name))

    def flag(self, name: str) -> bool | None:
        """Return a field as yes or no, None where it says neither."""
        return parse_flag(self.text(name))

    def time(self, name: str, *, now: datetime | None = None) -> datetime | None:
        """Return a field as a time in UTC; with `now`, times more than a day ahead of it are errors.

        Raises:
            RecordUnreadable: it cannot be read as a time, or lies ahead.
        """
        text = self.text(name)
        if text is None:
            return None
        try:
            time = parse_time(text, timezone=self._mapping.timezone, layouts=self._mapping.time_layouts)
        except ValueError as error:
            raise RecordUnreadable(self.where, f"{name}: {error}") from None
        if now is not None and time > now + AHEAD:
            raise RecordUnreadable(self.where, f"{name} {brief(text)} lies in the future")
        return time

    def rest(self) -> dict[str, str]:
        """Return the columns that are kept beside the fields, as flat attributes without what identifies people."""
        keep = self._mapping.keep
        kept = {column: value for column in keep if (value := _at(self._values, column)) is not _MISSING}
        found: Counter[str] = Counter()
        flat = {name: masked(text, found) for name, text in attributes(kept, except_for=self._used).items()}
        self.notes.update(f"with a value in a kept column that identifies a person: [{kind}] instead" for kind in found)
        return flat

    def _value(self, column: str) -> Any:
        value = _at(self._values, column)
        return None if value is _MISSING else value

    def _constant_or_unreadable(self, name: str) -> str:
        if name in self._mapping.constants:
            return self._mapping.constants[name]
        columns = " or ".join(map(repr, self._mapping.fields.get(name, ())))
        raise RecordUnreadable(self.where, f"there is no {name} (looked in {columns})")


def _at(values: Mapping[str, Any], column: str) -> Any:
    """Return the value of a column by its whole name, else by going inside at each dot."""
    if column in values:
        return values[column]
    first, dot, inner = column.partition(".")
    nested = values.get(first) if dot else None
    return _at(nested, inner) if isinstance(nested, dict) else _MISSING


def _texts(value: Any) -> list[str] | None:
    """Return a text or a list of texts as a list, None where it is neither; empty texts are none."""
    listed = [value] if isinstance(value, str) else value
    return listed if isinstance(listed, list) and all(isinstance(one, str) and one for one in listed) else None


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _content(name: str) -> bytes:
    file = Path(name)
    if file.suffix or len(file.parts) > 1:
        try:
            return file.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"the mapping {name} cannot be read: {error.strerror}") from None
    if name not in built_in():
        raise ConfigurationError(f"there is no mapping {name!r}; built in are {', '.join(built_in())}")
    return (resources.files("collectors") / "mappings" / f"{name}.toml").read_bytes()


def _check_settings(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    if unknown := sorted(set(table) - set(_KEYS)):
        raise ConfigurationError(f"{where}: there is no setting {unknown[0]!r}; it may have {', '.join(_KEYS)}")
    for key in _TABLES:
        if not isinstance(table.get(key, {}), dict):
            raise ConfigurationError(f"{where}: {key} must be a table")
        if unknown := sorted(set(table.get(key, {})) - set(known)):
            raise ConfigurationError(f"{where} [{key}]: there is no field {unknown[0]!r}; known are {', '.join(known)}")
    layouts, keep = (_texts(table.get(key, [])) for key in ("time_layout", "keep"))
    if layouts is None or not all("%" in one for one in layouts):
        raise ConfigurationError(f"{where}: time_layout must be a text such as '%d/%m/%Y %H:%M', or a list of such")
    if keep is None:
        raise ConfigurationError(f"{where}: keep must name a column or a list of columns")
    encoding, skip = table.get("encoding"), table.get("skip", 0)
    if encoding is not None and not (isinstance(encoding, str) and is_encoding(encoding)):
        raise ConfigurationError(f"{where}: there is no encoding {encoding!r}")
    if type(skip) is not int or not 0 <= skip <= MOST_SKIPPED:
        raise ConfigurationError(f"{where}: skip must be the number of lines above the header, {MOST_SKIPPED} at most")
    if not isinstance(table.get("entities", False), bool):
        raise ConfigurationError(f"{where}: entities must be true or false")


def _check_tables(table: Mapping[str, Any], where: str) -> None:
    for key, value in table.get("fields", {}).items():
        if not _texts(value):
            raise ConfigurationError(f"{where}: {key} must name a column or a list of columns")
    for key, value in table.get("constants", {}).items():
        if as_text(value) is None:
            raise ConfigurationError(f"{where}: the constant {key} must be a text or a number")
    for key, value in table.get("rename", {}).items():
        if not isinstance(value, dict) or not all(isinstance(new, str) for new in value.values()):
            raise ConfigurationError(f"{where}: rename.{key} must be a table of texts")
