"""Services, resources and places: the way from a cell to its customers, and nobody's home."""

from datetime import UTC, datetime

import h3
import pytest

from collectors.operator.tmforum.fields import Intake
from collectors.operator.tmforum.geometry import MOST_CELLS, read_shape
from collectors.operator.tmforum.resources import RESOURCES, read_records
from domain.errors import RecordUnreadable
from domain.identity import customer_pseudonym, register_id
from tests.support.tmforum_payloads import (
    ADDRESS,
    CELL,
    CUSTOMER,
    IMSI,
    LOCATION,
    SERVICE,
    SIM,
    SITE,
    SQUARE,
)

KEY = b"key"
INTAKE = Intake(key=KEY, now=datetime(2026, 11, 22, tzinfo=UTC))
CELL_KEY = "ncgi:234-15:0a1b2c3d4"


def read(name, payload):
    return read_records(RESOURCES[name], payload, INTAKE)


def test_a_service_knows_whose_it_is_and_what_it_rests_on():
    [service] = read("service", SERVICE)
    assert (service.kind, service.state, service.name) == ("mobile", "active", None)
    assert service.customer == customer_pseudonym(KEY, CUSTOMER)
    assert service.supported_by == ("s-core", CELL_KEY, register_id(KEY, f"imsi-{IMSI}"), "s-9")
    assert service.places == ("addr-1",)
    assert service.since == datetime(2024, 2, 1, tzinfo=UTC)
    # What an alarm or a ticket refers to by the same number is the same service.
    assert service.id == register_id(KEY, SERVICE["id"])
    assert service.id != SERVICE["id"]


def test_what_belongs_to_nobody_keeps_its_name():
    [service] = read("service", {"id": "core", "name": "Voice platform", "category": "RFS", "state": "active"})
    assert (service.id, service.name, service.kind, service.customer) == ("core", "Voice platform", "RFS", None)


@pytest.mark.parametrize(
    ("party", "is_customer"),
    [
        ({"id": CUSTOMER, "role": "x", "@referredType": "Customer"}, True),
        ({"id": CUSTOMER, "role": "x", "@type": "BusinessCustomerRef"}, True),
        ({"id": CUSTOMER, "role": "Customer"}, True),
        ({"id": CUSTOMER, "role": "customer", "@type": "RelatedParty"}, True),
        ({"role": "Customer", "partyOrPartyRole": {"id": CUSTOMER, "@type": "PartyRoleRef"}}, True),
        # A person in that role is no number of a customer.
        ({"id": CUSTOMER, "role": "customer", "@referredType": "Individual"}, False),
        ({"role": "Customer", "partyOrPartyRole": {"id": CUSTOMER, "@referredType": "Organization"}}, False),
        ({"id": CUSTOMER, "role": "installer"}, False),
    ],
)
def test_whose_a_service_is(party, is_customer):
    [service] = read("service", {"id": "s", "relatedParty": [party]})
    assert service.customer == (customer_pseudonym(KEY, CUSTOMER) if is_customer else None)


def test_a_cell_is_a_resource_and_a_place_under_one_key():
    place, resource = read("resource", CELL)
    assert (place.id, place.kind, place.parent, place.uncertainty_m) == (CELL_KEY, "cell", "mast-9", 800)
    assert (place.latitude, place.longitude) == (53.8008, -1.5491)
    assert place.h3 == (h3.latlng_to_cell(53.8008, -1.5491, 7),)
    assert (resource.kind, resource.places, resource.supported_by) == ("NRCell", (CELL_KEY, "mast-9"), ("mast-9",))


def test_a_sim_has_no_name_and_no_number():
    [resource] = read("resource", SIM)
    assert (resource.kind, resource.name, resource.customer) == ("SIM", None, customer_pseudonym(KEY, CUSTOMER))


@pytest.mark.parametrize("kind", ["Resource", "PhysicalResource", None])
def test_a_resource_of_no_type_is_what_its_specification_says(kind):
    [resource] = read("resource", {"id": "o-1", "@type": kind, "resourceSpecification": {"name": "OLT"}, "place": {}})
    assert resource.kind == "OLT"


def test_an_address_is_a_town_and_its_point_that_of_the_cell_around_it():
    [place] = read("geographicAddress", ADDRESS)
    assert (place.id, place.kind, place.name, place.region) == ("addr-1", "address", "Northtown", "North")
    assert place.attributes == {"country": "GB"}
    [cell] = place.h3
    middle = h3.cell_to_latlng(cell)
    assert (place.latitude, place.longitude) == pytest.approx(middle, abs=1e-4)
    assert (place.latitude, place.longitude) != pytest.approx((53.80081, -1.54913), abs=1e-4)
    assert place.uncertainty_m >= 1000


def test_a_site_is_part_of_where_it_stands():
    [site] = read("geographicSite", SITE)
    assert (site.id, site.kind, site.name, site.parent) == ("mast-9", "site", "Hillside mast", "loc-9")
    assert site.attributes == {"code": "M9", "status": "active"}
    site, place = read("geographicSite", SITE | {"place": [LOCATION]})
    assert (site.latitude, site.source) == (53.8, "polygon")
    assert (place.id, place.kind) == ("loc-9", "area")


def test_geometry_has_longitude_first_and_cells_latitude():
    [area] = read("geographicLocation", LOCATION)
    assert (area.kind, area.source, area.latitude, area.longitude) == ("area", "polygon", 53.8, -1.5)
    assert h3.latlng_to_cell(53.8, -1.5, 7) in area.h3
    # 22 by 13 kilometres, in cells of some five square kilometres.
    assert 40 < len(area.h3) < 80
    assert 11_000 < area.uncertainty_m < 14_000


@pytest.mark.parametrize(
    ("geometry", "cells"),
    [
        ({"type": "Point", "coordinates": [-1.5, 53.8]}, 1),
        ({"type": "MultiPoint", "coordinates": [[-1.5, 53.8], [-1.4, 53.9], [-1.5, 53.8]]}, 2),
        ({"type": "LineString", "coordinates": [[-1.5, 53.8, 99.5], [-1.5, 53.8001]]}, 1),
        ({"type": "MultiLineString", "coordinates": [[[-1.5, 53.8]], [[-1.4, 53.9]]]}, 2),
        # Smaller than a cell.
        ({"type": "Polygon", "coordinates": [[[-1.5, 53.8], [-1.5, 53.8001], [-1.4999, 53.8], [-1.5, 53.8]]]}, 1),
        # As large as a country: a middle and a radius say enough.
        ({"type": "Polygon", "coordinates": [[[-20, 30], [20, 30], [20, 60], [-20, 60], [-20, 30]]]}, 0),
        ({"type": "Polygon", "coordinates": [[[-1.5, 53.8]]]}, 1),
    ],
)
def test_cells_of_every_geometry(geometry, cells):
    shape = read_shape({"geoJson": {"type": "Feature", "geometry": geometry}})
    assert len(shape.h3()) == cells <= MOST_CELLS
    assert read_shape({"geoJson": geometry}) == shape


@pytest.mark.parametrize(
    "ring",
    [
        [[0, 0], [0.1, 0.1], [0.1, 0], [0, 0.1], [0, 0]],
        [[0, 0], [0, 0], [0, 0], [0, 0]],
        [[179.95, 0], [-179.95, 0], [-179.95, 0.1], [179.95, 0.1], [179.95, 0]],
        [[-180, 89.9], [180, 89.9], [0, 90], [-180, 89.9]],
    ],
)
def test_an_outline_that_is_odd_is_a_place_all_the_same(ring):
    [area] = read("geographicLocation", LOCATION | {"geoJson": {"type": "Polygon", "coordinates": [ring]}})
    assert area.kind == "area"
    assert len(area.h3) <= MOST_CELLS


def test_several_areas_and_holes():
    hole = [[-1.55, 53.75], [-1.45, 53.75], [-1.45, 53.85], [-1.55, 53.85], [-1.55, 53.75]]
    whole, holed = (
        read_shape({"geometry": {"type": "MultiPolygon", "coordinates": [rings]}})
        for rings in ([SQUARE], [SQUARE, hole])
    )
    assert set(holed.h3()) < set(whole.h3())


def test_places_as_version_2_told_them():
    shape = read_shape({"geometry": [{"x": "-1.5", "y": "53.8"}], "accuracy": "30"})
    assert (shape.latitude, shape.longitude, shape.uncertainty_m) == (53.8, -1.5, 30)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [53.8, 153.8]},
        {"type": "Point", "coordinates": ["here", 5]},
        {"type": "Point", "coordinates": [1]},
        {"type": "Circle", "coordinates": [1, 1]},
        {"type": ["Point"], "coordinates": [1, 1]},
        {"type": "Polygon", "coordinates": [1, 1]},
        {"type": "Polygon", "coordinates": [[[[[1]]]]]},
        {"type": "LineString", "coordinates": [[1, 1]] * 30_000},
    ],
)
def test_a_location_that_is_nowhere_is_named(geometry):
    with pytest.raises(RecordUnreadable, match="geographicLocation loc-9"):
        read("geographicLocation", LOCATION | {"geoJson": {"geometry": geometry}})


def test_a_location_without_geometry_is_a_name():
    [place] = read("geographicLocation", {"id": 9, "name": "Northtown", "geoJson": {"geometry": {}}})
    assert (place.id, place.name, place.source, place.h3) == ("9", "Northtown", "name", ())
