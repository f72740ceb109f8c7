"""Where names stand in a text, once it is cleaned, and which tokens they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.clean import MAX_CHARACTERS, model_text
from nlp.encoder.base import packed_base
from nlp.encoder.names import model_text_and_names
from nlp.tasks.toward import MOST
from textquery.places import places_of


def stood(text, *names):
    """Return what is read where each name stood."""
    read, found = model_text_and_names(text, [places_of((name,), text) for name in names])
    return [[read[start:end] for start, end in spans] for spans in found]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Left O2 for Giffgaff, O2 never again", ["O2", "Giffgaff"], [["O2", "O2"], ["Giffgaff"]]),
        ("@O2UK your  bill is wrong &amp; @giffgaff is not", ["O2UK", "giffgaff"], [["@user"], ["@user"]]),
        ("Turkcell'den Vodafone'a geçtim", ["Turkcell", "Vodafone"], [["Turkcell"], ["Vodafone"]]),
        ("ย้ายจากทรูมาเอไอเอส", ["ทรู", "เอไอเอส"], [["ทรู"], ["เอไอเอส"]]),
        ("وموبايلي أحسن", ["موبايلي"], [["موبايلي"]]),
        ("Sky Mobile is not Sky", ["Sky Mobile", "Sky"], [["Sky Mobile"], ["Sky", "Sky"]]),
        ("see https://ee.co.uk/help, EE", ["EE"], [["EE"]]),
        ("nobody here", ["EE"], []),
    ],
)
def test_a_name_stands_where_it_stood(text, names, expected):
    assert stood(text, *names) == expected


def test_an_address_is_read_as_without_the_name_that_stands_in_it():
    text = "write to care@vodafone.com"
    read, _ = model_text_and_names(text, [places_of(("care",), text)])
    assert read == model_text(text)


def test_names_of_a_long_text_are_followed_up_to_its_end():
    text = "EE " + "so slow " * 300 + "EE"
    read, ((first, *more),) = model_text_and_names(text, [places_of(("EE",), text)])
    assert len(read) == MAX_CHARACTERS
    assert (first, more) == ((0, 2), [])


def test_of_many_brands_the_first_are_followed():
    names = [f"Brand{letter}" for letter in "abcdefgh"]
    assert len(stood(" ".join(names), *names)) == MOST


@given(st.text(), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=4))
def test_whatever_stands_in_a_text_it_is_read_as_without_names(text, places):
    names = [[(start, min(len(text), start + length))] for start, length in places if start < len(text)]
    read, found = model_text_and_names(text, names)
    assert read == model_text(text)
    assert all(0 <= start <= end <= len(read) for spans in found for start, end in spans)


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no bars on Vodafone all week", "Vodafone"),
        ("ย้ายจากทรูมาเอไอเอสแล้วดี", "เอไอเอส"),
        ("«Вымпелком» молчит", "Вымпелком"),
    ],
)
def test_the_tokens_of_a_name_are_those_that_spell_it(text, name):
    tokenizer = packed_base().tokenizer
    read, names = model_text_and_names(text, [places_of((name,), text)])
    (ids,), (((*places,),),) = tokenizer.named([read], [names])
    pieces = [tokenizer.backend.id_to_token(ids[place]) for place in places]
    assert name in "".join(pieces)
    assert len("".join(pieces).strip("▁«")) <= len(name) + 2
