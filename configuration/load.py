"""The configuration: `earshot.toml`, overruled by `EARSHOT_...` in the environment.

The file is looked for at `EARSHOT_CONFIG`, else `earshot.toml` in the working folder, else
in `EARSHOT_HOME`. Without one, the defaults hold. Secrets come from the environment alone.
"""

from __future__ import annotations

import os
import typing
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from configuration.holidays import public_holidays
from configuration.reading import read
from configuration.toml import read_toml
from domain.config import Brand, Config, JobSettings, LinkingSettings, ListenerSettings, NlpSettings, PrivacySettings
from domain.errors import ConfigurationError
from domain.setting import Secret, is_secret, setting, variable
from domain.zones import DEFAULT_ZONE, ZoneName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class _Top:
    home: str = setting(default="", help="Folder where everything but the store lives")
    store: str = setting(
        default="", help="sqlite:///PATH, elasticsearch://HOST:PORT or elasticsearch+https://HOST:PORT"
    )
    time_zone: ZoneName = setting(default=DEFAULT_ZONE, help="IANA name of the zone of days, weeks and hours of jobs")
    holidays: str = setting(
        default="", help="Country (GB) or part of one (DE-BY) whose public holidays are held against Sundays"
    )
    pseudonym_key: Secret | None = setting(default=None, help="Key of the customers' pseudonyms (environment only)")


class _Parts:
    """The parts of a configuration, read one by one; what is wrong with them is said all at once."""

    def __init__(self, file: Path | None, environ: Mapping[str, str]) -> None:
        self.where = str(file or "the environment")
        self._environ = environ
        self._problems: list[str] = []
        self._left = read_toml(file.read_bytes(), str(file)) if file else {}

    def table(self, name: str) -> dict[str, Any]:
        """Take a table out of the file's."""
        with self.noted():
            table = self._left.pop(name, {})
            if not isinstance(table, dict):
                raise ConfigurationError(f"{self.where}: {name} must be a table")
            return table
        return {}

    def settings(self, cls: type[T], name: str) -> T:
        """Take out a table of which every setting has a default."""
        table = self.table(name)
        with self.noted():
            prefix, where = f"EARSHOT_{name.upper()}", f"{self.where} [{name}]"
            for item in fields(typing.cast("Any", cls)):
                if is_secret(item) and table.pop(item.name, None) is not None:
                    raise ConfigurationError(f"{where}: {item.name} is a secret; set {variable(prefix, item)} instead")
            return read(cls, table, self._environ, prefix=prefix, where=where)
        return cls()

    def top(self) -> _Top:
        """Return what stands outside of all tables, which have been taken out before."""
        with self.noted():
            if self._left.pop("pseudonym_key", None) is not None:
                raise ConfigurationError(f"{self.where}: pseudonym_key is a secret; set EARSHOT_PSEUDONYM_KEY instead")
        with self.noted():
            return read(_Top, self._left, self._environ, prefix="EARSHOT", where=self.where)
        return _Top()

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
    file = path or (Path(environ["EARSHOT_CONFIG"]) if environ.get("EARSHOT_CONFIG") else None)
    if file is None:
        home = Path(environ["EARSHOT_HOME"]) if environ.get("EARSHOT_HOME") else default_home(environ)
        file = next((file for file in (Path("earshot.toml"), home / "earshot.toml") if file.is_file()), None)
    elif not file.is_file():
        raise ConfigurationError(f"the configuration file {file} does not exist")
    parts = _Parts(file, environ)
    sources, brands = parts.table("source"), parts.table("brand")
    nlp = parts.settings(NlpSettings, "nlp")
    linking = parts.settings(LinkingSettings, "linking")
    privacy = parts.settings(PrivacySettings, "privacy")
    jobs = parts.settings(JobSettings, "jobs")
    listener = parts.settings(ListenerSettings, "listener")
    top = parts.top()
    with parts.noted():
        public_holidays(top.holidays)
    listened_for = []
    for key, table in brands.items():
        with parts.noted():
            listened_for.append(_brand(key, table, parts.where))
    parts.tell()
    home = Path(top.home).expanduser() if top.home else default_home(environ)
    return Config(
        home=home,
        store=top.store or f"sqlite:///{home / 'earshot.sqlite'}",
        brands=tuple(listened_for),
        sources=sources,
        nlp=nlp,
        linking=linking,
        privacy=privacy,
        jobs=jobs,
        listener=listener,
        pseudonym_key=top.pseudonym_key,
        file=file,
        time_zone=top.time_zone,
        holidays=top.holidays,
    )


def default_home(environ: Mapping[str, str]) -> Path:
    """Return the folder under the user's data folder (XDG) where Earshot keeps its things."""
    data = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".local" / "share"
    return Path(data) / "earshot"


def _brand(key: str, table: Any, where: str) -> Brand:
    where = f"{where} [brand.{key}]"
    if not isinstance(table, dict):
        raise ConfigurationError(f"{where}: this must be a table with terms or a query")
    unknown = set(table) - {"name", "terms", "ambiguous", "accounts", "own", "query", "compounds"}
    if unknown:
        raise ConfigurationError(f"{where}: there is no setting {min(unknown)!r}")
    query = table.get("query", "")
    ambiguous = _texts(table, "ambiguous", where)
    if not isinstance(query, str) or ("query" in table and not query.strip()):
        raise ConfigurationError(f"{where}: query must be an expression in quotes")
    compounds = table.get("compounds")
    if not isinstance(compounds, bool | None):
        raise ConfigurationError(f"{where}: compounds must be true or false")
    return Brand(
        key=key,
        name=str(table.get("name", key)),
        terms=_texts(table, "terms", where, needed=not query and not ambiguous),
        ambiguous=ambiguous,
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
