"""`earshot brands`: what is stored, held against the brands as they are configured now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import REFRESH
from cli.refresh import refresh_store
from cli.screen import progress, say
from insights.wording import many
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from domain.config import Config
    from domain.ports import Store
    from pipeline.retag_brands import Retagged

brands_app = typer.Typer(help="The brands of stored posts.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.add_typer(brands_app, name="brands")


@brands_app.callback()
def _brands() -> None:
    """The brands of stored posts."""


@brands_app.command("again")
def name_posts(
    context: typer.Context,
    *,
    refresh: Annotated[bool, typer.Option(*REFRESH, help="Join events anew afterwards, if brands changed.")] = True,
) -> None:
    """Name stored posts by the brands as they are configured now; run it after changing a [brand.NAME]."""
    config = configured(context.obj)
    with opened(config) as store:
        say(_told(_named(store, config)))
        if refresh:
            refresh_store(store, config)


def _named(store: Store, config: Config) -> Retagged:
    from nlp.enrich import TextEnricher
    from pipeline.retag_brands import name_again

    # Its model loads only where a post was never read for whether it is about telecoms, and a brand hangs on it.
    enricher = TextEnricher(config.nlp, ())
    with progress() as bars:
        bar = bars.add_task("Naming posts", total=1.0)
        if bars.disable:
            say("Naming posts ...")
        return name_again(
            store,
            config.brands,
            enricher.about_telecoms,
            lambda share: bars.update(bar, completed=share),
        )


def _told(named: Retagged) -> str:
    """Return the line about what changed: `1,204 posts named anew: 310 now about north, 12 no longer`."""
    changes = []
    for brand in sorted(named.now | named.no_longer):
        parts = [f"{named.now[brand]:,} now about {brand}"] if named.now[brand] else []
        if named.no_longer[brand]:
            parts.append(f"{named.no_longer[brand]:,} no longer" + ("" if parts else f" about {brand}"))
        changes.append(", ".join(parts))
    return f"{many(named.posts, 'post')} named anew: {'; '.join(changes) or 'all as they were'}"
