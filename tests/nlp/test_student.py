"""A smaller encoder learns to read as the one that ships does, and a run that was cut off goes on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from domain.config import NlpSettings
from domain.errors import ModelError
from nlp.encoder.encoder import Encoder
from nlp.encoder.shipped import SHIPPED, encoder_model, revision_of, weights_of
from nlp.encoder.weights import load
from nlp.training import student
from nlp.training.rows import Row
from nlp.training.student import Read, StudentRecipe, distilled, lessons

ROWS = [
    Row(f"{mood} {what} {['today', 'again', 'twice'][n]}", "en", {})
    for mood in ("no", "great")
    for what in ("signal", "service", "roaming", "app")
    for n in range(3)
]
RECIPE = StudentRecipe(passes=1, batch_tokens=64, checkpoint_every=1, learning_rate=1e-3)


def told(line):
    pass


def states(read):
    ids, mask = read.base.batch(read.base.tokenizer([row.text for row in ROWS]))
    with torch.no_grad():
        return read(ids, mask, torch.zeros(len(ids), 1, ids.shape[1]))[0][-1]


def test_it_ends_nearer_to_its_teacher_than_it_began(tmp_path):
    teacher = load(SHIPPED["full"])
    wanted, began = states(Read.of(teacher)), states(Read.of(teacher, RECIPE.layers))
    ended = distilled(teacher, ROWS * 3, tmp_path, replace(RECIPE, passes=3), told)
    assert ended.base.model.config.num_hidden_layers == 6
    assert ((states(ended) - wanted) ** 2).mean() < 0.5 * ((began - wanted) ** 2).mean()


def test_a_run_that_was_cut_off_goes_on_and_ends_as_one_that_was_not(tmp_path, monkeypatch):
    teacher = load(SHIPPED["full"])
    whole = distilled(teacher, ROWS, tmp_path / "whole", RECIPE, told)
    losses, done = student._losses, []

    def cut_off(*args):
        done.append(None)
        if len(done) == 2:
            raise KeyboardInterrupt
        return losses(*args)

    monkeypatch.setattr(student, "_losses", cut_off)
    with pytest.raises(KeyboardInterrupt):
        distilled(teacher, ROWS, tmp_path / "cut", RECIPE, told)
    monkeypatch.undo()
    gone_on = distilled(teacher, ROWS, tmp_path / "cut", RECIPE, told)
    np.testing.assert_allclose(states(gone_on), states(whole), atol=1e-5)


def test_the_small_size_has_half_the_layers_and_its_own_name_and_revision():
    small, full = NlpSettings(size="small"), NlpSettings()
    operations = [Encoder.open(one, weights=weights_of(one)).operations_per_token for one in (small, full)]
    assert operations[1] == 2 * operations[0]
    models = [encoder_model(one) for one in (small, full)]
    assert [one.revision for one in models] == [revision_of(SHIPPED[one.size]) for one in (small, full)]
    assert models[0].name != models[1].name


def test_a_size_that_there_is_not_is_one_sentence():
    with pytest.raises(ModelError, match=r"nlp.size is 'tiny'; it can be full, small"):
        encoder_model(NlpSettings(size="tiny"))


def test_a_further_run_goes_on_from_a_student_and_sees_the_rows_of_our_own_more_often(tmp_path):
    teacher, small = load(SHIPPED["full"]), load(SHIPPED["small"])
    begun, apart = states(Read.of(small)), []
    # All of what it began with is kept, half of it, nothing.
    for kept in (1.0, 0.5, 0.0):
        recipe = replace(RECIPE, kept_of_start=kept, most_steps=3)
        ended = states(distilled(teacher, ROWS, tmp_path / str(kept), recipe, told, start=small))
        apart.append(float(((ended - begun) ** 2).mean()))
    assert apart[0] < 1e-9 < apart[1] < apart[2]
    naming = Row("b", "en", {}, names=(((0, 1),),))
    rows = [Row(text, "en", {}) for text in ("a", "b", "a", "c", "d")]
    seen = lessons([*rows, naming], {"b"}, replace(RECIPE, own_repeat=3, most_others=2))
    assert seen == [naming, naming, naming, rows[0], rows[3]]
