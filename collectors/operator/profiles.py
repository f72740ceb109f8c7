"""What people wrote about themselves, of authors and of customers, to be compared in one run and kept nowhere.

Who each record is of becomes a pseudonym here; names, addresses and the like stay as they are but for their spelling,
in a table in memory. They go no further than into the comparison (`linking/records.py`), not even into an error.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from collectors.records.mapping import read_mapping
from collectors.records.stream import Record, read_records
from domain.errors import RecordUnreadable
from domain.identity import customer_pseudonym, handle_pseudonym, party_pseudonym
from domain.link import PROFILE
from textquery.contacts import E164, Mail
from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyarrow import Table

    from collectors.records.mapping import MappedRecord

Side: TypeAlias = Literal["authors", "customers"]
_WHO: Final = ("source", "handle", "customer", "party")
_REQUIRED: Final[dict[Side, tuple[str, ...]]] = {"authors": ("source", "handle"), "customers": ("customer",)}
_NAMES: Final = ("given_name", "family_name", "town", "street")
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_DATE: Final = re.compile(r"(\d{4})-\d\d-\d\d")
_CHUNK: Final = 50_000


@dataclass(frozen=True, kw_only=True)
class Profiles:
    """The records of one side: a table of texts by the columns of `PROFILE`, empty ones null, and `row`, from 0.

    `who[row]` is author and source, or customer and party, of the record in that row.
    """

    table: Table
    who: tuple[tuple[str, str | None], ...]
    unreadable: int = 0
    repeated: int = 0
    """Records of somebody of whom a later one is there; that counts."""


def rows_of(profiles: Profiles, rows: Sequence[int]) -> Table:
    """Return these records alone; their places stay what they are."""
    import pyarrow as pa

    return profiles.table.take(pa.array(rows, pa.int64()))


def read_profiles(path: Path, side: Side, *, mapping: str = "profiles", key: bytes, region: str = "") -> Profiles:
    """Return the profiles of a file: CSV, JSON Lines or Parquet.

    `region` (ISO 3166, two letters) is whose telephone numbers are written without their country.

    Raises:
        ConfigurationError: the mapping cannot be used.
        InputError: the file is missing or may not be read.
    """
    columns = read_mapping(mapping, known=(*_WHO, *PROFILE), required=_REQUIRED[side])
    read = _Reading()
    for _, record in read_records(path, layout=columns.layout):
        if not isinstance(record, Record):
            read.unreadable += 1
            continue
        try:
            row = columns.on(record)
            who = _who(row, side, key)
            read.add(who, [_spelled(name, text, region) if (text := row.text(name)) else None for name in PROFILE])
        except (RecordUnreadable, *ODD_SHAPE):
            read.unreadable += 1
    return read.profiles()


def _who(row: MappedRecord, side: Side, key: bytes) -> tuple[str, str | None]:
    if side == "authors":
        source = row.required("source").strip().lower()
        return handle_pseudonym(key, source, row.required("handle")), source
    party = row.related_id("party")
    return customer_pseudonym(key, row.required_id("customer")), party_pseudonym(key, party) if party else None


def _spelled(name: str, text: str, region: str) -> str | None:
    """Return a value in one spelling, None where it is none."""
    if name in _NAMES:
        plain = unicodedata.normalize("NFKD", text.casefold())
        return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split()) or None
    if name == "email":
        mail = Mail.parse(text)
        return mail.value if mail else None
    if name == "phone":
        bare = text.replace(" ", "")
        number = None if _E164.fullmatch(bare) else E164.parse(text, region)
        return bare if _E164.fullmatch(bare) else number.value if number else None
    if name == "birth_date":
        return text[:10] if _DATE.match(text) else None
    return "".join(text.casefold().split()) or None


class _Reading:
    """Records as they come, in chunks of columns: as objects a million would take gigabytes."""

    def __init__(self) -> None:
        self.unreadable = 0
        self._who: list[tuple[str, str | None]] = []
        self._chunks: list[Any] = []
        self._rows: list[list[str | None]] = []

    def add(self, who: tuple[str, str | None], values: list[str | None]) -> None:
        """Take a record; whose date of birth is known, the year is."""
        date, year = PROFILE.index("birth_date"), PROFILE.index("birth_year")
        values[year] = values[year] or (values[date] or "")[:4] or None
        self._who.append(who)
        self._rows.append(values)
        if len(self._rows) >= _CHUNK:
            self._pack()

    def _pack(self) -> None:
        import pyarrow as pa

        columns = list(zip(*self._rows, strict=True)) or [()] * len(PROFILE)
        schema = pa.schema([(name, pa.string()) for name in PROFILE])
        self._chunks.append(pa.table(dict(zip(PROFILE, columns, strict=True)), schema=schema))
        self._rows = []

    def profiles(self) -> Profiles:
        """Return all that was taken, of each the last."""
        import pyarrow as pa

        self._pack()
        last = sorted({who: place for place, who in enumerate(self._who)}.values())
        table = pa.concat_tables(self._chunks)
        if len(last) < len(self._who):
            table = table.take(last)
        return Profiles(
            table=table.append_column("row", pa.array(range(len(last)), pa.int64())),
            who=tuple(self._who[place] for place in last),
            unreadable=self.unreadable,
            repeated=len(self._who) - len(last),
        )
