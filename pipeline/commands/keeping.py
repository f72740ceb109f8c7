"""What happens to stored posts afterwards: they are asked for again, and go when their time is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from domain.ports import Recheckable
from pipeline.clock import SystemClock
from pipeline.commands.live import requests_left, short_name
from pipeline.commands.opening import opened_sources
from pipeline.commands.screen import INCOMPLETE_EXIT, say, tell_unreadable
from pipeline.faults import OF_ONE_SOURCE
from pipeline.ingest import Tally
from pipeline.jobs import Ended, Jobs
from pipeline.recheck import recheck
from pipeline.retain import retain
from pipeline.wiring import configured, flow_into, opened

if TYPE_CHECKING:
    from datetime import datetime

    from domain.ports import Collector, Store
    from pipeline.ingest import Flow
    from pipeline.jobs import Run


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.command("recheck")(recheck_posts)
    app.command("retain")(retain_posts)


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
            results = [ask_again(collector, flow, jobs, at_once=now) for collector in chosen]
    if not any(asked or ended.sentence or ended.elsewhere for asked, ended in results):
        say("nothing was due")
    if any(ended.fault for _, ended in results):
        raise typer.Exit(INCOMPLETE_EXIT)


def retain_posts(context: typer.Context) -> None:
    """Delete the posts whose time is up by the terms of their sources."""
    with opened(configured(context.obj)) as store:
        if not let_go(store, SystemClock().now()):
            say("no post's time is up")


def ask_again(collector: Collector, flow: Flow, jobs: Jobs, *, at_once: bool = False) -> tuple[bool, Ended]:
    """Ask a source again for what is due, saying a line if it was asked; return whether it was, and how that ended.

    Raises:
        EarshotError: of the store or of a model.
    """
    if not (isinstance(collector, Recheckable) and collector.terms.rechecks):
        return False, Ended()
    pages: list[Tally] = []

    def step(run: Run) -> None:
        def tell(page: Tally) -> None:
            tell_unreadable(page.unreadable)
            pages.append(Tally(kept=page.kept, deleted=page.deleted))
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
        tally = sum(pages, Tally())
        still = tally.kept.added + tally.kept.unchanged
        say(f"{name}: asked again: {still:,} as they were, {tally.kept.updated:,} edited, {tally.deleted:,} gone")
    return bool(pages), ended


def let_go(store: Store, now: datetime) -> int:
    """Delete the posts whose time is up and say how many, if any."""
    gone = retain(store, now)
    if gone:
        say(f"{gone:,} {'post' if gone == 1 else 'posts'} deleted: their time is up")
    return gone
