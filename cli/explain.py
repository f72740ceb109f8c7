"""`earshot explain`: why something is as it is, in plain words."""

from __future__ import annotations

from typing import Annotated

import typer

from domain.errors import InputError
from domain.link import read_link
from pipeline.clock import SystemClock
from pipeline.wiring import configured, opened

explanations = typer.Typer(help="Say why something is as it is, in plain words.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(explanations, name="explain")


@explanations.callback()
def _explain() -> None:
    """Say why something is as it is, in plain words."""


@explanations.command("link")
def explain_link(
    context: typer.Context, link: Annotated[str, typer.Argument(metavar="ID", help="Id of a link, or of a post.")]
) -> None:
    """Say why an author is taken for a customer, or is not: evidence, consent, until when, and who decided."""
    from insights.customers.links import explained

    with opened(configured(context.obj)) as store:
        posts = store.get("posts", [link], fields=("customer.link",))
        key = posts[link].get("customer", {}).get("link", link) if link in posts else link
        document = store.get("links", [key]).get(key)
        if document is None:
            raise InputError(
                f"the post {link!r} has no customer"
                if link in posts
                else f"there is no link {link!r}; see `earshot links list`"
            )
        lines = explained(read_link(document), SystemClock().now())
    typer.echo("\n".join(lines))
