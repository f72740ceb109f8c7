"""Files of models that are damaged or hostile are refused in one sentence with the file's name."""

import gzip
import json

import numpy as np
import pytest
from safetensors.numpy import save

from domain.errors import ModelError
from nlp.encoder.shipped import card_of
from nlp.hub.inventory import inventory
from nlp.language.detector import LanguageCorrection
from nlp.places.gazetteer import SECTION, Gazetteer

ARRAYS = {
    "vectors": np.ones((2, 3), np.int8),
    "unit": np.ones(3, np.float32),
    "scores": np.ones((3, 2), np.float32),
    "bias": np.ones(2, np.float32),
}
ABOUT = {"languages": ["en", "de"], "floor": -9.0, "temperature": 1.5}


def languages(tmp_path, about=ABOUT, **arrays):
    file = tmp_path / "languages.safetensors"
    file.write_bytes(save(ARRAYS | arrays, metadata={"earshot": json.dumps(about)}))
    return LanguageCorrection.open(file)


def test_whole_weights_are_read(tmp_path):
    found = languages(tmp_path)
    assert (found.languages, found.floor, found.temperature) == (("en", "de"), -9.0, 1.5)


@pytest.mark.parametrize(
    "about",
    [
        {"floor": -9.0, "temperature": 1.5},
        ABOUT | {"languages": 7},
        ABOUT | {"temperature": 0},
        ABOUT | {"temperature": None},
        ABOUT | {"floor": float("nan")},
        ABOUT | {"languages": ["en"]},
        [],
    ],
    ids=str,
)
def test_what_is_said_of_language_weights_is_checked(tmp_path, about):
    with pytest.raises(ModelError, match=r"languages\.safetensors cannot be read"):
        languages(tmp_path, about)


@pytest.mark.parametrize(
    "arrays",
    [
        {"vectors": np.ones((3, 3), np.int8)},
        {"vectors": np.ones((2, 4), np.int8)},
        {"vectors": np.ones((2, 3), np.float32)},
        {"unit": np.ones((1, 3), np.float32)},
        {"scores": np.ones(3, np.float32)},
        {"bias": np.array([1, np.inf], np.float32)},
    ],
    ids=lambda arrays: next(iter(arrays)),
)
def test_arrays_of_language_weights_fit_each_other(tmp_path, arrays):
    with pytest.raises(ModelError, match=r"languages\.safetensors cannot be read"):
        languages(tmp_path, **arrays)


@pytest.mark.parametrize(
    "head", ['{"format": "earshot-places-v1"}', "[]", "7", "[" * 100_000], ids=lambda head: head[:9]
)
def test_an_index_of_places_has_a_meaning_for_each_name(tmp_path, head):
    file = tmp_path / "places.gz"
    file.write_bytes(gzip.compress(SECTION.join([head, "Leeds", "leeds\nyork", "0", "a", "0", "a b", "ann"]).encode()))
    with pytest.raises(ModelError, match="the index of places cannot be read"):
        Gazetteer.open(file)


def test_an_index_that_is_damaged_inside(tmp_path):
    file = tmp_path / "places.gz"
    packed = bytearray(gzip.compress(b"leeds" * 1000))
    packed[12] ^= 0xFF
    file.write_bytes(packed)
    with pytest.raises(ModelError, match="the index of places cannot be read"):
        Gazetteer.open(file)


@pytest.mark.parametrize("card", [b"", b"\xff", b"{", b"[1]", b"null", b"[" * 100_000])
def test_a_card_that_cannot_be_read(tmp_path, card):
    (tmp_path / "small.json").write_bytes(card)
    with pytest.raises(ModelError, match=r"the card .*small\.json cannot be read"):
        card_of(tmp_path / "small.safetensors")


def test_models_are_listed_beside_a_broken_card(tmp_path, monkeypatch):
    weights = tmp_path / "small.safetensors"
    weights.write_bytes(b"weights")
    weights.with_suffix(".json").write_bytes(b"{")
    monkeypatch.setattr("nlp.hub.inventory.weights_of", lambda settings: weights)
    from domain.config import NlpSettings

    assert {entry.there for entry in inventory(NlpSettings()) if entry.task == "sentiment"} == {True}
