"""The sources of the configuration, opened by their names."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

from configuration.keys import key_of
from domain.errors import ConfigurationError
from textquery.brands import brand_matcher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.config import Config
    from domain.ports import Clock, Collector


def opened_sources(
    config: Config, names: Sequence[str] | None, clock: Clock, *, since: datetime | None = None
) -> list[Collector]:
    """Open these sources, or all there are; `since` is how far back they begin, where they can be told.

    Raises:
        ConfigurationError: there is no such source, or its settings are wrong.
    """
    from collectors.catalog import CATALOG, open_source
    from transport.rate_limit import RateLimiter

    wanted = list(names or config.sources)
    unknown = [name for name in wanted if name not in config.sources]
    if unknown or not wanted:
        have = ", ".join(sorted(config.sources)) or "none"
        raise ConfigurationError(f"there is no source {', '.join(unknown) or 'to collect from'}; configured: {have}")
    brands = brand_matcher(config.brands)
    spans = {}
    if since is not None:
        # Begun in whole days or hours, rounded up, by whichever setting a kind of source has for it.
        hours = max((clock.now() - since).total_seconds() / 3600, 0.0)
        spans = {"since_days": math.ceil(hours / 24), "since_hours": math.ceil(hours)}
    limiter, key = RateLimiter(), key_of(config)
    chosen, problems = [], []
    for name in dict.fromkeys(wanted):
        table = config.sources[name]
        kind = CATALOG.get(str(table.get("type", "")))
        known = {item.name for item in fields(kind.settings)} if kind else set()
        table = {**table, **{setting: span for setting, span in spans.items() if setting in known}}
        try:
            chosen.append(open_source(name, table, clock=clock, brands=brands, limiter=limiter, key=key))
        except ConfigurationError as error:
            problems.append(str(error))
    if problems:
        raise ConfigurationError("; ".join(problems))
    return chosen
