"""`earshot analyse`: the black box, with the real model."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.model

LINES = [
    b'{"id": "a", "text": "No signal again, I am furious", "lang": "en"}',
    b"not json",
    b'{"id": 7, "text": "Merci, le service est parfait"}',
    b'{"text": "no id"}',
    b'{"id": "b", "text": "\xff\xfe"}',
    b'{"id": "c", "text": ""}',
    b'{"id": "d", "text": "\\ud800 half a character"}',
    b'{"id": "e", "text": "' + b"long " * 200_000 + b'"}',
    b"{'id': 'x'}",
    '{"id": "f", "text": "😡😡😡"}'.encode(),
    '{"id": "g", "text": "\u202eשלום \u200bالشبكة"}'.encode(),
    b"[" * 100_000,
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("analyse")
    (folder / "in.jsonl").write_bytes(b"\n".join(LINES) + b"\n")
    environ = {**os.environ, "EARSHOT_HOME": str(folder), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "cli", "analyse", "in.jsonl", "--output", "out.jsonl", "--batch-size", "4"]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done, [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def test_the_order_and_the_ids_stay(run):
    assert [line["id"] for line in run[1]] == ["a", 7, "c", "d", "e", "f", "g"]


def test_broken_lines_are_told_with_their_number_and_counted(run):
    done, _ = run
    assert done.returncode == 3
    for number in (2, 4, 5, 9, 12):
        assert f"in.jsonl:{number}:" in done.stderr
    assert "5 lines could not be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_label_has_a_probability_and_a_model(run):
    for line in run[1]:
        probabilities = line["sentiment"]["probabilities"]
        assert abs(sum(probabilities.values()) - 1) < 1e-3
        assert line["sentiment"]["label"] == max(probabilities, key=probabilities.get)
        assert line["sentiment"]["score"] == pytest.approx(
            probabilities["positive"] - probabilities["negative"], abs=1e-3
        )
        assert 0 <= line["language"]["probability"] <= 1
        assert line["model"]["name"]
        assert len(line["model"]["revision"].partition("+")[0]) == 12


def test_moods_and_emptiness(run):
    labels = {line["id"]: line["sentiment"] for line in run[1]}
    assert labels["a"]["label"] == "negative"
    assert labels[7]["label"] == "positive"
    assert labels["c"]["label"] == "neutral"
    assert labels["c"]["empty"] is True


def test_standard_streams(tmp_path):
    environ = {**os.environ, "EARSHOT_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "cli", "analyse", "-"],
        input='{"id": "a", "text": "great"}\n', cwd=tmp_path, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)["id"] == "a"
