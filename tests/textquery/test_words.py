"""Words are cut as the plain rules say, however fast that is done."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textquery.words import MAX_REMEMBERED, MAX_WORD, _Kept, fold, hashtag, hashtags, searchable, spoken, words

TRICKY = "aAbéÉ'’ʼßſKﬁ①Ⅷ３o2O２İıΣς\n\t\"\\&<>漢が한 _-🅰️3️⃣\u2028\u0301ŉ\u00ad\ud800"


def plainly(text):
    """Return the words of a text, one rule after the other, one character at a time."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = unicodedata.normalize("NFC", re.sub(r"[\u0300-\u036f\ufe00-\ufe0f\u20e3]", "", folded))
    marks = "['\u2019\u02bc]"
    folded = re.sub(rf"(?<=\w){marks}(?!s(?!{marks}?\w))(?=\w)", "", folded)
    folded = re.sub(rf"(?<=\w){marks}s(?!{marks}?\w)", "", folded)
    folded = re.sub(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])", r" \1 ", folded)
    kept = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    return [word[:MAX_WORD] for word in kept.split()]


@given(st.text(st.sampled_from(TRICKY)) | st.text())
def test_words_are_those_of_the_plain_rules(text):
    assert words(text) == plainly(text)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Nó SIGNAL, o2's 5G-mast", ["no", "signal", "o2", "5g", "mast"]),
        ("rock'n'roll 'o2' a''b", ["rocknroll", "o2", "a", "b"]),
        ("O2's Three’s VODAFONE'S 'EE's' Oʼ2ʼs", ["o2", "three", "vodafone", "ee", "o2"]),
        ("Vodafones boys' D's'ton 's a's's", ["vodafones", "boys", "dston", "s", "as"]),
        ("ＴＨＲＥＥ ﬁbre 3️⃣ straße", ["three", "fibre", "3", "strasse"]),
        ("三网 down", ["三", "网", "down"]),
    ],
)
def test_words_by_example(text, cut):
    assert words(text) == cut
    assert searchable(text) == " ".join(cut)


def test_folding_leaves_what_parts_words():
    assert fold("It'll “O２”\n& Three's") == "itll “o2”\n& three's"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Three is down https://o2.example/x EE", ["three", "is", "down", "ee"]),
        ("WWW.three.example/a,b or\nO2https://ee.example", ["or", "o2"]),
        ("www. is no link", ["www", "is", "no", "link"]),
    ],
)
def test_what_is_said_stands_outside_links(text, said):
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#NorthWind, (#Nó_Signal) and #northwind again", ["＃northwind", "＃no＿signal"]),
        ("#O2's network ＃５Ｇ", ["＃o2", "＃5g"]),
        ("今天#信号#很差", ["＃信号"]),
        ("a#b c&#39;d # #_ ##e", ["＃e"]),
        ("https://a.example/#b www.a.example#c", []),
        ("no tag", []),
        ("#" + "x" * 100, ["＃" + "x" * MAX_WORD]),
    ],
)
def test_hashtags_are_words_of_their_own(text, tags):
    assert hashtags(text) == tags
    assert searchable(text).split() == words(text) + tags
    assert not set(words(" ".join(tags))) & set(tags), "no other word is like it"


@given(st.text(st.sampled_from(TRICKY + "##＃_")))
def test_the_words_of_a_hashtag_are_words_of_its_text(text):
    assert {word for tag in hashtags(text) for word in words(tag)} <= {word[:MAX_WORD] for word in words(text)}
    assert hashtag("") is hashtag("a #b") is None


def test_what_is_remembered_has_an_end():
    kept = _Kept()
    for code in range(MAX_REMEMBERED + 10):
        assert kept[code] in (chr(code), " ")
    assert len(kept) == MAX_REMEMBERED
