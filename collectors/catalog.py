"""Every kind of source: its settings, how it is opened, and one line of help. No scanning, no side effects."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collectors.helpdesks.freshdesk import FreshdeskSettings, freshdesk
from collectors.helpdesks.intercom import IntercomSettings, intercom
from collectors.helpdesks.zendesk import ZendeskSettings, zendesk
from collectors.news.gdelt import GdeltSettings, gdelt
from collectors.news.rss import RssCollector, RssSettings
from collectors.operator.counters.source import CounterSettings, counters
from collectors.operator.files import FileCollector, FileSettings
from collectors.operator.tmforum.source import TmForumSettings, tmforum
from collectors.polling.source_context import SourceContext
from collectors.reviews.appstore import AppStoreSettings, appstore
from collectors.reviews.appstore_feed import AppStoreFeedSettings, appstore_feed
from collectors.reviews.bazaarvoice import BazaarvoiceSettings, bazaarvoice
from collectors.reviews.google_business import GoogleBusinessSettings, google_business
from collectors.reviews.google_play import GooglePlaySettings, google_play
from collectors.reviews.trustpilot import TrustpilotSettings, trustpilot
from collectors.social.bluesky_search import BlueskySearchSettings, bluesky_search
from collectors.social.discourse import DiscourseSettings, discourse
from collectors.social.hackernews import HackerNewsSettings, hackernews
from collectors.social.jetstream import JetstreamSettings, jetstream
from collectors.social.mastodon import MastodonCollector, MastodonSettings
from collectors.social.meta import MetaSettings, meta
from collectors.social.reddit import RedditSettings, reddit
from collectors.social.stackexchange import StackExchangeSettings, stackexchange
from collectors.social.x import XSettings, x
from collectors.social.youtube import YouTubeSettings, youtube
from configuration.reading import read
from domain.errors import ConfigurationError
from domain.setting import is_secret, variable
from textquery.brands import BrandMatcher
from transport.rate_limit import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from domain.ports import Clock, Collector


@dataclass(frozen=True, kw_only=True)
class SourceKind:
    """A kind of source."""

    settings: type
    open: Callable[[SourceContext], Collector]
    help: str


def _file(opening: SourceContext) -> Collector:
    settings: FileSettings = opening.settings
    paths = [Path(path).expanduser() for path in settings.path]
    return FileCollector(
        paths, settings.mapping, source=settings.source, called=opening.name, clock=opening.clock, watched=True
    )


CATALOG: Final[Mapping[str, SourceKind]] = {
    "appstore": SourceKind(settings=AppStoreSettings, open=appstore, help="Reviews of one's own app in the App Store"),
    "appstore_feed": SourceKind(
        settings=AppStoreFeedSettings,
        open=appstore_feed,
        help="Reviews of an app, from Apple's open feed",
    ),
    "bazaarvoice": SourceKind(
        settings=BazaarvoiceSettings, open=bazaarvoice, help="Reviews of products that Bazaarvoice keeps for retailers"
    ),
    "bluesky_search": SourceKind(settings=BlueskySearchSettings, open=bluesky_search, help="A search of Bluesky"),
    "counters": SourceKind(
        settings=CounterSettings, open=counters, help="Performance counters of the network, 3GPP XML files and CSV"
    ),
    "discourse": SourceKind(settings=DiscourseSettings, open=discourse, help="A Discourse forum"),
    "file": SourceKind(settings=FileSettings, open=_file, help="CSV, JSON Lines and mbox files, gzip too"),
    "freshdesk": SourceKind(settings=FreshdeskSettings, open=freshdesk, help="Tickets of a Freshdesk helpdesk"),
    "gdelt": SourceKind(
        settings=GdeltSettings,
        open=gdelt,
        help="A search of GDELT's index of news: titles that name a brand; it does not give out the articles",
    ),
    "google_business": SourceKind(
        settings=GoogleBusinessSettings, open=google_business, help="Reviews of one's own shops on Google"
    ),
    "google_play": SourceKind(
        settings=GooglePlaySettings, open=google_play, help="Reviews of one's own app in Google Play"
    ),
    "hackernews": SourceKind(settings=HackerNewsSettings, open=hackernews, help="A search of Hacker News"),
    "intercom": SourceKind(settings=IntercomSettings, open=intercom, help="Conversations of an Intercom workspace"),
    "jetstream": SourceKind(
        settings=JetstreamSettings, open=jetstream, help="All that Bluesky says of the brands, from a Jetstream server"
    ),
    "mastodon": SourceKind(
        settings=MastodonSettings,
        open=lambda one: MastodonCollector(one.name, one.settings, web=one.web(), clock=one.clock),
        help="A tag on a Mastodon server",
    ),
    "meta": SourceKind(settings=MetaSettings, open=meta, help="One's own Facebook page and the comments there"),
    "reddit": SourceKind(settings=RedditSettings, open=reddit, help="Subreddits (by contract with Reddit)"),
    "rss": SourceKind(
        settings=RssSettings,
        open=lambda one: RssCollector(one.name, one.settings, web=one.web(), clock=one.clock),
        help="An RSS, Atom or JSON feed",
    ),
    "stackexchange": SourceKind(
        settings=StackExchangeSettings, open=stackexchange, help="A search of a site of the Stack Exchange network"
    ),
    "tmforum": SourceKind(
        settings=TmForumSettings,
        open=tmforum,
        help="The operator's own records over TM Forum Open APIs: alarms, problems, tickets, customers, inventory",
    ),
    "trustpilot": SourceKind(settings=TrustpilotSettings, open=trustpilot, help="Reviews of a company on Trustpilot"),
    "x": SourceKind(settings=XSettings, open=x, help="A search of X (paid by the post)"),
    "youtube": SourceKind(settings=YouTubeSettings, open=youtube, help="Comments under videos of YouTube"),
    "zendesk": SourceKind(settings=ZendeskSettings, open=zendesk, help="Tickets of a Zendesk helpdesk"),
}


def open_source(
    name: str,
    settings: Mapping[str, Any],
    *,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    http_transport: httpx.BaseTransport | None = None,
    brands: BrandMatcher | None = None,
    limiter: RateLimiter | None = None,
    key: bytes = b"",
) -> Collector:
    """Open the source that the table [source.NAME] of the configuration declares.

    Each setting can also come from the environment, as EARSHOT_SOURCE_NAME_SETTING; secrets only from there.
    `brands` are what is listened for; `limiter` is what this source shares with the others; `key` makes pseudonyms.

    Raises:
        ConfigurationError: the type is not known, or settings are missing or wrong.
    """
    where = f"[source.{name}]"
    table = dict(settings)
    kind = CATALOG.get(str(table.pop("type", "")))
    if kind is None:
        raise ConfigurationError(f"{where}: type must be one of {', '.join(CATALOG)}")
    prefix = source_prefix(name)
    for item in dataclasses.fields(kind.settings):
        if item.name in table and is_secret(item):
            raise ConfigurationError(f"{where}: {item.name} is a secret; set {variable(prefix, item)} instead")
    variables = os.environ if environ is None else environ
    return kind.open(
        SourceContext(
            name=name,
            settings=read(kind.settings, table, variables, prefix=prefix, where=where),
            clock=clock,
            http_transport=http_transport,
            brands=brands or BrandMatcher(()),
            limiter=limiter or RateLimiter(),
            key=key,
        )
    )


def source_prefix(name: str) -> str:
    """Return what the environment variables of a source begin with."""
    return f"EARSHOT_SOURCE_{name.upper().replace('-', '_')}"
