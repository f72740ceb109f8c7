"""Open the store that an address names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from domain.errors import ConfigurationError
from stores.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.ports import Store

FORMS: Final = (
    "sqlite:///relative/path, sqlite:////absolute/path, elasticsearch://host:port or elasticsearch+https://host:port"
)


def open_store(
    url: str, *, environ: Mapping[str, str] | None = None, migrating: bool = False, synced: bool = False
) -> Store:
    """Open a store by its address; secrets for it come from the environment.

    `migrating` brings what an older version stored to today's form, however long it takes; a SQLite file is
    brought to it whenever it is opened. `synced`: what was kept stays even where the machine dies in that second,
    for a wait on the disk at each write; Elasticsearch does so anyway.

    Raises:
        ConfigurationError: the address has none of the known forms.
        StoreUnreachable: nothing answers there, or the file cannot be made.
        StoreRefused: it answers and says no.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "sqlite" and rest.startswith("/") and Path(rest).name:
        return SqliteStore(Path(rest[1:]), synced=synced)
    if separator and scheme in {"elasticsearch", "elasticsearch+https"} and rest:
        # Imported late: who uses SQLite need not wait for a client of something else.
        from stores.elastic.store import ElasticStore

        return ElasticStore.connect(url, os.environ if environ is None else environ, migrating=migrating)
    raise ConfigurationError(f"{url!r} is not the address of a store; use {FORMS}")
