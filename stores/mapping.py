"""The stored shape: what fields a kind of document has and of what type, read from `index_mappings/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args

from domain.documents import Document, Kind
from domain.errors import StoreRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

Span: TypeAlias = "tuple[datetime | None, datetime | None]"
"""Times from the first on and before the second; None is open."""

VERSION: Final = 1
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
FILTER_FIELDS: Final[Mapping[str, str]] = {
    "brands": "brands",
    "languages": "language.code",
    "sources": "source",
    "sentiments": "sentiment.label",
    "emotions": "emotion.label",
    "intents": "intent.labels",
    "aspects": "aspects.aspect",
    "aspect_sentiments": "aspect_sentiments",
    "urgent": "urgency.holds",
    "spam": "spam.holds",
    "topics": "topic.id",
    "authors": "author.id",
    "places": "place",
    "customers": "customer.id",
    "events": "events.id",
    "copies": "copy.key",
    "speakers": "speaker",
}
"""Which field of a post each tuple of `Filters` is held against, in both stores."""

LONG_FIELDS: Final = ("embedding", "words")
"""Fields that documents come back without, unless `scan` names them."""

COPY_FIELDS: Final = ("text", "copy")
"""The fields of a post that other posts are compared with, to see whether they are copies."""

_OPAQUE: Final = {"flattened", "object"}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The fields of a kind by their dotted names, and the index template that they come from.

    Types are those of Elasticsearch: keyword, text, date, boolean, long, float, dense_vector;
    `flattened` and `object` hold what nobody asks for by name.
    """

    kind: Kind
    template: Mapping[str, Any]
    types: Mapping[str, str]

    @property
    def keywords(self) -> frozenset[str]:
        """The fields that can be compared: keywords that are indexed."""
        return frozenset(name for name, options in _leaves(self._properties) if _comparable(options))

    @property
    def vector_dims(self) -> int:
        """How many numbers an embedding has."""
        return int(self._properties["embedding"]["dims"])

    @property
    def _properties(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.template["template"]["mappings"]["properties"]
        return found

    def check(self, document: Document) -> None:
        """Refuse a document with a field that the shape does not have, or without an id.

        Raises:
            StoreRefused: with the document's id and the field's name.
        """
        if not isinstance(document.get("id"), str) or not document["id"]:
            raise StoreRefused(f"a document of {self.kind} has no id")
        for name in _names(document, self.types):
            if name not in self.types:
                raise StoreRefused(f"{self.kind} have no field {name!r} (document {document['id']})")

    def comparable(self, name: str) -> str:
        """Return the name of a field that can be compared.

        Raises:
            StoreRefused: there is no such keyword field.
        """
        if name not in self.keywords:
            raise StoreRefused(f"{self.kind} cannot be compared by {name!r}")
        return name

    def dated(self, name: str) -> str:
        """Return the name of a field that holds a time.

        Raises:
            StoreRefused: there is no such field.
        """
        if self.types.get(name) != "date":
            raise StoreRefused(f"{self.kind} have no time {name!r}")
        return name


@cache
def shape(kind: Kind) -> Shape:
    """Return the shape of a kind of document."""
    text = resources.files("index_mappings").joinpath(f"{kind}.v{VERSION}.json").read_text(encoding="utf-8")
    template = json.loads(text)
    leaves = _leaves(template["template"]["mappings"]["properties"])
    return Shape(kind=kind, template=template, types={name: options["type"] for name, options in leaves})


def values_at(document: Document, name: str) -> list[Any]:
    """Return all values under a dotted name, those of lists one by one, absent ones left out."""
    found: list[Any] = [document]
    for part in name.split("."):
        found = [item[part] for item in found if isinstance(item, dict) and part in item]
        found = [item for value in found for item in (value if isinstance(value, list) else [value])]
    return [value for value in found if value is not None]


def _leaves(properties: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, options in properties.items():
        if "properties" in options:
            yield from _leaves(options["properties"], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", options


def _comparable(options: Mapping[str, Any]) -> bool:
    return options["type"] == "keyword" and bool(options.get("index", True))


def _names(value: Any, types: Mapping[str, str], name: str = "") -> Iterator[str]:
    """Yield the dotted names of a document's leaves; what is opaque is one leaf."""
    if types.get(name) in _OPAQUE:
        yield name
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _names(item, types, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for item in value:
            yield from _names(item, types, name)
    else:
        yield name
