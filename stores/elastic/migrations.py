"""Indices with another mapping than today's: each is copied into a new one behind the same names.

The old index serves and is written to while its documents are copied; what was written meanwhile
is copied after it, the last of that while writing is blocked for a moment, and then the names move over in
one step. Whoever is killed before that leaves an index that nobody reads; the next try begins it anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from stores.elastic.bulk import BulkWriter, Write
from stores.elastic.schema import alias, differences, indices_there, settings_of
from stores.mapping import shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.documents import Kind
    from stores.elastic.cluster import Cluster

PAGE: Final = 250
FEW: Final = 500
"""So few documents are left to be copied that writing can be blocked for them."""
KEEP_ALIVE: Final = "10m"


def migrate(cluster: Cluster, sleep: Callable[[float], None]) -> list[str]:
    """Give every index today's mapping; return the names of those that were copied."""
    copied = []
    for name, (kind, stored) in indices_there(cluster).items():
        if any(differences(kind, stored)):
            _Move(cluster, kind, name, BulkWriter(cluster, sleep=sleep)).done()
            copied.append(name)
    return copied


class _Move:
    """One index on its way into another."""

    def __init__(self, cluster: Cluster, kind: Kind, old: str, writer: BulkWriter) -> None:
        self._cluster = cluster
        self._client = cluster.client
        self._kind = kind
        self._old = old
        self._writer = writer
        prefix = cluster.address.prefix
        generation = re.match(rf"{re.escape(prefix)}\.g(\d+)-", old)
        self._name = f"{prefix}-{old[generation.end() :]}" if generation else old
        # Outside of the pattern of our templates: they would put it behind the alias at once.
        self._new = f"{prefix}.g{int(generation[1]) + 1 if generation else 2}{self._name.removeprefix(prefix)}"

    def done(self) -> None:
        indices = self._client.indices
        self._cluster.ask(self._client.options(ignore_status=404).indices.delete, index=self._new)
        source = shape(self._kind).template["template"]
        settings = settings_of(self._cluster, self._kind)
        self._cluster.ask(indices.create, index=self._new, mappings=source["mappings"], settings=settings)
        last = self._copied_behind(-1)
        while (newer := self._copied_behind(last)) - last > FEW:
            last = newer
        self._cluster.ask(indices.add_block, index=self._old, block="write")
        try:
            self._copied_behind(last)
            self._delete_what_went()
            actions: list[dict[str, Any]] = [
                {"add": {"index": self._new, "alias": alias(self._cluster.address.prefix, self._kind)}},
                {"remove_index": {"index": self._old}},
                # Who writes names the index as it was called at first.
                {"add": {"index": self._new, "alias": self._name}},
            ]
            self._cluster.ask(indices.update_aliases, actions=actions)
        except BaseException:
            self._cluster.ask(indices.put_settings, index=self._old, settings={"index.blocks.write": None})
            raise

    def _copied_behind(self, last: int) -> int:
        """Copy what was written after the write with a number; return the number of the last one."""
        newest = last
        query = {"range": {"_seq_no": {"gt": last}}}
        writes = []
        for hit in self._hits(self._old, query, source={"exclude_vectors": False}):
            newest = max(newest, hit["_seq_no"])
            writes.append(Write(index=self._new, id=hit["_id"], document=hit["_source"]))
            if len(writes) == PAGE:
                self._writer.write(writes)
                writes = []
        self._writer.write(writes)
        return newest

    def _delete_what_went(self) -> None:
        """Delete what was deleted from the old index since it was copied: both are read side by side, by id."""
        stays = self._hits(self._old, {"match_all": {}}, source=False)
        following = next(stays, None)
        gone = []
        for hit in self._hits(self._new, {"match_all": {}}, source=False):
            while following is not None and following["sort"][0] < hit["sort"][0]:
                following = next(stays, None)
            if following is None or following["sort"][0] != hit["sort"][0]:
                gone.append(Write(index=self._new, id=hit["_id"]))
        self._writer.write(gone)

    def _hits(self, index: str, query: dict[str, Any], *, source: Any) -> Iterator[Any]:
        self._cluster.ask(self._client.indices.refresh, index=index)
        pit = self._cluster.ask(self._client.open_point_in_time, index=index, keep_alive=KEEP_ALIVE)["id"]
        after: dict[str, Any] = {}
        try:
            while True:
                answer = self._cluster.ask(
                    self._client.search,
                    pit={"id": pit, "keep_alive": KEEP_ALIVE},
                    query=query,
                    source=source,
                    sort=[{"id": "asc"}],
                    size=PAGE,
                    seq_no_primary_term=True,
                    **after,
                )
                hits = answer["hits"]["hits"]
                yield from hits
                if len(hits) < PAGE:
                    return
                after = {"search_after": hits[-1]["sort"]}
        finally:
            self._cluster.ask(self._client.close_point_in_time, id=pit)
