"""Geometry of GeoJSON (RFC 7946: longitude first) as a middle, a radius and cells of H3."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import h3

from collectors.parsing.values import parse_number
from transport.foreign import Foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RESOLUTION: Final = 7
MOST_POINTS: Final = 20_000
MOST_CELLS: Final = 2_000
"""Of one place: some 10,000 square kilometres. What is larger has a middle and a radius alone."""
_DEGREE_M: Final = 111_320.0
_LEVELS: Final = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How deep the coordinates of each kind of geometry are nested."""


@dataclass(frozen=True)
class Shape:
    """A geometry: polygons as lists of rings, else points; each point is latitude and longitude in degrees."""

    points: tuple[tuple[float, float], ...]
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...] = ()
    accuracy_m: int | None = None

    @property
    def is_area(self) -> bool:
        """Whether it has an outline."""
        return bool(self.polygons)

    @property
    def latitude(self) -> float:
        """The latitude of its middle."""
        return round(sum(self._edges(0)) / 2, 6)

    @property
    def longitude(self) -> float:
        """The longitude of its middle."""
        return round(sum(self._edges(1)) / 2, 6)

    @property
    def uncertainty_m(self) -> int | None:
        """The radius in metres in which it lies; None of a point that does not say how sure it is."""
        (south, north), (west, east) = self._edges(0), self._edges(1)
        across = (east - west) * math.cos(math.radians(self.latitude))
        radius = math.hypot(north - south, across) * _DEGREE_M / 2
        return max(round(radius), self.accuracy_m or 0) or None

    def h3(self) -> tuple[str, ...]:
        """Return the cells that it covers, sorted; none where they are too many."""
        if not self.polygons:
            cells = {h3.latlng_to_cell(*point, RESOLUTION) for point in self.points}
            return tuple(sorted(cells)) if len(cells) <= MOST_CELLS else ()
        (south, north), (west, east) = self._edges(0), self._edges(1)
        square_km = (north - south) * (east - west) * math.cos(math.radians(self.latitude)) * (_DEGREE_M / 1_000) ** 2
        if square_km > MOST_CELLS * h3.average_hexagon_area(RESOLUTION):
            return ()
        covered: set[str] = set()
        with Foreign():
            # Outlines that cross themselves or hold a pole are the library's to refuse.
            shapes = [h3.LatLngPoly(outer, *holes) for outer, *holes in self.polygons]
            covered.update(cell for shape in shapes for cell in h3.polygon_to_cells(shape, RESOLUTION))
        # An area smaller than a cell may hold the middle of none.
        return tuple(sorted(covered | {h3.latlng_to_cell(self.latitude, self.longitude, RESOLUTION)}))

    def rounded(self) -> tuple[float, float]:
        """Return the middle of the cell of H3 that it lies in."""
        latitude, longitude = h3.cell_to_latlng(h3.latlng_to_cell(self.latitude, self.longitude, RESOLUTION))
        return round(latitude, 4), round(longitude, 4)

    def _edges(self, axis: int) -> tuple[float, float]:
        values = [point[axis] for point in self.points]
        return min(values), max(values)


def read_shape(payload: Mapping[str, Any]) -> Shape | None:
    """Return the geometry of a place of TMF675 or of one that holds one in itself, None where it has none.

    Raises:
        ValueError: it has one that is nowhere, or of no known kind.
    """
    accuracy = parse_number(payload.get("accuracy"))
    accuracy_m = round(accuracy) if accuracy and 0 < accuracy < 1e6 else None
    told = payload.get("geoJson") or payload.get("geometry")
    if isinstance(told, dict):
        inner = told.get("geometry")
        return _of_geojson(inner if isinstance(inner, dict) else told, accuracy_m)
    if isinstance(told, list) and told and isinstance(told[0], dict):
        # As version 2 told points: x is the longitude.
        return Shape(tuple(_point([one.get("x"), one.get("y")]) for one in told[:MOST_POINTS]), accuracy_m=accuracy_m)
    if payload.get("latitude") is not None and payload.get("longitude") is not None:
        return Shape((_point([payload["longitude"], payload["latitude"]]),), accuracy_m=accuracy_m)
    return None


def _of_geojson(geometry: Mapping[str, Any], accuracy_m: int | None) -> Shape | None:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if coordinates in (None, []):
        return None
    if not isinstance(kind, str) or kind not in _LEVELS:
        raise ValueError("a geometry of no known type")
    points = tuple(_points(coordinates, _LEVELS[kind]))
    if not points:
        return None
    if len(points) > MOST_POINTS:
        raise ValueError(f"a geometry of more than {MOST_POINTS} points")
    polygons = coordinates if kind == "MultiPolygon" else [coordinates] if kind == "Polygon" else []
    rings = tuple(tuple(tuple(_points(ring, 1)) for ring in polygon) for polygon in polygons)
    return Shape(points, tuple(polygon for polygon in rings if polygon and len(polygon[0]) > 2), accuracy_m)


def _points(coordinates: Any, level: int) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, list):
        raise TypeError("coordinates that are no list")
    if level == 0:
        yield _point(coordinates)
        return
    for one in coordinates[: MOST_POINTS + 1]:
        yield from _points(one, level - 1)


def _point(pair: Any) -> tuple[float, float]:
    longitude, latitude = (parse_number(one) for one in pair[:2])
    if longitude is None or latitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("a point that is nowhere on Earth")
    return latitude, longitude
