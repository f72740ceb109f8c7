"""`earshot demo`: the whole flow on a fictional operator."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.dashboard import PORT, open_dashboard
from cli.ingest import read_files
from cli.load import load_records, take_evidence
from cli.refresh import refresh_store
from cli.report import write_weekly
from cli.screen import say
from configuration.keys import key_of
from domain.documents import parse_instant
from domain.questions import Filters, Page
from pipeline.wiring import configured, opened
from reports.wording import many

if TYPE_CHECKING:
    from world.simulation import Simulated

HOME: Final = Path(".cache/demo")
OUTPUT: Final = Path(".cache/world")
SEED, CUSTOMERS, DAYS = 1, 20_000, 28
LOOKED_AT: Final = timedelta(days=7)
LOOKS: Final = timedelta(minutes=15)
"""How much of the sample is looked at for incidents, and how often."""


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    home: Annotated[Path, typer.Option(help="Folder of the demonstration.")] = HOME,
    port: Annotated[int, typer.Option(help="Port of the dashboard.")] = PORT,
    seed: Annotated[int | None, typer.Option(min=0, help="Simulate an operator instead, from this seed.")] = None,
    customers: Annotated[int | None, typer.Option(help="Its customers.")] = None,
    days: Annotated[int | None, typer.Option(help="Its days.")] = None,
    output: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
    *,
    world_only: Annotated[bool, typer.Option(help="Write the simulated operator's files and stop.")] = False,
    browser: Annotated[bool, typer.Option(help="Open the dashboard; --no-browser: stop before it.")] = True,
) -> None:
    """Make a sample, take it through the whole flow, write the report and open the dashboard.

    With --seed, --customers, --days, --output or --world-only an operator is simulated instead, of whom all is known:
    what is true stands in the folder truth, for earshot evaluate.
    """
    if world_only or any(given is not None for given in (seed, customers, days, output)):
        made = simulated(
            output or OUTPUT,
            seed=SEED if seed is None else seed,
            customers=CUSTOMERS if customers is None else customers,
            days=DAYS if days is None else days,
        )
        if world_only:
            return
        take_in(made)
        config_path = made.config
    else:
        config_path = prepare(home)
    context.obj = config_path
    if browser:
        open_dashboard(context, port=port, browser=True)
    say(f"open the dashboard with: earshot --config {config_path} dashboard")


def prepare(home: Path) -> Path:
    """Build the demonstration in a folder; a second time there is nothing to do. Return its configuration."""
    from pipeline.incidents import keep_history, watch_of
    from world.sample import write_sample

    _keep_to_own_folder()
    sample = write_sample(home)
    _live_in(home, sample.config)
    counts = f"{sample.post_count:,} posts, {sample.customer_count:,} customers, {sample.event_count:,} events"
    say(f"sample in {home}: {counts}")
    config = configured(sample.config)
    key = key_of(config)
    with opened(config) as store:
        from collectors.operator.records import read_customers, read_events
        from world.network.registers import read_places

        load_records(store, "places", read_places(sample.places))
        load_records(store, "customers", read_customers(sample.customers, mapping="customers", key=key))
        load_records(store, "events", read_events(sample.events, mapping="events", key=key))
        tally = read_files(store, config, [sample.posts], "jsonl")
        refresh_store(store, config)
        if tally.kept.added or tally.kept.updated:
            # Looks that `earshot run` would have made while the posts came.
            [latest] = store.search(Filters(), order="newest", page=Page(limit=1)).documents
            end = parse_instant(latest["created_at"])
            found = keep_history(store, watch_of(store, config), end - LOOKED_AT, end, LOOKS)
            say(f"{many(len(found), 'incident')} that people spoke of in the last week")
    if tally.kept.added or tally.kept.updated:
        say(f"{tally.kept.added:,} posts added")
    else:
        say("nothing new: the demonstration is already in place")
    for path in write_weekly(sample.config, week=None, forms=["html", "md"], output=home / "reports"):
        say(f"weekly report: {path}")
    return sample.config


def simulated(folder: Path, *, seed: int, customers: int, days: int) -> Simulated:
    """Write the files of a simulated operator; say how much is in them.

    Raises:
        InputError: there are too few or too many customers or days.
    """
    from world.simulation import simulate

    _keep_to_own_folder()
    made = simulate(folder, seed=seed, customers=customers, days=days)
    _live_in(folder, made.config)
    counts = f"{made.posts:,} posts, {made.customers:,} customers, {made.events:,} events"
    say(f"simulated operator in {folder}: {counts}; what is true of it stands in {folder / 'truth'}")
    return made


def take_in(made: Simulated) -> None:
    """Take the files of a simulated operator through the whole flow; what is true of it is not read."""
    from collectors.operator.records import read_customers, read_events
    from world.network.registers import read_places

    config = configured(made.config)
    key = key_of(config)
    with opened(config) as store:
        load_records(store, "places", read_places(made.folder / "places.jsonl"))
        load_records(store, "customers", read_customers(made.folder / "customers.jsonl", key=key))
        load_records(store, "events", read_events(made.folder / "events.jsonl", key=key))
        take_evidence(store, config, made.folder / "evidence.jsonl")
        tally = read_files(store, config, [made.folder / "posts.jsonl"], "jsonl")
        refresh_store(store, config)
    say(f"{tally.kept.added:,} posts added; see what is found with: earshot --config {made.config} incidents replay")


def _keep_to_own_folder() -> None:
    for name in ("EARSHOT_STORE", "EARSHOT_HOME"):
        if os.environ.pop(name, None):
            say(f"{name} is set, but the demonstration keeps to its own folder")


def _live_in(home: Path, config: Path) -> None:
    """Name the folder in the configuration as home."""
    config.write_text(f"home = {json.dumps(str(home.resolve()))}\n\n{config.read_text()}")
