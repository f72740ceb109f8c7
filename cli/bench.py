"""`earshot bench`: how fast this machine reads, against named peers in the same run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.screen import say
from pipeline.timed import earshot, first_line_s
from pipeline.wiring import configured

if TYPE_CHECKING:
    from collections.abc import Callable

benches = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True)
_SIZES: Final = (1_000, 4_000, 10_000)
_ANALYSE: Final = ("analyse", "-")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(benches, name="bench")


@benches.command("nlp")
def bench_nlp(
    context: typer.Context,
    posts: Annotated[int, typer.Option(min=300, help="How many posts are read.")] = 10_000,
    output: Annotated[Path | None, typer.Option(help="File for the figures as JSON.")] = None,
) -> None:
    """Read made-up posts with every task; compare with a transformers pipeline and a bare int8 product."""
    from nlp.bench import bench, made_posts

    texts = made_posts(max(posts, _SIZES[-1]))
    memory = {
        str(size): int(earshot(_ANALYSE, {}, given=_lines(texts[:size])).peak_mb) for size in _SIZES if size <= posts
    }
    figures: dict[str, Any] = {
        "first_line_s": round(min(first_line_s(_ANALYSE, {}, _lines(texts[:1])) for _ in range(3)), 2),
        "peak_mb_by_posts": memory,
        **bench(texts[:posts], configured(context.obj).nlp, say),
    }
    _give(figures, output)


@benches.command("collect")
def bench_collect(
    events: Annotated[int, typer.Option(min=1_000, help="How many events are sifted.")] = 20_000,
    output: Annotated[Path | None, typer.Option(help="File for the figures as JSON.")] = None,
) -> None:
    """Sift a made-up stream of posts for 200 brand terms; compare with decoding every event and one expression."""
    from collectors.bench import bench

    _give(bench(events), output)


@benches.command("store")
def bench_store(
    context: typer.Context,
    store: Annotated[str, typer.Argument(help="The address of a store that is empty, or where a run was stopped.")],
    posts: Annotated[int, typer.Option(min=1_000, help="How many posts are loaded.")] = 10_000,
    output: Annotated[Path | None, typer.Option(help="File for the figures as JSON; those of other runs stay.")] = None,
) -> None:
    """Load made-up labelled posts, customers, events and corrections into a store; time what is asked of it."""
    from pipeline.bench.posts import MadeUpPosts
    from pipeline.bench.store import Bench

    figures, save = _known(output, store, posts)
    Bench(
        url=store,
        corpus=MadeUpPosts(posts=posts),
        config=configured(context.obj),
        environ=os.environ,
        figures=figures,
        tell=say,
        save=save,
    ).run()
    typer.echo(json.dumps(figures, indent=2))


@benches.command("journey")
def bench_journey(
    store: Annotated[str, typer.Argument(help="The address of a store that is empty, or where a run was stopped.")],
    customers: Annotated[int, typer.Option(min=1_000, help="How many customers; ten events each.")] = 10_000,
    output: Annotated[Path | None, typer.Option(help="File for the figures as JSON; those of other runs stay.")] = None,
) -> None:
    """Load made-up customers, their services and events into a store; time the journeys of some of them."""
    from pipeline.bench.customers import MadeUpCustomers
    from pipeline.bench.journey import JourneyBench

    figures, save = _known(output, store, customers)
    JourneyBench(
        url=store,
        corpus=MadeUpCustomers(customers=customers),
        environ=os.environ,
        figures=figures,
        tell=say,
        save=save,
    ).run()
    typer.echo(json.dumps(figures, indent=2))


def _known(output: Path | None, store: str, size: int) -> tuple[dict[str, Any], Callable[[], None]]:
    """Return the figures of a run, those of before where it was stopped, and what writes them into the file."""
    known = json.loads(output.read_text()) if output and output.exists() else {}
    figures = known.setdefault(store.partition(":")[0], {}).setdefault(str(size), {})

    def save() -> None:
        if output:
            output.write_text(json.dumps(known, indent=2) + "\n")

    return figures, save


def _give(figures: dict[str, Any], output: Path | None) -> None:
    text = json.dumps(figures, indent=2)
    if output:
        output.write_text(text + "\n")
    typer.echo(text)


def _lines(texts: list[str]) -> str:
    return "".join(json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(texts))
