"""`earshot report`: the weekly report as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from actions.report_redaction import alone_in, with_files
from cli.screen import say
from domain.errors import InputError
from pipeline.clock import SystemClock
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from domain.config import Config
    from domain.ports import Store

reports_app = typer.Typer(help="Make reports.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(reports_app, name="report")


@reports_app.command("weekly")
def weekly(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(help="ISO week such as 2019-W48; default: the last whole one.")] = None,
    form: Annotated[str, typer.Option("--format", help="html, md or both.")] = "html,md",
    output: Annotated[Path, typer.Option(help="Folder for the files.")] = Path(),
) -> None:
    """Write the weekly topic report for executives."""
    for path in write_weekly(context.obj, week=week, forms=form.split(","), output=output):
        typer.echo(path)


@reports_app.command("incident")
def incident_report(
    context: typer.Context,
    incident: Annotated[str, typer.Argument(help="Its id, from `earshot incidents list`.")],
    form: Annotated[str, typer.Option("--format", help="html, pdf or both.")] = "html",
    output: Annotated[Path, typer.Option(help="Folder for the files.")] = Path(),
) -> None:
    """Write what is known of an incident: when it was known, where it was, whom it touched, who was told."""
    from insights.detection.evidence import evidence_of
    from insights.detection.listed import stored_incident
    from reports.incident import render_html
    from reports.printing import pdf

    asked = form.split(",")
    if unknown := [one for one in asked if one not in {"html", "pdf"}]:
        raise InputError(f"there is no format {unknown[0]!r}; there are: html, pdf")
    config = configured(context.obj)
    with opened(config) as store:
        found = stored_incident(store, incident)
        page = render_html(evidence_of(store, found, brand_name=config.brand_name(found.brand), zone=config.time_zone))
    output.mkdir(parents=True, exist_ok=True)
    for one in asked:
        path = output / f"incident-{found.id}.{one}"
        path.write_bytes(pdf(page) if one == "pdf" else page.encode())
        typer.echo(path)


def write_weekly(config_path: Path | None, *, week: str | None, forms: list[str], output: Path) -> list[Path]:
    """Do what `written_weekly` does for the store of a configuration."""
    config = configured(config_path)
    with opened(config) as store:
        return written_weekly(store, config, week=week, forms=forms, output=output)


def written_weekly(store: Store, config: Config, *, week: str | None, forms: list[str], output: Path) -> list[Path]:
    """Make, keep and write the report; return the files.

    Raises:
        InputError: an unknown form, or a week without posts.
    """
    from insights.weekly.report import report_document, weekly_report
    from reports.weekly import render_html, render_markdown

    renderers = {"html": render_html, "md": render_markdown}
    unknown = [form for form in forms if form not in renderers]
    if unknown:
        raise InputError(f"there is no format {unknown[0]!r}; there are: {', '.join(renderers)}")
    report = weekly_report(store, week=week, brands=config.brands, zone=config.time_zone)
    paths = {form: output / f"weekly-{report.week}.{form}" for form in forms}
    document = report_document(report, made_at=SystemClock().now())
    store.upsert("reports", [with_files(store, document, list(paths.values()))])
    output.mkdir(parents=True, exist_ok=True)
    with alone_in(output):
        for form, path in paths.items():
            # Put in place of what is there: a link is not written through.
            new = path.with_name(f".{path.name}.new")
            new.write_text(renderers[form](report), encoding="utf-8")
            new.replace(path)
    say(f"report of week {report.week}")
    return list(paths.values())
