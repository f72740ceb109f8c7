"""Settings that declare themselves: type, default, unit, help and whether they are secret.

A settings class is a frozen dataclass whose fields are made by `setting`. `read` fills it
from a TOML table and the environment (which wins), and reports all problems together.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import MISSING, field
from typing import TYPE_CHECKING, Any, TypeVar

from domain.errors import ConfigurationError
from domain.rhythm import Rhythm

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


class Secret:
    """A text that never shows itself: printing, logging or formatting gives stars."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself; call it only where it is sent."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def setting(
    *,
    help: str,  # noqa: A002 - it is the help text
    default: Any = MISSING,
    unit: str | None = None,
    env: str | None = None,
) -> Any:
    """Declare a setting; without a default it is required. `env` names its own variable."""
    metadata = {"help": help, "unit": unit, "env": env}
    if isinstance(default, dict | list):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def is_secret(item: dataclasses.Field[Any]) -> bool:
    """Tell whether a setting comes from the environment alone and never shows itself."""
    return "Secret" in str(item.type)


def variable(prefix: str, item: dataclasses.Field[Any]) -> str:
    """Return the name of the environment variable of a setting."""
    return item.metadata.get("env") or f"{prefix}_{item.name}".upper()


def read(cls: type[T], table: Mapping[str, Any], environ: Mapping[str, str], *, prefix: str, where: str) -> T:
    """Fill a settings class from a table of the configuration and from the environment.

    Raises:
        ConfigurationError: with one sentence per missing, unknown or ill-typed setting.
    """
    hints = typing.get_type_hints(cls)
    fields = {item.name: item for item in dataclasses.fields(typing.cast("Any", cls))}
    problems = [f"{where}: there is no setting {key!r}" for key in table if key not in fields]
    values: dict[str, Any] = {}
    for name, item in fields.items():
        raw = environ.get(variable(prefix, item), table.get(name, MISSING))
        if raw is not MISSING:
            try:
                values[name] = _converted(raw, hints[name])
            except (TypeError, ValueError):
                problems.append(f"{where}: {name} must be {_spoken(hints[name])}")
        elif item.default is MISSING and item.default_factory is MISSING:
            problems.append(f"{where}: {name} is missing ({item.metadata.get('help', '')})")
    if problems:
        raise ConfigurationError("; ".join(problems))
    return cls(**values)


def _converted(raw: Any, hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    origin = typing.get_origin(hint)
    if hint is bool:
        return _as_bool(raw)
    if hint in {int, float}:
        if isinstance(raw, bool):
            raise TypeError
        return hint(raw)
    if hint in {str, Secret, Rhythm}:
        if not isinstance(raw, str):
            raise TypeError
        return Rhythm.parse(raw) if hint is Rhythm else hint(raw)
    if origin in {tuple, list}:
        items = raw.split(",") if isinstance(raw, str) else raw
        return origin(str(item).strip() for item in items)
    if origin is dict and not isinstance(raw, dict):
        raise TypeError
    return raw


def _as_bool(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    known = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
    try:
        return known[str(raw).lower()]
    except KeyError:
        raise ValueError(raw) from None


def _spoken(hint: Any) -> str:
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", Secret: "a text"}
    if hint is Rhythm:
        return Rhythm.SPOKEN
    return names.get(hint, "of the right shape")
