"""Rounds over the configured sources, beside each other: collect, ask again for what is due, let go.

A source that is busy or refuses does not keep the others from being asked, and one that is slow does
not make them wait. Neither does one that we fail at: see `pipeline/faults.py`. What is wrong with the store or
a model is wrong for all, and ends the round.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from domain.errors import SourceBusy
from pipeline.beside import beside
from pipeline.commands.keeping import ask_again, let_go
from pipeline.commands.live import Board, short_name, told
from pipeline.commands.screen import say, tell_unreadable
from pipeline.faults import OF_ONE_SOURCE, fault_of, in_words, pause_after_s
from pipeline.ingest import Tally, ingest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.errors import EarshotError
    from domain.ports import Collector
    from pipeline.ingest import Flow

AFTERWARDS_EVERY: Final = timedelta(hours=1)
LONGEST_PAGE_S: Final = 60.0
"""How long a page in hand is waited for by who was stopped. After that it is cut off, and read again next time."""


@dataclass(frozen=True)
class Round:
    """What became of a round of one source: what came, why it ended early, if it did, and what we failed at."""

    tally: Tally
    error: EarshotError | None = None
    fault: Exception | None = None

    @property
    def is_news(self) -> bool:
        """Whether there is anything to say of it."""
        kept = self.tally.kept
        return bool(self.error or self.fault or kept.added or kept.updated or self.tally.deleted)

    @property
    def failed(self) -> bool:
        """Whether somebody has to see to it: waiting alone does not mend it."""
        return self.fault is not None or not isinstance(self.error, SourceBusy | None)


def collect_once(chosen: Sequence[Collector], flow: Flow, *, anew: bool = False) -> tuple[Tally, int]:
    """Collect from every source once, saying a line for each; return what became of all, and how many failed.

    Those are the sources that refused, and those that we failed at.
    """
    board = Board(chosen, flow.clock)

    def work(collector: Collector) -> Round:
        ended = _round(collector, flow, board, anew=anew)
        _say(collector, ended, flow)
        return _then_asked_again(collector, ended, flow)

    with board.shown(), _whole_pages(flow):
        rounds = [ended for ended in beside(chosen, work) if ended is not None]
    _let_go(flow)
    return sum((ended.tally for ended in rounds), Tally()), sum(ended.failed for ended in rounds)


def collect_on(
    chosen: Sequence[Collector],
    flow: Flow,
    *,
    pause_s: float,
    anew: bool = False,
    afterwards: Callable[[], None] | None = None,
) -> None:
    """Collect from every source again and again, each `pause_s` after its last round, until stopped.

    A line is said of a round that brought something, or ended early. A source that we failed at is tried again
    later, and later each time. `afterwards` is done every hour.
    """
    board = Board(chosen, flow.clock)
    done_at = flow.clock.now()

    def work(collector: Collector) -> None:
        first, faults = anew, 0
        while True:
            ended = _round(collector, flow, board, anew=first)
            first = False
            if ended.is_news:
                _say(collector, ended, flow)
            ended = _then_asked_again(collector, ended, flow)
            faults = 0 if ended.fault is None else faults + 1
            wait_s = pause_after_s(faults, pause_s)
            said = f"{in_words(ended.fault)}; " if ended.fault else ""
            board.does(collector, f"{said}asked again in {wait_s:g} s" if wait_s else "going on")
            flow.clock.sleep(wait_s)

    with board.shown(), _whole_pages(flow):
        for _ in beside(chosen, work, every_s=max(pause_s, 1.0)):
            fault_of("what may stay no longer", partial(_let_go, flow))
            if afterwards is not None and flow.clock.now() - done_at >= AFTERWARDS_EVERY:
                fault_of("what is done every hour", afterwards)
                done_at = flow.clock.now()


def _round(collector: Collector, flow: Flow, board: Board, *, anew: bool) -> Round:
    tally = Tally()

    def tell(page: Tally) -> None:
        nonlocal tally
        tell_unreadable(page.unreadable)
        tally += page
        board.came(collector, page)

    error, fault = None, None
    board.does(collector, "asking")
    try:
        fault = fault_of(short_name(collector), lambda: ingest(collector, flow, tell, anew=anew))
    except OF_ONE_SOURCE as failed:
        error = failed
    board.does(collector, in_words(fault) if fault else str(error or "done"))
    return Round(tally, error, fault)


def _then_asked_again(collector: Collector, ended: Round, flow: Flow) -> Round:
    """Ask the source again for what is due, and return its round with what we failed at then, if anything."""
    fault = fault_of(f"{short_name(collector)}, asked again", lambda: ask_again([collector], flow))
    if fault is None:
        return ended
    say(f"{short_name(collector)}: asked again: {in_words(fault)}")
    return replace(ended, fault=fault)


def _say(collector: Collector, ended: Round, flow: Flow) -> None:
    lines = [told(collector, ended.tally, flow.clock.now())]
    if early := in_words(ended.fault) if ended.fault else ended.error:
        lines.insert(0, f"{short_name(collector)}: {early}")
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
        flow.turn.acquire(timeout=LONGEST_PAGE_S)
        raise
