"""The key of the customers' pseudonyms, where it leaves its wrapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.config import Config


def key_of(config: Config) -> bytes:
    """Return the key of the customers' pseudonyms."""
    return config.pseudonym_key.reveal().encode()
