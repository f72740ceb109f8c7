"""Models of the hub, or in a folder, as they lie on this machine.

What is here is used without asking the network, so a run tomorrow reads with the same model;
`pull` fetches anew. Only safetensors weights and plain text are fetched: other forms of weights
are programs that run when they are loaded.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from domain.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWEST: Final = "main"
REVISION_DIGITS: Final = 12
LICENCE_NOT_KNOWN: Final = "not known"
_WANTED: Final = ("*.safetensors", "*.json", "*.txt", "*.model", "*.md", "LICENSE*")
_UNWANTED: Final = ("*/*",)
"""Folders in a repository hold the same weights in other forms."""
_LICENCE: Final = re.compile(r"^license:\s*[\"']?([\w.-]+)", re.MULTILINE)


@dataclass(frozen=True)
class Snapshot:
    """One revision of a model: the first digits of its commit, or of its weights' SHA-256 in a plain folder."""

    name: str
    revision: str
    folder: Path

    @property
    def size_bytes(self) -> int:
        """What it takes up on the disk."""
        return sum(file.stat().st_size for file in self.folder.iterdir() if file.is_file())

    @property
    def licence(self) -> str:
        """The licence that its page names."""
        page = self.folder / "README.md"
        found = _LICENCE.search(page.read_text(encoding="utf-8", errors="replace")) if page.is_file() else None
        return found[1] if found else LICENCE_NOT_KNOWN


def located(text: str) -> Snapshot | None:
    """Return the model that `FOLDER`, `NAME` or `NAME@REVISION` means, or None where it is not on this machine."""
    folder = Path(text).expanduser()
    if folder.is_dir():
        if not _whole(folder):
            return None
        digest = hashlib.sha256()
        for path in _weights(folder):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return Snapshot(text, digest.hexdigest()[:REVISION_DIGITS], folder)
    name, revision = split(text)
    try:
        cached = _snapshot(name, revision, local_files_only=True)
    except (OSError, ValueError):
        return None
    return Snapshot(name, cached.name[:REVISION_DIGITS], cached) if _whole(cached) else None


def obtained(text: str) -> Snapshot:
    """Return a model from this machine, or fetch it where it is not here yet.

    Raises:
        ModelError: it cannot be had.
    """
    return located(text) or pull(text)


def pull(text: str) -> Snapshot:
    """Fetch a hub model, `NAME` or `NAME@REVISION`, into the local cache.

    Raises:
        ModelError: the hub cannot be reached, has no such model, or has it without safetensors weights.
    """
    from huggingface_hub import errors

    if Path(text).expanduser().is_dir():
        raise ModelError(f"{text} cannot be loaded: the folder has no config.json with safetensors weights")
    name, revision = split(text)
    try:
        folder = _snapshot(name, revision)
    except errors.HFValidationError:
        raise ModelError(f"there is no folder {text}, and a hub model is named OWNER/NAME") from None
    except errors.GatedRepoError:
        raise ModelError(f"the terms of {name} have to be accepted at the hub first") from None
    except errors.RepositoryNotFoundError:
        raise ModelError(f"the hub has no public model {name}, and there is no folder of that name") from None
    except errors.RevisionNotFoundError:
        raise ModelError(f"the model {name} has no revision {revision}") from None
    except OSError as error:
        if error.strerror and not isinstance(error, ConnectionError):
            raise ModelError(f"{name} cannot be stored: {error.strerror}") from None
        raise ModelError(f"{name} is not on this machine and the hub cannot be reached") from None
    if not _whole(folder):
        raise ModelError(f"{name} has no safetensors weights with a config.json; other forms are not loaded")
    return Snapshot(name, folder.name[:REVISION_DIGITS], folder)


def split(text: str) -> tuple[str, str]:
    """Return the name and the revision of `NAME` or `NAME@REVISION`."""
    name, _, revision = text.partition("@")
    return name, revision or NEWEST


def _snapshot(name: str, revision: str, *, local_files_only: bool = False) -> Path:
    from huggingface_hub import snapshot_download

    wanted, unwanted = list(_WANTED), list(_UNWANTED)
    found = snapshot_download(
        name,
        revision=revision,
        allow_patterns=wanted,
        ignore_patterns=unwanted,
        local_files_only=local_files_only,
    )
    return Path(str(found))


def _whole(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any(_weights(folder))


def _weights(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.glob("*.safetensors")) if file.is_file())
