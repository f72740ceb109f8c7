"""From the configuration to the parts that work together."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from domain.config import load_config
from domain.errors import ConfigurationError, QueryError
from linking.customers import CustomerLinker
from nlp.enrich import TextEnricher
from pipeline.clock import SystemClock
from pipeline.ingest import Flow
from pipeline.keys import key_of
from pipeline.tombstones import Tombstones
from stores.open import open_store
from textquery.parser import parse
from textquery.tree import Or, Phrase, anchored
from textquery.words import spelt, words

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from domain.config import Brand, Config
    from domain.ports import Store
    from textquery.tree import Query


def configured(path: Path | None) -> Config:
    """Return the configuration; see `domain.config.load_config`."""
    return load_config(path)


def opened(config: Config, *, migrating: bool = False) -> AbstractContextManager[Store]:
    """Open the configured store, see `stores.open.open_store`; it closes with the block."""
    return closing(open_store(config.store, migrating=migrating))


def brand_queries(config: Config) -> dict[str, Query]:
    """Return what each brand is listened for by, by brand: its expression, else any of its names.

    Raises:
        ConfigurationError: an expression cannot be read, or asks for no word; names have no letters.
    """
    return {brand.key: _query(brand) for brand in config.brands}


def read_query(text: str) -> Query:
    """Return an expression that posts can be looked for by.

    Raises:
        QueryError: it cannot be read, or it is also met by posts that hold none of its words.
    """
    query = parse(text)
    if not anchored(query):
        raise QueryError("the text query is also met by posts with none of its words; ask for a word as well")
    return query


def _query(brand: Brand) -> Query:
    if brand.query:
        try:
            return read_query(brand.query)
        except QueryError as error:
            raise ConfigurationError(f"[brand.{brand.key}] query: {error}") from None
    names = (*brand.terms, *brand.accounts, *brand.ambiguous)
    phrases = tuple(dict.fromkeys(Phrase(cut, spelt(name)) for name in names if (cut := tuple(words(name)))))
    if not phrases:
        raise ConfigurationError(f"[brand.{brand.key}]: its terms have no letters or digits to listen for")
    return phrases[0] if len(phrases) == 1 else Or(phrases)


def customer_linker(store: Store, config: Config) -> CustomerLinker:
    """Return what joins posts to customers, as the configuration lets it."""
    return CustomerLinker(store, key_of(config), config.linking.purposes)


def flow_into(store: Store, config: Config) -> Flow:
    """Return the models and the links in front of a store; models load when the first post comes.

    Raises:
        ConfigurationError: the expression of a brand cannot be read.
        ModelError: a model is missing or does not fit.
    """
    enricher = TextEnricher(config.nlp, config.brands, brand_queries(config))
    key, clock = key_of(config), SystemClock()
    linker, tombstones = customer_linker(store, config), Tombstones(store, key, clock)
    return Flow(enricher=enricher, linker=linker, tombstones=tombstones, store=store, clock=clock)
