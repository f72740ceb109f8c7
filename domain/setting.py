"""Settings that declare themselves: type, default, unit, help and whether they are secret.

A settings class is a frozen dataclass whose fields are made by `setting`; `configuration/reading.py` fills it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, field
from typing import Any


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
    at_least: float | None = None,
) -> Any:
    """Declare a setting; without a default it is required. `env` names its own variable, a number may have a bound."""
    metadata = {"help": help, "unit": unit, "env": env, "at_least": at_least}
    if isinstance(default, dict | list):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def is_secret(item: dataclasses.Field[Any]) -> bool:
    """Tell whether a setting comes from the environment alone and never shows itself."""
    return "Secret" in str(item.type)


def variable(prefix: str, item: dataclasses.Field[Any]) -> str:
    """Return the name of the environment variable of a setting."""
    return item.metadata.get("env") or f"{prefix}_{item.name}".upper()
