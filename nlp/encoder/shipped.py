"""Which trained weights ship, told without loading them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.enrichment import Model
from domain.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.config import NlpSettings

_TRAINED: Final = Path(__file__).parents[1] / "trained"
SHIPPED: Final[Mapping[str, Path]] = {
    "full": _TRAINED / "earshot-e5-small.safetensors",
    "small": _TRAINED / "earshot-e5-small-6.safetensors",
}
"""The weights of each size (`nlp.size`): all twelve layers of the base, or six that were taught to read like them."""
NAME: Final = SHIPPED["full"].stem
WEIGHTS: Final = SHIPPED["full"]


def encoder_model(settings: NlpSettings) -> Model:
    """Return the name and revision of the encoder that the settings ask for.

    Raises:
        ModelError: the weights are missing.
    """
    base = f"+{settings.encoder}@{settings.encoder_revision}" if settings.encoder else ""
    return Model(shipped_for(settings).stem, revision_of(weights_of(settings)) + base)


def shipped_for(settings: NlpSettings) -> Path:
    """Return the bundled weights of the size that the settings name.

    Raises:
        ModelError: there is no such size.
    """
    if settings.size not in SHIPPED:
        raise ModelError(f"nlp.size is {settings.size!r}; it can be {', '.join(SHIPPED)}")
    return SHIPPED[settings.size]


def weights_of(settings: NlpSettings) -> Path:
    """Return the weights file at work: the one that the settings name, else the bundled one of their size.

    Raises:
        ModelError: the settings name a file that is not there, or a size that there is not.
    """
    if not settings.weights:
        return shipped_for(settings)
    path = Path(settings.weights).expanduser()
    if not path.is_file():
        raise ModelError(f"nlp.weights names {path}, which is not there; make it with: earshot train corrections")
    return path


def revision_of(path: Path) -> str:
    """Return the first 12 hex digits of the SHA-256 of a weights file.

    Raises:
        ModelError: it is missing.
    """
    with present(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def present(path: Path) -> Path:
    """Return the path of a weights file that is there.

    Raises:
        ModelError: it is missing.
    """
    if not path.is_file():
        raise ModelError(f"the trained weights {path} are missing; reinstall Earshot (or see: earshot train --help)")
    return path


def card_of(path: Path) -> dict[str, Any]:
    """Return the measured card beside a weights file.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    card = path.with_suffix(".json")
    try:
        told = json.loads(card.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"the card {card} cannot be read: {error}") from None
    if not isinstance(told, dict):
        raise ModelError(f"the card {card} cannot be read: it is no JSON object")
    return told
