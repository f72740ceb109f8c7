"""Between frozen values and the JSON documents that stores keep.

A document is a plain dictionary of JSON values. Times are ISO 8601 in UTC with a `Z`
and milliseconds; absent values are left out.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Literal, TypeAlias

Document: TypeAlias = dict[str, Any]
"""What a store keeps: JSON values only, with its `id`."""

Kind: TypeAlias = Literal[
    "posts",
    "customers",
    "parties",
    "links",
    "services",
    "places",
    "events",
    "incidents",
    "topics",
    "reports",
    "cursors",
    "corrections",
    "tombstones",
    "coverage",
    "changes",
    "audit",
    "jobs",
    "inbox",
    "baselines",
]
"""The kinds of document; each has a template of the same name in `index_mappings/`."""

REVISION: Final = "revision"
"""What a store says of the state of a document that it gives, where asked for: who writes back what was read
hands it in again, and is refused where the document has changed or gone since."""
ALL: Final = "*"
"""Among the fields that are asked for: all but long ones, as where none is named."""
NEW: Final = ""
"""The revision of a document that must not be there yet."""


def to_document(value: Any) -> Document:
    """Return a dataclass as a document: nested, JSON-ready, without absent values."""
    document = _plain(value)
    if not isinstance(document, dict):
        raise TypeError(f"only dataclasses and mappings become documents, not {type(value).__name__}")
    return document


def instant(value: datetime) -> str:
    """Return an aware time as text, in UTC with milliseconds: `2019-11-25T08:00:00.000Z`."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def zoned_instant(value: datetime) -> str:
    """Return an aware time as text with its offset, `Z` where that is none: `2026-07-01T00:00:00.000+01:00`."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Return the time that `instant` or `zoned_instant` wrote, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


_SCALARS: Final = frozenset((str, int, float, bool, type(None)))


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    return value if kind in _SCALARS else _plainer(kind)(value)


@cache
def _plainer(kind: Any) -> Callable[[Any], Any]:
    """Return what makes values of a type JSON-ready; what no rule knows stays as it is."""
    if dataclasses.is_dataclass(kind):
        names = tuple(field.name for field in dataclasses.fields(kind))
        return lambda value: _present((name, getattr(value, name)) for name in names)
    if issubclass(kind, Mapping):
        return lambda value: _present((str(key), item) for key, item in value.items())
    if issubclass(kind, datetime):
        return instant
    if issubclass(kind, enum.Enum):
        return lambda value: value.value
    if issubclass(kind, Sequence) and not issubclass(kind, str | bytes):
        return lambda value: list(value) if _SCALARS.issuperset(map(type, value)) else [_plain(one) for one in value]
    return lambda value: value


def _present(pairs: Iterable[tuple[str, Any]]) -> Document:
    present = {}
    for name, item in pairs:
        plain = item if type(item) in _SCALARS else _plain(item)
        if plain is not None and plain != {}:
            present[name] = plain
    return present
