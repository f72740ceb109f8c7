"""`earshot recheck`: sources are asked again for stored posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.live import requests_left, short_name
from cli.screen import INCOMPLETE_EXIT, say, tell_unreadable
from domain.ports import Recheckable
from pipeline.clock import SystemClock
from pipeline.faults import OF_ONE_SOURCE
from pipeline.ingest import Ingested
from pipeline.jobs import Ended, Jobs
from pipeline.recheck import recheck
from pipeline.sources import opened_sources
from pipeline.wiring import configured, flow_into, opened

if TYPE_CHECKING:
    from domain.ports import Collector
    from pipeline.ingest import Flow
    from pipeline.jobs import Run


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("recheck")(recheck_posts)


def recheck_posts(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Sources of the configuration; none: all.")] = None,
    *,
    now: Annotated[bool, typer.Option("--now", help="All that the terms name, whether it is due or not.")] = False,
) -> None:
    """Ask sources again for stored posts, as often as their terms want it: edits are kept, what is gone goes."""
    config = configured(context.obj)
    chosen = opened_sources(config, names, SystemClock())
    with opened(config) as store:
        flow = flow_into(store, config)
        jobs = Jobs(store, flow.clock)
        for collector in chosen:
            if not isinstance(collector, Recheckable):
                say(f"{short_name(collector)}: cannot be asked again for posts")
        with jobs.kept():
            results = [recheck_source(collector, flow, jobs, at_once=now) for collector in chosen]
    if not any(asked or ended.sentence or ended.elsewhere for asked, ended in results):
        say("nothing was due")
    if any(ended.fault for _, ended in results):
        raise typer.Exit(INCOMPLETE_EXIT)


def recheck_source(collector: Collector, flow: Flow, jobs: Jobs, *, at_once: bool = False) -> tuple[bool, Ended]:
    """Ask a source again for what is due, saying a line if it was asked; return whether it was, and how that ended.

    Raises:
        EarshotError: of the store or of a model.
    """
    if not (isinstance(collector, Recheckable) and collector.terms.rechecks):
        return False, Ended()
    pages: list[Ingested] = []

    def step(run: Run) -> None:
        def tell(page: Ingested) -> None:
            tell_unreadable(page.unreadable)
            pages.append(Ingested(kept=page.kept, deleted=page.deleted))
            run.came(page, requests_left(collector))

        recheck(collector, flow, tell, at_once=at_once)

    name = short_name(collector)
    ended = jobs.attempt(f"recheck:{collector.name}", step, source=name)
    if ended.error is not None and not isinstance(ended.error, OF_ONE_SOURCE):
        raise ended.error
    if ended.elsewhere:
        say(f"{name}: not asked again; {ended.elsewhere}, is at it")
    if ended.sentence:
        say(f"{name}: asked again: {ended.sentence}" if ended.fault else f"{name}: {ended.sentence}")
    if pages:
        tally = sum(pages, Ingested())
        still = tally.kept.added + tally.kept.unchanged
        say(f"{name}: asked again: {still:,} as they were, {tally.kept.updated:,} edited, {tally.deleted:,} gone")
    return bool(pages), ended
