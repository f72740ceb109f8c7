"""`earshot ingest`: posts out of files."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.options import REFRESH
from cli.refresh import refresh_store
from cli.screen import INCOMPLETE_EXIT, MOST_BROKEN_SHOWN, Format, print_records, progress, say, tell_unreadable
from domain.errors import InputError
from domain.post import MAX_CHARACTERS
from insights.wording import many
from pipeline.clock import SystemClock
from pipeline.ingest import Ingested, ingest
from pipeline.wiring import configured, flow_into, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.config import Config
    from domain.ports import Batch, Collector, Store

SHOWN_POSTS: Final = 10
SHOWN_CHARACTERS: Final = 80
SHOWN_COLUMNS: Final = 40
"""What a preview shows: posts, characters of their texts, names of columns."""


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("ingest")(ingest_files)


def ingest_files(
    context: typer.Context,
    path: Annotated[
        list[Path], typer.Option(help="A file or folder: CSV, JSON, mbox, gzip, Excel, Parquet; repeatable.")
    ],
    mapping: Annotated[str, typer.Option(help="A built-in mapping or a mapping file.")] = "jsonl",
    source: Annotated[str, typer.Option(help="Only `file`.")] = "file",
    name: Annotated[str, typer.Option(help="What the source is called where records do not say.")] = "file",
    *,
    preview: Annotated[bool, typer.Option(help="Show the first rows as they will be read, and keep nothing.")] = False,
    refresh: Annotated[bool, typer.Option(*REFRESH, help="Find topics and join events afterwards.")] = True,
) -> None:
    """Read posts from files, label, link and keep them. Running it again adds nothing."""
    if source != "file":
        raise InputError(f"ingest reads files; for {source} use: earshot collect {source}")
    if preview:
        from collectors.operator.files import FileCollector

        collector = FileCollector(path, mapping, clock=SystemClock(), source=name)
        if show_first(collector, list(islice(collector.batches(None), 1))):
            raise typer.Exit(INCOMPLETE_EXIT)
        return
    config = configured(context.obj)
    with opened(config) as store:
        tally = read_files(store, config, path, mapping, name)
        if refresh:
            refresh_store(store, config)
    report(tally)


def read_files(store: Store, config: Config, paths: Sequence[Path], mapping: str, source: str = "file") -> Ingested:
    """Take posts from files through the main flow, with a bar over their bytes."""
    from collectors.operator.files import FileCollector

    with progress() as bars:
        bar = bars.add_task("Reading posts", total=None)

        def moved(read: int, total: int) -> None:
            bars.update(bar, completed=read, total=total)

        collector = FileCollector(paths, mapping, clock=SystemClock(), source=source, on_progress=moved)
        return run_collector(collector, store, config)


def run_collector(collector: Collector, store: Store, config: Config) -> Ingested:
    """Take everything a source has now through the main flow."""
    return ingest(collector, flow_into(store, config), lambda page: tell_unreadable(page.unreadable))


def show_first(collector: Collector, batches: Sequence[Batch]) -> int:
    """Show the first posts of pages as they were read, and what is to be said of them; return how many were refused."""
    posts = [post for batch in batches for post in batch.posts]
    rows = [
        {
            "id": post.native_id,
            "time (UTC)": f"{post.created_at:%Y-%m-%d %H:%M:%S}",
            "author": (post.author and (post.author.handle or post.author.id)) or "",
            "text": post.text if len(post.text) <= SHOWN_CHARACTERS else f"{post.text[:SHOWN_CHARACTERS]}...",
            "kept": ", ".join(f"{name}={value[:40]}" for name, value in post.attributes.items()),
        }
        for post in posts[:SHOWN_POSTS]
    ]
    if rows:
        print_records(rows, list(rows[0]), Format.table)
    say(f"{many(len(posts), 'post')} read on the first page")
    notes = sum((Counter(batch.notes) for batch in batches), Counter[str]())
    for note, count in notes.most_common():
        say(f"{many(count, 'record')} {note}")
    dropped: Sequence[str] = getattr(collector, "dropped_columns", list)()
    if dropped:
        say(f"columns that the mapping does not name, dropped: {', '.join(map(repr, dropped[:SHOWN_COLUMNS]))}")
    return tell_unreadable([error for batch in batches for error in batch.unreadable])


def report(tally: Ingested, *, refused: int = 0) -> None:
    """Say what a run did; exit with 3 where something could not be read, or a source would not answer."""
    kept = tally.kept
    if kept.added or kept.updated or tally.deleted:
        say(f"{kept.added:,} posts added, {kept.updated:,} updated, {tally.deleted:,} deleted")
    elif tally.unread and not kept.unchanged:
        say("nothing was stored: nothing of it could be read")
    elif not refused:
        say("nothing new: every post is stored already")
    if tally.cut:
        say(f"{many(tally.cut, 'post')} cut at {MAX_CHARACTERS:,} characters")
    for note, count in tally.notes.most_common():
        say(f"{many(count, 'record')} {note}")
    if tally.unread:
        say(f"{tally.unread:,} records could not be read")
    if len(tally.refused) > 1 or tally.unread > MOST_BROKEN_SHOWN:
        for reason, count in tally.refused.most_common():
            say(f"  {count:,}: {reason}")
    if tally.unread or refused:
        raise typer.Exit(INCOMPLETE_EXIT)
