"""The store for production: Elasticsearch."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from domain.errors import StoreError, StoreRefused
from domain.ports import Kept
from domain.questions import Filters, Listing
from stores.elastic_bulk import BulkWriter, Write
from stores.elastic_cluster import REQUEST_TIMEOUT_S, Address, Cluster
from stores.elastic_query import by_sentiment, group, ordered, query, sources, tally, within_span
from stores.elastic_schema import alias, index, prepare
from stores.mapping import COPY_FIELDS, KINDS, LONG_FIELDS, shape
from stores.tallies import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from domain.documents import Document, Kind
    from domain.questions import Dimension, Order, Page, Tally
    from stores.elastic_query import Clause
    from stores.mapping import Span

SCAN_PAGE: Final = 1000
LONG_SCAN_PAGE: Final = 250
AMEND_PAGE: Final = 500
GROUPS_PAGE: Final = 1000
WINDOW: Final = 10_000
"""How deep Elasticsearch looks into a sorted listing without a cursor (index.max_result_window)."""
MAX_ID_BYTES: Final = 512
MAX_INDICES: Final = 10_000
KEEP_ALIVE: Final = "5m"
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
        # Kinds that may hold writes which searches do not see yet; at first also those of a process that died.
        self._unseen: set[str] = set(KINDS)

    @classmethod
    def connect(
        cls,
        url: str,
        environ: Mapping[str, str],
        *,
        timeout_s: float = REQUEST_TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> ElasticStore:
        """Open the store at `elasticsearch://host:port[/prefix]` and see that its indices fit.

        Raises:
            ConfigurationError: the address or the credentials are not of the known forms.
            StoreUnreachable: nothing answers there.
            StoreRefused: it does not let us in, or its indices have other mappings.
        """
        cluster = Cluster(Address.parse(url), environ, timeout_s=timeout_s)
        try:
            cluster.ask(cluster.client.cluster.health)
            prepare(cluster)
        except StoreError:
            cluster.client.close()
            raise
        return cls(cluster, sleep=sleep)

    def keep(self, kind: Kind, documents: Sequence[Document], *, cursor: Document | None = None) -> Kept:
        """Keep documents in bulk, then the cursor. What could not be kept does not stop the others."""
        kept = self._put(kind, documents)
        if cursor is not None:
            self._put("cursors", [cursor])
        return kept

    def amend(self, kind: Kind, changes: Iterable[Document]) -> int:
        """Merge changes page by page: read, merge, write. Scripts and partial updates would merge deeper."""
        changed = 0
        following = iter(changes)
        while page := list(islice(following, AMEND_PAGE)):
            changed += self._amend(kind, page)
        return changed

    def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        """Delete documents wherever they stand."""
        stored = self._stored(kind, ids, source=False)
        self._write(kind, [Write(index=hit["_index"], id=key) for key, hits in stored.items() for hit in hits])
        return len(stored)

    def get(self, kind: Kind, ids: Sequence[str]) -> dict[str, Document]:
        """Return the documents that exist, without their long fields."""
        stored = self._stored(kind, ids, source=_source(()))
        return {key: hits[0]["_source"] for key, hits in stored.items()}

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the fingerprints of the stored posts among these ids.

        A post that a killed run left in two months has none here: it is kept again, and the copy goes.
        """
        stored = self._stored("posts", ids, source=["fingerprint"])
        found = {key: hits[0]["_source"].get("fingerprint") for key, hits in stored.items() if len(hits) == 1}
        return {key: value for key, value in found.items() if value is not None}

    def copy_candidates(self, bands: Sequence[str], *, except_ids: Sequence[str]) -> list[Document]:
        """Return the posts that have one of these bands."""
        if not bands:
            return []
        but = {"ids": {"values": list(except_ids)}}
        wanted = {"filter": [{"terms": {"copy.bands": list(bands)}}], "must_not": [but]}
        body = {"query": {"bool": wanted}, "sort": [{"id": "asc"}], "source": _source(COPY_FIELDS)}
        return [hit["_source"] for hit in self._walk("posts", body, page=SCAN_PAGE)]

    def scan(
        self,
        kind: Kind,
        *,
        filters: Filters | None = None,
        fields: Sequence[str] = (),
        equal: Mapping[str, str] | None = None,
        within: Mapping[str, Span] | None = None,
        after: str = "",
    ) -> Iterator[Document]:
        """Yield documents by ascending id; writing in between is safe."""
        if filters is not None and kind != "posts":
            raise StoreRefused(f"filters are for posts and not for {kind}")
        clauses = [] if filters is None else [query(filters)]
        clauses += [{"term": {shape(kind).comparable(name): value}} for name, value in (equal or {}).items()]
        clauses += [within_span(shape(kind).dated(name), span) for name, span in (within or {}).items()]
        long = any(name in LONG_FIELDS for name in fields)
        body = {"query": {"bool": {"filter": clauses}}, "sort": [{"id": "asc"}], "source": _source(fields)}
        hits = self._walk(kind, body, page=LONG_SCAN_PAGE if long else SCAN_PAGE, after=after)
        return (hit["_source"] for hit in hits)

    def tally(self, filters: Filters, by: Sequence[Dimension]) -> list[Tally]:
        """Count posts by sentiment in every group, all groups, exactly."""
        chosen = query(filters)
        if not by:
            answer = self._search(
                "posts", query=chosen, aggs={"sentiments": by_sentiment()}, size=0, track_total_hits=True
            )
            total = answer["hits"]["total"]["value"]
            return [tally((), total, answer["aggregations"]["sentiments"])] if total else []
        return settled((group(by, bucket) for bucket in self._buckets(chosen, sources(by))), by)

    def find(self, filters: Filters, *, order: Order, page: Page) -> Listing:
        """Return a page of posts and how many there are in all."""
        body = ordered(order, filters) | {"source": _source(())}
        first, limit = max(page.offset, 0), max(page.limit, 0)
        near = {"from_": first, "size": limit} if first + limit <= WINDOW else {"size": 0}
        answer = self._search("posts", **body, **near, track_total_hits=True)
        hits = answer["hits"]["hits"]
        if not near["size"] and limit:
            with closing(self._walk("posts", body, page=SCAN_PAGE)) as walk:
                hits = list(islice(walk, first, first + limit))
        return Listing(documents=tuple(hit["_source"] for hit in hits), total=answer["hits"]["total"]["value"])

    def nearest(self, embedding: Sequence[float], filters: Filters, *, limit: int) -> Listing:
        """Return the closest posts as the vector index finds them; `total` counts all with an embedding."""
        dims = shape("posts").vector_dims
        if len(embedding) != dims:
            raise StoreRefused(f"an embedding has {dims} numbers, not {len(embedding)}")
        chosen = query(filters)
        chosen["bool"]["filter"].append({"exists": {"field": "embedding"}})
        total = self._search("posts", query=chosen, size=0, track_total_hits=True)["hits"]["total"]["value"]
        size = min(max(limit, 0), WINDOW)
        if not size or not total:
            return Listing(documents=(), total=total)
        knn = {
            "field": "embedding",
            "query_vector": list(embedding),
            "k": size,
            "num_candidates": min(WINDOW, max(100, 4 * size)),
            "filter": chosen,
        }
        answer = self._search("posts", knn=knn, size=size, source=_source(()), sort=[{"_score": "desc"}, {"id": "asc"}])
        return Listing(documents=tuple(hit["_source"] for hit in answer["hits"]["hits"]), total=total)

    def version(self) -> str:
        """Return how many posts each index shows and the number of the last write among them."""
        by_index = {"terms": {"field": "_index", "size": MAX_INDICES, "order": {"_key": "asc"}}}
        found = self._groups(by_index | {"aggs": {"last": {"max": {"field": "_seq_no"}}}})["buckets"]
        return ",".join(f"{one['key']}:{one['doc_count']}:{one['last']['value']:.0f}" for one in found)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _put(
        self, kind: Kind, documents: Iterable[Document], stored: Mapping[str, Sequence[Any]] | None = None
    ) -> Kept:
        """Write what is new or changed; of documents with the same id the last counts.

        `stored` are the hits of these documents, where they were read already.
        """
        prefix = self._cluster.address.prefix
        new = {}
        for document in documents:
            shape(kind).check(document)
            new[_checked_id(document)] = Write(
                index=index(prefix, kind, document), id=document["id"], document=document
            )
        stored = self._stored(kind, list(new), source=WHOLE) if stored is None else stored
        fresh = [write for key, write in new.items() if key not in stored]
        changed = [write for key, write in new.items() if key in stored and not _holds(stored[key], write)]
        self._write(kind, [*fresh, *changed])
        # A post whose month changed leaves its old place only when it stands in the new one.
        moved = [(write, hit) for write in changed for hit in stored[write.id] if hit["_index"] != write.index]
        self._write(kind, [Write(index=hit["_index"], id=write.id) for write, hit in moved])
        return Kept(added=len(fresh), updated=len(changed), unchanged=len(new) - len(fresh) - len(changed))

    def _amend(self, kind: Kind, changes: Sequence[Document]) -> int:
        stored = self._stored(kind, [change["id"] for change in changes], source=WHOLE)
        merged = {key: dict(hits[0]["_source"]) for key, hits in stored.items()}
        for change in changes:
            if change["id"] in merged:
                merged[change["id"]] |= change
        documents = [{key: value for key, value in one.items() if value is not None} for one in merged.values()]
        return self._put(kind, documents, stored).updated

    def _write(self, kind: Kind, writes: Sequence[Write]) -> None:
        try:
            self._writer.write(writes)
        finally:
            if writes:
                self._unseen.add(kind)

    def _stored(self, kind: Kind, ids: Sequence[str], *, source: Any) -> dict[str, list[Any]]:
        """Return the hits of documents by id: one each, more only where a move between months was cut off."""
        found: dict[str, list[Any]] = {}
        for start in range(0, len(ids), SCAN_PAGE):
            body = {"query": {"ids": {"values": list(ids[start : start + SCAN_PAGE])}}, "sort": [{"id": "asc"}]}
            answer = self._search(kind, **body, source=source, size=WINDOW)
            for hit in answer["hits"]["hits"]:
                found.setdefault(hit["_id"], []).append(hit)
        return found

    def _buckets(self, chosen: Clause, by: Sequence[Clause]) -> Iterator[Any]:
        """Yield all groups of a composite aggregation, page by page."""
        after: Clause = {}
        while True:
            composite = {"composite": {"sources": by, "size": GROUPS_PAGE, **after}}
            groups = self._groups(composite | {"aggs": {"sentiments": by_sentiment()}}, query=chosen)
            yield from groups["buckets"]
            if len(groups["buckets"]) < GROUPS_PAGE:
                return
            after = {"after": groups["after_key"]}

    def _groups(self, aggregation: Clause, **body: Any) -> Any:
        """Return the groups of posts that an aggregation makes; no index at all has none."""
        answer = self._search("posts", aggs={"groups": aggregation}, size=0, **body)
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
            while len(hits) == page:
                answer = self._cluster.ask(
                    self._client.search,
                    pit={"id": pit, "keep_alive": KEEP_ALIVE},
                    size=page,
                    search_after=hits[-1]["sort"],
                    track_total_hits=False,
                    allow_partial_search_results=False,
                    **body,
                )
                hits = answer["hits"]["hits"]
                yield from hits

    @contextmanager
    def _point_in_time(self, kind: Kind) -> Iterator[str]:
        self._see(kind)
        names = {"index": alias(self._cluster.address.prefix, kind), "ignore_unavailable": True}
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
        if kind not in self._unseen:
            return
        # Taken off first: what another thread writes meanwhile puts the kind on again.
        self._unseen.discard(kind)
        names = {"index": alias(self._cluster.address.prefix, kind), "ignore_unavailable": True}
        try:
            # A refresh would wait a minute for an index that is not available.
            self._cluster.check_health(f"{names['index']}-*")
            self._cluster.ask(self._client.indices.refresh, **names)
        except StoreError:
            self._unseen.add(kind)
            raise


def _source(fields: Sequence[str]) -> Clause:
    """Return what a search brings of a document: all but the long fields, or the named ones and the id."""
    if not fields:
        return {"excludes": list(LONG_FIELDS)}
    return {"includes": ["id", *fields], **WHOLE}


def _checked_id(document: Document) -> str:
    key: str = document["id"]
    if len(key.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
        raise StoreRefused(f"the id {key[:40]}... is longer than {MAX_ID_BYTES} bytes")
    return key


def _holds(hits: Sequence[Any], write: Write) -> bool:
    """Tell whether exactly what is to be written is there already, embeddings but for rounding."""
    if len(hits) != 1 or hits[0]["_index"] != write.index or write.document is None:
        return False
    old, new = dict(hits[0]["_source"]), dict(write.document)
    before, after = old.pop("embedding", ()), new.pop("embedding", ())
    same_length = len(before) == len(after)
    return old == new and same_length and all(abs(a - b) <= ROUNDING for a, b in zip(before, after, strict=True))
