"""`earshot demo`: the whole flow on a fictional operator."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.dashboard import PORT, open_dashboard
from cli.ingest import read_files
from cli.load import load_records
from cli.refresh import refresh_store
from cli.report import write_weekly
from cli.screen import say
from pipeline.keys import key_of
from pipeline.wiring import configured, opened

HOME: Final = Path(".cache/demo")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    home: Annotated[Path, typer.Option(help="Folder of the demonstration.")] = HOME,
    port: Annotated[int, typer.Option(help="Port of the dashboard.")] = PORT,
    *,
    browser: Annotated[bool, typer.Option(help="Open the dashboard; --no-browser: stop after the report.")] = True,
) -> None:
    """Make a sample, take it through the whole flow, write the report and open the dashboard."""
    config_path = prepare(home)
    context.obj = config_path
    if browser:
        open_dashboard(context, port=port, browser=True)
    say(f"open the dashboard with: earshot --config {config_path} dashboard")


def prepare(home: Path) -> Path:
    """Build the demonstration in a folder; a second time there is nothing to do. Return its configuration."""
    from world.sample import write_sample

    for name in ("EARSHOT_STORE", "EARSHOT_HOME"):
        if os.environ.pop(name, None):
            say(f"{name} is set, but the demonstration keeps to its own folder")
    sample = write_sample(home)
    folder = json.dumps(str(home.resolve()))
    sample.config.write_text(f"home = {folder}\n\n{sample.config.read_text()}")
    counts = f"{sample.post_count:,} posts, {sample.customer_count:,} customers, {sample.event_count:,} events"
    say(f"sample in {home}: {counts}")
    config = configured(sample.config)
    key = key_of(config)
    with opened(config) as store:
        from collectors.operator.records import read_customers, read_events

        load_records(store, "customers", read_customers(sample.customers, mapping="customers", key=key))
        load_records(store, "events", read_events(sample.events, mapping="events", key=key))
        tally = read_files(store, config, [sample.posts], "jsonl")
        refresh_store(store, config)
    if tally.kept.added or tally.kept.updated:
        say(f"{tally.kept.added:,} posts added")
    else:
        say("nothing new: the demonstration is already in place")
    for path in write_weekly(sample.config, week=None, forms=["html", "md"], output=home / "reports"):
        say(f"weekly report: {path}")
    return sample.config
