"""The outlines of land, countries and regions that maps are drawn on: no map service is asked where anybody lives.

They are those of Natural Earth at 1:50 million (public domain, naturalearthdata.com), to a hundredth of a degree;
regions are those of the four countries that it has them of. `python -m reports.outlines FOLDER` makes the file anew.
"""

from __future__ import annotations

import gzip
import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import shapely
from shapely.geometry import mapping, shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FILE: Final = Path(__file__).parent / "shapes" / "natural-earth.json.gz"
MADE_OF: Final = {
    "land": "ne_50m_land.json",
    "borders": "ne_50m_admin_0_boundary_lines_land.json",
    "regions": "ne_50m_admin_1_states_provinces_lines.json",
}
"""The GeoJSON file of Natural Earth that each kind of outline is from."""
NORTHMOST: Final = 80.0
"""Degrees; nobody telephones nearer to a pole, and Mercator has no end there."""
_STEP: Final = 0.01
_ACROSS: Final = 1_000
"""Of what can be told apart in a view, from side to side."""


class View(NamedTuple):
    """A part of the map, in degrees of Mercator (`mercator`)."""

    west: float
    south: float
    east: float
    north: float


def mercator(latitude: float) -> float:
    """Return how far north a latitude lies on a map after Mercator, in degrees of its equator."""
    return float(_on_map(np.array([[0.0, latitude]]))[0, 1])


def outlines(kind: str, view: View) -> list[dict[str, Any]]:
    """Return the outlines of a kind within a view as GeoJSON features, as fine as it can show them."""
    found = shapely.clip_by_rect(_read()[kind], *view)
    found = shapely.simplify(found, (view.east - view.west) / _ACROSS)
    return [
        {"type": "Feature", "properties": {}, "geometry": mapping(part)}
        for part in shapely.set_precision(found[~shapely.is_empty(found)], _STEP / 10, mode="pointwise")
    ]


@cache
def _read() -> Mapping[str, NDArray[Any]]:
    """Return the outlines of each kind, on a map after Mercator."""
    stored = json.loads(gzip.decompress(FILE.read_bytes()))
    return {kind: shapely.transform([shape(one) for one in some], _on_map) for kind, some in stored.items()}


def _on_map(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    north = np.radians(degrees[:, 1].clip(-NORTHMOST, NORTHMOST))
    return np.column_stack([degrees[:, 0], np.degrees(np.arcsinh(np.tan(north)))])


def made(folder: Path) -> dict[str, list[Mapping[str, Any]]]:
    """Return what is stored of the files of Natural Earth in a folder.

    Raises:
        OSError: one of them is missing.
    """
    found = {}
    for kind, file in MADE_OF.items():
        features = json.loads((folder / file).read_text(encoding="utf-8"))["features"]
        rounded = shapely.set_precision([shape(one["geometry"]) for one in features], _STEP)
        found[kind] = [mapping(one) for one in rounded if not one.is_empty]
    return found


if __name__ == "__main__":
    text = json.dumps(made(Path(sys.argv[1])), separators=(",", ":"))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))
