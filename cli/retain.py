"""`earshot retain`: posts go when their time is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from actions.purge_expired import purge_expired
from cli.screen import say
from pipeline.clock import SystemClock
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from datetime import datetime

    from domain.ports import Store


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("retain")(retain_posts)


def retain_posts(context: typer.Context) -> None:
    """Delete the posts whose time is up by the terms of their sources."""
    with opened(configured(context.obj)) as store:
        if not purge(store, SystemClock().now()):
            say("no post's time is up")


def purge(store: Store, now: datetime) -> int:
    """Delete the posts whose time is up and say how many, if any."""
    gone = purge_expired(store, now)
    if gone:
        say(f"{gone:,} {'post' if gone == 1 else 'posts'} deleted: their time is up")
    return gone
