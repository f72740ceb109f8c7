"""Filling a store with made-up documents, page by page: a run that was stopped goes on where it was."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from domain.documents import Document
from pipeline.bench.posts import PAGE
from pipeline.cursors import cursor_document, saved_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.documents import Kind
    from domain.ports import Store

MadePage: TypeAlias = Callable[[int], Sequence[Document]]
SAVED_EVERY: Final = 20
TOLD_EVERY: Final = 400


def loaded(store: Store, kinds: Mapping[Kind, tuple[int, MadePage]], tell: Callable[[str], None]) -> dict[str, int]:
    """Load so many documents of each kind, made a page at a time; return how many of each went in a second."""
    found = {}
    for kind, (count, made) in kinds.items():
        done = dict(saved_cursor(store, f"bench {kind}") or {"page": 0, "s": 0.0})
        for number in range(done["page"], -(-count // PAGE)):
            seconds, _ = kept(store, kind, made(number))
            done = {"page": number + 1, "s": done["s"] + seconds}
            if number % SAVED_EVERY == SAVED_EVERY - 1:
                store.upsert("cursors", [cursor_document(f"bench {kind}", done)])
            if number % TOLD_EVERY == TOLD_EVERY - 1:
                tell(f"{(number + 1) * PAGE:,} {kind}, {(number + 1) * PAGE / done['s']:,.0f} a second")
        store.upsert("cursors", [cursor_document(f"bench {kind}", done)])
        found[f"{kind}_per_s"] = round(count / done["s"])
    return found


def kept(store: Store, kind: Kind, documents: Sequence[Document]) -> tuple[float, float]:
    """Store documents; return the seconds that this took, by the clock and of our processor time."""
    began, cpu = time.perf_counter(), time.process_time()
    store.upsert(kind, documents)
    return time.perf_counter() - began, time.process_time() - cpu


def settled_s(url: str, environ: Mapping[str, str]) -> float:
    """Return the seconds until what was written is on the disk and the server has merged what it wants to."""
    began = time.perf_counter()
    os.sync()
    if not url.startswith("sqlite"):
        from stores.elastic.bare_helper import wait_for_merges

        wait_for_merges(url, environ)
    return round(time.perf_counter() - began, 1)


def disk_mb(url: str) -> int | None:
    """Return how much a store takes on disk, None where it is a server's."""
    if not url.startswith("sqlite"):
        return None
    path = Path(url.partition(":///")[2])
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*")) // 2**20
