"""An operator's corrections, trained into the heads."""

import json

import numpy as np
import pytest

from domain.config import NlpSettings
from domain.errors import InputError, ModelError
from nlp.encoder.encoder import Encoder
from nlp.encoder.shipped import WEIGHTS, encoder_model, revision_of, weights_of
from nlp.encoder.weights import load
from nlp.tasks import TASK
from nlp.training.corrections import FILE, CorrectedText, Learned, learn_corrections, save_learned

TOWNS = "Leeds York Hull Bath Ely Ripon Wells Truro Derby Exeter Lincoln Durham Oxford Perth Stirling Dundee"
SLANG = ("the signal in {} is proper mank", "mank broadband in {} again", "what a mank shop in {}")


def quiet(_text):
    pass


def corrections(sentiment="negative", towns=TOWNS):
    """Rows in which readers say what a word of their region means."""
    texts = [said.format(town) for said in SLANG for town in towns.split()]
    return [
        {"id": str(i), "text": text, "lang": "en", "sentiment": sentiment, "urgent": False}
        for i, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """A few written rows to rehearse, for a short run."""
    folder = tmp_path_factory.mktemp("examples")
    written = (WEIGHTS.parents[1] / "training" / "examples" / "written_en.jsonl").read_text().splitlines()
    (folder / "written_en.jsonl").write_text("\n".join(written[:120]))
    return folder


@pytest.fixture(scope="module")
def learned(examples):
    # Sentiments that nobody would guess: what is learned can only come from the corrections.
    return learn_corrections(corrections("positive"), NlpSettings(), quiet, examples=examples)


@pytest.mark.model
def test_what_was_corrected_is_known_afterwards_on_texts_held_out(learned):
    before_after = {(line.rows_of, line.task): (line.before, line.after) for line in learned.table}
    before, after = before_after["corrections", "sentiment"]
    assert after > before
    assert after > 0.9
    assert learned.worse is None
    assert {task for rows_of, task in before_after if rows_of == "corrections"} == {"sentiment", "urgency"}
    assert {"sentiment", "intent", "aspects", "aspect_sentiment"} <= {
        task for rows_of, task in before_after if rows_of == "written"
    }


@pytest.mark.model
def test_the_encoder_and_the_embedding_stay_as_they_were(learned):
    bundled = load(WEIGHTS)
    assert all(np.array_equal(learned.trained.layers[name], layer) for name, layer in bundled.layers.items())
    heads = learned.heads.state()
    assert np.array_equal(heads["embedding.weight"], bundled.heads["embedding.weight"])
    assert not np.array_equal(heads["tasks.sentiment.weight"], bundled.heads["tasks.sentiment.weight"])


@pytest.mark.model
def test_the_new_weights_are_used_where_the_settings_name_them(learned, tmp_path):
    path = save_learned(learned, tmp_path / "models")
    settings = NlpSettings(weights=str(path))
    assert weights_of(settings) == path
    assert encoder_model(settings).revision == revision_of(path) != encoder_model(NlpSettings()).revision
    card = json.loads(path.with_suffix(".json").read_text())
    assert (card["revision"], card["start"]) == (revision_of(path), revision_of(WEIGHTS))
    readings = Encoder.open(settings, weights=weights_of(settings)).read(["the signal in Whitby is proper mank"])
    assert TASK["sentiment"].labels[readings.sentiment[0].argmax()] == "positive"


def told(**values):
    """What a run learned, by its figures alone."""
    lines = [
        CorrectedText(rows_of, "sentiment", "accuracy", 10, before, after)
        for rows_of, (before, after) in values.items()
    ]
    return Learned(None, None, 30, tuple(lines))


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (told(corrections=(0.7, 0.8), written=(0.8, 0.79)), None),
        (told(corrections=(0.7, 0.7), written=(0.8, 0.8)), None),
        (told(corrections=(0.7, 0.6), written=(0.8, 0.9)), "0.700 became 0.600 on the corrections held out"),
        (told(corrections=(0.7, 0.9), written=(0.8, 0.7)), "0.800 became 0.700 on the written held out"),
    ],
)
def test_worse_is_said_with_its_figures(result, reason):
    assert result.worse == reason


def test_worse_weights_are_not_kept_and_the_old_ones_stay(tmp_path):
    (tmp_path / FILE).write_bytes(b"the old ones")
    with pytest.raises(ModelError, match=r"were not kept: 0.700 became 0.600 .* --force keeps them"):
        save_learned(told(corrections=(0.7, 0.6), written=(0.8, 0.9)), tmp_path)
    assert (tmp_path / FILE).read_bytes() == b"the old ones"


@pytest.mark.model
def test_worse_weights_are_kept_by_force(learned, tmp_path):
    worse = Learned(
        learned.trained,
        learned.heads,
        learned.taught,
        (CorrectedText("corrections", "sentiment", "accuracy", 9, 1.0, 0.5),),
    )
    assert load(save_learned(worse, tmp_path, force=True)).name == "earshot-e5-small"


def test_a_handful_is_too_few(examples):
    with pytest.raises(InputError, match="3 corrected posts are too few"):
        learn_corrections(corrections(towns="Leeds"), NlpSettings(), quiet, examples=examples)


def test_weights_that_are_not_there_are_one_sentence(tmp_path):
    with pytest.raises(ModelError, match=r"nlp.weights names .* train corrections"):
        encoder_model(NlpSettings(weights=str(tmp_path / "none.safetensors")))
