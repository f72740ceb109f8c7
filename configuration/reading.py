"""Settings classes filled from a TOML table and the environment, which wins; all problems are reported together."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import MISSING
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ConfigDict, TypeAdapter

from domain.errors import ConfigurationError
from domain.rhythm import Rhythm
from domain.setting import Secret, variable
from domain.zones import SPOKEN, ZoneName, zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

_SPOKEN: Final[Mapping[Any, str]] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    Secret: "a text",
    Rhythm: Rhythm.SPOKEN,
    ZoneName: SPOKEN,
}


_MADE_OF_TEXT: Final[Mapping[Any, Callable[[str], Any]]] = {
    Secret: Secret,
    Rhythm: Rhythm.parse,
    ZoneName: zone_named,
}


def read(cls: type[T], table: Mapping[str, Any], environ: Mapping[str, str], *, prefix: str, where: str) -> T:
    """Fill a settings class (`domain/setting.py`) from a table of the configuration and from the environment.

    Raises:
        ConfigurationError: with one sentence per missing, unknown or ill-typed setting.
    """
    hints = typing.get_type_hints(cls)
    fields = {item.name: item for item in dataclasses.fields(typing.cast("Any", cls))}
    problems = [f"{where}: there is no setting {key!r}" for key in table if key not in fields]
    values: dict[str, Any] = {}
    for name, item in fields.items():
        raw = environ.get(variable(prefix, item), table.get(name, MISSING))
        at_least = item.metadata.get("at_least")
        if raw is not MISSING:
            try:
                values[name] = _converted(raw, hints[name], at_least)
            except (TypeError, ValueError):
                spoken = _SPOKEN.get(hints[name], "of the right shape")
                bound = "" if at_least is None else f" of at least {at_least:g}"
                problems.append(f"{where}: {name} must be {spoken}{bound}")
        elif item.default is MISSING and item.default_factory is MISSING:
            problems.append(f"{where}: {name} is missing ({item.metadata.get('help', '')})")
    if problems:
        raise ConfigurationError("; ".join(problems))
    return cls(**values)


def _converted(raw: Any, hint: Any, at_least: float | None) -> Any:
    if isinstance(hint, types.UnionType):
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if hint in _MADE_OF_TEXT:
        return _MADE_OF_TEXT[hint](_adapter(str).validate_python(raw))
    if typing.get_origin(hint) in {tuple, list} and isinstance(raw, str):
        raw = [item.strip() for item in raw.split(",")]
    if hint in {int, float} and isinstance(raw, bool):
        raise TypeError
    value = _adapter(hint).validate_python(raw)
    if at_least is not None and value < at_least:
        raise ValueError
    return value


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint, config=ConfigDict(allow_inf_nan=False, coerce_numbers_to_str=True))
