"""Every reader of what others send, given what nobody would write: no error but ours comes of it.

A bounded slice of `python -m proof.fuzz`: the same inputs by the same numbers in every run.
"""

import pytest

from tests.support.fuzz_readers import READERS, input_of, run

FEW, MANY = 25, 120
"""Inputs of a source, which is opened anew for each, and of any other reader."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.mark.parametrize("name", READERS)
def test_a_reader_raises_nothing_but_what_is_ours(name, folder):
    for number in range(FEW if name.startswith("source ") else MANY):
        run(READERS[name], input_of(name, number), folder)


def test_an_input_follows_from_its_number_alone():
    assert input_of("feeds", 7) == input_of("feeds", 7)
    assert len({input_of("feeds", number) for number in range(50)}) > 40
