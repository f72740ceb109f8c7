"""The peer of our own loading: the bulk helper of the bare Elasticsearch client, into indices of the same form."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from elasticsearch import helpers

from stores.elastic.cluster import Address, Cluster
from stores.elastic.schema import alias, index
from stores.elastic.store import ElasticStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.documents import Document

PREFIX: Final = "earshot-bare"
CHUNK: Final = 500
_QUIET_S: Final = 10


class BareHelper:
    """Posts through `elasticsearch.helpers.bulk`, without a look at what is stored."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def load(self, documents: Sequence[Document]) -> float:
        """Load posts; return the seconds that it took."""
        actions = [
            {"_index": index(PREFIX, "posts", document), "_id": document["id"], "_source": document}
            for document in documents
        ]
        began = time.perf_counter()
        helpers.bulk(self._cluster.client, actions, chunk_size=CHUNK)
        return time.perf_counter() - began

    def refresh(self) -> float:
        """Make what was loaded visible to searches; return the seconds that it took."""
        began = time.perf_counter()
        self._cluster.client.indices.refresh(index=alias(PREFIX, "posts"), ignore_unavailable=True)
        return time.perf_counter() - began


@contextmanager
def bare_helper(url: str, environ: Mapping[str, str]) -> Iterator[BareHelper]:
    """Lend the bare helper of a server, on indices with our templates; they are deleted afterwards."""
    bare = f"{url.partition('://')[0]}://{url.partition('://')[2].partition('/')[0]}/{PREFIX}"
    ElasticStore.connect(bare, environ).close()
    cluster = Cluster(Address.parse(bare), environ)
    try:
        _delete(cluster)
        yield BareHelper(cluster)
    finally:
        _delete(cluster)
        cluster.client.close()


def wait_for_merges(url: str, environ: Mapping[str, str]) -> None:
    """Wait until the server of a store merges nothing, for ten seconds on end."""
    cluster = Cluster(Address.parse(url), environ)
    quiet = 0
    try:
        while quiet < _QUIET_S:
            merges = cluster.client.indices.stats(metric="merge")["_all"]["total"]["merges"]["current"]
            quiet = 0 if merges else quiet + 1
            time.sleep(1)
    finally:
        cluster.client.close()


def _delete(cluster: Cluster) -> None:
    names = list(cluster.client.indices.get(index=f"{PREFIX}-*", features="aliases"))
    if names:
        cluster.client.indices.delete(index=names)
