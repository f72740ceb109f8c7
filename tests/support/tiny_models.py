"""Classifiers small enough to be made in a test, in the form that the model hub keeps them."""

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

WORDS = ("[PAD]", "[UNK]", "good", "bad", "network", "signal")


def tiny_model(folder, labels, *, leaning=None, **options):
    """Save a one-layer classifier with these labels and return its folder's name.

    `leaning` gives each label's logit whatever the text says; without it they are random.
    """
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        **options,
    )
    model = BertForSequenceClassification(config)
    if leaning is not None:
        with torch.no_grad():
            model.classifier.weight.zero_()
            model.classifier.bias.copy_(torch.tensor(leaning))
    model.save_pretrained(folder)
    return str(folder)
