"""`earshot store`: what is stored is whole, of today's form, saved, and where it should be."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import progress, say
from configuration.keys import key_of
from domain.errors import StoreRefused
from pipeline.backup import back_up, restore
from pipeline.clock import SystemClock
from pipeline.copying import copy, differing
from pipeline.upgrade import upgrade
from pipeline.wiring import configured, opened
from stores.open import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from domain.documents import Kind

store_app = typer.Typer(help="The place where documents are kept.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(store_app, name="store")


@store_app.command("check")
def check_store(context: typer.Context) -> None:
    """See whether what is stored is whole; exit with 1 where it is not."""
    config = configured(context.obj)
    with opened(config) as store:
        faults = store.faults()
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{config.store}: whole, nothing is missing")


@store_app.command("migrate")
def migrate_store(context: typer.Context) -> None:
    """Bring what an older version stored to today's form; opening the store does the same, this also fills in."""
    config = configured(context.obj)
    with opened(config, migrating=True) as store:
        changed = upgrade(store, config)
    say(f"{changed:,} documents were brought to today's form" if changed else "everything is of today's form")


@store_app.command("backup")
def back_up_store(context: typer.Context, file: Annotated[Path, typer.Argument(help="Where to, ends in .gz.")]) -> None:
    """Write everything into one file, as it is at this moment; collecting may go on meanwhile."""
    with opened(configured(context.obj)) as store, _counting("Saving") as counted:
        counts = back_up(store, file, SystemClock().now(), counted)
    say(f"{file}: {_told(counts.items())}")


@store_app.command("restore")
def restore_store(context: typer.Context, file: Annotated[Path, typer.Argument(help="A backup.")]) -> None:
    """Bring a backup back into an empty store; what was erased since stays away."""
    config = configured(context.obj)
    with opened(config) as store, _counting("Restoring") as counted:
        counts, erased = restore(store, file, key_of(config), counted)
    say(f"{config.store}: {_told(counts.items())}")
    if erased:
        say(f"{erased:,} documents of what was erased since the backup stay away")


@store_app.command("copy")
def copy_store(
    source: Annotated[str, typer.Argument(help="The address of a store.")],
    target: Annotated[str, typer.Argument(help="The address of the store that becomes equal to it.")],
) -> None:
    """Make one store equal to another and check that it is; run it again to go on where it was stopped."""
    with closing(open_store(source)) as ours, closing(open_store(target)) as theirs, _counting("Copying") as counted:
        done = copy(ours, theirs, lambda _kind, count: counted(count))
        left = {kind: count for kind, count in differing(ours, theirs).items() if count}
    say(f"{target}: {_told((kind, one.written + one.equal) for kind, one in done.items())}")
    if left:
        raise StoreRefused(
            f"not all became equal, somebody else is writing: {_told(left.items())} differ; run it again"
        )


@contextmanager
def _counting(doing: str) -> Iterator[Callable[[int], None]]:
    """Lend what shows on the screen how many documents are done."""
    with progress() as bars:
        task = bars.add_task(doing, total=None)
        yield lambda count: bars.update(task, description=f"{doing} {count:,} documents")


def _told(counts: Iterable[tuple[Kind, int]]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in counts if count) or "nothing"
