"""The training run, whole, on a handful of rows; and what may not be trained on."""

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from nlp.encoder.heads import Heads
from nlp.training.calibrate import best_cuts, calibrate, target_table
from nlp.training.data import NearDuplicates, fingerprint
from nlp.training.learn import Recipe, plan
from nlp.training.mixture import DEV, HELD_OUT, HERE, PARTS, Part, read_corpus
from nlp.training.rows import (
    SUBJECTS,
    Row,
    go_emotions_row,
    sentiment_row,
    sentitel_row,
    slots,
    subject_row,
    umsab_row,
    written_row,
)

MOODS = {
    "negative": ["no signal again", "the bill is wrong", "awful service today", "data is so slow"],
    "neutral": ["the shop opens at nine", "new plan from monday", "the tower is tall", "office in the city"],
    "positive": ["great service today", "love the new phone", "fast and friendly", "thanks for the help"],
}
SEMEVAL = Part(file="semeval2017_4a/all.jsonl.gz", reader=sentiment_row)


def write_rows(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path):
    rows = [
        {"id": f"{label}{n}{i}", "text": f"{text} number {'abcdefgh'[i]}", "label": label, "lang": "de", "split": split}
        for label, texts in MOODS.items()
        for n, text in enumerate(texts)
        for i, split in enumerate(["train"] * 4 + ["dev"])
    ]
    folder = tmp_path / "data"
    write_rows(folder / "semeval2017_4a/all.jsonl.gz", [*rows, {**rows[4], "split": "train"}])
    write_rows(folder / "tweeteval/sentiment.jsonl.gz", rows)
    return folder


def test_rows_that_are_measured_on_are_never_trained_on_not_even_nearly(data, tmp_path):
    corpus = read_corpus(data, seed=0, parts=[SEMEVAL], examples=tmp_path)
    near = NearDuplicates(row.text for rows in corpus.dev.values() for row in rows)
    taught = [row for row in corpus.train if row.origin == "semeval2017_4a"]
    assert corpus.used[SEMEVAL.file] == len(taught)
    assert corpus.dropped[SEMEVAL.file] == 49 - corpus.used[SEMEVAL.file] - len(corpus.holdout) > 0
    assert not [row for row in corpus.train + corpus.holdout if row.text in near]


def test_a_row_is_held_out_by_its_words_whatever_else_is_read(data, tmp_path):
    whole = read_corpus(data, seed=0, parts=[SEMEVAL], examples=tmp_path)
    part = read_corpus(data, seed=1, parts=[replace(SEMEVAL, limit=20)], examples=tmp_path)
    learned, held = {row.text for row in whole.train}, {row.text for row in whole.holdout}
    assert held
    assert not held & {row.text for row in part.train}
    assert not learned & {row.text for row in part.holdout}


def test_rows_on_the_list_are_held_out_in_every_run_and_no_equal_text_is_learned(data, tmp_path):
    again = {"id": "copy", "text": "The bill is wrong number c", "label": "neutral", "lang": "de", "split": "train"}
    write_rows(data / "umsab/train_dev.jsonl.gz", [again])
    (tmp_path / HELD_OUT).write_text(json.dumps({SEMEVAL.file: ["negative12"]}))
    umsab = Part(file="umsab/train_dev.jsonl.gz", reader=sentiment_row)
    for seed in (0, 1):
        parts = [replace(SEMEVAL, limit=5), umsab]
        corpus = read_corpus(data, seed=seed, parts=parts, examples=tmp_path)
        assert [row.id for row in corpus.holdout if row.origin == "semeval2017_4a"] == ["negative12"]
        assert not [row for row in corpus.train if row.text.lower() == again["text"].lower()]


def test_the_list_of_held_out_rows_names_files_of_the_mixture():
    listed = json.loads((HERE / HELD_OUT).read_text())
    assert set(listed) <= {part.file for part in PARTS}
    assert all(len(ids) == len(set(ids)) > 0 for ids in listed.values())


def test_one_word_of_ten_makes_a_near_duplicate_and_five_do_not():
    near = NearDuplicates(["one two three four five six seven eight nine ten"])
    assert "ONE two three four five six seven eight nine eleven!" in near
    assert "one two three four five what has that to do" not in near


def test_every_part_of_the_mixture_keeps_away_from_what_is_measured():
    assert {part.split for part in PARTS} == {"train"}
    assert {part.split for part in DEV.values()} == {"dev"}


def test_a_written_row_teaches_what_it_says_and_nothing_else():
    row = written_row({"text": "x", "intents": ["praise"], "aspects": {"price": "positive"}, "urgent": False})
    assert set(row) == {"intent", "aspects", "aspect_sentiment", "urgency", "telecom"}
    assert row["intent"] == (0, 0, 0, 1, 0, 0)
    assert sum(row["aspects"]) == 1
    assert sorted(row["aspect_sentiment"])[-2:] == [-1, 2]


def test_sentitel_says_nothing_of_aspects_that_it_does_not_label():
    opinions = [{"aspect": "MobileMoney", "polarity": "negative"}]
    row = sentitel_row({"extra": {"opinions": opinions}})
    assert sorted(row["aspects"]) == [-1] * 5 + [0] * 6 + [1]


def test_targets_lie_side_by_side_and_unknown_ones_are_minus_one():
    table = target_table([Row("a", "en", {"irony": (1,)}), Row("b", "en", {"sentiment": (2,)})])
    assert table[0, slots()["irony"]] == 1
    assert table[1, slots()["sentiment"]] == 2
    assert (table == -1).sum() == table.size - 2


def test_a_plan_holds_every_row_once_in_bounded_batches():
    tokens = [[0] * n for n in (5, 7, 120, 3, 64, 64, 9)]
    batches = plan(tokens, Recipe(batch_tokens=128))
    assert sorted(i for batch in batches for i in batch) == list(range(len(tokens)))
    assert all(len(batch) * max(len(tokens[i]) for i in batch) <= 128 for batch in batches)
    assert batches == plan(tokens, Recipe(batch_tokens=128))


def test_cuts_lie_where_f1_is_best_and_rare_labels_follow_the_others():
    rng = np.random.default_rng(0)
    yes = rng.random(4_000) < 0.3
    probabilities = np.where(yes, rng.uniform(0.35, 0.9, 4_000), rng.uniform(0.0, 0.36, 4_000))
    truth = np.stack([yes, np.zeros(4_000)], 1).astype(np.int64)
    cuts = best_cuts(truth, np.stack([probabilities, probabilities], 1))
    assert cuts[0] == pytest.approx(0.36, abs=0.02)
    assert cuts[1] == pytest.approx(cuts[0], abs=0.02)


@pytest.mark.model
def test_calibration_lowers_the_log_loss_of_overconfident_heads():
    from nlp.encoder.encoder import Readings

    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 600)
    logits = rng.normal(0, 1, (600, 3)) + 1.0 * np.eye(3)[truth]
    readings = Readings.empty(600, 8)
    readings.probabilities["sentiment"][:] = torch.softmax(torch.from_numpy(logits * 4), -1).numpy()
    heads = Heads(8)
    calibrate(heads, [Row(str(i), "en", {"sentiment": (int(k),)}) for i, k in enumerate(truth)], readings)
    assert float(heads.get_buffer("scale_sentiment")) == pytest.approx(0.3, abs=0.1)


@pytest.mark.model
def test_a_run_that_is_cut_off_goes_on_and_ends_in_weights_that_load(data, tmp_path):
    from nlp.encoder.weights import load
    from nlp.training.learn import learn
    from nlp.training.run import write

    corpus = read_corpus(data, seed=0, parts=[SEMEVAL], examples=tmp_path)
    corpus.holdout.extend(corpus.train[:4])
    recipe, told = Recipe(batch_tokens=128, checkpoint_every=1), []
    run = learn(corpus.train, tmp_path / "work", recipe, told.append)
    again = learn(corpus.train, tmp_path / "work", recipe, told.append)
    assert any(line.startswith("resuming at step") for line in told)
    # Not bit for bit: a busy machine adds up in another order.
    before, after = run.base.model.encoder.state_dict(), again.base.model.encoder.state_dict()
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        np.testing.assert_allclose(tensor, after[name], atol=1e-3, rtol=1e-2)
    write(again.base, again.heads, corpus, tmp_path / "first.safetensors")
    first = load(tmp_path / "first.safetensors")
    further = learn(corpus.train, tmp_path / "on", Recipe(most_steps=1), told.append, start=first)
    assert further.step == 1
    stayed = learn(corpus.train, tmp_path / "on", Recipe(most_steps=1, kept_of_start=1.0), told.append, start=first)
    assert np.array_equal(stayed.heads.state()["queries"], first.heads["queries"])
    assert not np.array_equal(further.heads.state()["queries"], first.heads["queries"])


def test_fingerprints_see_words_alone():
    assert fingerprint("@user NO signal!! http") == "no signal"


def test_hindi_rows_with_labels_of_other_rows_teach_nothing() -> None:
    line = {"text": "kya baat", "label": "positive", "lang": "hi"}
    assert umsab_row(line | {"id": "umsab-hi-train-12"}) == {}
    assert umsab_row(line | {"id": "umsab-hi-train-1200"}) == sentiment_row(line)
    assert umsab_row(line | {"id": "umsab-fr-train-12", "lang": "fr"}) == sentiment_row(line)


def test_subjects_are_numbered_as_they_come() -> None:
    read = subject_row()
    assert [read({"label": label})[SUBJECTS] for label in ("card", "refund", "card")] == [(0,), (1,), (0,)]


def test_a_wish_to_others_is_not_the_mood_of_a_tweet() -> None:
    assert go_emotions_row({"label": ["caring"]}) == {}
    assert go_emotions_row({"label": ["anger"]})["emotion"]


def test_a_run_that_goes_on_starts_uncalibrated() -> None:
    heads = Heads(8)
    before = {name: value.clone() for name, value in heads.named_buffers()}
    for buffer in heads.buffers():
        buffer.fill_(3)
    heads.uncalibrate()
    assert all(torch.equal(value, before[name]) for name, value in heads.named_buffers())
