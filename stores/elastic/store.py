"""The store for production: Elasticsearch."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from domain.conditions import Among
from domain.documents import ALL, NEW, REVISION
from domain.errors import StoreError, StoreRefused
from domain.ports import Patched, Upserted
from domain.questions import Filters, Hits
from domain.zones import DEFAULT_ZONE
from stores.elastic.bulk import BulkWriter, Write, revision_of
from stores.elastic.cluster import REQUEST_TIMEOUT_S, Address, Cluster
from stores.elastic.migrations import migrate
from stores.elastic.once import stand_ins
from stores.elastic.query import by_sentiment, groups, held, ordered, query, sources, tally
from stores.elastic.schema import alias, index, place, prepare, unfit
from stores.elastic.visibility import Visibility
from stores.mapping import KINDS, LONG_FIELDS, shape
from stores.tallies import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from domain.conditions import Condition
    from domain.documents import Document, Kind
    from domain.questions import Count, Dimension, Order, Page
    from domain.zones import ZoneName
    from stores.elastic.query import Clause

SCAN_PAGE: Final = 1000
LONG_SCAN_PAGE: Final = 250
AMEND_PAGE: Final = 500
GROUPS_PAGE: Final = 10_000
"""Far below the 65,536 buckets that a search may have."""
WINDOW: Final = 10_000
"""How deep Elasticsearch looks into a sorted listing without a cursor (index.max_result_window)."""
MAX_ID_BYTES: Final = 512
MAX_INDICES: Final = 10_000
KEEP_ALIVE: Final = "5m"
EXPUNGE_S: Final = 3600.0
"""Merging may take long; nothing else waits for it."""
WHOLE: Final = {"exclude_vectors": False}
"""The `_source` that asks for everything; by itself Elasticsearch leaves vectors out."""
# Embeddings come back as float32 of what went in, and SQLite rounds to float16.
ROUNDING: Final = 1e-3


class ElasticStore:
    """A Store (see `domain/ports.py`) in the indices of one prefix. Safe to share between threads."""

    def __init__(self, cluster: Cluster, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._cluster = cluster
        self._client = cluster.client
        self._writer = BulkWriter(cluster, sleep=sleep)
        self._visibility = Visibility()

    @classmethod
    def connect(
        cls,
        url: str,
        environ: Mapping[str, str],
        *,
        timeout_s: float = REQUEST_TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
        migrating: bool = False,
    ) -> ElasticStore:
        """Open the store at `elasticsearch://host:port[/prefix]` and see that its indices fit, or make them.

        Raises:
            ConfigurationError: the address or the credentials are not of the known forms.
            StoreUnreachable: nothing answers there.
            StoreRefused: it does not let us in, or its indices have other mappings.
        """
        cluster = Cluster(Address.parse(url), environ, timeout_s=timeout_s)
        try:
            cluster.ask(cluster.client.cluster.health)
            if migrating:
                migrate(cluster, sleep)
            prepare(cluster)
        except StoreError:
            cluster.client.close()
            raise
        return cls(cluster, sleep=sleep)

    def upsert(self, kind: Kind, documents: Sequence[Document], *, cursor: Document | None = None) -> Upserted:
        """Keep documents in bulk, then the cursor. What could not be kept does not stop the others."""
        kept = self._put(kind, documents)
        if cursor is not None and not kept.conflicts:
            self._put("cursors", [cursor])
        return kept

    def patch(self, kind: Kind, changes: Iterable[Document]) -> Patched:
        """Merge changes page by page: read, merge, write. Scripts and partial updates would merge deeper."""
        amended = Patched()
        following = iter(changes)
        while page := list(islice(following, AMEND_PAGE)):
            amended += self._amend(kind, page)
        return amended

    def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        """Delete documents wherever they stand."""
        self._visibility.doubt(kind)  # what another process wrote a moment ago goes too
        stored = self._stored(kind, ids, source=False)
        self._write(kind, [Write(index=hit["_index"], id=key) for key, hits in stored.items() for hit in hits])
        return len(stored)

    def get(self, kind: Kind, ids: Sequence[str], *, fields: Sequence[str] = ()) -> dict[str, Document]:
        """Return the documents that exist; those of one index as they are now, also before searches see them.

        A post that a killed run left in two months has no fingerprint: so it is kept again, and the copy goes.
        """
        stored = self._stored(kind, ids, source=_source(fields))
        found = {key: _document(hits[0], fields) for key, hits in stored.items()}
        for key in (key for key, hits in stored.items() if len(hits) > 1):
            found[key].pop("fingerprint", None)
        return found

    def scan(
        self,
        kind: Kind,
        *,
        filters: Filters | None = None,
        where: Sequence[Condition] = (),
        fields: Sequence[str] = (),
        after: str = "",
    ) -> Iterator[Document]:
        """Yield documents by ascending id; writing in between is safe."""
        body = {
            "query": self._chosen(kind, filters, where),
            "sort": [{"id": "asc"}],
            "source": _source(fields),
            "seq_no_primary_term": REVISION in fields,
        }
        long = any(name in LONG_FIELDS for name in fields)
        hits = self._walk(kind, body, page=LONG_SCAN_PAGE if long else SCAN_PAGE, after=after)
        return (_document(hit, fields) for hit in hits)

    def count_by(self, filters: Filters, by: Sequence[Dimension], *, zone: ZoneName = DEFAULT_ZONE) -> list[Count]:
        """Count posts by sentiment in every group, all groups, exactly."""
        chosen = query(filters, stand_ins(filters, self._buckets))
        if not by:
            counted = {"sentiments": by_sentiment()}
            answer = self._search("posts", query=chosen, aggs=counted, size=0, track_total_hits=True)
            total = answer["hits"]["total"]["value"]
            return [tally((), total, answer["aggregations"]["sentiments"])] if total else []
        return settled(groups(by, self._buckets(chosen, sources(by, zone)), zone), by)

    def count_values(
        self,
        kind: Kind,
        field: str,
        *,
        filters: Filters | None = None,
        where: Sequence[Condition] = (),
        limit: int,
    ) -> list[tuple[str, int]]:
        """Return the most frequent values of a field and how many documents have each."""
        shape(kind).chosen_by(Among(field, ()))
        by = {"field": field, "size": limit, "order": [{"_count": "desc"}, {"_key": "asc"}]}
        found = self._groups({"terms": by}, kind=kind, query=self._chosen(kind, filters, where))["buckets"]
        return [(one["key"], one["doc_count"]) for one in found]

    def search(self, filters: Filters, *, order: Order, page: Page) -> Hits:
        """Return a page of posts and how many there are in all."""
        body = ordered(order, filters, stand_ins(filters, self._buckets)) | {"source": _source(())}
        first, limit = max(page.offset, 0), max(page.limit, 0)
        near = {"from_": first, "size": limit} if first + limit <= WINDOW else {"size": 0}
        answer = self._search("posts", **body, **near, track_total_hits=True)
        hits = answer["hits"]["hits"]
        if not near["size"] and limit:
            with closing(self._walk("posts", body, page=SCAN_PAGE)) as walk:
                hits = list(islice(walk, first, first + limit))
        return Hits(documents=tuple(hit["_source"] for hit in hits), total=answer["hits"]["total"]["value"])

    def knn(self, embedding: Sequence[float], filters: Filters, *, limit: int) -> Hits:
        """Return the closest posts as the vector index finds them; `total` counts all with an embedding."""
        dims = shape("posts").vector_dims
        if len(embedding) != dims:
            raise StoreRefused(f"an embedding has {dims} numbers, not {len(embedding)}")
        chosen = query(filters, stand_ins(filters, self._buckets))
        chosen["bool"]["filter"].append({"exists": {"field": "embedding"}})
        total = self._search("posts", query=chosen, size=0, track_total_hits=True)["hits"]["total"]["value"]
        size = min(max(limit, 0), WINDOW)
        if not size or not total:
            return Hits(documents=(), total=total)
        near = {"k": size, "num_candidates": min(WINDOW, max(100, 4 * size)), "filter": chosen}
        knn = {"field": "embedding", "query_vector": list(embedding), **near}
        answer = self._search("posts", knn=knn, size=size, source=_source(()), sort=[{"_score": "desc"}, {"id": "asc"}])
        return Hits(documents=tuple(hit["_source"] for hit in answer["hits"]["hits"]), total=total)

    def version(self, kind: Kind = "posts") -> str:
        """Return of each index how many documents it shows, and the last and the sum of their numbers of writes.

        Every shard numbers its own writes, so a write need not be the last of its index; it raises the sum.
        """
        by_index = {"terms": {"field": "_index", "size": MAX_INDICES, "order": {"_key": "asc"}}}
        writes = {name: {name: {"field": "_seq_no"}} for name in ("max", "sum")}
        found = self._groups(by_index | {"aggs": writes}, kind=kind)["buckets"]
        return ",".join(
            f"{one['key']}:{one['doc_count']}:{one['max']['value']:.0f}:{one['sum']['value']:.0f}" for one in found
        )

    def dump(self) -> Iterator[tuple[Kind, Document]]:
        """Yield every document out of one point in time over all indices."""
        prefix = self._cluster.address.prefix
        self._visibility.doubt(*KINDS)
        with self._point_in_time(*KINDS) as pit:
            for kind in KINDS:
                names = {"term": {"_index": alias(prefix, kind)}}
                body = {"query": {"bool": {"filter": [names]}}, "sort": [{"id": "asc"}], "source": WHOLE}
                for hit in self._pages(pit, body, page=LONG_SCAN_PAGE if kind == "posts" else SCAN_PAGE):
                    yield kind, hit["_source"]

    def expunge(self) -> None:
        """Merge what holds deleted documents, so that their bytes go with the merged parts."""
        names = [alias(self._cluster.address.prefix, kind) for kind in KINDS]
        options = {"ignore_unavailable": True, "only_expunge_deletes": True}
        self._cluster.ask(self._client.options(request_timeout=EXPUNGE_S).indices.forcemerge, index=names, **options)

    def faults(self) -> list[str]:
        """Hold the indices' health and mappings against what they have to be, and look for posts in two months."""
        found = unfit(self._cluster)
        by_id = {"terms": {"field": "id", "min_doc_count": 2, "size": GROUPS_PAGE}}
        return found + [f"the post {one['key']} stands in two months" for one in self._groups(by_id)["buckets"]]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _put(self, kind: Kind, documents: Iterable[Document]) -> Upserted:
        """Write what is new or changed; of documents with the same id the last counts."""
        prefix = self._cluster.address.prefix
        new: dict[str, Write] = {}
        for handed_in in documents:
            document = {name: value for name, value in handed_in.items() if name != REVISION}
            shape(kind).check(document)
            key: str = document["id"]
            if len(key.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
                raise StoreRefused(f"the id {key[:40]}... is longer than {MAX_ID_BYTES} bytes")
            new[key] = Write(
                index=index(prefix, kind, document),
                id=document["id"],
                document=document,
                revision=handed_in.get(REVISION),
            )
        stored = self._to_compare(kind, list(new))
        firsts = {key: hits[0] for key, hits in stored.items()}
        asked = [write for write in new.values() if write.revision is not None]
        conflicts = {write.id for write in asked if write.revision != _revision_of(firsts.get(write.id))}
        writes = [one for key, one in new.items() if key not in conflicts and not _holds(stored.get(key, ()), one)]
        placed = []
        for write in writes:
            # A post that moves to another month has no revision there.
            moves = any(place(hit) != write.index for hit in stored.get(write.id, ()))
            placed.append(replace(write, revision=None) if moves else write)
        conflicts |= {write.id for write in self._write(kind, placed)}
        done = [write for write in writes if write.id not in conflicts]
        # A post whose month changed leaves its old place only when it stands in the new one.
        moved = [(write, hit) for write in done for hit in stored.get(write.id, ()) if place(hit) != write.index]
        self._write(kind, [Write(index=hit["_index"], id=write.id) for write, hit in moved])
        added = sum(write.id not in stored for write in done)
        return Upserted(
            added=added,
            updated=len(done) - added,
            unchanged=len(new) - len(done) - len(conflicts),
            conflicts=tuple(key for key in new if key in conflicts),
        )

    def _amend(self, kind: Kind, changes: Sequence[Document]) -> Patched:
        """Merge a page of changes, again and again where somebody else wrote in between."""
        amended = Patched()
        while changes:
            stored = self._stored(kind, [change["id"] for change in changes], source=WHOLE)
            hits = {key: found[0] for key, found in stored.items()}
            wanted, refused = _sorted_out(changes, hits)
            writes = [write for write in _merged(kind, hits, wanted) if not _holds([hits[write.id]], write)]
            late = {write.id for write in self._write(kind, writes)}
            amended += Patched(changed=len(writes) - len(late), conflicts=tuple(refused))
            # Those changes are held against what is there now; one with a revision conflicts then.
            changes = [change for change in wanted if change["id"] in late]
        return amended

    def _write(self, kind: Kind, writes: Sequence[Write]) -> list[Write]:
        """Write; return what was not written because something else is there by now."""
        try:
            return self._writer.write(writes)
        finally:
            self._visibility.wrote(kind, [write.id for write in writes])

    def _to_compare(self, kind: Kind, ids: Sequence[str]) -> dict[str, list[Any]]:
        """Return the whole hits of documents that are about to be written.

        Most posts are new. Whether they are needs neither their bodies nor, while we wrote none of the same
        ids, that searches see what we wrote last: making that visible costs more than all else here.
        """
        if kind != "posts":
            return self._stored(kind, ids, source=WHOLE)
        if self._visibility.hidden_post(ids):
            self._see(kind)
        there = self._stored(kind, ids, source=False, see=False)
        return self._stored(kind, list(there), source=WHOLE) if there else {}

    def _stored(self, kind: Kind, ids: Sequence[str], *, source: Any, see: bool = True) -> dict[str, list[Any]]:
        """Return the hits of documents by id: one each, more only where a move between months was cut off."""
        if kind != "posts":
            return self._got(kind, ids, source=source)
        if see:
            self._see(kind)
        found: dict[str, list[Any]] = {}
        for start in range(0, len(ids), SCAN_PAGE):
            page = list(ids[start : start + SCAN_PAGE])
            body = {"query": {"ids": {"values": page}}, "sort": [{"id": "asc"}], "track_total_hits": False}
            for size in (2 * len(page), WINDOW):
                hits = self._asked(kind, **body, source=source, size=size, seq_no_primary_term=True)["hits"]["hits"]
                if len(hits) < size:
                    break
            for hit in hits:
                found.setdefault(hit["_id"], []).append(hit)
        return found

    def _got(self, kind: Kind, ids: Sequence[str], *, source: Any) -> dict[str, list[Any]]:
        """Return documents of a kind that has one index, as they are now: no search need see them yet."""
        found: dict[str, list[Any]] = {}
        name = alias(self._cluster.address.prefix, kind)
        brought = {f"source_{part}": source[part] for part in ("includes", "excludes") if source and part in source}
        for start in range(0, len(ids), SCAN_PAGE):
            answer = self._cluster.ask(self._client.mget, index=name, ids=ids[start : start + SCAN_PAGE], **brought)
            for hit in answer["docs"]:
                error = hit.get("error", {})
                if error and error.get("type") != "index_not_found_exception":
                    raise self._cluster.refusal(error, index=hit["_index"], document=hit["_id"])
                if hit.get("found"):
                    found[hit["_id"]] = [hit]
        return found

    def _chosen(self, kind: Kind, filters: Filters | None, where: Sequence[Condition]) -> Clause:
        if filters is not None and kind != "posts":
            raise StoreRefused(f"filters are for posts and not for {kind}")
        clauses = [] if filters is None else [query(filters, stand_ins(filters, self._buckets))]
        return {"bool": {"filter": [*clauses, *(held(kind, condition) for condition in where)]}}

    def _buckets(self, chosen: Clause, by: Sequence[Clause], each: Clause | None = None) -> Iterator[Any]:
        """Yield all groups of a composite aggregation, page by page, with aggregations over `each` of them."""
        after: Clause = {}
        within = {"aggs": each} if each else {}
        while True:
            composite = {"composite": {"sources": by, "size": GROUPS_PAGE, **after}, **within}
            found = self._groups(composite, query=chosen)
            yield from found["buckets"]
            if len(found["buckets"]) < GROUPS_PAGE:
                return
            after = {"after": found["after_key"]}

    def _groups(self, aggregation: Clause, kind: Kind = "posts", **body: Any) -> Any:
        """Return the groups of documents that an aggregation makes; no index at all has none."""
        answer = self._search(kind, aggs={"groups": aggregation}, size=0, **body)
        return answer.get("aggregations", {"groups": {"buckets": []}})["groups"]

    def _walk(self, kind: Kind, body: Clause, *, page: int, after: str = "") -> Generator[Any]:
        """Yield all hits of a sorted search, memory flat; what follows the first page as it was at one point in time.

        Most searches end with their first page and need no point in time.
        """
        behind = {"search_after": [after]} if after else {}
        hits = self._search(kind, size=page, track_total_hits=False, **behind, **body)["hits"]["hits"]
        yield from hits
        if len(hits) < page:
            return
        with self._point_in_time(kind) as pit:
            yield from self._pages(pit, body, page=page, behind=hits[-1]["sort"])

    def _pages(self, pit: str, body: Clause, *, page: int, behind: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield all hits of a sorted search at one point in time."""
        after = {"search_after": behind} if behind else {}
        while True:
            answer = self._cluster.ask(
                self._client.search,
                pit={"id": pit, "keep_alive": KEEP_ALIVE},
                size=page,
                track_total_hits=False,
                allow_partial_search_results=False,
                **after,
                **body,
            )
            hits = answer["hits"]["hits"]
            yield from hits
            if len(hits) < page:
                return
            after = {"search_after": hits[-1]["sort"]}

    @contextmanager
    def _point_in_time(self, *kinds: Kind) -> Iterator[str]:
        for kind in kinds:
            self._see(kind)
        names = {"index": [alias(self._cluster.address.prefix, kind) for kind in kinds], "ignore_unavailable": True}
        pit = self._cluster.ask(
            self._client.open_point_in_time, **names, keep_alive=KEEP_ALIVE, allow_partial_search_results=False
        )
        try:
            yield pit["id"]
        finally:
            self._cluster.ask(self._client.close_point_in_time, id=pit["id"])

    def _search(self, kind: Kind, **body: Any) -> Any:
        """Search what was kept; half an answer counts as none."""
        self._see(kind)
        return self._asked(kind, **body)

    def _asked(self, kind: Kind, **body: Any) -> Any:
        names = {"index": alias(self._cluster.address.prefix, kind), "ignore_unavailable": True}
        asked = names | {"allow_partial_search_results": False} | body
        try:
            return self._cluster.ask(self._client.search, **asked).body
        except StoreRefused:
            # The index of a month that another process just began is red for a moment.
            self._cluster.check_health(f"{names['index']}-*")
            return self._cluster.ask(self._client.search, **asked).body

    def _see(self, kind: Kind) -> None:
        """Make what was written visible to searches, if anything was written since."""
        if not self._visibility.hidden(kind):
            return
        names = {"index": alias(self._cluster.address.prefix, kind), "ignore_unavailable": True}
        with self._visibility.showing(kind):
            # A refresh would wait a minute for an index that is not available.
            self._cluster.check_health(f"{names['index']}-*")
            self._cluster.ask(self._client.indices.refresh, **names)


def _source(fields: Sequence[str]) -> Clause:
    """Return what a search brings of a document: all but the long fields, or the named ones and the id."""
    if ALL in fields or not fields:
        return {"excludes": [name for name in LONG_FIELDS if name not in fields], **WHOLE}
    return {"includes": ["id", *fields], **WHOLE}


def _document(hit: Any, fields: Sequence[str]) -> Document:
    """Return the document of a hit, with its revision where that is named."""
    document: Document = hit["_source"]
    return document | {REVISION: revision_of(hit)} if REVISION in fields else document


def _revision_of(hit: Any) -> str:
    return revision_of(hit) if hit else NEW


def _sorted_out(changes: Sequence[Document], hits: Mapping[str, Any]) -> tuple[list[Document], list[str]]:
    """Return the changes to be made, and the ids of those that were read before an earlier change or another state."""
    wanted: dict[str, list[Document]] = {}
    refused = []
    for change in changes:
        key = change["id"]
        if REVISION in change and (key in wanted or change[REVISION] != _revision_of(hits.get(key))):
            refused.append(key)
        elif key in hits:
            wanted.setdefault(key, []).append(change)
    return [change for some in wanted.values() for change in some], refused


def _merged(kind: Kind, hits: Mapping[str, Any], changes: Sequence[Document]) -> Iterator[Write]:
    """Yield what stored documents become by changes, to be written only over what was read."""
    merged = {change["id"]: dict(hits[change["id"]]["_source"]) for change in changes}
    for change in changes:
        merged[change["id"]] |= {name: value for name, value in change.items() if name != REVISION}
    for key, values in merged.items():
        document = {name: value for name, value in values.items() if value is not None}
        shape(kind).check(document)
        yield Write(index=place(hits[key]), id=key, document=document, revision=revision_of(hits[key]))


def _holds(hits: Sequence[Any], write: Write) -> bool:
    """Tell whether exactly what is to be written is there already, embeddings but for rounding."""
    if len(hits) != 1 or place(hits[0]) != write.index or write.document is None:
        return False
    old, new = dict(hits[0]["_source"]), dict(write.document)
    before, after = old.pop("embedding", ()), new.pop("embedding", ())
    same_length = len(before) == len(after)
    return old == new and same_length and all(abs(a - b) <= ROUNDING for a, b in zip(before, after, strict=True))
