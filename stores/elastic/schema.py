"""Index templates, index names and aliases: how `index_mappings/` comes into Elasticsearch.

Every kind is read through the alias PREFIX-KIND. Behind it stands one index, PREFIX-KIND-v1; or,
for posts, one per month of `created_at`, PREFIX-POSTS-2019-11. Templates carry the alias, so an
index that a first document makes stands behind it at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from domain.errors import StoreRefused
from domain.identity import fingerprint
from stores.mapping import KINDS, VERSION, shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.documents import Document, Kind
    from stores.elastic.cluster import Cluster

# Above what the server brings itself (100), below what an operator would use to overrule us.
PRIORITY: Final = 200
COMPARED: Final[Mapping[str, Any]] = {
    # option of a field: what it is where nothing is said
    "type": "object",
    "analyzer": None,
    "dims": None,
    "similarity": None,
    "index": True,
    "doc_values": True,
    "enabled": True,
}
_GENERATION: Final = re.compile(r"\.g\d+-")
_MONTH: Final = re.compile(r"\d{4}-\d{2}")


def alias(prefix: str, kind: Kind) -> str:
    """Return the name that a kind is read by."""
    return f"{prefix}-{kind}"


def index(prefix: str, kind: Kind, document: Document) -> str:
    """Return the index that a document belongs into.

    Raises:
        StoreRefused: a post without a time.
    """
    if kind != "posts":
        return f"{alias(prefix, kind)}-v{VERSION}"
    month = str(document.get("created_at", ""))[:7]
    if not _MONTH.fullmatch(month):
        raise StoreRefused(f"the post {document['id']} has no time of creation (created_at)")
    return f"{alias(prefix, kind)}-{month}"


def place(hit: Mapping[str, Any]) -> str:
    """Return the name that a hit's index is written by: a migrated index keeps the name of the first."""
    return _GENERATION.sub("-", hit["_index"], count=1)


def prepare(cluster: Cluster) -> None:
    """Put the templates that changed and see that the indices which are there fit them.

    Raises:
        StoreRefused: an index has another mapping; says which field and what to do.
    """
    indices = cluster.client.indices
    prefix = cluster.address.prefix
    for name, (kind, stored) in indices_there(cluster).items():
        _fit(cluster, kind, name, stored)
    # None at all is a 404.
    found = cluster.ask(cluster.client.options(ignore_status=404).indices.get_index_template, name=f"{prefix}-*")
    templates = {item["name"]: item["index_template"] for item in found.get("index_templates", ())}
    for kind in KINDS:
        name, body = _template(cluster, kind)
        if templates.get(name, {}).get("_meta", {}).get("digest") != body["meta"]["digest"]:
            cluster.ask(indices.put_index_template, name=name, **body)


def unfit(cluster: Cluster) -> list[str]:
    """Return what is wrong with the indices that are there, a sentence each."""
    prefix, found = cluster.address.prefix, []
    health = cluster.ask(cluster.client.cluster.health, index=[f"{prefix}-*"], level="indices")
    for name, one in sorted(health.get("indices", {}).items()):
        if one["status"] != "green":
            found.append(f"the index {name} is {one['status']}: {one['unassigned_shards']} of its parts have no place")
    return found


def indices_there(cluster: Cluster) -> dict[str, tuple[Kind, Mapping[str, Any]]]:
    """Return our indices by name, each with its kind, its mappings and its aliases."""
    prefix, found = cluster.address.prefix, {}
    options = {"ignore_unavailable": True, "features": ["aliases", "mappings"]}
    for kind in KINDS:
        names = [alias(prefix, kind), f"{alias(prefix, kind)}-*"]
        for name, stored in cluster.ask(cluster.client.indices.get, index=names, **options).items():
            found[name] = (kind, stored)
    return found


def settings_of(cluster: Cluster, kind: Kind) -> dict[str, Any]:
    """Return the settings of a kind's indices: parts and copies as configured, posts sorted by time."""
    settings: dict[str, Any] = {
        **shape(kind).template["template"]["settings"],
        **cluster.layout.settings(cluster.nodes()),
    }
    if kind == "posts":
        # Questions are about times: the newest of a listing are found without looking at the others.
        settings |= {"sort.field": "created_at", "sort.order": "desc"}
    return {f"index.{name}": value for name, value in settings.items()}


def _template(cluster: Cluster, kind: Kind) -> tuple[str, dict[str, Any]]:
    """Return the name and the body of a kind's index template."""
    prefix, source = cluster.address.prefix, shape(kind).template
    body = {
        "index_patterns": [f"{alias(prefix, kind)}-*"],
        "priority": PRIORITY + VERSION,
        "version": source["version"],
        "template": {
            "settings": settings_of(cluster, kind),
            "mappings": source["template"]["mappings"],
            "aliases": {alias(prefix, kind): {}},
        },
    }
    return f"{alias(prefix, kind)}.v{VERSION}", body | {"meta": {**source["_meta"], "digest": fingerprint(body)}}


def differences(kind: Kind, stored: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the fields of an index that are not what they have to be: name, what they are, what they should be."""
    wanted = shape(kind).template["template"]["mappings"]
    return _differences(stored["mappings"].get("properties", {}), wanted["properties"])


def _fit(cluster: Cluster, kind: Kind, name: str, stored: Mapping[str, Any]) -> None:
    """Give an index the fields and the alias that it lacks; refuse what cannot be changed."""
    prefix = cluster.address.prefix
    if name == alias(prefix, kind):
        raise StoreRefused(
            f"{cluster} has an index named {name}, where an alias of that name belongs; delete {name} "
            "and ingest again, or put another PREFIX behind the store's address"
        )
    wanted = shape(kind).template["template"]["mappings"]
    there = stored["mappings"].get("properties", {})
    for field, said, needed in differences(kind, stored):
        raise StoreRefused(
            f"the field {field} of the index {name} is {said} and has to be {needed}: "
            "run `earshot store migrate`, which copies it while it serves"
        )
    indices = cluster.client.indices
    if lacking := _lacking(there, wanted["properties"]):
        cluster.ask(indices.put_mapping, index=name, properties=lacking)
    if alias(prefix, kind) not in stored["aliases"]:
        cluster.ask(indices.put_alias, index=name, name=alias(prefix, kind))


def _differences(there: Mapping[str, Any], wanted: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the fields that are there and differ: dotted name, what they are, what they have to be."""
    for field, needed in wanted.items():
        said = there.get(field)
        if said is None:
            continue
        for option, default in COMPARED.items():
            is_now, has_to_be = said.get(option, default), needed.get(option, default)
            if is_now != has_to_be:
                yield f"{path}{field}", f"{option} {is_now}", f"{option} {has_to_be}"
        yield from _differences(said.get("properties", {}), needed.get("properties", {}), f"{path}{field}.")


def _lacking(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not there, as a mapping."""
    lacking = {}
    for field, options in wanted.items():
        if field not in there:
            lacking[field] = options
        elif inner := _lacking(there[field].get("properties", {}), options.get("properties", {})):
            lacking[field] = {"properties": inner}
    return lacking
