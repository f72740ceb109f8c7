"""Weights that are damaged, hostile or another's are said to be so in one sentence with the file's name."""

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from domain.errors import ModelError
from nlp.encoder.shipped import WEIGHTS
from nlp.encoder.weights import FORMAT, load


@pytest.fixture(scope="module")
def shipped():
    """What the weights that ship hold, and what they say of themselves."""
    with safe_open(WEIGHTS, framework="numpy") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118


def refused(path):
    with pytest.raises(ModelError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no weights",
        b"\xff" * 64,
        (2**63).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"{}",
        (9).to_bytes(8, "little") + b'{"a": {}}',
    ],
    ids=lambda content: repr(content[:9]),
)
def test_a_file_that_is_none(content, tmp_path):
    file = tmp_path / "weights.safetensors"
    file.write_bytes(content)
    refused(file)


def test_half_a_file(tmp_path):
    file = tmp_path / "weights.safetensors"
    file.write_bytes(WEIGHTS.read_bytes()[:100_000])
    assert "no whole weights file" in refused(file)


@pytest.mark.parametrize("lost", ["smooth", "name", "heads.queries", "step"])
def test_a_part_is_missing(lost, shipped, tmp_path):
    arrays, about = dict(shipped[0]), dict(shipped[1])
    for key in [key for key in arrays if key == lost or key.endswith(f".{lost}")]:
        del arrays[key]
    about.pop(lost, None)
    file = tmp_path / "weights.safetensors"
    save_file(arrays, file, metadata=about)
    refused(file)


def test_numbers_that_are_none(shipped, tmp_path):
    arrays = dict(shipped[0])
    key = next(key for key in arrays if key.startswith("heads.tasks.") and key.endswith(".weight"))
    arrays[key] = np.full_like(arrays[key], np.nan)
    file = tmp_path / "weights.safetensors"
    save_file(arrays, file, metadata=shipped[1])
    assert "numbers that are none" in refused(file)


def test_another_format(tmp_path):
    file = tmp_path / "weights.safetensors"
    save_file({"a": np.zeros(1, np.float32)}, file, metadata={"format": "other"})
    assert refused(file) == f"{file} is not of the format {FORMAT}"
