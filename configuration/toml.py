"""TOML that somebody hands us: read in a time that grows with its length, and refused in one sentence."""

from __future__ import annotations

import tomllib
from typing import Any, Final

from domain.errors import ConfigurationError

MOST_DOTS: Final = 500
"""Dots in a line. The time that the library takes for a dotted key grows with the square of its parts."""


def read_toml(content: bytes, where: str) -> dict[str, Any]:
    """Return the tables of a document; `where` says in errors what it is.

    Raises:
        ConfigurationError: it is not TOML.
    """
    if any(line.count(b".") > MOST_DOTS for line in content.splitlines()):
        raise ConfigurationError(f"{where} is not valid TOML: a line has more than {MOST_DOTS} dots")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except RecursionError:
        raise ConfigurationError(f"{where} is not valid TOML: it is nested too deep") from None
    except ValueError as error:
        raise ConfigurationError(f"{where} is not valid TOML: {error}") from None
