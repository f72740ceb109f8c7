"""What came is written by one task, as much together as came meanwhile: a request is answered when it is kept."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from domain.documents import NEW, REVISION
from domain.errors import StoreError
from domain.received import inbox_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.documents import Document
    from domain.ports import Clock, Store
    from domain.received import Received

TOGETHER: Final = 500
"""Documents that are written in one go, about."""
BYTES_TOGETHER: Final = 8 * 1024 * 1024


class Keeper:
    """Keeps what came in the inbox of a store. Belongs to one event loop."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._order = 0
        self._waiting: deque[tuple[list[Document], asyncio.Future[int]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, received: Sequence[Received]) -> int:
        """Keep what came; return how much of it had come before.

        Raises:
            StoreError: it is not kept.
        """
        now = self._clock.now()
        documents = []
        for one in received:
            self._order = max(self._order + 1, int(now.timestamp() * 1_000_000))
            documents.append(inbox_document(one, now, self._order) | {REVISION: NEW})
        kept: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((documents, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_on())
        return await kept

    async def _write_on(self) -> None:
        while self._waiting:
            page = self._page()
            try:
                repeats = await asyncio.to_thread(self._written, [documents for documents, _ in page])
            except StoreError as error:
                for _, kept in page:
                    if not kept.done():
                        kept.set_exception(error)
            except BaseException:
                # A fault of ours ends this task; who waits is let go.
                for _, kept in page:
                    kept.cancel()
                raise
            else:
                for (_, kept), known in zip(page, repeats, strict=True):
                    if not kept.done():  # its sender may have gone
                        kept.set_result(known)

    def _page(self) -> list[tuple[list[Document], asyncio.Future[int]]]:
        """Take what is written together."""
        page, number, size = [], 0, 0
        while self._waiting and number < TOGETHER and size < BYTES_TOGETHER:
            page.append(self._waiting.popleft())
            number += len(page[-1][0])
            size += sum(one["size"] for one in page[-1][0])
        return page

    def _written(self, page: Sequence[list[Document]]) -> list[int]:
        """Write all documents at once; return of each list how many were there already."""
        firsts: dict[str, Document] = {}
        for one in (one for documents in page for one in documents):
            firsts.setdefault(one["id"], one)
        conflicts = set(self._store.upsert("inbox", list(firsts.values())).conflicts)
        return [sum(firsts[one["id"]] is not one or one["id"] in conflicts for one in documents) for documents in page]
