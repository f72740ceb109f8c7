"""Telephone numbers and mail addresses: each has one normal form, and what is none is None."""

import pytest

from textquery.contacts import E164, Mail


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+44 7700 900123", "", "+447700900123"),
        ("0044 (7700) 900-123", "", "+447700900123"),
        ("tel:+447700900123", "", "+447700900123"),
        ("07700 900123", "gb", "+447700900123"),
        ("07700 900123", "", None),
        ("01 09 75 83 51", "FR", "+33109758351"),
        ("12", "GB", None),
        ("n/a", "GB", None),
        ("9" * 5_000, "GB", None),
        ("", "", None),
    ],
)
def test_telephone_numbers(text, region, expected):
    found = E164.parse(text, region)
    assert (found and found.value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Ann@Mail.Example ", "ann@mail.example"),
        ("mailto:ann@mail.example", "ann@mail.example"),
        ("ann@mail", None),
        ("@ann", None),
    ],
)
def test_mail_addresses(text, expected):
    found = Mail.parse(text)
    assert (found and found.value) == expected


@pytest.mark.parametrize("value", [E164.parse("+447700900123"), Mail.parse("a@b.example")])
def test_what_names_a_person_does_not_print(value):
    assert value.value not in f"{value} {value!r}"
