"""Train what ships."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from actions.corrections import correction_rows
from cli.screen import Format, print_records, say
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

trains = typer.Typer(help="Train what ships in nlp/trained.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(trains, name="train")


@trains.command("encoder")
def train_encoder(
    data: Annotated[Path, typer.Option(help="Folder with the labelled sets (see nlp/training/mixture.py).")],
    output: Annotated[Path, typer.Option(help="Where the weights and their card go.")] = Path("nlp/trained"),
    work: Annotated[Path, typer.Option(help="Where an interrupted run goes on from.")] = Path(".cache/train"),
    start: Annotated[Path | None, typer.Option(help="Weights to go on from; else the published layers.")] = None,
    soft_labels: Annotated[Path | None, typer.Option(help="A larger model's, from `earshot train teacher`.")] = None,
    seed: Annotated[int, typer.Option(help="Decides order, draws and dropout.")] = 0,
    most_steps: Annotated[int, typer.Option(min=0, help="Stop after so many steps; 0: one pass over the rows.")] = 0,
) -> None:
    """Train the encoder's layers with every head; resumes after a stop."""
    from nlp.training.learn import Recipe
    from nlp.training.run import train

    train(data, output, work, Recipe(seed=seed, most_steps=most_steps), say, start=start, soft_labels=soft_labels)


@trains.command("student")
def train_student(
    data: Annotated[Path, typer.Option(help="Folder with the labelled sets.")],
    output: Annotated[Path, typer.Option(help="Where the weights and their card go.")] = Path("nlp/trained"),
    work: Annotated[Path, typer.Option(help="Where an interrupted run goes on from.")] = Path(".cache/student"),
    start: Annotated[Path | None, typer.Option(help="A student's weights to go on from; else the full one's.")] = None,
    seed: Annotated[int, typer.Option(help="Decides the order of the texts.")] = 0,
    passes: Annotated[int, typer.Option(min=1, help="How often each text is seen.")] = 2,
    own_repeat: Annotated[int, typer.Option(min=1, help="How often a pass sees the rows written for Earshot.")] = 1,
    most_others: Annotated[int, typer.Option(min=0, help="Other texts a pass sees; 0: all of them.")] = 0,
) -> None:
    """Teach a smaller encoder to read as the one that ships; resumes after a stop."""
    from nlp.training import run
    from nlp.training.student import FURTHER, StudentRecipe

    further: Mapping[str, Any] = FURTHER if start else {}
    recipe = StudentRecipe(seed=seed, passes=passes, own_repeat=own_repeat, most_others=most_others, **further)
    run.train_student(data, output, work, recipe, say, start=start)


@trains.command("teacher")
def train_teacher(
    encoder: Annotated[str, typer.Argument(help="A larger encoder: a folder, NAME or NAME@REVISION of the hub.")],
    data: Annotated[Path, typer.Option(help="Folder with the labelled sets.")],
    output: Annotated[Path, typer.Option(help="Where its soft labels go.")] = Path(".cache/soft_labels.npz"),
    work: Annotated[Path, typer.Option(help="Where an interrupted run goes on from.")] = Path(".cache/teacher"),
    seed: Annotated[int, typer.Option(help="Decides order, draws and dropout.")] = 0,
) -> None:
    """Teach a larger encoder the tasks with few rows, and write down what it says of all rows."""
    from nlp.training.mixture import read_corpus
    from nlp.training.teacher import TeacherRecipe, soft_labels_of

    corpus = read_corpus(data, seed=seed)
    soft_labels = soft_labels_of(encoder, corpus, work, TeacherRecipe(seed=seed), say)
    soft_labels.save(output)
    say(f"written: {output}; learn from it: earshot train encoder --soft-labels {output} ...")


@trains.command("toward")
def train_toward(
    data: Annotated[Path, typer.Option(help="Folder with the labelled sets.")],
    weights: Annotated[Path, typer.Option(help="Weights whose heads for brands learn; written back.")],
) -> None:
    """Teach trained weights toward whom something is felt; all else in them stays as it is."""
    from nlp.training.toward import teach_toward

    teach_toward(weights, data, say)


@trains.command("languages")
def train_languages(
    data: Annotated[Path, typer.Option(help="Folder with the labelled sets.")],
    output: Annotated[Path, typer.Option(help="Where the weights and their card go.")] = Path("nlp/trained"),
    seed: Annotated[int, typer.Option(help="Decides order and draws.")] = 0,
) -> None:
    """Train the language detector."""
    from nlp.training.languages import train

    train(data, output, seed, say)


@trains.command("corrections")
def train_corrections(
    context: typer.Context,
    *,
    force: Annotated[bool, typer.Option(help="Keep the new weights even where they are worse.")] = False,
) -> None:
    """Train the stored corrections into the heads; the weights go into the home folder, for nlp.weights to name."""
    from nlp.training.corrections import CorrectedText, learn_corrections, save_learned

    config = configured(context.obj)
    with opened(config) as store:
        rows = list(correction_rows(store))
    learned = learn_corrections(rows, config.nlp, say)
    print_records(
        [asdict(line) for line in learned.table], [field.name for field in fields(CorrectedText)], Format.table
    )
    path = save_learned(learned, config.home / "models", force=force)
    typer.echo(path)
    if Path(config.nlp.weights).expanduser() != path:
        say(f'read with them from now on: nlp.weights = "{path}"')
