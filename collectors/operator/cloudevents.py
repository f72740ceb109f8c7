"""CloudEvents whose data is a record of ours, as `earshot load` reads them from files: by a mapping for each type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collectors.operator.records import record_reader
from collectors.operator.tmforum.notifications import Notification
from collectors.parsing.values import brief, parse_time
from collectors.records.stream import Record
from domain.errors import ConfigurationError, RecordUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def cloud_event_reader(declared: Sequence[str]) -> Callable[[Mapping[str, Any], bytes], Notification]:
    """Return what reads events of the declared types: `TYPE=events`, `TYPE=customers` or `TYPE=events:MAPPING`.

    Their data is an object, or a list of objects. The reader raises RecordUnreadable for all others.

    Raises:
        ConfigurationError: a line declares nothing, or a mapping cannot be used.
    """
    readers = {}
    for line in declared:
        event_type, equals, what = line.partition("=")
        kind, _, mapping = what.strip().partition(":")
        if not (event_type.strip() and equals and kind):
            raise ConfigurationError(f"listener.records: {line!r} must read TYPE=events or TYPE=customers:MAPPING")
        readers[event_type.strip()] = record_reader(kind, mapping or kind)

    def read(event: Mapping[str, Any], key: bytes) -> Notification:
        where = f"event {brief(event['id'])}"
        reader = readers.get(event["type"])
        if reader is None:
            raise RecordUnreadable(where, f"listener.records names no mapping for the type {brief(event['type'])}")
        data, at = event.get("data"), event.get("time")
        listed: list[Any] = data if isinstance(data, list) else [data]
        if not all(isinstance(one, dict) for one in listed):
            raise RecordUnreadable(where, "its data is neither an object nor a list of objects")
        return Notification(
            event_id=event["id"],
            event_type=event["type"],
            at=None if at is None else parse_time(at),
            records=tuple(reader(Record(where, one), key) for one in listed),
        )

    return read
