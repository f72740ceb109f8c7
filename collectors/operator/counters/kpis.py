"""Indicators of cells, read from a table: the built-in one (`kpis.toml` beside this), or one of the operator's."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collectors.operator.counters.formulas import Formula, read_formula
from configuration.toml import read_toml
from domain.errors import ConfigurationError
from domain.measurement import Indicator

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS: Final = ("title", "formula", "unit", "better", "source")
_NUMBERS: Final = ("minimum", "tolerance")
_KEYS: Final = (*_TEXTS, *_NUMBERS, "subject")


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """An indicator with its formula; `minimum` is what every denominator of it must reach."""

    indicator: Indicator
    formula: Formula
    minimum: float

    @classmethod
    def of(cls, key: str, table: Any, where: str) -> Kpi:
        """Read one from its table.

        Raises:
            ConfigurationError: something in it is wrong.
        """
        if not isinstance(table, dict):
            raise ConfigurationError(f"{where}: this must be a table with a formula")
        if unknown := sorted(set(table) - set(_KEYS)):
            raise ConfigurationError(f"{where}: there is no setting {unknown[0]!r}; it may have {', '.join(_KEYS)}")
        for name in _TEXTS:
            if not (isinstance(table.get(name), str) and table[name].strip()):
                raise ConfigurationError(f"{where}: {name} must be a text")
        if table["better"] not in {"higher", "lower"}:
            raise ConfigurationError(f'{where}: better must be "higher" or "lower"')
        if not isinstance(table.get("subject", ""), str):
            raise ConfigurationError(f"{where}: subject must be a text")
        return cls(
            indicator=Indicator(
                key=key,
                title=table["title"],
                unit=table["unit"],
                higher_is_better=table["better"] == "higher",
                tolerance=_number(table, "tolerance", where),
                subject=table.get("subject"),
                source=table["source"],
            ),
            formula=read_formula(table["formula"], where),
            minimum=_number(table, "minimum", where),
        )


def read_kpis(file: str) -> tuple[list[Kpi], str]:
    """Return the indicators of a file, of the built-in one where none is named, and a hash of it.

    Raises:
        ConfigurationError: the file cannot be read, or something in it is wrong.
    """
    if file:
        try:
            content = Path(file).expanduser().read_bytes()
        except OSError as error:
            raise ConfigurationError(f"the indicators {file} cannot be read: {error.strerror}") from None
    else:
        content = (resources.files("collectors.operator.counters") / "kpis.toml").read_bytes()
    name = file or "the built-in indicators"
    kpis = [Kpi.of(key, table, f"{name} [{key}]") for key, table in read_toml(content, name).items()]
    if not kpis:
        raise ConfigurationError(f"{name}: there is no indicator in it")
    return kpis, hashlib.sha256(content).hexdigest()[:8]


def _number(table: Mapping[str, Any], name: str, where: str) -> float:
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value >= 0):
        raise ConfigurationError(f"{where}: {name} must be a number of at least 0")
    return float(value)
