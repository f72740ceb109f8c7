"""Training of the language model, on a few made-up posts."""

import gzip
import json

import pytest

from nlp.language.detector import LanguageDetector
from nlp.training.language_rows import has_hindi, measured_rows, read_posts, without_english
from nlp.training.languages import LanguageRecipe, figures, train

SMALL = LanguageRecipe(bits=12, width=4, epochs=2, each=40, stop_words=1, ngrams=1, ngram_length=5, fragments=5)


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def row(text, lang, split="train"):
    return {"text": text, "lang": lang, "split": split}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write(
        folder / "afrisenti/train_dev.jsonl.gz",
        [
            row("Network no dey since morning o", "pcm"),
            row("Una light don come back?", "pcm", "dev"),
            row("RT @user una light don come back", "pcm"),
            row("me din da se network no asɛe", "twi"),
            row("or_dev_00001 Neetworkiin hin jiru har'a", "orm", "dev"),
            row("or_dev_00002 Galatoomi obboleessa koo", "orm", "dev"),
        ],
    )
    write(
        folder / "umsab/train_dev.jsonl.gz",
        [
            row("bhai net nahi chal raha", "hi"),
            row("The cricket match was great and everyone was happy about it", "hi"),
            row("Heute ist das Netz wieder weg, wie immer am Montag", "de"),
            row("Heute ist das Netz wieder weg, wie immer am Dienstag", "de"),
        ],
    )
    for name in ("semeval2017_4a/all", "sentitel_ug/train_dev", "goemotions/all", "banking77/train"):
        write(folder / f"{name}.jsonl.gz", [row(f"I like the {name[:4]} of this network", "en")])
    write(folder / "wisesight_th/train.jsonl.gz", [row("เน็ตช้ามาก", "th")])
    write(
        folder / "lid_short/all.jsonl.gz",
        [
            row("or_dev_00002 Galatoomi obboleessa koo", "om", "test"),
            row("Heute ist das Netz wieder weg, wie immer am Montag!", "de", "test"),
            row("Wow, the network is fast today", "en", "test"),
            row("Only for training", "en"),
        ],
    )
    return folder


def test_what_is_measured_and_what_is_in_dev_is_not_learned(data):
    found = read_posts(data)
    texts = {post.text for post in found.posts}
    assert "Galatoomi obboleessa koo" not in texts
    assert not any("wieder weg" in text for text in texts)
    assert not any("light don come back" in text for text in texts)
    assert found.dropped["om", "measured"] == 1
    assert found.dropped["de", "measured"] == 1
    assert found.dropped["de", "nearly measured"] == 1
    assert found.dropped["pcm", "in dev"] == 1


def test_a_language_that_has_only_a_dev_split_is_learned_from_it(data):
    assert "Neetworkiin hin jiru har'a" in {post.text for post in read_posts(data).posts if post.lang == "om"}


def test_english_that_is_called_hindi_is_not_learned(data):
    from nlp.language.langid import ByteGrams

    found = without_english(read_posts(data), ByteGrams.open(), 0.9)
    assert [post.text for post in found.posts if post.lang == "hi" and post.origin == "umsab"] == [
        "bhai net nahi chal raha"
    ]
    assert found.dropped["hi", "English"] == 1
    assert has_hindi("नेट नहीं चल रहा")


def test_only_the_test_split_is_measured(data):
    assert [post.lang for post in measured_rows(data)] == ["om", "de", "en"]


def test_the_same_seed_gives_the_same_weights_and_their_card_says_what_went_in(data, tmp_path):
    others = {"always English": lambda texts: ["en"] * len(texts)}
    cards = [train(data, tmp_path / name, 3, lambda _: None, recipe=SMALL, others=others) for name in "ab"]
    assert cards[0] == cards[1] == json.loads((tmp_path / "a/earshot-languages.json").read_text())
    card = cards[0]
    assert card["recipe"]["seed"] == 3
    assert card["data"]["banking77"] == 1
    assert card["dropped"]["measured"] == {"de": 1, "om": 1}
    assert card["others"]["always English"]["macro_accuracy"] == pytest.approx(1 / 3, abs=1e-3)
    weights = tmp_path / "a/earshot-languages.safetensors"
    (found,) = LanguageDetector(weights).detect(["The network is down again in the whole town"], [None])
    assert found.code == "en"
    assert found.model.revision.startswith(card["revision"])


def test_each_language_counts_the_same():
    told = figures(["en", "en", "en", "de"], ["en", "en", "en", "fr"])
    assert told["macro_accuracy"] == 0.5
    assert told["confused"] == [{"is": "de", "called": "fr", "rows": 1}]
