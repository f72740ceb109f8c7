"""The operator's own records: customers and events, from CSV or JSON Lines with a declared mapping.

Customer numbers and handles become keyed pseudonyms here, at the door; the raw ones go no
further, not even into an error. Columns that the mapping does not name are not read at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, get_args

from collectors.parsing.values import brief
from collectors.records.mapping import read_mapping
from collectors.records.stream import Record, read_records
from domain.customer import LINK_POSTS, Consent, Customer
from domain.errors import ConfigurationError, RecordUnreadable
from domain.event import Event, EventKind
from domain.identity import customer_pseudonym, handle_pseudonym
from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from collectors.records.mapping import ColumnMapping, MappedRecord

T = TypeVar("T")

CUSTOMER_FIELDS: Final = (
    *("id", "region", "place", "segment", "plan", "since", "monthly_value"),
    *("handle", "handle_source", "handles"),
    *("consent_given_at", "consent_withdrawn_at", "consent_purpose"),
)
EVENT_FIELDS: Final = (
    *("id", "kind", "title", "started_at", "ended_at", "subject", "severity"),
    *("place", "region", "place_names", "brand", "customer"),
)
"""The fields that a mapping of customers or events can name."""
CUSTOMER_REQUIRED: Final = ("id",)
EVENT_REQUIRED: Final = ("id", "kind", "title", "started_at")

_KINDS: Final[tuple[EventKind, ...]] = get_args(EventKind)


def read_customers(path: Path, *, mapping: str = "customers", key: bytes) -> Iterator[Customer | RecordUnreadable]:
    """Yield the customers of a file under pseudonyms, and what is wrong with the lines that cannot be read.

    Raises:
        ConfigurationError: the mapping or the key cannot be used.
        InputError: the file is missing or may not be read.
    """
    columns = read_mapping(mapping, known=CUSTOMER_FIELDS, required=CUSTOMER_REQUIRED)
    return _read(path, columns, _checked(key), _customer)


def read_events(path: Path, *, mapping: str = "events", key: bytes) -> Iterator[Event | RecordUnreadable]:
    """Yield the events of a file, customers under pseudonyms, and what is wrong with other lines.

    Raises:
        ConfigurationError: the mapping or the key cannot be used.
        InputError: the file is missing or may not be read.
    """
    columns = read_mapping(mapping, known=EVENT_FIELDS, required=EVENT_REQUIRED)
    return _read(path, columns, _checked(key), _event)


def record_reader(kind: str, mapping: str) -> Callable[[Record, bytes], Customer | Event]:
    """Return what reads one record of a kind, customers or events, by a mapping; pseudonyms are made with a key.

    It raises RecordUnreadable where a record cannot be read.

    Raises:
        ConfigurationError: there is no such kind, or the mapping cannot be used.
    """
    if kind not in _KNOWN:
        raise ConfigurationError(f"there are no records of the kind {kind!r}; there are {', '.join(_KNOWN)}")
    known, required, build = _KNOWN[kind]
    columns = read_mapping(mapping, known=known, required=required)
    return lambda record, key: _built(build, columns, record, _checked(key))


def _checked(key: bytes) -> bytes:
    if not key:
        raise ConfigurationError("the key of the customers' pseudonyms is empty; set EARSHOT_PSEUDONYM_KEY")
    return key


def _read(
    path: Path, mapping: ColumnMapping, key: bytes, build: Callable[[MappedRecord, bytes], T]
) -> Iterator[T | RecordUnreadable]:
    for _, reading in read_records(path, layout=mapping.layout):
        if isinstance(reading, Record):
            try:
                yield _built(build, mapping, reading, key)
            except RecordUnreadable as error:
                yield error
        else:
            yield reading


def _built(build: Callable[[MappedRecord, bytes], T], mapping: ColumnMapping, record: Record, key: bytes) -> T:
    try:
        return build(mapping.on(record), key)
    except ODD_SHAPE as error:
        # Its words may hold a customer's number.
        raise RecordUnreadable(record.where, f"it cannot be read ({type(error).__name__})") from None


def _customer(row: MappedRecord, key: bytes) -> Customer:
    source, handle = row.text("handle_source"), row.text("handle")
    if handle and not source:
        raise RecordUnreadable(row.where, "there is a handle but no handle_source")
    handles = [(source, handle)] if source and handle else []
    for pair in row.texts("handles") or ():
        source, colon, handle = pair.partition(":")
        if not (source and colon and handle):
            raise RecordUnreadable(row.where, "handles must read 'source:handle, source:handle'")
        handles.append((source, handle))
    plan = row.text("plan")
    given_at, withdrawn_at = row.time("consent_given_at"), row.time("consent_withdrawn_at")
    purpose = row.text("consent_purpose") or LINK_POSTS
    return Customer(
        id=customer_pseudonym(key, row.required_id("id")),
        handles=tuple(dict.fromkeys(handle_pseudonym(key, *pair) for pair in handles)),
        linked_with=Consent(purpose=purpose, given_at=given_at, withdrawn_at=withdrawn_at) if given_at else None,
        region=row.text("region"),
        place=row.text("place"),
        segment=row.text("segment"),
        since=row.time("since"),
        monthly_value=row.number("monthly_value"),
        attributes={"plan": plan} if plan else {},
    )


def _event(row: MappedRecord, key: bytes) -> Event:
    started_at, ended_at = row.time("started_at"), row.time("ended_at")
    if started_at is None:
        raise RecordUnreadable(row.where, "there is no started_at")
    if ended_at is not None and ended_at < started_at:
        raise RecordUnreadable(row.where, "it ends before it starts")
    said = row.required("kind")
    kind = next((known for known in _KINDS if known == said), None)
    if kind is None:
        raise RecordUnreadable(row.where, f"kind {brief(said)} is none of {', '.join(_KINDS)}")
    number, names = row.related_id("customer"), row.text("place_names")
    return Event(
        id=row.required_id("id"),
        kind=kind,
        title=row.required("title"),
        started_at=started_at,
        ended_at=ended_at,
        place=row.text("place"),
        region=row.text("region"),
        subject=row.text("subject"),
        severity=row.text("severity"),
        brand=row.text("brand"),
        customer=customer_pseudonym(key, number) if number else None,
        attributes={"place_names": names} if names else {},
    )


_KNOWN: Final[Mapping[str, tuple[Sequence[str], Sequence[str], Callable[[MappedRecord, bytes], Customer | Event]]]] = {
    "customers": (CUSTOMER_FIELDS, CUSTOMER_REQUIRED, _customer),
    "events": (EVENT_FIELDS, EVENT_REQUIRED, _event),
}
"""By kind the fields that a mapping may name, those that it must, and what makes a record of them."""
