"""Sources beside each other: while one waits for its network, the others go on.

Everything that a source does runs in a thread of its own; what enters the store takes turns
(`pipeline.ingest.Flow.turn`). The threads do not keep a process alive: a command that is stopped
does not wait for a platform's patience.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.ports import Collector

T = TypeVar("T")


def beside(
    collectors: Sequence[Collector], work: Callable[[Collector], T], *, every_s: float | None = None
) -> Iterator[T | None]:
    """Yield what becomes of the work on each source as it ends, and None whenever `every_s` passes without an end.

    What is raised by one of them is raised here.
    """
    ended: SimpleQueue[T | BaseException] = SimpleQueue()

    def run(collector: Collector) -> None:
        try:
            ended.put(work(collector))
        except BaseException as error:  # noqa: BLE001 - it is raised again, where it is seen
            ended.put(error)

    for collector in collectors:
        Thread(target=run, args=(collector,), name=collector.name, daemon=True).start()
    left = len(collectors)
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
