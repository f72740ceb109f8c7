"""`earshot bench`: how fast this machine reads, against named peers in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from pipeline.commands.screen import say
from pipeline.wiring import configured

benches = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True)
_SIZES: Final = (1_000, 4_000, 10_000)
_ANALYSE: Final = (sys.executable, "-m", "pipeline.main", "analyse", "-")
_PEAK: Final = (
    "import resource, runpy, sys; sys.argv = ['earshot', 'analyse', '-']\n"
    "try: runpy.run_module('pipeline.main', run_name='__main__')\n"
    "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
)


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
    memory = {str(size): _peak_mb(texts[:size]) for size in _SIZES if size <= posts}
    figures: dict[str, Any] = {
        "first_line_s": round(min(_first_line_s(texts[0]) for _ in range(3)), 2),
        "peak_mb_by_posts": memory,
        **bench(texts[:posts], configured(context.obj).nlp, say),
    }
    text = json.dumps(figures, indent=2)
    if output:
        output.write_text(text + "\n")
    typer.echo(text)


def _lines(texts: list[str]) -> bytes:
    return "".join(json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(texts)).encode()


def _first_line_s(text: str) -> float:
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own command
        _ANALYSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as run:
        if run.stdin is None or run.stdout is None:
            raise typer.Exit(1)
        run.stdin.write(_lines([text]))
        run.stdin.close()
        run.stdout.readline()
        return time.monotonic() - began


def _peak_mb(texts: list[str]) -> int:
    words = [sys.executable, "-c", _PEAK]
    done = subprocess.run(words, input=_lines(texts), capture_output=True, check=True)  # noqa: S603 - our own
    return int(done.stderr.split()[-1]) // 1024
