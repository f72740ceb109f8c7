"""What is kept from others on this machine: the home folder, and in it the key of the customers' pseudonyms."""

from __future__ import annotations

import logging
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from domain.config import Config

FILE: Final = "pseudonym.key"
_LOGGER: Final = logging.getLogger(__name__)


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


def keep_private(folder: Path) -> None:
    """Take a folder of ours from everybody but its owner, if it is there and open to others; that is logged."""
    with suppress(OSError):  # a folder that is not ours is its owner's business
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077:
            folder.chmod(mode & 0o700)
            _LOGGER.warning("%s was open to other users of this machine; it is not any more", folder)
