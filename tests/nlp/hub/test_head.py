"""Another model for a task by configuration: tiny ones, made here."""

from datetime import UTC, datetime

import numpy as np
import pytest
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from domain.config import NlpSettings
from domain.errors import ModelError
from domain.post import Post
from nlp.encoder.shipped import NAME
from nlp.enrich import TextEnricher
from nlp.hub.head import HubTask
from nlp.tasks import TASK
from tests.support.tiny_models import tiny_model

pytestmark = pytest.mark.model

TEXTS = ["good network", "bad", "network network good bad", ""]
SEVERAL = {"problem_type": "multi_label_classification"}


def logit(probability):
    return float(np.log(probability / (1 - probability)))


def read(task, folder, labels, leaning, **options):
    """What a model that always says the same gives for a task: its probabilities by label."""
    model = HubTask(TASK[task], tiny_model(folder, labels, leaning=leaning, **options))
    (row,) = model.probabilities(["good network"])
    return dict(zip(TASK[task].labels, map(float, row), strict=True))


def test_columns_follow_the_labels_whatever_their_order(tmp_path):
    found = read("sentiment", tmp_path, ["Positive", "NEG", "neutral"], np.log([0.7, 0.1, 0.2]))
    assert found == pytest.approx({"negative": 0.1, "neutral": 0.2, "positive": 0.7}, abs=1e-5)


def test_numbered_labels_are_negative_neutral_positive(tmp_path):
    found = read("sentiment", tmp_path, ["LABEL_0", "LABEL_1", "LABEL_2"], np.log([0.1, 0.2, 0.7]))
    assert found == pytest.approx({"negative": 0.1, "neutral": 0.2, "positive": 0.7}, abs=1e-5)


def test_a_page_gives_each_text_what_it_gets_alone(tmp_path):
    model = HubTask(TASK["sentiment"], tiny_model(tmp_path, ["positive", "negative", "neutral"]))
    page = model.probabilities(TEXTS)
    assert page.shape == (4, 3)
    assert np.allclose(page[:3].sum(1), 1, atol=1e-5)
    for text, row in zip(TEXTS, page, strict=True):
        assert np.allclose(model.probabilities([text])[0], row, atol=1e-5)
    assert model.probabilities([]).shape == (0, 3)


def test_a_label_that_the_model_does_not_know_is_never_given(tmp_path):
    found = read("emotion", tmp_path, ["joy", "optimism", "anger", "sadness"], np.log([0.4, 0.3, 0.2, 0.1]))
    assert found == pytest.approx({"anger": 0.2, "joy": 0.4, "optimism": 0.3, "sadness": 0.1, "none": 0}, abs=1e-5)


def test_several_labels_of_theirs_may_be_one_of_ours(tmp_path):
    labels = ["anger", "disgust", "joy", "neutral", "surprise"]
    found = read("emotion", tmp_path, labels, np.log([0.2, 0.1, 0.4, 0.1, 0.2]))
    assert found == pytest.approx({"anger": 3 / 8, "joy": 1 / 2, "optimism": 0, "sadness": 0, "none": 1 / 8}, abs=1e-5)


@pytest.mark.parametrize(
    "labels", [["non_irony", "irony"], ["LABEL_0", "LABEL_1"], ["literal", "Sarcastic"], ["not", "ironic"]]
)
def test_irony_by_its_other_names(tmp_path, labels):
    assert read("irony", tmp_path, labels, np.log([0.2, 0.8])) == pytest.approx({"irony": 0.8}, abs=1e-5)


def test_a_model_with_one_output_is_not_always_sure(tmp_path):
    assert read("spam", tmp_path, ["spam"], [logit(0.3)]) == pytest.approx({"spam": 0.3}, abs=1e-5)


def test_intents_of_a_multi_label_model_hold_each_for_itself(tmp_path):
    labels = ["praise", "complaint", "churn threat", "small talk"]
    found = read("intent", tmp_path, labels, [logit(p) for p in (0.1, 0.9, 0.8, 0.5)], **SEVERAL)
    known = {"complaint": 0.9, "praise": 0.1, "churn_threat": 0.8}
    assert found == pytest.approx(dict.fromkeys(TASK["intent"].labels, 0.0) | known, abs=1e-5)


@pytest.mark.parametrize(
    ("task", "labels", "needed"),
    [
        ("sentiment", ["spam", "ham"], "labels negative, neutral and positive"),
        ("sentiment", ["negative", "positive"], "labels negative, neutral and positive"),
        ("sentiment", ["negative", "neutral", "positive", "mixed"], "labels negative, neutral and positive"),
        ("emotion", ["spam", "ham"], "labels anger, joy, optimism, sadness and none"),
        ("urgency", ["yes", "no"], "label.* urgent"),
    ],
)
def test_a_model_with_other_labels_is_refused_in_one_sentence(tmp_path, task, labels, needed):
    name = tiny_model(tmp_path, labels)
    with pytest.raises(ModelError, match=f"the {task} model .* must have the {needed}$") as refused:
        HubTask(TASK[task], name)
    assert name in str(refused.value)


def test_a_missing_model_is_one_sentence(tmp_path):
    with pytest.raises(ModelError, match="there is no folder") as missing:
        HubTask(TASK["sentiment"], str(tmp_path / "nothing"))
    assert "\n" not in str(missing.value)


def test_a_folder_without_weights_is_one_sentence(tmp_path):
    folder = tmp_path / "model"
    tiny_model(folder, ["irony", "other"])
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"the folder has no config.json with safetensors weights"):
        HubTask(TASK["irony"], str(folder))


def test_broken_weights_are_one_sentence(tmp_path):
    name = tiny_model(tmp_path, ["irony", "other"])
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(ModelError, match=r"the irony model .* cannot be loaded") as broken:
        HubTask(TASK["irony"], name)
    assert "\n" not in str(broken.value)


def test_a_model_that_cannot_pad_is_refused(tmp_path):
    name = tiny_model(tmp_path, ["irony", "other"])
    bare = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    PreTrainedTokenizerFast(tokenizer_object=bare, unk_token="[UNK]").save_pretrained(name)
    with pytest.raises(ModelError, match="no padding token"):
        HubTask(TASK["irony"], name)


def test_other_weights_in_the_same_folder_are_another_revision(tmp_path):
    first = HubTask(TASK["irony"], tiny_model(tmp_path, ["irony", "other"], leaning=[0.0, 0.0])).model
    second = HubTask(TASK["irony"], tiny_model(tmp_path, ["irony", "other"], leaning=[1.0, 0.0])).model
    assert first.name == second.name == str(tmp_path)
    assert first.revision != second.revision


def test_one_task_is_replaced_and_the_others_stay(tmp_path):
    name = tiny_model(tmp_path, ["joy", "optimism", "anger", "sadness"], leaning=[0.0, 3.0, 0.0, 0.0])
    enricher = TextEnricher(NlpSettings(emotion=name), [])
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    (read_off,) = enricher.enrich([Post(source="s", native_id="1", text="No signal again", created_at=moment)])
    assert read_off.emotion.model.name == name
    assert read_off.emotion.label == "optimism"
    assert read_off.sentiment.model.name == read_off.irony.model.name == NAME
    assert name in {model.name for model in enricher.models}
