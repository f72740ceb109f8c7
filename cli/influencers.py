"""`earshot influencers`: who is listened to."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Annotated, Any, Final

import typer

from cli.options import FormatOption, chosen, moment, with_filters
from cli.screen import Format, print_records, say
from pipeline.wiring import configured, opened


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("influencers")(with_filters(show_influencers))


VOICE_COLUMNS: Final = (
    "rank",
    "handle",
    "source",
    "score",
    "followers",
    "posts",
    "net",
    "mentions",
    "replies",
    "shares",
    "reach",
)
"""What a table has room for; JSON and CSV have everything."""


def show_influencers(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(help="From this day or time on, in the configured time_zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time; a day counts whole.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most authors listed.")] = 20,
    form: FormatOption = Format.table,
    **asked: Any,
) -> None:
    """Rank authors by PageRank over replies, mentions and shares."""
    from insights.influence.ranking import Voice, voices

    config = configured(context.obj)
    zone = config.time_zone
    filters = replace(chosen(asked), start=moment(since, zone), end=moment(until, zone, whole_day=True))
    with opened(config) as store:
        found = voices(store, filters, limit=limit, brands=config.brands)
    records: list[dict[str, Any]] = [asdict(voice) for voice in found.people]
    columns = list(VOICE_COLUMNS) if form is Format.table else [field.name for field in fields(Voice)]
    print_records(records, columns, form)
    if found.without_author:
        say(f"{found.without_author:,} of {found.posts:,} posts have no known author and could not be ranked")
