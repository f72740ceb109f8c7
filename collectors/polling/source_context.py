"""What a source is opened with, and the parts that most sources are made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collectors.polling.pagination import Polled, Rechecked
from domain.errors import ConfigurationError, QueryError
from textquery.brands import BrandMatcher
from transport.http import Web
from transport.rate_limit import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from collectors.polling.pagination import Listing
    from domain.ports import Clock
    from domain.post import Post
    from domain.terms import Terms
    from textquery.tree import Query


@dataclass(frozen=True, kw_only=True)
class SourceContext:
    """The name in the configuration, the settings read from there, and what the outside gives.

    `brands` are what is listened for; `limiter` is shared by all sources of the process; `key` is that of the
    pseudonyms, for sources of the operator's own records. `http_transport` is there for tests and networks with their
    own ways.
    """

    name: str
    settings: Any
    clock: Clock
    http_transport: httpx.BaseTransport | None = None
    brands: BrandMatcher = field(default_factory=lambda: BrandMatcher(()))
    limiter: RateLimiter = field(default_factory=RateLimiter)
    key: bytes = field(default=b"", repr=False)

    @property
    def where(self) -> str:
        """Where the settings stand, for errors."""
        return f"[source.{self.name}]"

    def web(self) -> Web:
        """Return the way out, with the settings `contact` and `allow_private`."""
        settings = self.settings
        return Web(
            clock=self.clock,
            allow_private=settings.allow_private,
            contact=settings.contact,
            http_transport=self.http_transport,
            limiter=self.limiter,
        )

    def wanted(self) -> Callable[[Post], bool] | None:
        """Return whether a post is about one of the brands; None where no brand is configured."""
        return (lambda post: bool(self.brands.match(post))) if self.brands.queries else None

    def listened(self) -> BrandMatcher:
        """Return the brands, for a source that is listened to or searched for them alone.

        Raises:
            ConfigurationError: no brand is configured.
        """
        if not self.brands.queries:
            raise ConfigurationError(f"{self.where}: this source is searched for brands; configure a [brand.NAME]")
        return self.brands

    def searches(self, dialect: Callable[[Query], tuple[str, ...]]) -> tuple[str, ...]:
        """Return what to search for: the setting `query`, else the brands' expressions in the source's dialect.

        Raises:
            ConfigurationError: there is neither, or the source cannot be searched for one of the brands.
        """
        if self.settings.query:
            return (self.settings.query,)
        requests: list[str] = []
        for brand, query in self.listened().queries.items():
            try:
                requests += dialect(query)
            except QueryError as error:
                reason = f"cannot be searched for [brand.{brand}]: {error}; give it a query of its own"
                raise ConfigurationError(f"{self.where} {reason}") from None
        return tuple(dict.fromkeys(requests))

    def polled(self, kind: str, listings: Sequence[Listing], terms: Terms, *, only_wanted: bool) -> Polled:
        """Return the source made of listings; with `only_wanted`, posts about none of the brands are left out."""
        asked_for = hashlib.sha256("\n".join(listing.key for listing in listings).encode()).hexdigest()[:12]
        make: Any = Rechecked if all(hasattr(listing, "recheck") for listing in listings) else Polled
        polled: Polled = make(
            f"{kind}:{self.name}:{asked_for}",
            listings,
            self.settings,
            terms=terms,
            web=self.web(),
            clock=self.clock,
            wanted=self.wanted() if only_wanted else None,
        )
        return polled
