"""The sources of the configuration, opened by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import ConfigurationError
from pipeline.wiring import brand_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.config import Config
    from domain.ports import Clock, Collector


def opened_sources(config: Config, names: Sequence[str] | None, clock: Clock) -> list[Collector]:
    """Open these sources, or all there are.

    Raises:
        ConfigurationError: there is no such source, or its settings are wrong.
    """
    from collectors.catalog import open_source

    wanted = list(names or config.sources)
    unknown = [name for name in wanted if name not in config.sources]
    if unknown or not wanted:
        have = ", ".join(sorted(config.sources)) or "none"
        raise ConfigurationError(f"there is no source {', '.join(unknown) or 'to collect from'}; configured: {have}")
    queries = brand_queries(config)
    return [open_source(name, config.sources[name], clock=clock, queries=queries) for name in wanted]
