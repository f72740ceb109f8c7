"""`earshot dashboard`: the pages, in a browser."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final

import typer


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("dashboard")(open_dashboard)


PORT: Final = 8501


def open_dashboard(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = PORT,
    *,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """Become the dashboard on a loopback port: whoever stops this command stops the server."""
    command = [sys.executable, "-m", "dashboard", "--port", str(port)]
    command += [] if browser else ["--no-browser"]
    command += ["--config", str(context.obj)] if context.obj else []
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606 - our own module
