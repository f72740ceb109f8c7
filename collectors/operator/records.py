"""The operator's own records: customers, events and evidence of who an author is, from CSV or JSON Lines with a
declared mapping.

Customer numbers and handles become keyed pseudonyms here, at the door; the raw ones go no
further, not even into an error. Columns that the mapping does not name are not read at all.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar, get_args

from collectors.parsing.values import brief
from collectors.records.mapping import read_mapping
from collectors.records.stream import Record, read_records
from domain.customer import LINK_POSTS, Consent, Customer
from domain.errors import ConfigurationError, RecordUnreadable
from domain.event import Event, EventKind
from domain.identity import contact_pseudonym, customer_pseudonym, handle_pseudonym, party_pseudonym
from domain.link import Brought, Evidence
from textquery.contacts import E164, Mail
from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from collectors.records.mapping import ColumnMapping, MappedRecord
    from domain.link import EvidenceKind

T = TypeVar("T")

CUSTOMER_FIELDS: Final = (
    *("id", "region", "place", "segment", "plan", "since", "monthly_value"),
    *("handle", "handle_source", "handles"),
    *("consent_given_at", "consent_withdrawn_at", "consent_purpose"),
)
EVENT_FIELDS: Final = (
    *("id", "kind", "title", "started_at", "ended_at", "subject", "severity"),
    *("place", "region", "place_names", "brand", "customer", "reported_at", "affected"),
)
"""The fields that a mapping of customers, events or evidence can name."""
EVIDENCE_FIELDS: Final = (
    *("source", "handle", "evidence", "customer", "party", "contact"),
    *("valid_from", "valid_to", "until"),
)
CUSTOMER_REQUIRED: Final = ("id",)
EVENT_REQUIRED: Final = ("id", "kind", "title", "started_at")

EVIDENCE_REQUIRED: Final = ("source", "handle", "evidence")

_BROUGHT: Final[tuple[EvidenceKind, ...]] = ("verified_contact", "app_login", "reply_thread")
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


def read_evidence(
    path: Path, *, mapping: str = "evidence", key: bytes, region: str = ""
) -> Iterator[Brought | RecordUnreadable]:
    """Yield the evidence of a file of who authors are, all under pseudonyms, and what is wrong with other lines.

    `region` (ISO 3166, two letters) is whose telephone numbers are written without their country.

    Raises:
        ConfigurationError: the mapping or the key cannot be used.
        InputError: the file is missing or may not be read.
    """
    columns = read_mapping(mapping, known=EVIDENCE_FIELDS, required=EVIDENCE_REQUIRED)
    return _read(path, columns, _checked(key), partial(_evidence, region=region))


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
        reported_at=row.time("reported_at"),
        affected=row.count("affected"),
        place=row.text("place"),
        region=row.text("region"),
        subject=row.text("subject"),
        severity=row.text("severity"),
        brand=row.text("brand"),
        customer=customer_pseudonym(key, number) if number else None,
        attributes={"place_names": names} if names else {},
    )


def _evidence(row: MappedRecord, key: bytes, *, region: str) -> Brought:
    said = row.required("evidence")
    kind = next((known for known in _BROUGHT if known == said), None)
    if kind is None:
        raise RecordUnreadable(row.where, f"evidence {brief(said)} is none of {', '.join(_BROUGHT)}")
    customer, party, told = row.related_id("customer"), row.related_id("party"), row.text("contact")
    contact = (E164.parse(told, region) or Mail.parse(told)) if told else None
    if told and contact is None:
        raise RecordUnreadable(row.where, "the contact is neither a telephone number nor a mail address")
    if kind == "verified_contact" and contact is None:
        raise RecordUnreadable(row.where, "there is no contact that was verified")
    if not (customer or party or contact):
        raise RecordUnreadable(row.where, "there is no customer, party or contact")
    source = row.required("source")
    return Brought(
        author=handle_pseudonym(key, source, row.required("handle")),
        source=source.strip().lower(),
        customer=customer_pseudonym(key, customer) if customer else None,
        evidence=Evidence(
            kind=kind,
            party=party_pseudonym(key, party) if party else None,
            contact=contact_pseudonym(key, contact.value) if contact else None,
            valid_from=row.time("valid_from"),
            valid_to=row.time("valid_to"),
            until=row.time("until"),
        ),
    )


_KNOWN: Final[Mapping[str, tuple[Sequence[str], Sequence[str], Callable[[MappedRecord, bytes], Customer | Event]]]] = {
    "customers": (CUSTOMER_FIELDS, CUSTOMER_REQUIRED, _customer),
    "events": (EVENT_FIELDS, EVENT_REQUIRED, _event),
}
"""By kind the fields that a mapping may name, those that it must, and what makes a record of them."""
