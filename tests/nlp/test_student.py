"""A smaller encoder learns to read as the one that ships does, and a run that was cut off goes on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nlp.encoder.shipped import WEIGHTS
from nlp.encoder.weights import load
from nlp.training import student
from nlp.training.student import Read, StudentRecipe, distilled

TEXTS = [
    f"{mood} {what} {['today', 'again', 'twice'][n]}"
    for mood in ("no", "great")
    for what in ("signal", "service", "roaming", "app")
    for n in range(3)
]
RECIPE = StudentRecipe(passes=1, batch_tokens=64, checkpoint_every=1, learning_rate=1e-3)


def told(line):
    pass


def states(read):
    ids, mask = read.base.batch(read.base.tokenizer(TEXTS))
    with torch.no_grad():
        return read(ids, mask)[0][-1]


def test_it_ends_nearer_to_its_teacher_than_it_began(tmp_path):
    teacher = load(WEIGHTS)
    wanted, began = states(Read.of(teacher)), states(Read.of(teacher, RECIPE.layers))
    ended = distilled(teacher, TEXTS * 3, tmp_path, replace(RECIPE, passes=3), told)
    assert ended.base.model.config.num_hidden_layers == 6
    assert ((states(ended) - wanted) ** 2).mean() < 0.5 * ((began - wanted) ** 2).mean()


def test_a_run_that_was_cut_off_goes_on_and_ends_as_one_that_was_not(tmp_path, monkeypatch):
    teacher = load(WEIGHTS)
    whole = distilled(teacher, TEXTS, tmp_path / "whole", RECIPE, told)
    losses, done = student._losses, []

    def cut_off(*args):
        done.append(None)
        if len(done) == 2:
            raise KeyboardInterrupt
        return losses(*args)

    monkeypatch.setattr(student, "_losses", cut_off)
    with pytest.raises(KeyboardInterrupt):
        distilled(teacher, TEXTS, tmp_path / "cut", RECIPE, told)
    monkeypatch.undo()
    gone_on = distilled(teacher, TEXTS, tmp_path / "cut", RECIPE, told)
    np.testing.assert_allclose(states(gone_on), states(whole), atol=1e-5)
