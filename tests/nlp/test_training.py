"""The training script, whole, on a handful of rows."""

import gzip
import json

import pytest
import torch

from nlp.training.data import fingerprint, read_corpus
from nlp.training.sentiment import Recipe, train
from nlp.weights import load

LINES = {
    "negative": ["no signal again", "the bill is wrong", "awful service today", "data is so slow"],
    "neutral": ["the shop opens at nine", "new plan from monday", "the tower is tall", "office in the city"],
    "positive": ["great service today", "love the new phone", "fast and friendly", "thanks for the help"],
}


@pytest.fixture
def data(tmp_path):
    rows = [
        {"text": f"{text} number {'abcdefgh'[i]}", "label": label, "lang": "de", "split": split}
        for label, texts in LINES.items()
        for text in texts
        for i, split in enumerate(["train"] * 4 + ["dev"])
    ]
    rows.append({**rows[4], "split": "train"})
    for name in ("semeval2017_4a/all", "umsab/train_dev", "tweeteval/sentiment"):
        path = tmp_path / "data" / f"{name}.jsonl.gz"
        path.parent.mkdir(parents=True)
        with gzip.open(path, "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path / "data"


def test_rows_of_dev_are_never_trained_on(data):
    corpus = read_corpus(data, seed=0)
    seen = {fingerprint(row.text) for rows in corpus.dev.values() for row in rows}
    assert not seen & {fingerprint(row.text) for row in corpus.train}
    assert corpus.dropped_as_seen_in_dev == 2


@pytest.mark.model
def test_a_run_that_is_cut_off_goes_on_and_ends_in_weights_that_load(data, tmp_path):
    recipe = Recipe(holdout=8, batch_size=32, checkpoint_every=1)
    told = []
    card = train(data, tmp_path / "out", tmp_path / "work", recipe, told.append)
    assert card["dev"]["tweeteval"]["rows"] == 12
    first = load(tmp_path / "out" / "earshot-e5-small.safetensors")
    assert card["revision"] == first.revision
    train(data, tmp_path / "out", tmp_path / "work", recipe, told.append)
    assert any(line.startswith("resuming at step") for line in told)
    second = load(tmp_path / "out" / "earshot-e5-small.safetensors")
    assert all(torch.equal(first.layers[name], tensor) for name, tensor in second.layers.items())
