"""The key of the customers' pseudonyms: from the environment, else kept in the home folder where it is first needed."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from domain.config import Config

FILE: Final = "pseudonym.key"


def key_of(config: Config) -> bytes:
    """Return the key of the customers' pseudonyms; the first time one is made, readable by its owner alone.

    Raises:
        ConfigurationError: the file of the key cannot be read or made.
    """
    if config.pseudonym_key is not None:
        return config.pseudonym_key.reveal().encode()
    file = config.home / FILE
    try:
        if not file.exists():
            # Of two who make one at the same time the first wins, and nobody sees half of one.
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f"{FILE}.") as part:  # its owner's alone
                part.write(secrets.token_urlsafe(32))
                part.flush()
                with suppress(FileExistsError):
                    os.link(part.name, file)
        return file.read_text().strip().encode()
    except OSError as error:
        raise ConfigurationError(f"the key of the customers' pseudonyms {file}: {error.strerror}") from None
