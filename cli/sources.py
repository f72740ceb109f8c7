"""The sources there could be and those that are configured: list them, try one, write one down."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.ingest import show_first
from cli.screen import Format, print_records, say
from domain.errors import ConfigurationError, InputError
from pipeline.clock import SystemClock
from pipeline.sources import opened_sources
from pipeline.wiring import configured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from domain.ports import Batch
    from domain.terms import Terms

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,40}")
PAGES: Final = 1
"""Pages of a source that a check reads."""
sources = typer.Typer(help="The sources that are configured and those there could be.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(sources, name="sources")


@sources.command("list")
def list_sources(
    context: typer.Context, form: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.table
) -> None:
    """List the kinds of source there are, and under which names they are configured."""
    from collectors.catalog import CATALOG

    table = configured(context.obj).sources
    records = [
        {
            "kind": kind,
            "what": source.help,
            "configured as": ", ".join(sorted(name for name in table if table[name].get("type") == kind)),
        }
        for kind, source in sorted(CATALOG.items())
    ]
    print_records(records, ("kind", "what", "configured as"), form)


@sources.command("check")
def check_source(context: typer.Context, name: Annotated[str, typer.Argument(help="A configured source.")]) -> None:
    """Ask a configured source for its first page and say what came, without keeping anything."""
    [collector] = opened_sources(configured(context.obj), [name], SystemClock())
    batches = list(islice(collector.batches(None), PAGES))
    typer.echo(f"{name}: {_found(batches)}")
    for sentence in _told(collector.terms):
        typer.echo(f"  {sentence}")
    show_first(collector, batches)


@sources.command("add")
def add_source(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="A kind of source; see `earshot sources list`.")],
    name: Annotated[str, typer.Argument(help="What it is to be called.")],
    given: Annotated[list[str] | None, typer.Option("--set", help="SETTING=VALUE; repeatable.")] = None,
) -> None:
    """Write a source into the configuration file, with places for what is still to be filled in."""
    from collectors.reference import example

    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} cannot be a name: small letters, digits, - and _, a letter first")
    config = configured(context.obj)
    if name in config.sources:
        raise ConfigurationError(f"there is a source {name} already")
    settings = {}
    for item in given or ():
        setting, sign, value = item.partition("=")
        if not setting or not sign:
            raise InputError(f"--set takes SETTING=VALUE, not {item!r}")
        settings[setting.strip()] = value
    table = example(kind, name, settings)
    file = config.file or context.obj or Path("earshot.toml")
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    file.write_text(f"{before}{gap}{table}\n", encoding="utf-8")
    say(f"written to {file}; now: earshot sources check {name}")
    typer.echo(table)


def _found(batches: Sequence[Batch]) -> str:
    """Say what the first page held."""
    posts = [post for batch in batches for post in batch.posts]
    records = sum(len(batch.records) for batch in batches)
    if not posts and records:
        return f"it answers; {records:,} records on its first page"
    if not posts:
        return "it answers; nothing that is wanted on its first page"
    times = sorted(post.created_at for post in posts)
    span = f"{times[0]:%Y-%m-%d %H:%M} to {times[-1]:%Y-%m-%d %H:%M} UTC"
    return f"it answers; {len(posts):,} posts on its first page, {span}"


def _told(terms: Terms) -> list[str]:
    """Say what will be done with what the source gives."""
    kept = f"posts stay for {_span(terms.keep)} after they were last seen" if terms.keep else "posts stay until deleted"
    asked = [
        f"every {_span(one.every)}{f' until they are {_span(one.up_to)} old' if one.up_to else ''}"
        for one in terms.rechecks
    ]
    return [
        kept,
        f"they are asked for again {', then '.join(asked)}" if asked else "they are not asked for again",
        "labels are derived from them" if terms.label else "no labels are derived from them: its terms forbid it",
        "they may be linked with customers"
        if terms.link
        else "they are not linked with customers: its terms forbid it",
    ]


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} hours" if hours < 72 else f"{hours / 24:g} days"
