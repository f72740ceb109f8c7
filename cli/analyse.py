"""`earshot analyse`: label lines of text, without a store."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, TextIO

import typer

from cli.screen import INCOMPLETE_EXIT, say
from configuration.load import load_config
from domain.errors import InputError
from pipeline.analyse import analyse

if TYPE_CHECKING:
    from domain.errors import RecordUnreadable

STANDARD = "-"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.command("analyse")(analyse_lines)


def analyse_lines(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="IN", help="JSON Lines with id and text; - for standard input.")],
    output: Annotated[str, typer.Option(help="JSON Lines; - for standard output.")] = STANDARD,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Posts read together.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the encoder.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Sentiment model instead of the bundled: folder or hub name.")
    ] = None,
) -> None:
    """Label every line: language, sentiment, brands. Broken lines are told and skipped (exit code 3)."""
    config = load_config(context.obj)  # without what `pipeline.wiring` needs to open a store
    settings = replace(
        config.nlp,
        batch_size=batch_size or config.nlp.batch_size,
        threads=threads or config.nlp.threads,
        sentiment=model or config.nlp.sentiment,
    )

    def tell(error: RecordUnreadable) -> None:
        say(str(error))

    with ExitStack() as stack:
        stream: BinaryIO = _opened(source, "rb", stack, sys.stdin.buffer)
        target: TextIO = _opened(output, "w", stack, sys.stdout)
        name = "standard input" if source == STANDARD else source
        broken = analyse(stream, name, target, settings, config.brands, tell)
    if broken:
        say(f"{broken:,} lines could not be read")
        raise typer.Exit(INCOMPLETE_EXIT)


def _opened(name: str, mode: str, stack: ExitStack, standard: Any) -> Any:
    """Return a file that is closed with the stack, or what stands for `-`."""
    if name == STANDARD:
        return standard
    try:
        return stack.enter_context(Path(name).open(mode, encoding=None if "b" in mode else "utf-8"))
    except OSError as error:
        raise InputError(f"{name} cannot be {'read' if 'r' in mode else 'written'}: {error.strerror}") from None
