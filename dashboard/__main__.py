"""`python -m dashboard`: serve the pages on the loopback address."""

from __future__ import annotations

import argparse
import os

from dashboard.start import become_server


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and become the server."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="Serve Earshot's pages on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8501, help="port to listen on (default: 8501)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--config", help="configuration file (default: as EARSHOT_CONFIG says)")
    chosen = parser.parse_args(arguments)
    if chosen.config:
        os.environ["EARSHOT_CONFIG"] = chosen.config
    os.umask(0o077)  # as in every command: what is written is its owner's alone
    become_server(port=chosen.port, browser=not chosen.no_browser)


if __name__ == "__main__":
    main()
