"""`earshot collect`: posts from the sources of the configuration."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

import typer

from cli.ingest import report
from cli.options import REFRESH, moment
from cli.refresh import refresh_quietly, refresh_store
from cli.rounds import collect_on, collect_once
from pipeline.clock import SystemClock
from pipeline.sources import opened_sources
from pipeline.wiring import configured, flow_into, opened

PAUSE_S: Final = 60.0


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("collect")(collect)


def collect(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Sources of the configuration; none: all.")] = None,
    *,
    follow: Annotated[bool, typer.Option(help="Go on until stopped.")] = False,
    pause_s: Annotated[float, typer.Option(help="Seconds between rounds with --follow.")] = PAUSE_S,
    since: Annotated[str | None, typer.Option(help="Begin anew at this day or time, as far as sources reach.")] = None,
    refresh: Annotated[
        bool, typer.Option(*REFRESH, help="Find topics and join events afterwards; with --follow: hourly.")
    ] = True,
) -> None:
    """Collect what the configured sources have now, from all of them beside each other."""
    config = configured(context.obj)
    clock = SystemClock()
    began = moment(since, config.time_zone)
    chosen = opened_sources(config, names, clock, since=began)
    with opened(config) as store:
        flow = flow_into(store, config)
        if follow:
            afterwards = partial(refresh_quietly, store, config) if refresh else None
            collect_on(chosen, flow, pause_s=pause_s, anew=began is not None, afterwards=afterwards)
            return
        tally, refused = collect_once(chosen, flow, anew=began is not None)
        if refresh:
            refresh_store(store, config)
    report(tally, refused=refused)
