"""Bring posts in: from files, and from the sources of the configuration."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from domain.errors import InputError, SourceError, SourceRefused
from pipeline.clock import SystemClock
from pipeline.commands.asking import moment
from pipeline.commands.keeping import ask_again, let_go
from pipeline.commands.opening import opened_sources
from pipeline.commands.screen import INCOMPLETE_EXIT, progress, say, tell_unreadable
from pipeline.ingest import Tally, ingest
from pipeline.wiring import configured, flow_into, opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from domain.config import Config
    from domain.ports import Collector, Store
    from pipeline.ingest import Flow

PAUSE_S: Final = 60.0


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.command("ingest")(ingest_files)
    app.command("collect")(collect)


def ingest_files(
    context: typer.Context,
    path: Annotated[list[Path], typer.Option(help="A file or a folder of CSV or JSON Lines, gzip too; repeatable.")],
    mapping: Annotated[str, typer.Option(help="A built-in mapping or a mapping file.")] = "jsonl",
    source: Annotated[str, typer.Option(help="Only `file`.")] = "file",
    name: Annotated[str, typer.Option(help="What the source is called where records do not say.")] = "file",
    *,
    settle: Annotated[bool, typer.Option(help="Find topics and join events afterwards.")] = True,
) -> None:
    """Read posts from files, label, link and keep them. Running it again adds nothing."""
    if source != "file":
        raise InputError(f"ingest reads files; for {source} use: earshot collect {source}")
    config = configured(context.obj)
    with opened(config) as store:
        tally = read_files(store, config, path, mapping, name)
        if settle:
            settle_store(store, config)
    report(tally)


def collect(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Sources of the configuration; none: all.")] = None,
    *,
    follow: Annotated[bool, typer.Option(help="Go on until stopped.")] = False,
    pause_s: Annotated[float, typer.Option(help="Seconds between rounds with --follow.")] = PAUSE_S,
    since: Annotated[str | None, typer.Option(help="Begin anew at this day or time, as far as sources reach.")] = None,
    settle: Annotated[bool, typer.Option(help="Find topics and join events afterwards.")] = True,
) -> None:
    """Collect what the configured sources have now."""
    config = configured(context.obj)
    clock = SystemClock()
    began = moment(since)
    chosen = opened_sources(config, names, clock, since=began)
    with opened(config) as store:
        flow = flow_into(store, config)
        tally, refused = collect_round(chosen, flow, anew=began is not None)
        while follow:
            clock.sleep(pause_s)
            tally, refused = collect_round(chosen, flow)
        if settle:
            settle_store(store, config)
    report(tally, refused=refused)


def read_files(store: Store, config: Config, paths: Sequence[Path], mapping: str, source: str = "file") -> Tally:
    """Take posts from files through the main flow, with a bar over their bytes."""
    from collectors.files import FileCollector

    with progress() as bars:
        bar = bars.add_task("Reading posts", total=None)

        def moved(read: int, total: int) -> None:
            bars.update(bar, completed=read, total=total)

        collector = FileCollector(paths, mapping, clock=SystemClock(), source=source, on_progress=moved)
        return run_collector(collector, store, config)


def run_collector(collector: Collector, store: Store, config: Config) -> Tally:
    """Take everything a source has now through the main flow."""
    return ingest(collector, flow_into(store, config), partial(_tell_page, []))


def settle_store(store: Store, config: Config) -> None:
    """Find topics and join events, saying each stage."""
    from pipeline.settle import settle

    with progress() as bars:

        def tell(stage: str, share: float) -> None:
            if bars.disable:
                if share == 0:
                    say(f"{stage} ...")
                return
            task = next((task.id for task in bars.tasks if task.description == stage), None)
            task = bars.add_task(stage, total=1.0) if task is None else task
            bars.update(task, completed=share)

        settled = settle(store, config, tell)
    if settled.fresh:
        say(
            f"{settled.topics} topics for {settled.with_topic:,} posts; links to customers changed on"
            f" {settled.with_customer:,} posts, to events on {settled.with_event:,}"
        )


def report(tally: Tally, *, refused: int = 0) -> None:
    """Say what a run did; exit with 3 where something could not be read, or a source would not answer."""
    kept = tally.kept
    if kept.added or kept.updated or tally.deleted:
        say(f"{kept.added:,} posts added, {kept.updated:,} updated, {tally.deleted:,} deleted")
    else:
        say("nothing new: every post is stored already")
    if tally.unreadable:
        say(f"{len(tally.unreadable):,} records could not be read")
    if tally.unreadable or refused:
        raise typer.Exit(INCOMPLETE_EXIT)


def collect_round(chosen: Sequence[Collector], flow: Flow, *, anew: bool = False) -> tuple[Tally, int]:
    """Collect from every source once, ask again for what is due, and let go what may not stay.

    A source that is busy or refuses does not keep the others from being asked. Returns what became
    of all, and how many refused.
    """
    total, refused = Tally(), 0
    for collector in chosen:
        pages: list[Tally] = []
        try:
            ingest(collector, flow, partial(_tell_page, pages), anew=anew)
        except SourceError as error:
            refused += isinstance(error, SourceRefused)
            say(f"{collector.name}: {error}")
        tally = sum(pages, Tally())
        say(_told(collector, tally, flow.clock.now()))
        total += tally
    ask_again(chosen, flow)
    let_go(flow.store, flow.clock.now())
    return total, refused


def _tell_page(pages: list[Tally], page: Tally) -> None:
    tell_unreadable(page.unreadable)
    pages.append(page)


def _told(collector: Collector, tally: Tally, now: datetime) -> str:
    """Return the line about a source: what came, how old the newest of it is, what the source still allows."""
    parts = [f"{tally.fetched:,} fetched", f"{tally.kept.added:,} new", f"{tally.kept.updated:,} updated"]
    parts.append(f"{tally.deleted:,} deleted")
    if tally.newest is not None:
        parts.append(f"newest post {_age(now - tally.newest)} old")
    left = getattr(collector, "requests_left", None)
    if left is not None:
        parts.append(f"{left:,} requests left")
    return f"{collector.name}: {', '.join(parts)}"


def _age(lag: timedelta) -> str:
    """Return a length of time in its largest unit: `40 s`, `12 min`, `3 h`, `9 days`."""
    seconds = max(int(lag.total_seconds()), 0)
    unit, name = next(
        (size, name)
        for size, name in ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))
        if seconds >= size * 2 or size == 1
    )
    return f"{seconds // unit:,} {name}"
