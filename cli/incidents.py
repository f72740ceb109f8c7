"""`earshot incidents`: what was found, a look now, and what looks at history would have found."""

from __future__ import annotations

import getpass
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from actions.open_problem import open_problem, unrecorded
from cli.options import FormatOption, moment
from cli.screen import Format, print_records, say
from domain.documents import instant
from domain.errors import InputError
from insights.detection.wording import headline
from insights.totals import count_posts
from pipeline.clock import SystemClock
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.config import Config
    from domain.incident import Incident
    from domain.ports import Store

watched = typer.Typer(help="Incidents that people speak of, found as they begin.", no_args_is_help=True)

COLUMNS = (
    *("start", "end", "kind", "nature", "brand", "aspect", "place", "posts", "people", "expected"),
    *("headline", "cause", "events", "elsewhere", "id"),
)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(watched, name="incidents")


@watched.command("list")
def list_incidents(context: typer.Context, form: FormatOption = Format.table) -> None:
    """List the incidents that were found, the newest first."""
    from insights.detection.listed import incident_of

    config = configured(context.obj)
    with opened(config) as store:
        found = [incident_of(document) for document in store.scan("incidents")]
        _print(store, sorted(found, key=lambda one: one.started_at, reverse=True), config, form)


@watched.command("look")
def look_now(context: typer.Context, form: FormatOption = Format.table) -> None:
    """Look once, as `earshot run` does every minute; print the incidents that began, went on or ended."""
    from pipeline.incidents import look, watch_of

    config = configured(context.obj)
    with opened(config) as store:
        _print(store, look(store, watch_of(store, config), SystemClock().now()), config, form)


@watched.command("replay")
def replay_history(
    context: typer.Context,
    start: Annotated[str, typer.Option("--from", help="The first look: a date or a time, in the operator's zone.")],
    end: Annotated[str, typer.Option("--to", help="Looks end before this.")],
    step: Annotated[int, typer.Option(min=1, help="Minutes between looks.")] = 5,
    brand: Annotated[str | None, typer.Option(help="A brand's key; without it the operator's own.")] = None,
    form: FormatOption = Format.table,
    *,
    keep: Annotated[bool, typer.Option(help="Keep what is found, as looks at the time would have.")] = False,
) -> None:
    """Say what looks at history would have found. Events are those on record today."""
    from pipeline.incidents import keep_history, watch_of

    config = configured(context.obj)
    first, last = moment(start, config.time_zone), moment(end, config.time_zone)
    if first is None or last is None or first >= last:
        raise InputError("history is looked at from a time to a later one")
    with opened(config) as store:
        watch, between = watch_of(store, config, brand), timedelta(minutes=step)
        found = keep_history(store, watch, first, last, between) if keep else list(watch.replay(first, last, between))
        _print(store, sorted(found, key=lambda one: one.started_at), config, form)


@watched.command("draft")
def draft_problem(context: typer.Context, incident: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Print the service problem (TMF656) that may be opened about a fault that is on no record."""
    from insights.detection.service_problem import service_problem

    config = configured(context.obj)
    with opened(config) as store:
        found = unrecorded(store, incident)
    problem = service_problem(found, config.brand_name(found.brand), SystemClock().now())
    typer.echo(json.dumps(problem, indent=2, ensure_ascii=False))


@watched.command("open")
def open_service_problem(
    context: typer.Context,
    incident: Annotated[str, typer.Argument(help="Its id.")],
    into: Annotated[Path, typer.Option(help="The file of what is to be sent, a JSON object a line.")],
) -> None:
    """Let the service problem about a fault that is on no record go out, once."""
    from responders.files import FileResponder

    config = configured(context.obj)
    with opened(config) as store:
        responder, clock = FileResponder(into), SystemClock()
        sent = open_problem(
            store, responder, incident, brand_name=config.brand_name, by=getpass.getuser(), at=clock.now()
        )
    say(f"service problem about {incident}: {'in' if sent == 'sent' else 'stood already in'} {into}")


def _print(store: Store, found: list[Incident], config: Config, form: Format) -> None:
    from insights.detection.listed import speaking_of, suspected_cause

    def several(names: Iterable[str]) -> list[str] | str | None:
        return list(names) if form is Format.json else ", ".join(names) or None

    records = [
        {
            "start": instant(one.started_at),
            "end": instant(one.ended_at) if one.ended_at else None,
            "kind": one.kind,
            "nature": one.nature,
            "brand": one.brand,
            "aspect": one.called,
            "place": ", ".join(one.places) or None,
            "posts": count_posts(store, speaking_of(one)),
            "people": one.people,
            "expected": round(one.expected, 2),
            "headline": headline(one, config.brand_name(one.brand)),
            "cause": suspected_cause(store, one),
            "events": several(one.events),
            "elsewhere": several(map(config.brand_name, one.elsewhere)),
            "id": one.id,
        }
        for one in found
    ]
    print_records(records, COLUMNS, form)
