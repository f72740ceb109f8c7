"""A larger model's soft labels: how they are come by, kept, and learned from."""

from itertools import product

import numpy as np
import pytest
import torch

from nlp.tasks import TASK
from nlp.training.mixture import TrainingRows
from nlp.training.rows import Row
from nlp.training.soft_labels import SoftLabels, soft_label_loss
from nlp.training.teacher import TeacherRecipe, soft_labels_of
from tests.support.tiny_models import tiny_model

ANGER, JOY = (TASK["emotion"].labels.index(label) for label in ("anger", "joy"))
QUICK = TeacherRecipe(
    batch_tokens=32, learning_rate=0.02, heads_learning_rate=0.05, dropout=0.0, checkpoint_every=9, frozen_layers=0
)


@pytest.fixture
def encoder(tmp_path):
    torch.manual_seed(0)
    return tiny_model(tmp_path / "encoder", ["a", "b"])


@pytest.fixture
def corpus():
    things = [" ".join(some) for count in (1, 2, 3, 4) for some in product(["signal", "network"], repeat=count)]
    moods = [(f"{word} {thing}", label) for thing in things for word, label in (("good", JOY), ("bad", ANGER))]
    felt = [Row(text, "en", {"emotion": (label,)}, "tweeteval") for text, label in moods]
    sworn = [Row(f"bad bad {word}", "en", {"offensive": (1,)}, "tweeteval") for word in ("signal", "network")]
    foreign = [Row("bad réseau", "fr", {"emotion": (ANGER,)}, "tweeteval")]
    return TrainingRows(train=(felt + sworn + foreign) * 4, holdout=[], dev={"tweeteval_emotion": felt})


def test_a_teacher_learns_from_labels_and_says_so_of_every_row_in_its_language(encoder, corpus, tmp_path):
    told = []
    soft_labels = soft_labels_of(encoder, corpus, tmp_path / "work", QUICK, told.append)
    rows = [
        Row("good signal", "en", {}),
        Row("bad network", "en", {}),
        Row("bad réseau", "fr", {}),
    ]
    emotion, offensive = soft_labels.on(rows)["emotion"], soft_labels.on(rows)["offensive"]
    assert emotion[0, JOY] > emotion[1, JOY]
    assert emotion[0, ANGER] < emotion[1, ANGER]
    assert emotion[2].isnan().all()
    assert offensive.shape == (3, 1)
    assert any("emotion on the development rows: " in line for line in told)


def test_a_teacher_that_was_cut_off_goes_on(encoder, corpus, tmp_path):
    first = soft_labels_of(encoder, corpus, tmp_path / "work", QUICK, lambda _line: None)
    told = []
    again = soft_labels_of(encoder, corpus, tmp_path / "work", QUICK, told.append)
    assert any(line.startswith("the teacher goes on at step") for line in told)
    for task, rows in first.probabilities.items():
        np.testing.assert_allclose(rows, again.probabilities[task], atol=1e-2)


def test_opinions_are_kept_without_the_texts(tmp_path):
    path = tmp_path / "soft_labels.npz"
    given = {"irony": np.array([[0.9], [0.2]], np.float32)}
    SoftLabels.about(["so glad it is down again", "it is down"], given, by="a model").save(path)
    kept = SoftLabels.load(path)
    on = kept.on([Row("it is down", "en", {}), Row("never heard", "en", {})])["irony"]
    assert kept.by == "a model"
    assert on[0, 0] == pytest.approx(0.2, abs=1e-3)
    assert on[1].isnan().all()
    assert b"glad" not in path.read_bytes()


@pytest.mark.parametrize("task", ["emotion", "irony"])
def test_who_shares_the_opinion_loses_least(task):
    labels = len(TASK[task].labels)
    wanted = torch.full((2, labels), torch.nan)
    wanted[0] = torch.eye(labels)[0]
    agrees = {task: torch.zeros(2, labels)}
    agrees[task][0, 0] = 5.0
    differs = {task: -agrees[task]}
    assert 0 < soft_label_loss(agrees, {task: wanted}) < soft_label_loss(differs, {task: wanted})
    assert soft_label_loss(agrees, {task: wanted[1:].expand(2, labels)}) == 0
