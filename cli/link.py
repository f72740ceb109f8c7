"""`earshot link`: authors and customers whose records are alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.load import kept_in_words
from cli.screen import INCOMPLETE_EXIT, say
from configuration.keys import key_of
from pipeline.clock import SystemClock
from pipeline.refresh import relink_customers
from pipeline.wiring import configured, customer_linker, opened
from reports.wording import many

linkage = typer.Typer(help="Link authors with customers whose records are alike.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(linkage, name="link")


@linkage.callback()
def _link() -> None:
    """Link authors with customers whose records are alike."""


@linkage.command("records")
def link_records(
    context: typer.Context,
    left: Annotated[Path, typer.Argument(help="Records of authors (source, handle): CSV, JSON Lines or Parquet.")],
    right: Annotated[Path, typer.Argument(help="Records of customers (customer_number): the same.")],
    mapping: Annotated[str, typer.Option(help="A built-in mapping or a mapping file, for both.")] = "profiles",
) -> None:
    """Compare what authors in channels of one's own and customers wrote about themselves; none of it is kept."""
    from collectors.operator.profiles import read_profiles
    from pipeline.linkage import compare_records

    config = configured(context.obj)
    key, region = key_of(config), config.listener.region
    authors = read_profiles(left, "authors", mapping=mapping, key=key, region=region)
    customers = read_profiles(right, "customers", mapping=mapping, key=key, region=region)
    with opened(config) as store:
        linker = customer_linker(store, config)
        done = compare_records(store, linker, config.linking, authors, customers, SystemClock().now())
        changed = relink_customers(store, config)
    say(f"compared {many(done.authors, 'author')} with {many(done.customers, 'customer')}")
    say(f"not compared: {done.not_ours:,} of other sources, {done.not_agreed:,} without consent")
    say(kept_in_words(done.kept))
    say(f"links changed on {many(changed, 'post')}")
    if broken := authors.unreadable + customers.unreadable:
        say(f"{broken:,} records could not be read")
        raise typer.Exit(INCOMPLETE_EXIT)
