"""Every kind of source: its settings, how it is opened, and one line of help. No scanning, no side effects."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collectors.files import FileCollector, FileSettings
from collectors.http import Web
from collectors.mastodon import MastodonCollector, MastodonSettings
from collectors.rss import RssCollector, RssSettings
from domain.errors import ConfigurationError
from domain.settings import read, variable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from domain.ports import Clock, Collector


@dataclass(frozen=True, kw_only=True)
class SourceKind:
    """A kind of source. `open` takes the name in the configuration, the settings, a clock and a transport."""

    settings: type
    open: Callable[[str, Any, Clock, httpx.BaseTransport | None], Collector]
    help: str


def _open_file(_name: str, settings: FileSettings, clock: Clock, _transport: httpx.BaseTransport | None) -> Collector:
    paths = [Path(path).expanduser() for path in settings.path]
    return FileCollector(paths, settings.mapping, source=settings.source, clock=clock)


def _open_rss(name: str, settings: RssSettings, clock: Clock, transport: httpx.BaseTransport | None) -> Collector:
    return RssCollector(name, settings, web=_web(settings, clock, transport), clock=clock)


def _open_mastodon(
    name: str, settings: MastodonSettings, clock: Clock, transport: httpx.BaseTransport | None
) -> Collector:
    return MastodonCollector(name, settings, web=_web(settings, clock, transport), clock=clock)


def _web(settings: RssSettings | MastodonSettings, clock: Clock, transport: httpx.BaseTransport | None) -> Web:
    return Web(clock=clock, allow_private=settings.allow_private, contact=settings.contact, transport=transport)


CATALOG: Final[Mapping[str, SourceKind]] = {
    "file": SourceKind(settings=FileSettings, open=_open_file, help="CSV and JSON Lines files, gzip too"),
    "mastodon": SourceKind(settings=MastodonSettings, open=_open_mastodon, help="A tag on a Mastodon server"),
    "rss": SourceKind(settings=RssSettings, open=_open_rss, help="An RSS or Atom feed"),
}


def open_source(
    name: str,
    settings: Mapping[str, Any],
    *,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Collector:
    """Open the source that the table [source.NAME] of the configuration declares.

    Each setting can also come from the environment, as EARSHOT_SOURCE_NAME_SETTING; secrets only from there.

    Raises:
        ConfigurationError: the type is not known, or settings are missing or wrong.
    """
    where = f"[source.{name}]"
    table = dict(settings)
    kind = CATALOG.get(str(table.pop("type", "")))
    if kind is None:
        raise ConfigurationError(f"{where}: type must be one of {', '.join(CATALOG)}")
    prefix = f"EARSHOT_SOURCE_{name.upper().replace('-', '_')}"
    for item in dataclasses.fields(kind.settings):
        if item.name in table and "Secret" in str(item.type):
            raise ConfigurationError(f"{where}: {item.name} is a secret; set {variable(prefix, item)} instead")
    variables = os.environ if environ is None else environ
    return kind.open(name, read(kind.settings, table, variables, prefix=prefix, where=where), clock, transport)
