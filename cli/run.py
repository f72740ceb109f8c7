"""`earshot run`: one process for all that repeats."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.live import Board, short_name
from cli.recheck import recheck_source
from cli.report import written_weekly
from cli.retain import purge
from cli.rounds import round_of, say_round
from cli.screen import INCOMPLETE_EXIT, say
from domain.errors import InputError
from domain.ports import Recheckable
from insights.detection.wording import headline
from pipeline.clock import SystemClock
from pipeline.daemon import Daemon, Work
from pipeline.incidents import look, watch_of
from pipeline.jobs import Jobs
from pipeline.metrics import serving
from pipeline.refresh import group, join, topics_are_outgrown
from pipeline.sources import opened_sources
from pipeline.status import NAMES, status
from pipeline.wiring import configured, flow_into, inbox_of, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.config import Config
    from domain.ports import Collector
    from insights.detection.watch import Watch
    from pipeline.inbox import Inbox
    from pipeline.ingest import Flow
    from pipeline.jobs import Ended, Run

OF_SOURCES: Final = ("collect", "recheck")
PATIENCE_S: Final = 6.0
"""How long what runs is waited for by who was told to stop; then it is cut off, which is safe: it is done again."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("run")(run_jobs)


def run_jobs(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help=f"{', '.join((*OF_SOURCES, *NAMES))}; none: all.")] = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="Do each once now, whether it is due or not, and end.")] = False,
) -> None:
    """Do all that repeats, each in its own rhythm, until stopped; another process may do the same beside this one."""
    unknown = [name for name in names or () if name not in (*OF_SOURCES, *NAMES)]
    if unknown:
        raise InputError(f"there is no job {unknown[0]!r}; there are: {', '.join((*OF_SOURCES, *NAMES))}")
    config = configured(context.obj)
    with opened(config) as store:
        flow = flow_into(store, config)
        jobs = Jobs(store, flow.clock)
        works = [work for work in _works(config, flow, jobs) if not names or work.job in names]
        if not once:
            _stay(config, flow, jobs, works)
            return
        failed = False
        with jobs.kept():
            for work in works:
                ended = work.do()
                if work.source is None and (ended.sentence or ended.elsewhere):
                    say(f"{work.name}: {ended.sentence or f'passed over; {ended.elsewhere}, is at it'}")
                failed |= ended.sentence is not None
    if failed:
        raise typer.Exit(INCOMPLETE_EXIT)


def _works(config: Config, flow: Flow, jobs: Jobs) -> Iterator[Work]:
    """Yield all work that repeats: of each source, then of the store."""
    chosen = opened_sources(config, None, SystemClock()) if config.sources else []
    board, settings, zone = Board(chosen, flow.clock), config.jobs, config.time_zone
    passed_over: set[str] = set()
    for collector in chosen:
        source = short_name(collector)
        collect = partial(_collect, collector, flow, jobs, board, passed_over)
        yield Work(name=f"collect:{collector.name}", rhythm=settings.collect, zone=zone, do=collect, source=source)
        if isinstance(collector, Recheckable) and collector.terms.rechecks:
            again = partial(_recheck, collector, flow, jobs)
            yield Work(name=f"recheck:{collector.name}", rhythm=settings.recheck, zone=zone, do=again, source=source)
    for name, step in _steps(config, flow).items():
        early = partial(topics_are_outgrown, flow.store) if name == "topics" else None
        do, rhythm = partial(jobs.attempt, name, step), getattr(settings, name)
        yield Work(name=name, rhythm=rhythm, zone=zone, do=do, early=early)


def _collect(collector: Collector, flow: Flow, jobs: Jobs, board: Board, passed_over: set[str]) -> Ended:
    """Do a round of a source, saying what is news: that another process is at it is so only the first time."""
    done = round_of(collector, flow, jobs, board)
    if done.is_news and not (done.ended.elsewhere and collector.name in passed_over):
        say_round(collector, done, flow)
    (passed_over.add if done.ended.elsewhere else passed_over.discard)(collector.name)
    return done.ended


def _recheck(collector: Collector, flow: Flow, jobs: Jobs) -> Ended:
    return recheck_source(collector, flow, jobs)[1]


def _read_inbox(inbox: Inbox, run: Run) -> None:
    """Read what others pushed, and say what became of it."""
    done = inbox.work_off(run.check)
    run.count(**{name: done[name] for name in ("fetched", "added", "updated", "deleted", "unreadable")})
    if done["fetched"]:
        say(
            f"of {done['fetched']:,} that came {done['added']:,} records are new, {done['updated']:,} changed; "
            f"{done['stale']:,} told of earlier times, {done['unreadable']:,} could not be read"
        )


def _steps(config: Config, flow: Flow) -> dict[str, Callable[[Run], None]]:
    """Return what is done for each job that is of no source."""
    store = flow.store

    def links(run: Run) -> None:
        joined = join(store, config, lambda _stage, _share: run.check())
        run.count(changed=joined.with_customer + joined.with_event)
        if joined.with_customer or joined.with_event:
            say(f"links to customers changed on {joined.with_customer:,} posts, to events on {joined.with_event:,}")

    def topics(run: Run) -> None:
        grouped = group(store, config, lambda _stage, _share: run.check())
        if grouped.topics:
            run.count(changed=grouped.with_topic)
            say(f"{grouped.topics} topics for {grouped.with_topic:,} posts")

    def expired(run: Run) -> None:
        with flow.turn:
            run.count(deleted=purge(store, flow.clock.now()))

    def expunge(_run: Run) -> None:
        with flow.turn:
            store.expunge()

    def report(run: Run) -> None:
        folder = Path(config.jobs.report_folder or config.home / "reports")
        try:
            paths = written_weekly(store, config, week=None, forms=["html", "md"], output=folder)
        except InputError as nothing:
            say(f"no weekly report: {nothing}")
            return
        run.count(changed=len(paths))

    return {
        "inbox": partial(_read_inbox, inbox_of(store, config)),
        "links": links,
        "incidents": partial(_look, watch_of(store, config), config, flow),
        "topics": topics,
        "expired": expired,
        "expunge": expunge,
        "report": report,
    }


def _look(watch: Watch, config: Config, flow: Flow, run: Run) -> None:
    """Look whether people speak of a fault, saying which incidents begin and which are over."""
    found = look(flow.store, watch, flow.clock.now())
    run.count(changed=len(found))
    for one in found:
        if one.ended_at is not None or one.detected_at == one.seen_at:
            say(f"an incident {'is over' if one.ended_at else 'begins'}: {headline(one, config.brand_name(one.brand))}")


def _stay(config: Config, flow: Flow, jobs: Jobs, works: Sequence[Work]) -> None:
    """Do what is due until this process is told to stop by SIGTERM or Ctrl-C; a second signal ends it at once."""
    # Every thread that begins from here on leaves these signals to this one, which waits for them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    daemon = Daemon(works, jobs, flow.clock)

    def ill() -> str | None:
        if not daemon.is_alive:
            return "the scheduler does nothing any more; start earshot run again"
        flow.store.version("jobs")
        return None

    with serving(config.jobs.metrics_port, lambda: status(flow.store, config, flow.clock.now()), ill), jobs.kept():
        daemon.start()
        say(f"running: {len(works)} jobs; stop with Ctrl-C")
        signal.sigwait(_SIGNALS)
        until = time.monotonic() + PATIENCE_S
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        cut_off = daemon.stop(until)
        # Whoever has the turn has a page in hand; nobody begins another.
        flow.turn.acquire(timeout=max(until - time.monotonic(), 0.1))
    say("stopped")
    if cut_off:
        # Threads of this process still wait for something: what they hold can be done again.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
