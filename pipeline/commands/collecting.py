"""Bring posts in: from files, and from the sources of the configuration."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from domain.errors import InputError
from domain.post import MAX_CHARACTERS
from insights.wording import many
from pipeline.clock import SystemClock
from pipeline.commands.asking import moment
from pipeline.commands.opening import opened_sources
from pipeline.commands.rounds import collect_on, collect_once
from pipeline.commands.screen import INCOMPLETE_EXIT, progress, say, tell_unreadable
from pipeline.ingest import Tally, ingest
from pipeline.jobs import Jobs
from pipeline.wiring import configured, flow_into, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.config import Config
    from domain.ports import Collector, Store

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
    settle: Annotated[bool, typer.Option(help="Find topics and join events afterwards; with --follow: hourly.")] = True,
) -> None:
    """Collect what the configured sources have now, from all of them beside each other."""
    config = configured(context.obj)
    clock = SystemClock()
    began = moment(since)
    chosen = opened_sources(config, names, clock, since=began)
    with opened(config) as store:
        flow = flow_into(store, config)
        if follow:
            afterwards = partial(settle_quietly, store, config) if settle else None
            collect_on(chosen, flow, pause_s=pause_s, anew=began is not None, afterwards=afterwards)
            return
        tally, refused = collect_once(chosen, flow, anew=began is not None)
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
    return ingest(collector, flow_into(store, config), _tell_page)


def settle_store(store: Store, config: Config) -> None:
    """Find topics and join events, saying each stage."""
    with progress() as bars:

        def tell(stage: str, share: float) -> None:
            if bars.disable:
                if share == 0:
                    say(f"{stage} ...")
                return
            task = next((task.id for task in bars.tasks if task.description == stage), None)
            task = bars.add_task(stage, total=1.0) if task is None else task
            bars.update(task, completed=share)

        _settle(store, config, tell)


def settle_quietly(store: Store, config: Config) -> None:
    """Find topics and join events, saying only what came of it: the screen shows something else."""
    _settle(store, config, lambda _stage, _share: None)


def _settle(store: Store, config: Config, tell: Callable[[str, float], None]) -> None:
    from pipeline.settle import settle

    jobs = Jobs(store, SystemClock())
    with jobs.kept():
        settled = settle(store, config, tell, jobs)
    for name, process in settled.elsewhere.items():
        say(f"{name}: passed over; {process}, is at it")
    if settled.fresh:
        grouped, joined = settled.grouped, settled.joined
        topics = f"{grouped.topics} topics for {grouped.with_topic:,} posts; " if grouped.fresh else ""
        say(f"{topics}links to customers changed on {joined.with_customer:,} posts, to events on {joined.with_event:,}")


def report(tally: Tally, *, refused: int = 0) -> None:
    """Say what a run did; exit with 3 where something could not be read, or a source would not answer."""
    kept = tally.kept
    if kept.added or kept.updated or tally.deleted:
        say(f"{kept.added:,} posts added, {kept.updated:,} updated, {tally.deleted:,} deleted")
    else:
        say("nothing new: every post is stored already")
    if tally.cut:
        say(f"{many(tally.cut, 'post')} cut at {MAX_CHARACTERS:,} characters")
    if tally.unread:
        say(f"{tally.unread:,} records could not be read")
    if tally.unread or refused:
        raise typer.Exit(INCOMPLETE_EXIT)


def _tell_page(page: Tally) -> None:
    tell_unreadable(page.unreadable)
