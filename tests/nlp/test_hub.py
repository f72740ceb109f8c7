"""Another sentiment model by configuration: a tiny one, made here."""

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from domain.errors import ModelError
from nlp.hub import HubSentiment

pytestmark = pytest.mark.model


def tiny_model(folder, labels):
    words = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "good", "bad", "network"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    config = BertConfig(
        vocab_size=5,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


def test_columns_follow_the_labels_whatever_their_order(tmp_path):
    name = tiny_model(tmp_path / "a", ["positive", "negative", "neutral"])
    model = HubSentiment(name)
    shuffled = model.probabilities(["good network", "bad", "network network good bad"])
    model._order = [0, 1, 2]
    plain = model.probabilities(["good network", "bad", "network network good bad"])
    assert np.allclose(shuffled, plain[:, [1, 2, 0]])
    assert np.allclose(shuffled.sum(1), 1, atol=1e-5)
    assert model.model.name == name


def test_a_model_with_other_labels_is_refused(tmp_path):
    name = tiny_model(tmp_path / "b", ["spam", "ham"])
    with pytest.raises(ModelError, match="labels negative, neutral and positive"):
        HubSentiment(name)


def test_a_missing_model_is_one_sentence(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        HubSentiment(str(tmp_path / "nothing"))
