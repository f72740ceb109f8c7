"""Sources beside each other: while one waits for its network, the others go on.

Everything that a source does runs in a thread of its own; what enters the store takes turns
(`pipeline.ingest.Flow.turn`). The threads do not keep a process alive: a command that is stopped
does not wait for a platform's patience.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from domain.ports import Collector

T = TypeVar("T")


def in_parallel(
    sources: Sequence[Collector], work: Callable[[Collector], T], *, every_s: float | None = None
) -> Iterator[T | None]:
    """Yield what becomes of the work on each source as it ends, and None whenever `every_s` passes without an end.

    What is raised by one of them is raised here.
    """
    ended: SimpleQueue[T | BaseException] = SimpleQueue()

    def run(source: Collector) -> None:
        with _HandedOn(ended):
            ended.put(work(source))

    for source in sources:
        Thread(target=run, args=(source,), name=source.name, daemon=True).start()
    left = len(sources)
    while left:
        try:
            result = ended.get(timeout=every_s)
        except Empty:
            yield None
            continue
        left -= 1
        if isinstance(result, BaseException):
            raise result
        yield result


class _HandedOn(Generic[T]):
    """What is raised in the block of one thread goes to the one who waits for it."""

    def __init__(self, ended: SimpleQueue[T | BaseException]) -> None:
        self._ended = ended

    def __enter__(self) -> None:
        """Enter."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if error is not None:
            self._ended.put(error)
        return True
