"""What happens to stored posts afterwards: they are asked for again, and go when their time is up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from domain.ports import Recheckable
from pipeline.clock import SystemClock
from pipeline.commands.live import short_name
from pipeline.commands.opening import opened_sources
from pipeline.commands.screen import INCOMPLETE_EXIT, say, tell_unreadable
from pipeline.faults import OF_ONE_SOURCE, fault_of, in_words
from pipeline.ingest import Tally
from pipeline.recheck import recheck
from pipeline.retain import retain
from pipeline.wiring import configured, flow_into, opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.ports import Collector, Store
    from pipeline.ingest import Flow


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
    asked, faults = 0, 0
    with opened(config) as store:
        flow = flow_into(store, config)
        for collector in chosen:
            if not isinstance(collector, Recheckable):
                say(f"{short_name(collector)}: cannot be asked again for posts")

        def ask(collector: Collector) -> None:
            nonlocal asked
            asked += ask_again([collector], flow, at_once=now)

        for collector in chosen:
            fault = fault_of(short_name(collector), partial(ask, collector))
            if fault is not None:
                faults += 1
                say(f"{short_name(collector)}: {in_words(fault)}")
        if not asked and not faults:
            say("nothing was due")
    if faults:
        raise typer.Exit(INCOMPLETE_EXIT)


def retain_posts(context: typer.Context) -> None:
    """Delete the posts whose time is up by the terms of their sources."""
    with opened(configured(context.obj)) as store:
        if not let_go(store, SystemClock().now()):
            say("no post's time is up")


def ask_again(chosen: Sequence[Collector], flow: Flow, *, at_once: bool = False) -> int:
    """Ask sources again for what is due, saying a line for each that was asked; return how many those are."""
    asked = 0
    for collector in chosen:
        pages: list[Tally] = []

        def tell(page: Tally, pages: list[Tally] = pages) -> None:
            tell_unreadable(page.unreadable)
            pages.append(Tally(kept=page.kept, deleted=page.deleted))

        try:
            recheck(collector, flow, tell, at_once=at_once)
        except OF_ONE_SOURCE as error:
            say(f"{short_name(collector)}: {error}")
        asked += bool(pages)
        if pages:
            tally = sum(pages, Tally())
            still = tally.kept.added + tally.kept.unchanged
            say(
                f"{short_name(collector)}: asked again: {still:,} as they were, {tally.kept.updated:,} edited, "
                f"{tally.deleted:,} gone"
            )
    return asked


def let_go(store: Store, now: datetime) -> int:
    """Delete the posts whose time is up and say how many, if any."""
    gone = retain(store, now)
    if gone:
        say(f"{gone:,} {'post' if gone == 1 else 'posts'} deleted: their time is up")
    return gone
