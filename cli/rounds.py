"""Rounds over the configured sources, beside each other: collect, ask again for what is due, let go.

A source that is busy or refuses does not keep the others from being asked, and one that is slow does
not make them wait. Neither does one that we fail at: see `pipeline/faults.py`. What is wrong with the store or
a model is wrong for all, and ends the round. A source that another process is at is passed over (`pipeline/jobs.py`).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from cli.live import Board, requests_left, short_name, told
from cli.recheck import recheck_source
from cli.retain import purge
from cli.screen import say, tell_unreadable
from domain.errors import SourceBusy
from pipeline.cursors import saved_cursor
from pipeline.faults import OF_ONE_SOURCE, fault_of, in_words, pause_after_s
from pipeline.ingest import Ingested, ingest
from pipeline.jobs import Ended, Jobs
from pipeline.parallel import in_parallel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.ports import Collector
    from pipeline.ingest import Flow
    from pipeline.jobs import Run

AFTERWARDS_EVERY: Final = timedelta(hours=1)
LONGEST_PAGE_S: Final = 60.0
"""How long a page in hand is waited for by who was stopped. After that it is cut off, and read again next time."""


@dataclass(frozen=True)
class Round:
    """What became of a round of one source: what came, and how it ended."""

    tally: Ingested
    ended: Ended

    @property
    def is_news(self) -> bool:
        """Whether there is anything to say of it."""
        kept, records = self.tally.kept, self.tally.records
        changed = (kept.added, kept.updated, self.tally.deleted, records.added, records.updated)
        return bool(self.early or any(changed))

    @property
    def early(self) -> str | None:
        """Why it ended before its source had no more, in a sentence."""
        if self.ended.elsewhere:
            return f"passed over; {self.ended.elsewhere}, is collecting it"
        return self.ended.sentence

    @property
    def failed(self) -> bool:
        """Whether somebody has to see to it: waiting alone does not mend it."""
        return self.ended.fault is not None or not isinstance(self.ended.error, SourceBusy | None)


def collect_once(chosen: Sequence[Collector], flow: Flow, *, anew: bool = False) -> tuple[Ingested, int]:
    """Collect from every source once, saying a line for each; return what became of all, and how many failed.

    Those are the sources that refused, that have never answered as they should, and those that we failed at.
    """
    board, jobs = Board(chosen, flow.clock), Jobs(flow.store, flow.clock)

    def work(collector: Collector) -> tuple[Ingested, bool]:
        done = round_of(collector, flow, jobs, board, anew=anew)
        say_round(collector, done, flow)
        again = _asked_again(collector, done, flow, jobs)
        # One that only asks us to wait, and has never given a page, may not be what it was taken for.
        never = isinstance(done.ended.error, SourceBusy) and saved_cursor(flow.store, collector.name) is None
        return done.tally, done.failed or never or again.fault is not None

    with jobs.kept(), board.shown(), _whole_pages(flow):
        rounds = [done for done in in_parallel(chosen, work) if done is not None]
    _let_go(flow)
    return sum((tally for tally, _ in rounds), Ingested()), sum(failed for _, failed in rounds)


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
    board, jobs = Board(chosen, flow.clock), Jobs(flow.store, flow.clock)
    done_at = flow.clock.now()

    def work(collector: Collector) -> None:
        first, faults, elsewhere = anew, 0, None
        while True:
            done = round_of(collector, flow, jobs, board, anew=first)
            first = False
            if done.is_news and (elsewhere is None or done.ended.elsewhere != elsewhere):
                say_round(collector, done, flow)
            elsewhere = done.ended.elsewhere
            fault = done.ended.fault or _asked_again(collector, done, flow, jobs).fault
            faults = 0 if fault is None else faults + 1
            wait_s = pause_after_s(faults, pause_s)
            said = f"{in_words(fault)}; " if fault else ""
            board.does(collector, f"{said}asked again in {wait_s:g} s" if wait_s else "going on")
            flow.clock.sleep(wait_s)

    with jobs.kept(), board.shown(), _whole_pages(flow):
        for _ in in_parallel(chosen, work, every_s=max(pause_s, 1.0)):
            fault_of("what may stay no longer", partial(_let_go, flow))
            if afterwards is not None and flow.clock.now() - done_at >= AFTERWARDS_EVERY:
                fault_of("what is done every hour", afterwards)
                done_at = flow.clock.now()


def round_of(collector: Collector, flow: Flow, jobs: Jobs, board: Board, *, anew: bool = False) -> Round:
    """Collect what one source has now, under its lease; errors of that source are in what is returned.

    Raises:
        EarshotError: of the store or of a model.
    """
    tally = Ingested()

    def step(run: Run) -> None:
        def tell(page: Ingested) -> None:
            nonlocal tally
            tell_unreadable(page.unreadable)
            tally += page
            board.came(collector, page)
            run.came(page, requests_left(collector))

        ingest(collector, flow, tell, anew=anew)

    board.does(collector, "asking")
    ended = jobs.attempt(f"collect:{collector.name}", step, source=short_name(collector))
    if ended.error is not None and not isinstance(ended.error, OF_ONE_SOURCE):
        raise ended.error
    done = Round(tally, ended)
    board.does(collector, done.early or "done")
    return done


def say_round(collector: Collector, done: Round, flow: Flow) -> None:
    """Say what a round brought, and before that why it ended early."""
    early = [f"{short_name(collector)}: {done.early}"] if done.early else []
    came = [] if done.ended.elsewhere else [told(collector, done.tally, flow.clock.now())]
    say("\n".join(early + came))


def _asked_again(collector: Collector, done: Round, flow: Flow, jobs: Jobs) -> Ended:
    """Ask the source again for what is due, unless another process is at it."""
    return Ended() if done.ended.elsewhere else recheck_source(collector, flow, jobs)[1]


def _let_go(flow: Flow) -> None:
    with flow.turn:
        purge(flow.store, flow.clock.now())


@contextmanager
def _whole_pages(flow: Flow) -> Iterator[None]:
    """Who is stopped here leaves no source in the middle of a page: the store may close behind us."""
    try:
        yield
    except BaseException:
        flow.turn.acquire(timeout=LONGEST_PAGE_S)
        raise
