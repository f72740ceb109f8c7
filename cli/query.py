"""`earshot query`: try a brand's expression on what is stored, before or after it is written down."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.screen import Format, print_records, progress, shown
from domain.config import Brand
from domain.documents import parse_instant
from domain.errors import ConfigurationError, QueryError
from insights.wording import many, percent
from nlp.clean import titled
from pipeline.wiring import configured, opened
from textquery.brands import brand_query
from textquery.explain import written
from textquery.parser import parse_anchored
from textquery.tree import positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.config import Config
    from domain.ports import Store
    from nlp.enrich import TextEnricher
    from pipeline.preview import Preview, Relevance, Seen
    from textquery.brands import BrandQuery
    from textquery.tree import Query

LONGEST: Final = 160
"""Characters of a post's text in a table."""
MOST_REASONS: Final = 10
query_app = typer.Typer(help="The expressions that brands are listened for by.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(query_app, name="query")


@query_app.callback()
def _queries() -> None:
    """The expressions that brands are listened for by."""


@query_app.command("preview")
def preview_query(
    context: typer.Context,
    brand: Annotated[str | None, typer.Argument(help="A brand of the configuration; none: all of them.")] = None,
    query: Annotated[str | None, typer.Option(help="An expression to try in place of the brand's own.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, help="How far back from the newest stored post.")] = 1.0,
    limit: Annotated[int, typer.Option(min=0, help="Most posts listed of each kind.")] = 5,
) -> None:
    """Show what an expression catches among the latest posts, what it misses and why, and what sources are asked."""
    from nlp.enrich import TextEnricher

    config = configured(context.obj)
    tried = list(_tried(config, brand, query))
    # It reads only; which brands there are does not matter to it.
    enricher = TextEnricher(config.nlp, ())
    with opened(config) as store:
        for number, asked in enumerate(tried):
            if number:
                typer.echo()
            _print(_looked(store, asked, enricher, hours), asked, limit)
            _print_requests(config, asked.whole)


def _tried(config: Config, key: str | None, text: str | None) -> Iterator[BrandQuery]:
    """Yield what to try: a text in place of what the brand has, what the brand has, or what all of them have."""
    chosen = None if key is None else config.brand(key)
    if text is not None:
        parse_anchored(text)
        yield brand_query(replace(chosen or Brand(key="", name="tried"), query=text))
        return
    if not config.brands:
        raise ConfigurationError("no brand is configured; try an expression with --query")
    yield from map(brand_query, [chosen] if chosen else config.brands)


def _looked(store: Store, asked: BrandQuery, enricher: TextEnricher, hours: float) -> Preview:
    from pipeline.preview import preview

    with progress() as bars:
        bar = bars.add_task("Reading posts", total=1.0)
        return preview(
            store,
            asked,
            enricher.about_telecoms,
            hours=hours,
            tell=lambda share: bars.update(bar, completed=share),
        )


def _print(found: Preview, asked: BrandQuery, limit: int) -> None:
    expression = asked.brand.query or " OR ".join(map(written, positive(asked.whole)))
    typer.secho(shown(f"{asked.brand.name}: {expression}"), bold=True)
    typer.echo(
        f"from {found.start:%Y-%m-%d %H:%M} to {found.end:%Y-%m-%d %H:%M} UTC: {many(found.posts, 'stored post')}"
    )
    typer.echo(f"\ncaught: {many(len(found.caught), 'post')}")
    if found.relevance:
        typer.echo(_relevance(found.relevance))
        _print_seen(found.read[:limit], "telecom", "found")
    typer.echo(f"\nmissed, with one of its words: {many(len(found.missed), 'post')}")
    if found.missed:
        reasons = [{"posts": count, "why": reason} for reason, count in found.reasons[:MOST_REASONS]]
        print_records(reasons, ("posts", "why"), Format.table)
        _print_seen(found.misses(limit), "why")


def _relevance(told: Relevance) -> str:
    low, high = percent(told.interval.low), percent(told.interval.high)
    return (
        f"about telecoms, as {told.model.name} {told.model.revision} reads {many(told.read, 'post')} of them:"
        f" {told.about:,}, {percent(told.about / told.read)} (95 % interval {low} to {high});"
        f" mean probability {told.mean:.2f}"
    )


def _print_seen(some: Sequence[Seen], *columns: str) -> None:
    """Print posts, with what was found of them in columns."""
    records = []
    for seen in some:
        text = " ".join(titled(seen.post.get("title"), seen.post["text"]).split())
        record = {
            "time": f"{parse_instant(seen.post['created_at']):%Y-%m-%d %H:%M}",
            "source": seen.post["source"],
            "telecom": seen.telecom and seen.telecom.probability,
            "found": seen.found,
            "why": seen.reason,
            "text": text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…",
        }
        records.append(record)
    if records:
        print_records(records, ("time", "source", *columns, "text"), Format.table)


def _print_requests(config: Config, query: Query) -> None:
    """Print what each configured source would be asked; one that has words of its own, those."""
    from collectors.catalog import CATALOG
    from collectors.search.dialects import DIALECTS

    settings = {kind: {one.name for one in fields(CATALOG[kind].settings)} for kind in DIALECTS.keys() & CATALOG.keys()}
    records: list[dict[str, str]] = []
    for name, table in sorted(config.sources.items()):
        kind = str(table.get("type", ""))
        if "query" not in settings.get(kind, ()):
            continue
        try:
            requests = (f"{own} (its own)",) if (own := table.get("query")) else DIALECTS[kind](query)
        except QueryError as error:
            requests = (f"none: {error}",)
        records += ({"source": name, "type": kind, "request": request} for request in requests)
    if not records:
        typer.echo("\nno configured source is searched; what the others bring is held against the expression")
        return
    typer.echo("\nrequests to the sources that are searched")
    print_records(records, ("source", "type", "request"), Format.table)
