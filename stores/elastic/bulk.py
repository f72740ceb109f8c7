"""Writing to Elasticsearch in bulk: bounded requests, patience where it is busy, errors item by item."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import elasticsearch

from domain.documents import NEW
from domain.errors import StoreRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from domain.documents import Document
    from stores.elastic.cluster import Cluster

MAX_ITEMS: Final = 500
MAX_BYTES: Final = 5_000_000
BUSY: Final = frozenset({"es_rejected_execution_exception", "circuit_breaking_exception"})
MOVING: Final = "index write (api)"
"""How the block is called that is set while the last documents of an index are copied into a new one."""
CONFLICT: Final = "version_conflict_engine_exception"
_HEADROOM_S: Final = 10.0
_FULL_JITTER: Final = random.SystemRandom()


@dataclass(frozen=True, kw_only=True)
class Write:
    """One document to put into an index; without a document, the id is deleted there.

    `revision` is what must be there still: a sequence number and a primary term, or `NEW` for nothing;
    None writes over whatever is there.
    """

    index: str
    id: str
    document: Document | None = None
    revision: str | None = None

    @cached_property
    def lines(self) -> str:
        """The write in the form of the bulk interface, in ASCII.

        Raises:
            StoreRefused: the document is not JSON.
        """
        action = "delete" if self.document is None else "create" if self.revision == NEW else "index"
        head = json.dumps({action: {"_index": self.index, "_id": self.id, **if_still(self.revision)}})
        if self.document is None:
            return head
        try:
            return f"{head}\n{json.dumps(self.document, separators=(',', ':'), allow_nan=False)}"
        except (TypeError, ValueError, RecursionError) as failure:
            raise StoreRefused(f"the document {self.id} is not valid JSON: {failure}") from None


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often and how long to wait for a busy server: full jitter under a doubling limit."""

    attempts: int = 8
    base_s: float = 0.5
    limit_s: float = 30.0

    def delay_s(self, attempt: int) -> float:
        """Return how long to wait after a failed attempt, counted from 0."""
        return _FULL_JITTER.uniform(0, min(self.limit_s, self.base_s * 2**attempt))


class BulkWriter:
    """Writes all it is given before it complains of what was not taken."""

    def __init__(self, cluster: Cluster, *, sleep: Callable[[float], None], patience: Patience | None = None) -> None:
        self._cluster = cluster
        self._sleep = sleep
        self._patience = patience or Patience()
        # Nothing but our own patience repeats a bulk request.
        self._client = cluster.client.options(max_retries=0, retry_on_status=())

    def write(self, writes: Iterable[Write]) -> list[Write]:
        """Write everything; return what was not written because something else than its revision is there.

        Raises:
            StoreUnreachable: the connection failed; what came before may be written.
            StoreRefused: some writes were not taken; all the others are done. It names the first.
        """
        refused: list[tuple[Write, Mapping[str, Any]]] = []
        conflicts: list[Write] = []
        for chunk in chunks(writes):
            for write, error in self._patiently(chunk):
                if error.get("type") == CONFLICT and write.revision is not None:
                    conflicts.append(write)
                else:
                    refused.append((write, error))
        if refused:
            write, error = refused[0]
            sentence = str(self._cluster.refusal(error, index=write.index, document=write.id))
            others = f" ({len(refused) - 1} more documents were not taken)" if len(refused) > 1 else ""
            raise StoreRefused(f"{sentence}{others}")
        return conflicts

    def _patiently(self, chunk: Sequence[Write]) -> list[tuple[Write, Mapping[str, Any]]]:
        """Write a chunk, what was turned away for lack of room again and again; return what was refused."""
        refused: list[tuple[Write, Mapping[str, Any]]] = []
        for attempt in range(self._patience.attempts):
            if attempt:
                self._sleep(self._patience.delay_s(attempt - 1))
            failed = self._once(chunk)
            refused += [(write, error) for write, error in failed if not _passes(error)]
            busy = [(write, error) for write, error in failed if _passes(error)]
            chunk = [write for write, _ in busy]
            if not chunk:
                return refused
        return refused + busy

    def _once(self, chunk: Sequence[Write]) -> list[tuple[Write, Mapping[str, Any]]]:
        lines = [write.lines for write in chunk]
        # The server gives up on an unavailable index before we give up on the server.
        wait_s = max(1.0, self._cluster.timeout_s - _HEADROOM_S)
        try:
            answer = self._cluster.ask(self._bulk, operations=lines, timeout=f"{wait_s:.0f}s")
        except _TurnedAway as busy:
            return [(write, busy.error) for write in chunk]
        items = [next(iter(item.values())) for item in answer["items"]]
        return [(write, item["error"]) for write, item in zip(chunk, items, strict=True) if "error" in item]

    def _bulk(self, **arguments: Any) -> Any:
        try:
            return self._client.bulk(**arguments)
        except elasticsearch.ApiError as failure:
            error = failure.body.get("error") if isinstance(failure.body, dict) else None
            if failure.meta.status == 429 and isinstance(error, dict) and error.get("type") in BUSY:
                raise _TurnedAway(error) from None
            raise


def _passes(error: Mapping[str, Any]) -> bool:
    """Tell whether what stands against a write goes away by itself."""
    return error.get("type") in BUSY or MOVING in str(error.get("reason"))


class _TurnedAway(Exception):
    """A whole request was turned away because the server is busy."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__()
        self.error = error


def revision_of(hit: Mapping[str, Any]) -> str:
    """Return the revision of a document as a search or a get with sequence numbers gives it."""
    return f"{hit['_seq_no']}:{hit['_primary_term']}"


def if_still(revision: str | None) -> dict[str, int]:
    """Return the options that let a write through only where this revision is still there."""
    if not revision:
        return {}
    number, _, term = revision.partition(":")
    return {"if_seq_no": int(number), "if_primary_term": int(term)}


def chunks(writes: Iterable[Write], *, max_items: int = MAX_ITEMS, max_bytes: int = MAX_BYTES) -> Iterator[list[Write]]:
    """Yield the writes in order, in lists bounded by number and size; one that is larger comes alone."""
    chunk: list[Write] = []
    size = 0
    for write in writes:
        length = len(write.lines)
        if chunk and (len(chunk) == max_items or size + length > max_bytes):
            yield chunk
            chunk, size = [], 0
        chunk.append(write)
        size += length
    if chunk:
        yield chunk
