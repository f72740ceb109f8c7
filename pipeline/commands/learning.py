"""Train what ships."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.screen import say

trains = typer.Typer(help="Train what ships in nlp/trained.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(trains, name="train")


@trains.command("sentiment")
def train_sentiment(
    data: Annotated[Path, typer.Option(help="Folder with the labelled sets (see nlp/training/data.py).")],
    output: Annotated[Path, typer.Option(help="Where the weights and their card go.")] = Path("nlp/trained"),
    work: Annotated[Path, typer.Option(help="Where an interrupted run goes on from.")] = Path(".cache/train"),
    seed: Annotated[int, typer.Option(help="Decides order, draws and dropout.")] = 0,
) -> None:
    """Train the encoder's layers with the sentiment and embedding heads; resumes after a stop."""
    from nlp.training.sentiment import Recipe, train

    train(data, output, work, Recipe(seed=seed), say)
