"""How the dashboard is started: the options of Streamlit's server, on the command line and in no file.

Options on the command line hold whatever folder the dashboard is started from, and win
over a `.streamlit/config.toml` that happens to lie there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dashboard.guard import HOSTS

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENED: Final = "EARSHOT_OPENS"
"""The environment's word for the address that a browser is opened at once it answers."""
ADDRESS: Final = "127.0.0.1"
"""The only address that is listened on: who should see posts from afar is a proxy's decision."""

# Blue and grey tell apart for every kind of colour vision; the charts bring their own colours.
THEMES: Final[Mapping[str, Mapping[str, str]]] = {
    "light": {
        "primaryColor": "#0b5fa5",
        "backgroundColor": "#ffffff",
        "secondaryBackgroundColor": "#f4f6f8",
        "textColor": "#1d2733",
        "borderColor": "#dfe4ea",
    },
    "dark": {
        "primaryColor": "#6cb4ee",
        "backgroundColor": "#12181f",
        "secondaryBackgroundColor": "#1c252f",
        "textColor": "#e6ebf0",
        "borderColor": "#384552",
    },
}
"""The look of the pages in the scheme that the reader's browser asks for."""

OPTIONS: Final[Mapping[str, str]] = {
    "server.address": ADDRESS,
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "server.enableStaticServing": "false",
    "server.enableAgentApi": "false",
    # Else Streamlit praises its helpers for developers over our pages, and installs them at a visitor's click.
    "server.headless": "true",
    "logger.hideWelcomeMessage": "true",
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": ADDRESS,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    # Strangers' texts are formulas to a spreadsheet; our own button defuses them (`dashboard/components/download.py`).
    "client.disableDataExport": "true",
    "runner.magicEnabled": "false",
    # A range of days takes its value from the address, and its kind from its default.
    "global.disableWidgetStateDuplicationWarning": "true",
    "theme.baseRadius": "0.4rem",
    "theme.showWidgetBorder": "true",
    "theme.headingFontSizes": '["1.9rem","1.25rem","1.05rem"]',
    **{f"theme.{theme}.{name}": colour for theme, colours in THEMES.items() for name, colour in colours.items()},
    "logger.level": "warning",
}


def command(*, port: int) -> list[str]:
    """Return the command that serves the dashboard."""
    app = Path(__file__).with_name("served.py")
    options = {**OPTIONS, "server.port": str(port)}
    hosts = [f"--server.allowedHosts={host}" for host in HOSTS]
    given = [f"--{name}={option}" for name, option in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(app), *hosts, *given]


def become_server(*, port: int, browser: bool) -> None:
    """Turn this process into the server, so that whoever stops it stops the server; `browser` opens one here."""
    address = f"http://{ADDRESS}:{port}"
    sys.stdout.write(f"Earshot's pages are at {address}; Ctrl-C ends them.\n")
    sys.stdout.flush()
    if browser:
        os.environ[OPENED] = address
    line = command(port=port)
    os.execv(line[0], line)  # noqa: S606 - our own interpreter with our own arguments
