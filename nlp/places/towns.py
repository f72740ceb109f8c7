"""Which towns lie at a point: what people who live there call it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from nlp.places.gazetteer import Gazetteer

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH_KM: Final = 25.0
"""What is further from every town is nowhere that people would name."""
NEAR_KM: Final = 3.0
"""Within so much of its middle somebody is in a town, and not near it."""
ALSO: Final = 0.2
"""A town is named too whose pull is at least this share of the strongest one's."""
MOST: Final = 3
_EARTH_KM: Final = 6_371.0


def towns_at(latitude: float, longitude: float) -> tuple[str, ...]:
    """Return the names of the towns at a point in degrees (WGS 84), the one that most people mean first.

    Each town pulls with its inhabitants over the square of its distance (Reilly's law of retail gravitation, 1931).
    """
    names, places, inhabitants = _towns()
    here = _on_sphere(np.array([[latitude, longitude]]))[0]
    near = np.flatnonzero(places @ here > np.cos(REACH_KM / _EARTH_KM))
    far_km = _EARTH_KM * np.arccos(np.clip(places[near] @ here, -1, 1))
    pull = inhabitants[near] / (far_km**2 + NEAR_KM**2)
    order = np.argsort(-pull, kind="stable")[:MOST]
    return tuple(dict.fromkeys(names[near[one]] for one in order if pull[one] >= ALSO * pull[order[0]]))


@cache
def _towns() -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    cities = [place for place in Gazetteer.open().everywhere() if place.kind == "city"]
    points = np.array([(place.latitude, place.longitude) for place in cities])
    inhabitants = np.array([max(place.population, 1) for place in cities], dtype=np.float64)
    return [place.name for place in cities], _on_sphere(points), inhabitants


def _on_sphere(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    latitude, longitude = np.radians(degrees).T
    return np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=1
    )
