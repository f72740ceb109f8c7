"""What all helpdesks share: no card numbers, whose words a message is, how long it stays."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.helpdesks.tickets import HIDDEN_CARD, TicketSettings, message, speaker, ticket_terms, without_cards


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "5500005555555559",
        "2223003122003222",
        "378282246310005",
        "6011000990139424",
        "4222222222222",
    ],
)
def test_the_number_of_a_card_is_hidden(number):
    assert without_cards(f"take it from {number}, please") == f"take it from {HIDDEN_CARD}, please"


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111112",  # a digit that does not check
        "490154203237518",  # an IMEI
        "8944110064591234564",  # a SIM
        "+447700900123",
        "2026-11-20 10:00:00",
        "x4111111111111111",
        "41111111111111110000000",
    ],
)
def test_other_numbers_stay(number):
    assert without_cards(f"about {number} again") == f"about {number} again"


@given(st.text())
def test_text_without_digits_stays_as_it_is(text):
    if not any(character.isdecimal() for character in text):
        assert without_cards(text) == text


def test_only_customers_can_be_linked():
    assert speaker(9, is_customer=True).handle == "9"
    assert speaker(9, is_customer=False).handle is None
    assert speaker(None, is_customer=False) is None


def test_a_message_needs_a_text():
    assert message("<p>No &amp; never</p>", markup=True) == "No & never"
    assert message(" a < b\x00 ", markup=False) == "a < b"
    with pytest.raises(TypeError):
        message(None, markup=False)


def test_how_long_messages_stay_is_configured():
    assert ticket_terms(TicketSettings()).keep == timedelta(days=365)
    assert ticket_terms(TicketSettings(keep_days=90)).keep == timedelta(days=90)
    assert ticket_terms(TicketSettings(keep_days=0)).keep is None
    assert ticket_terms(TicketSettings()).link
