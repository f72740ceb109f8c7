"""Which trained weights ship, told without loading them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.enrichment import Model
from domain.errors import ModelError

if TYPE_CHECKING:
    from domain.config import NlpSettings

NAME: Final = "earshot-e5-small"
WEIGHTS: Final = Path(__file__).parents[1] / "trained" / f"{NAME}.safetensors"


def encoder_model(settings: NlpSettings) -> Model:
    """Return the name and revision of the encoder that the settings ask for.

    Raises:
        ModelError: the weights are missing.
    """
    base = f"+{settings.encoder}@{settings.encoder_revision}" if settings.encoder else ""
    return Model(NAME, revision_of(weights_of(settings)) + base)


def weights_of(settings: NlpSettings) -> Path:
    """Return the weights file at work: the one that the settings name, else the bundled one.

    Raises:
        ModelError: the settings name a file that is not there.
    """
    if not settings.weights:
        return WEIGHTS
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
