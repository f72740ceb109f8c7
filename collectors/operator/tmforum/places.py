"""Places: addresses (TMF673), sites (TMF674), locations (TMF675), and places that others hold in themselves.

Of an address neither street nor house is kept: where a service is at home, somebody lives. Its point is that of the
cell of H3 around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from collectors.operator.tmforum.fields import kept_aside, listed, number_of, said, word
from collectors.operator.tmforum.geometry import Shape, read_shape
from domain.place import Place
from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.operator.tmforum.fields import Intake
    from domain.place import PlaceKind

_KNOWN: Final = frozenset(
    (
        *("id", "code", "status", "geometryType", "spatialRef", "accuracy", "latitude", "longitude", "creationDate"),
        *("lastUpdate", "role"),
    )
)
_ADDRESS_UNCERTAINTY_M: Final = 1_500
"""About the radius of a cell of H3 at resolution 7."""


def read_address(payload: Mapping[str, Any], intake: Intake) -> tuple[Place, ...]:
    """Return the place that an address is: its town, never its street.

    Raises:
        ValueError: it has no id.
    """
    place = payload.get("geographicLocation")
    shape = shape_within(place)
    middle = shape.rounded() if shape else None
    return (
        Place(
            id=_own_id(payload, intake),
            kind="address",
            name=word(payload, "city", "locality"),
            region=word(payload, "stateOrProvince"),
            parent=intake.register_id(place),
            latitude=middle[0] if middle else None,
            longitude=middle[1] if middle else None,
            uncertainty_m=_ADDRESS_UNCERTAINTY_M if middle else None,
            source="point" if middle else "address",
            h3=shape.h3() if shape else (),
            attributes=said(country=word(payload, "country")),
        ),
    )


def read_site(payload: Mapping[str, Any], intake: Intake) -> tuple[Place, ...]:
    """Return the place that a site is, and the places in it.

    Raises:
        ValueError: it has no id.
    """
    refs = [*listed(payload.get("place")), *listed(payload.get("geographicLocation"))]
    refs += listed(payload.get("address")) + listed(payload.get("geographicAddress"))
    shape = next((one for ref in (payload, *refs) if (one := shape_within(ref))), None)
    address = next((ref for ref in refs if isinstance(ref, dict) and word(ref, "city", "locality")), {})
    site = _place(
        _own_id(payload, intake),
        "site",
        shape,
        name=word(payload, "name", "code"),
        region=word(address, "stateOrProvince") or word(address, "city", "locality"),
        parent=next(iter(intake.register_ids(refs)), None),
        attributes=said(code=word(payload, "code"), status=word(payload, "status")) | kept_aside(payload, _KNOWN),
    )
    return (site, *places_within(refs, intake))


def read_location(payload: Mapping[str, Any], intake: Intake) -> tuple[Place, ...]:
    """Return the place that a location is.

    Raises:
        ValueError: it has no id, or its geometry is none.
    """
    shape = read_shape(payload)
    return (
        _place(
            _own_id(payload, intake),
            "area" if shape and shape.is_area else "site",
            shape,
            name=word(payload, "name"),
            attributes=kept_aside(payload, _KNOWN),
        ),
    )


def places_within(refs: list[Any], intake: Intake) -> Iterator[Place]:
    """Yield the places that references hold in themselves: with an id, and a geometry or a town of their own."""
    for ref in refs:
        if not isinstance(ref, dict) or number_of(ref) is None:
            continue
        if is_address(ref):
            if word(ref, "city", "locality", "stateOrProvince"):
                yield from read_address(ref, intake)
        elif shape_within(ref):
            yield from read_location(ref, intake)


def is_address(ref: Any) -> bool:
    """Tell whether a place is an address: its name then is where somebody lives."""
    if not isinstance(ref, dict):
        return False
    kinds = (ref.get(name) for name in ("@referredType", "@type", "href", "role"))
    return "streetName" in ref or "postcode" in ref or any("address" in str(kind).lower() for kind in kinds)


def shape_within(ref: Any) -> Shape | None:
    """Return the geometry that a reference holds, None where it holds none that can be read."""
    try:
        return read_shape(ref) if isinstance(ref, dict) else None
    except ODD_SHAPE:
        return None


def place_name(refs: list[Any]) -> str | None:
    """Return what people call the first of places: an address by its town, others by their name."""
    for ref in refs:
        if called := word(ref, "city", "locality") if is_address(ref) else word(ref, "name"):
            return called
    return None


def _own_id(payload: Mapping[str, Any], intake: Intake) -> str:
    found = intake.register_id(payload)
    if found is None:
        raise ValueError("there is no id")
    return found


def _place(place_id: str, kind: PlaceKind, shape: Shape | None, **more: Any) -> Place:
    return Place(
        id=place_id,
        kind=kind,
        latitude=shape.latitude if shape else None,
        longitude=shape.longitude if shape else None,
        uncertainty_m=shape.uncertainty_m if shape else None,
        source=("polygon" if shape.is_area else "point") if shape else "name" if more.get("name") else None,
        h3=shape.h3() if shape else (),
        **more,
    )
