"""From the configuration to the parts that work together."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from domain.config import load_config
from linking.customers import CustomerLinker
from pipeline.ingest import Flow
from pipeline.keys import key_of
from stores.open import open_store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from domain.config import Config
    from domain.ports import Store


def configured(path: Path | None) -> Config:
    """Return the configuration; see `domain.config.load_config`."""
    return load_config(path)


def opened(config: Config) -> AbstractContextManager[Store]:
    """Open the configured store; it closes with the block."""
    return closing(open_store(config.store))


def flow_into(store: Store, config: Config) -> Flow:
    """Load the models and the links in front of a store.

    Raises:
        ModelError: a model is missing or does not fit.
    """
    from nlp.enrich import TextEnricher  # torch takes seconds to import, and few commands need it

    enricher = TextEnricher.open(config.nlp, config.brands)
    return Flow(enricher=enricher, linker=CustomerLinker(store, key_of(config)), store=store)
