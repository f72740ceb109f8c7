"""Tokens that we sign ourselves (JSON Web Tokens, RFC 7519) with a private key of the operator's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.setting import Secret


def signed(claims: Mapping[str, Any], key: str, *, algorithm: str, key_id: str, where: str) -> str:
    """Return a token with these claims; `key` is a private key in PEM.

    Raises:
        ConfigurationError: the key cannot sign with this algorithm.
    """
    # Imported late: it brings a library of ciphers that nothing else needs.
    import jwt

    # Variables often hold the line breaks of a key as two characters.
    pem = key.replace("\\n", "\n")
    try:
        return jwt.encode(dict(claims), pem, algorithm=algorithm, headers={"kid": key_id})
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        # What the library says may quote the key.
        raise ConfigurationError(f"{where}: the private key is none for {algorithm}") from None


def private_text(secret: Secret | None, file: str, *, where: str, names: str) -> str:
    """Return what is private from the environment, or else from a file; `names` are both settings, for the error.

    Raises:
        ConfigurationError: it is in neither.
    """
    if secret is not None:
        return secret.reveal()
    if not file:
        raise ConfigurationError(f"{where}: one of {names} must be set")
    try:
        return Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{where}: {file} cannot be read") from None
