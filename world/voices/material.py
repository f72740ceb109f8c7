"""The written material of the simulated country: the island's, with more languages and what is said of faults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from world.material import Place, Tongue, World, frozen, read_world, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def spoken_material(towns: Sequence[Mapping[str, Any]]) -> World:
    """Return the material of the island with the towns, the languages and what is said of the simulated country."""
    island = read_world()
    known = {tongue.code: tongue for tongue in island.tongues}
    tongues = []
    for code, entry in table("languages", "world.voices").items():
        said = {topic: frozen(moods) for topic, moods in table(code, "world.voices").items()}
        if code in known:
            phrases = {**known[code].phrases, **said}
            tongues.append(replace(known[code], weight=entry["weight"], where=entry["where"], phrases=phrases))
        else:
            tongues.append(Tongue(code=code, phrases=said, **frozen(entry)))
    places = tuple(
        Place(
            name=town["name"],
            region=town["region"],
            weight=town["weight"],
            arabic=town["names"].get("ar", ""),
            names=town["names"],
        )
        for town in towns
    )
    return replace(island, tongues=tuple(tongues), places=places)
