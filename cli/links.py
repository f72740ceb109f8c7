"""`earshot links`: which authors are which customers; a person confirms, refuses or revokes."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from actions.identity import decide
from cli.options import FormatOption
from cli.screen import Format, print_records, say
from domain.conditions import equal
from domain.link import read_link
from pipeline.clock import SystemClock
from pipeline.refresh import relink_customers
from pipeline.wiring import configured, opened
from reports.wording import many

if TYPE_CHECKING:
    from domain.link import IdentityLink, LinkState

links_app = typer.Typer(
    help="Which authors are which customers, and what people decide about it.", no_args_is_help=True
)

COLUMNS = (
    "id",
    "state",
    "in_force",
    "source",
    "customer",
    "party",
    "evidence",
    "probability",
    "consent",
    "until",
    "conflict",
)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of a link.")]
WhyOption = Annotated[str | None, typer.Option("--why", help="The reason, kept with the decision; name nobody in it.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(links_app, name="links")


@links_app.command("list")
def list_links(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="proposed, made, confirmed, refused or revoked.")] = None,
    customer: Annotated[str | None, typer.Option(help="The customer's pseudonym.")] = None,
    form: FormatOption = Format.table,
) -> None:
    """List links, those that wait for a person with `--state proposed`."""
    asked = {"state": state, "customer": customer}
    where = [equal(field, value) for field, value in asked.items() if value is not None]
    with opened(configured(context.obj)) as store:
        rows = [flat(read_link(document)) for document in store.scan("links", where=where)]
    print_records(rows, COLUMNS, form)


def flat(link: IdentityLink) -> dict[str, Any]:
    """Return a link as a row of a table."""
    return {
        "id": link.id,
        "state": link.state,
        "in_force": link.in_force,
        "source": link.source,
        "customer": link.customer,
        "party": link.party,
        "evidence": ", ".join(sorted({one.kind for one in link.evidence})),
        "probability": link.probability,
        "consent": link.basis.purpose if link.basis else None,
        "until": f"{link.expires_at:%Y-%m-%d}" if link.expires_at else None,
        "conflict": link.conflict,
    }


@links_app.command("confirm")
def confirm_link(context: typer.Context, link: IdArgument, why: WhyOption = None) -> None:
    """Confirm that the author is the customer: posts are linked by it, whatever is worked out anew."""
    _decide(context, link, "confirmed", why)


@links_app.command("refuse")
def refuse_link(context: typer.Context, link: IdArgument, why: WhyOption = None) -> None:
    """Refuse a link: the author is not this customer, whatever speaks for it later."""
    _decide(context, link, "refused", why)


@links_app.command("revoke")
def revoke_link(context: typer.Context, link: IdArgument, why: WhyOption = None) -> None:
    """Revoke a link that posts were linked by: they lose their customer at once."""
    _decide(context, link, "revoked", why)


def _decide(context: typer.Context, link: str, state: LinkState, why: str | None) -> None:
    config = configured(context.obj)
    with opened(config) as store:
        decide(store, link, state, by=getpass.getuser(), at=SystemClock().now(), why=why)
        changed = relink_customers(store, config)
    say(f"{link} is {state}; links changed on {many(changed, 'post')}")
