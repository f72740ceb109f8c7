"""Load what the operator knows: its customers, and what happened in its network and services."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import REFRESH
from cli.refresh import refresh_store
from cli.screen import INCOMPLETE_EXIT, say, tell_unreadable
from configuration.keys import key_of
from domain.errors import RecordUnreadable
from domain.pages import paged
from domain.ports import Upserted
from pipeline.clock import SystemClock
from pipeline.evidence import Kept, keep_evidence
from pipeline.operator import keep_records
from pipeline.refresh import relink_customers
from pipeline.wiring import configured, customer_linker, opened
from reports.wording import many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.config import Config
    from domain.documents import Kind
    from domain.ports import Store

PAGE = 1_000
loads = typer.Typer(help="Load the operator's customers and events.", no_args_is_help=True)

PathOption = Annotated[Path, typer.Option(help="CSV or JSON Lines, gzip too.")]
RefreshOption = Annotated[bool, typer.Option(*REFRESH, help="Find topics and join events afterwards.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(loads, name="load")


@loads.command("customers")
def load_customers(
    context: typer.Context,
    path: PathOption,
    mapping: Annotated[str, typer.Option(help="A built-in mapping or a mapping file.")] = "customers",
    *,
    refresh: RefreshOption = True,
) -> None:
    """Load customers; numbers and handles become keyed pseudonyms at the door."""
    from collectors.operator.records import read_customers

    _load(context, "customers", partial(read_customers, path, mapping=mapping), refresh=refresh)


@loads.command("events")
def load_events(
    context: typer.Context,
    path: PathOption,
    mapping: Annotated[str, typer.Option(help="A built-in mapping or a mapping file.")] = "events",
    *,
    refresh: RefreshOption = True,
) -> None:
    """Load events: outages, alarms, planned work, campaigns, bills, tickets."""
    from collectors.operator.records import read_events

    _load(context, "events", partial(read_events, path, mapping=mapping), refresh=refresh)


@loads.command("evidence")
def load_evidence(
    context: typer.Context,
    path: PathOption,
    mapping: Annotated[str, typer.Option(help="A built-in mapping or a mapping file.")] = "evidence",
) -> None:
    """Load who authors are: verified contacts, logins to the app, what was said in a thread with care."""
    config = configured(context.obj)
    with opened(config) as store:
        broken = take_evidence(store, config, path, mapping)
        changed = relink_customers(store, config)
    say(f"links changed on {many(changed, 'post')}")
    if broken:
        say(f"{broken:,} records could not be read")
        raise typer.Exit(INCOMPLETE_EXIT)


def take_evidence(store: Store, config: Config, path: Path, mapping: str = "evidence") -> int:
    """Keep the evidence of a file page by page; return how many records could not be read."""
    from collectors.operator.records import read_evidence

    kept, broken, linker = Kept(), 0, customer_linker(store, config)
    read = read_evidence(path, mapping=mapping, key=key_of(config), region=config.listener.region)
    for page in paged(read, PAGE):
        broken += tell_unreadable([one for one in page if isinstance(one, RecordUnreadable)])
        kept += keep_evidence(store, linker, [one for one in page if not isinstance(one, RecordUnreadable)])
    say(kept_in_words(kept))
    return broken


def kept_in_words(kept: Kept) -> str:
    """Return what became of evidence, in a line."""
    return (
        f"evidence: {kept.in_force:,} in links that hold, {kept.waiting:,} in links that wait for a person; "
        f"passed over: {kept.without_consent:,} without consent, {kept.unknown:,} of nobody known"
    )


def _load(context: typer.Context, kind: Kind, read: Callable[..., Iterator[Any]], *, refresh: bool) -> None:
    """Keep what `read` gives for the key of the pseudonyms; exit with 3 where something could not be read."""
    config = configured(context.obj)
    with opened(config) as store:
        broken = load_records(store, kind, read(key=key_of(config)))
        # A withdrawal does not wait for anything.
        relink_customers(store, config)
        if refresh:
            refresh_store(store, config)
    if broken:
        say(f"{broken:,} records could not be read")
        raise typer.Exit(INCOMPLETE_EXIT)


def load_records(store: Store, kind: Kind, records: Iterator[Any]) -> int:
    """Keep records page by page; return how many could not be read."""
    kept, broken = Upserted(), 0
    for page in paged(records, PAGE):
        unreadable = [record for record in page if isinstance(record, RecordUnreadable)]
        broken += tell_unreadable(unreadable)
        read = [record for record in page if not isinstance(record, RecordUnreadable)]
        kept += keep_records(store, read, SystemClock().now())
    say(f"{kind}: {kept.added:,} added, {kept.updated:,} updated, {kept.unchanged:,} unchanged")
    return broken
