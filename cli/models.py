"""`earshot models`: what reads the posts, whether it is there, and whether it is right."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from cli.screen import Format, print_records, say
from pipeline.wiring import configured

models_app = typer.Typer(help="The models that read posts.", no_args_is_help=True)

FormatOption = Annotated[Format, typer.Option("--format", help="How it is printed.")]
COLUMNS: Final = ("task", "model", "revision", "licence", "MB", "there")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(models_app, name="models")


@models_app.command("list")
def list_models(context: typer.Context, form: FormatOption = Format.table) -> None:
    """List which model answers each question now, and whether it is on this machine."""
    from nlp.hub.inventory import inventory

    rows = [
        {
            "task": entry.task,
            "model": entry.model,
            "revision": entry.revision,
            "licence": entry.licence,
            "MB": round(entry.size / 1e6, 1) if entry.there and entry.size else None,
            "there": "yes" if entry.there else "no",
        }
        for entry in inventory(configured(context.obj).nlp)
    ]
    print_records(rows, COLUMNS, form)


@models_app.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(metavar="NAME[@REVISION]", help="A model of the hub: a task's or an encoder.")],
) -> None:
    """Fetch a hub model into the local cache, so that it can be used without a network."""
    from huggingface_hub.utils.tqdm import disable_progress_bars

    from nlp.hub.snapshots import pull

    if not sys.stderr.isatty():
        disable_progress_bars()
    fetched = pull(name)
    say(f"{fetched.size_bytes / 1e6:,.1f} MB, licence {fetched.licence}: {fetched.folder}")
    typer.echo(f"{fetched.name}@{fetched.revision}")


@models_app.command("check")
def check_models(context: typer.Context) -> None:
    """Check that the models at work are whole, load and answer plain sentences right; else exit with 1."""
    from nlp.hub.checks import faults

    right = True
    for fault in faults(configured(context.obj).nlp, say):
        typer.echo(fault)
        right = False
    if not right:
        raise typer.Exit(1)
    say("all models are right")
