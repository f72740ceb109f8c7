"""From the configuration to the parts that work together."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from actions.tombstones import Tombstones
from configuration.keys import keep_private, key_of
from configuration.load import load_config
from linking.customers import CustomerLinker
from nlp.enrich import TextEnricher
from pipeline.clock import SystemClock
from pipeline.inbox import Inbox
from pipeline.ingest import Flow
from pipeline.topics import KnownTopics
from stores.open import open_store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from domain.config import Config
    from domain.ports import Store
    from pipeline.inbox import Reader


def configured(path: Path | None) -> Config:
    """Return the configuration; see `configuration.load.load_config`."""
    return load_config(path)


def opened(config: Config, *, migrating: bool = False, synced: bool = False) -> AbstractContextManager[Store]:
    """Open the configured store, see `stores.open.open_store`; it closes with the block.

    What others may read of the home folder, made by an older version or by hand, they may not any more.
    """
    keep_private(config.home)
    return closing(open_store(config.store, migrating=migrating, synced=synced))


def inbox_of(store: Store, config: Config) -> Inbox:
    """Return the inbox of a store with what reads the bodies in it.

    Raises:
        ConfigurationError: a mapping cannot be used.
    """
    from collectors.operator.cloudevents import cloud_event_reader
    from collectors.operator.tmforum.notifications import read_notification

    settings = config.listener
    readers: dict[str, Reader] = {
        "tmforum": partial(read_notification, region=settings.region),
        "cloudevent": cloud_event_reader(settings.records),
    }
    return Inbox(store, readers, key_of(config), SystemClock(), keep=timedelta(days=settings.keep_days))


def customer_linker(store: Store, config: Config) -> CustomerLinker:
    """Return what joins posts to customers, as the configuration lets it."""
    settings = config.linking
    return CustomerLinker(store, key_of(config), settings.purposes, accept=settings.accept, now=SystemClock().now)


def flow_into(store: Store, config: Config) -> Flow:
    """Return the models and the links in front of a store; models load when the first post comes.

    Raises:
        ConfigurationError: the expression of a brand cannot be read.
        ModelError: a model is missing or does not fit.
    """
    enricher = TextEnricher(config.nlp, config.brands)
    key, clock = key_of(config), SystemClock()
    linker, tombstones = customer_linker(store, config), Tombstones(store, key, clock)
    return Flow(
        enricher=enricher,
        linker=linker,
        tombstones=tombstones,
        store=store,
        clock=clock,
        topics=KnownTopics(store),
        author_names=config.privacy.author_names,
        zone=config.time_zone,
    )
