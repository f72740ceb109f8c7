"""`earshot refresh`: what is found when all posts are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.screen import progress, say
from pipeline.clock import SystemClock
from pipeline.jobs import Jobs
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.config import Config
    from domain.ports import Store


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("refresh")(refresh)
    app.command("settle", hidden=True)(refresh)  # its name until version 0.2


def refresh(context: typer.Context) -> None:
    """Find topics anew and join posts to events, if posts or events changed."""
    config = configured(context.obj)
    with opened(config) as store:
        refresh_store(store, config, anew=True)


def refresh_store(store: Store, config: Config, *, anew: bool = False) -> None:
    """Find topics, where that is due or they are wanted anew, and join events, saying each stage."""
    with progress() as bars:

        def tell(stage: str, share: float) -> None:
            if bars.disable:
                if share == 0:
                    say(f"{stage} ...")
                return
            task = next((task.id for task in bars.tasks if task.description == stage), None)
            task = bars.add_task(stage, total=1.0) if task is None else task
            bars.update(task, completed=share)

        _refresh(store, config, tell, anew=anew)


def refresh_quietly(store: Store, config: Config) -> None:
    """Find topics and join events, saying only what came of it: the screen shows something else."""
    _refresh(store, config, lambda _stage, _share: None)


def _refresh(store: Store, config: Config, tell: Callable[[str, float], None], *, anew: bool = False) -> None:
    from pipeline.refresh import refresh

    jobs = Jobs(store, SystemClock())
    with jobs.kept():
        refreshed = refresh(store, config, tell, jobs, anew=anew)
    for name, process in refreshed.elsewhere.items():
        say(f"{name}: passed over; {process}, is at it")
    if refreshed.fresh:
        grouped, joined = refreshed.grouped, refreshed.joined
        topics = f"{grouped.topics} topics for {grouped.with_topic:,} posts; " if grouped.fresh else ""
        say(f"{topics}links to customers changed on {joined.with_customer:,} posts, to events on {joined.with_event:,}")
