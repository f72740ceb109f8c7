"""The stored shape is what the code writes: every field is mapped, and none is mapped in vain."""

import dataclasses
import typing
from collections.abc import Mapping
from datetime import datetime
from types import UnionType

import pytest

from domain import customer, enrichment, errors, event, post, service
from stores.mapping import KINDS, shape, values_at
from tests.support.handmade import post as post_by_hand

TYPES = {str: {"keyword"}, int: {"long"}, float: {"float"}, bool: {"boolean"}, datetime: {"date"}}
ADDED = {
    "id": "keyword",
    "words": "text",
    "author.key": "keyword",
    "reach": "long",
    "fingerprint": "keyword",
    "aspect_sentiments": "keyword",
    "brand_sentiments": "keyword",
    "whereabouts": "keyword",
    "terms.store_until": "date",
    "terms.label": "boolean",
    "terms.link": "boolean",
}
"""What `post_document` adds to what it was given."""
LABELLED = {
    "sentiment": enrichment.SentimentLabel,
    "emotion": enrichment.EmotionLabel,
    "intent": enrichment.IntentLabel,
}


def fields_of(cls, above=""):
    """Yield the dotted names and the types that a dataclass writes."""
    for name, hint in typing.get_type_hints(cls, vars(typing) | NAMES).items():
        yield from named(f"{above}{name}", hint)


def named(name, hint):
    if isinstance(hint, UnionType) or typing.get_origin(hint) is typing.Union:
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if typing.get_origin(hint) is tuple:
        hint = typing.get_args(hint)[0]
    if dataclasses.is_dataclass(hint):
        yield from fields_of(hint, f"{name}.")
    elif typing.get_origin(hint) is typing.Literal:
        yield name, str
    else:
        yield name, typing.get_origin(hint) or hint


NAMES = {"datetime": datetime, "Mapping": Mapping}
for module in (customer, enrichment, event, post):
    NAMES |= {key: value for key, value in vars(module).items() if not key.startswith("_")}


def post_fields():
    for cls, above in (
        (post.Post, ""),
        (enrichment.Enrichment, ""),
        (customer.CustomerLink, "customer."),
        (event.EventLink, "events."),
    ):
        yield from fields_of(cls, above)
    yield from named("topic.id", str)
    yield from named("topic.probability", float)
    yield from fields_of(enrichment.Model, "topic.model.")


def expected_types(name, written):
    if name == "embedding":
        return {"dense_vector"}
    if written is Mapping:
        return {"flattened"}
    return TYPES[written]


def test_every_field_of_a_post_is_mapped_and_every_mapped_field_is_written():
    types = dict(shape("posts").types)
    # The only mappings with fixed keys.
    probabilities = {
        f"{task}.probabilities": [f"{task}.probabilities.{label}" for label in typing.get_args(labels)]
        for task, labels in LABELLED.items()
    }
    assert {types.pop(name) for names in probabilities.values() for name in names} == {"float"}
    assert {name: types.pop(name) for name in ADDED} == ADDED
    written = {name: kind for name, kind in post_fields() if name not in probabilities}
    assert types.keys() == written.keys()
    assert [name for name, kind in written.items() if types[name] not in expected_types(name, kind)] == []


@pytest.mark.parametrize(
    ("kind", "cls"),
    [("events", event.Event), ("customers", customer.Customer), ("services", service.Service)],
)
def test_records_of_the_operator_are_mapped(kind, cls):
    written = dict(fields_of(cls))
    # Where and when posts can meet an event is worked out when it is kept, and what a record was before is added then.
    assert shape(kind).types.keys() - {"meets", "history.at", "history.was"} == written.keys()
    assert [name for name, hint in written.items() if shape(kind).types[name] not in expected_types(name, hint)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_strict_shape_with_an_id(kind):
    assert shape(kind).kind == kind
    assert shape(kind).types["id"] == "keyword"
    assert shape(kind).template["template"]["mappings"]["dynamic"] == "strict"


def test_a_written_post_fits():
    document = post_by_hand("1", author="ann", topic="t1", customer="c1", events=("e1",), attributes={"any": "key"})
    shape("posts").check(document)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"id": "1", "surprise": 1}, "posts have no field 'surprise' (document 1)"),
        ({"id": "1", "author": {"surprise": 1}}, "posts have no field 'author.surprise' (document 1)"),
        ({"id": "1", "events": [{"id": "e"}, {"surprise": 1}]}, "posts have no field 'events.surprise' (document 1)"),
        ({"id": "1", "author": "ann"}, "posts have no field 'author' (document 1)"),
        ({"text": "no id"}, "a document of posts has no id"),
        ({"id": ""}, "a document of posts has no id"),
    ],
)
def test_what_does_not_fit_is_named(document, sentence):
    with pytest.raises(errors.StoreRefused) as refused:
        shape("posts").check(document)
    assert str(refused.value) == sentence


def test_values_under_dotted_names():
    document = {"brands": ["a", "b"], "events": [{"id": "e1"}, {"score": 1}], "author": {"id": "x", "name": None}}
    assert values_at(document, "brands") == ["a", "b"]
    assert values_at(document, "events.id") == ["e1"]
    assert values_at(document, "author.id") == ["x"]
    assert values_at(document, "author.name") == values_at(document, "place") == []


def test_only_indexed_keywords_compare():
    assert {"id", "author.id", "brands", "events.id"} <= shape("posts").comparable
    assert not {"text", "url", "reach", "created_at", "attributes"} & shape("posts").comparable
