"""Pseudonyms are the same for the same, others for another purpose, and ids of registers name no person."""

import pytest

from domain.identity import (
    contact_pseudonym,
    customer_pseudonym,
    handle_pseudonym,
    party_pseudonym,
    record_pseudonym,
    register_id,
)

KEY = b"key"


def test_the_same_number_is_another_pseudonym_for_each_purpose_and_key():
    made = [
        customer_pseudonym(KEY, "4711"),
        party_pseudonym(KEY, "4711"),
        contact_pseudonym(KEY, "4711"),
        record_pseudonym(KEY, "bill", "4711"),
        record_pseudonym(KEY, "ticket", "4711"),
        handle_pseudonym(KEY, "bill", "4711"),
        party_pseudonym(b"another", "4711"),
    ]
    assert len(set(made)) == len(made)
    assert "4711" not in str(made)


def test_how_it_is_written_makes_no_difference():
    assert party_pseudonym(KEY, " 4711 ") == party_pseudonym(KEY, "4711")
    assert contact_pseudonym(KEY, " Ann@Mail.Example") == contact_pseudonym(KEY, "ann@mail.example")


@pytest.mark.parametrize(
    "number",
    [
        *("mast-9", "4711", "12345678", "ncgi:234-15:0a1b2c3d4", "NW1_Tokyo_Osaka", "SubNetwork=1,ManagedElement=77"),
        # Its first digits alone could be a telephone number.
        "12345678-2308-4879-8094-973335391980",
    ],
)
def test_what_names_no_person_stays_as_it_is(number):
    assert register_id(KEY, f" {number} ") == number


@pytest.mark.parametrize(
    "number",
    [
        *("447700900123", "+44 7700 900123", "07700-900-123", "imsi-234150999999991", "service447700900123"),
        *("cafe447700900123", "sip:447700900123@ims.example", "ann@mail.example", "8944100030000123456"),
        "12345678-2308-4879-8094-973335391980-447700900123",
    ],
)
def test_what_may_be_the_number_of_a_person_becomes_a_pseudonym(number):
    made = register_id(KEY, number)
    assert made == register_id(KEY, f"{number} ")
    assert made != register_id(b"another", number)
    assert "9001" not in made
    assert "mail" not in made
