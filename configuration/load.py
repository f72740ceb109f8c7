"""The configuration: `earshot.toml`, overruled by `EARSHOT_...` in the environment.

The file is looked for at `EARSHOT_CONFIG`, else `earshot.toml` in the working folder, else
in `EARSHOT_HOME`. Without one, the defaults hold. Secrets come from the environment alone.
"""

from __future__ import annotations

import os
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from configuration.reading import read
from domain.config import Brand, Config, JobSettings, LinkingSettings, NlpSettings
from domain.errors import ConfigurationError
from domain.setting import Secret, setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class _Top:
    home: str = setting(default="", help="Folder where everything but the store lives")
    store: str = setting(
        default="", help="sqlite:///PATH, elasticsearch://HOST:PORT or elasticsearch+https://HOST:PORT"
    )
    pseudonym_key: Secret | None = setting(default=None, help="Key of the customers' pseudonyms (environment only)")


class _Parts:
    """The parts of a configuration, read one by one; what is wrong with them is said all at once."""

    def __init__(self, environ: Mapping[str, str], where: str) -> None:
        self._environ = environ
        self._where = where
        self._problems: list[str] = []

    def table(self, tables: dict[str, Any], name: str) -> dict[str, Any]:
        """Take a table out of the file's."""
        with self.noted():
            table = tables.pop(name, {})
            if not isinstance(table, dict):
                raise ConfigurationError(f"{self._where}: {name} must be a table")
            return table
        return {}

    def settings(self, cls: type[T], table: Mapping[str, Any], name: str = "") -> T:
        """Return a part of which every setting has a default."""
        prefix, where = (f"EARSHOT_{name.upper()}", f"{self._where} [{name}]") if name else ("EARSHOT", self._where)
        with self.noted():
            return read(cls, table, self._environ, prefix=prefix, where=where)
        return cls()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what is wrong in this block, so that it keeps no other part from being read."""
        try:
            yield
        except ConfigurationError as error:
            self._problems.append(str(error))

    def tell(self) -> None:
        """Raise what was noted, if anything was."""
        if self._problems:
            raise ConfigurationError("; ".join(self._problems))


def load_config(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration.

    Raises:
        ConfigurationError: a file that is named is missing or broken, or settings are wrong: all of these.
    """
    environ = os.environ if environ is None else environ
    file = _find(path, environ)
    tables = _parse(file) if file else {}
    where = str(file or "the environment")
    parts = _Parts(environ, where)
    sources, brands = parts.table(tables, "source"), parts.table(tables, "brand")
    nlp = parts.settings(NlpSettings, parts.table(tables, "nlp"), "nlp")
    linking = parts.settings(LinkingSettings, parts.table(tables, "linking"), "linking")
    jobs = parts.settings(JobSettings, parts.table(tables, "jobs"), "jobs")
    with parts.noted():
        if tables.pop("pseudonym_key", None) is not None:
            raise ConfigurationError(f"{where}: pseudonym_key is a secret; set EARSHOT_PSEUDONYM_KEY instead")
    top = parts.settings(_Top, tables)
    listened_for = []
    for key, table in brands.items():
        with parts.noted():
            listened_for.append(_brand(key, table, where))
    parts.tell()
    home = Path(top.home).expanduser() if top.home else default_home(environ)
    return Config(
        home=home,
        store=top.store or f"sqlite:///{home / 'earshot.sqlite'}",
        brands=tuple(listened_for),
        sources=sources,
        nlp=nlp,
        linking=linking,
        jobs=jobs,
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
    unknown = set(table) - {"name", "terms", "ambiguous", "accounts", "own", "query", "compounds"}
    if unknown:
        raise ConfigurationError(f"{where}: there is no setting {min(unknown)!r}")
    query = table.get("query", "")
    if not isinstance(query, str) or ("query" in table and not query.strip()):
        raise ConfigurationError(f"{where}: query must be an expression in quotes")
    compounds = table.get("compounds")
    if not isinstance(compounds, bool | None):
        raise ConfigurationError(f"{where}: compounds must be true or false")
    return Brand(
        key=key,
        name=str(table.get("name", key)),
        terms=_texts(table, "terms", where, needed=not query),
        ambiguous=_texts(table, "ambiguous", where),
        accounts=tuple(account.lstrip("@") for account in _texts(table, "accounts", where)),
        own=bool(table.get("own", False)),
        query=query,
        compounds=compounds,
    )


def _texts(table: Mapping[str, Any], name: str, where: str, *, needed: bool = False) -> tuple[str, ...]:
    """Return a list of texts; one that is needed may not be left out or be empty."""
    texts = table.get(name, [])
    if needed and (not isinstance(texts, list) or not texts):
        raise ConfigurationError(f"{where}: {name} must be a list of at least one term, unless there is a query")
    if not isinstance(texts, list):
        raise ConfigurationError(f"{where}: {name} must be a list")
    return tuple(map(str, texts))
