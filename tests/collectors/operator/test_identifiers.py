"""Identifiers of telecommunications: each has one normal form, and what is none is None."""

import pytest

from collectors.operator.identifiers import Cell, Imei, Imsi, Msisdn, Plmn, Tai

NCGI = {"plmnId": {"mcc": "234", "mnc": "15"}, "nrCellId": "0A1B2C3D4"}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Imsi, "234150999999991", "234150999999991"),
        (Imsi, "imsi-234150999999991", "234150999999991"),
        (Imsi, "2341509999999912", None),
        (Msisdn, "msisdn-447700900123", "447700900123"),
        (Msisdn, "+447700900123", "447700900123"),
        (Msisdn, "07700900123", None),
        (Imei, "imei-490154203237518", "490154203237518"),
        (Imei, "490154203237517", None),
        (Imei, "imeisv-4901542032375105", "490154203237518"),
    ],
)
def test_numbers_of_subscribers_and_devices(kind, text, expected):
    found = kind.parse(text)
    assert (found and found.value) == expected


def test_what_names_a_person_does_not_print():
    value = Imsi.parse("234150999999991")
    assert value.value not in f"{value} {value!r}"


def test_a_subscription_knows_its_home_network_by_how_many_digits_the_country_uses():
    number = Imsi.parse("310150123456789")
    assert (str(number.plmn(2)), str(number.plmn(3))) == ("310-15", "310-150")
    assert Msisdn.parse("447700900123").e164() == "+447700900123"


def test_a_network_code_with_two_digits_is_not_that_with_three():
    assert Plmn.parse("234-01") != Plmn.parse("234-001")
    assert Plmn.parse({"mcc": "234", "mnc": "01"}) == Plmn.parse("234-01")
    assert [Plmn.parse(one) for one in ("234-1", "23415", {"mcc": 234}, None, 5)] == [None] * 5


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ncgi:234-15:0A1B2C3D4", "ncgi:234-15:0a1b2c3d4"),
        ("234-15-0a1b2c3d4", "ncgi:234-15:0a1b2c3d4"),
        (NCGI, "ncgi:234-15:0a1b2c3d4"),
        ({"ncgi": NCGI, "tai": {}}, "ncgi:234-15:0a1b2c3d4"),
        ({"plmnId": {"mcc": "234", "mnc": "015"}, "eutraCellId": "0a1b2c3"}, "ecgi:234-015:0a1b2c3"),
        ("ecgi:234-15:0a1b2c3", "ecgi:234-15:0a1b2c3"),
        ("ecgi:234-15:0a1b2c3d4", None),
        ("cell-77", None),
        ({"plmnId": "234-15", "nrCellId": ["0a1b2c3d4"]}, None),
        (7, None),
    ],
)
def test_cells_have_one_key(value, expected):
    found = Cell.parse(value)
    assert (found and found.key) == expected


def test_tracking_areas():
    assert Tai.parse({"plmnId": {"mcc": "234", "mnc": "15"}, "tac": "00A1B2"}).key == "tai:234-15:00a1b2"
    assert Tai.parse("tai:234-15:a1b2").key == "tai:234-15:a1b2"
    assert [Tai.parse(one) for one in ("tai:234-15:a1b2c", {}, None)] == [None] * 3
