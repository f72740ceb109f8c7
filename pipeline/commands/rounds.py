"""Rounds over the configured sources, beside each other: collect, ask again for what is due, let go.

A source that is busy or refuses does not keep the others from being asked, and one that is slow does
not make them wait.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.errors import SourceError, SourceRefused
from pipeline.beside import beside
from pipeline.commands.keeping import ask_again, let_go
from pipeline.commands.live import Board, short_name, told
from pipeline.commands.screen import say, tell_unreadable
from pipeline.ingest import Tally, ingest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.ports import Collector
    from pipeline.ingest import Flow

AFTERWARDS_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Round:
    """What became of a round of one source: what came, and why it ended early, if it did."""

    tally: Tally
    error: SourceError | None = None


def collect_once(chosen: Sequence[Collector], flow: Flow, *, anew: bool = False) -> tuple[Tally, int]:
    """Collect from every source once, saying a line for each; return what became of all, and how many refused."""
    board = Board(chosen, flow.clock)

    def work(collector: Collector) -> Round:
        ended = _round(collector, flow, board, anew=anew)
        _say(collector, ended, flow)
        ask_again([collector], flow)
        return ended

    with board.shown(), _whole_pages(flow):
        rounds = [ended for ended in beside(chosen, work) if ended is not None]
    _let_go(flow)
    refused = sum(isinstance(ended.error, SourceRefused) for ended in rounds)
    return sum((ended.tally for ended in rounds), Tally()), refused


def collect_on(
    chosen: Sequence[Collector],
    flow: Flow,
    *,
    pause_s: float,
    anew: bool = False,
    afterwards: Callable[[], None] | None = None,
) -> None:
    """Collect from every source again and again, each `pause_s` after its last round, until stopped.

    A line is said of a round that brought something, or ended early. `afterwards` is done every hour.
    """
    board = Board(chosen, flow.clock)
    done_at = flow.clock.now()

    def work(collector: Collector) -> None:
        first = anew
        while True:
            ended = _round(collector, flow, board, anew=first)
            first = False
            if ended.error or ended.tally.kept.added or ended.tally.kept.updated or ended.tally.deleted:
                _say(collector, ended, flow)
            ask_again([collector], flow)
            board.does(collector, f"asked again in {pause_s:g} s" if pause_s else "going on")
            flow.clock.sleep(pause_s)

    with board.shown(), _whole_pages(flow):
        for _ in beside(chosen, work, every_s=max(pause_s, 1.0)):
            _let_go(flow)
            if afterwards is not None and flow.clock.now() - done_at >= AFTERWARDS_EVERY:
                afterwards()
                done_at = flow.clock.now()


def _round(collector: Collector, flow: Flow, board: Board, *, anew: bool) -> Round:
    tally = Tally()

    def tell(page: Tally) -> None:
        nonlocal tally
        tell_unreadable(page.unreadable)
        tally += page
        board.came(collector, page)

    error = None
    board.does(collector, "asking")
    try:
        ingest(collector, flow, tell, anew=anew)
    except SourceError as failed:
        error = failed
    board.does(collector, "done" if error is None else str(error))
    return Round(tally, error)


def _say(collector: Collector, ended: Round, flow: Flow) -> None:
    lines = [told(collector, ended.tally, flow.clock.now())]
    if ended.error is not None:
        lines.insert(0, f"{short_name(collector)}: {ended.error}")
    say("\n".join(lines))


def _let_go(flow: Flow) -> None:
    with flow.turn:
        let_go(flow.store, flow.clock.now())


@contextmanager
def _whole_pages(flow: Flow) -> Iterator[None]:
    """Who is stopped here leaves no source in the middle of a page: the store may close behind us."""
    try:
        yield
    except BaseException:
        flow.turn.acquire()
        raise
