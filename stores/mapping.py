"""The stored shape: what fields a kind of document has and of what type, read from `index_mappings/`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, get_args

from domain.conditions import Among, Between, Exists
from domain.documents import Document, Kind
from domain.errors import StoreRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.conditions import Condition

VERSION: Final = 1
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LONG_FIELDS: Final = ("embedding", "words")
"""Fields that documents come back without, unless they are named."""

_OPAQUE: Final = {"flattened", "object"}
_SCALARS: Final = frozenset((str, int, float, bool, type(None)))
_VALUE, _ANYTHING = "value", "anything"
_MOST_MET: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The fields of a kind by their dotted names, and the index template that they come from.

    Types are those of Elasticsearch: keyword, text, date, boolean, long, float, dense_vector;
    `flattened` and `object` hold what nobody asks for by name.
    """

    kind: Kind
    template: Mapping[str, Any]
    types: Mapping[str, str]

    @cached_property
    def comparable(self) -> frozenset[str]:
        """The fields that can be compared: keywords that are indexed, and truth values."""
        indexed = [(name, options["type"]) for name, options in _leaves(self._properties) if options.get("index", True)]
        return frozenset(name for name, form in indexed if form in {"keyword", "boolean"})

    @property
    def vector_dims(self) -> int:
        """How many numbers an embedding has."""
        return int(self._properties["embedding"]["dims"])

    @cached_property
    def _tree(self) -> _Tree:
        return _Tree.of(self._properties)

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
        if self._tree.fits(document):
            return
        for name in _names(document, self.types):
            if name not in self.types:
                raise StoreRefused(f"{self.kind} have no field {name!r} (document {document['id']})")

    def chosen_by(self, condition: Condition) -> Condition:
        """Return a condition that documents of this kind can be held against.

        Raises:
            StoreRefused: its field cannot be compared, or is no time.
        """
        if isinstance(condition, Among) and condition.field not in self.comparable:
            raise StoreRefused(f"{self.kind} cannot be compared by {condition.field!r}")
        if isinstance(condition, Between) and self.types.get(condition.field) != "date":
            raise StoreRefused(f"{self.kind} have no time {condition.field!r}")
        if isinstance(condition, Exists) and condition.field not in self.types:
            raise StoreRefused(f"{self.kind} have no field {condition.field!r}")
        return condition


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
        found = [item for value in found for item in (value if isinstance(value, list | tuple) else [value])]
    return [value for value in found if value is not None]


def _leaves(properties: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, options in properties.items():
        if "properties" in options:
            yield from _leaves(options["properties"], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", options


@dataclass(frozen=True)
class _Tree:
    """What there is under each name: a tree of its own, a value, or anything at all.

    `met` are names of objects that were found to hold values alone: most of the objects of most documents
    are alike, and are let through by their names and the types of their values together.
    """

    under: Mapping[str, _Tree | str]
    met: set[tuple[str, ...]] = field(default_factory=set)

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> _Tree:
        """Return the tree of a mapping's properties."""
        under: dict[str, _Tree | str] = {}
        for name, options in properties.items():
            leaf = _ANYTHING if options.get("type") in _OPAQUE else _VALUE
            under[name] = cls.of(options["properties"]) if "properties" in options else leaf
        return cls(under)

    def fits(self, document: Document) -> bool:
        """Tell whether the shape has all leaves."""
        plain = _SCALARS.issuperset(map(type, document.values()))
        if plain and tuple(document) in self.met:
            return True
        for name, value in document.items():
            known, kind = self.under.get(name), type(value)
            if kind in _SCALARS:
                if known.__class__ is not str:
                    return False
            elif kind is list and known is _VALUE and _SCALARS.issuperset(map(type, value)):
                continue
            elif not _fits_in(value, known):
                return False
        if plain and len(self.met) < _MOST_MET:
            self.met.add(tuple(document))
        return True


def _fits_in(value: Any, known: _Tree | str | None) -> bool:
    if known is _ANYTHING:
        return True
    if isinstance(value, dict):
        return isinstance(known, _Tree) and known.fits(value)
    if isinstance(value, list) and not value:
        return known is not None
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return all(_fits_in(item, known) for item in value)
    return known is _VALUE


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
