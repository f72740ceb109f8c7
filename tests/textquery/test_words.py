"""Words are cut as the plain rules say, however fast that is done."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from textquery.words import MAX_REMEMBERED, MAX_WORD, _Kept, fold, hashtag, hashtags, searchable, spoken, words

TRICKY = "aAbéÉ'’ʼßſKﬁ①Ⅷ３o2O２İıΣς\n\t\"\\&<>漢が한 _-🅰️3️⃣\u2028\u0301ŉ\u00ad\ud800"


@given(st.text(st.sampled_from(TRICKY)) | st.text())
@example("#2’ŉ")
@example("a\u02bcʼnb")
@example("d'l'Orange's")
def test_folding_what_is_folded_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
    assert words(" ".join(words(text))) == words(text)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (
            "d'Orange L’abonnement Qu'Orange dell'Iliad all’Iliad",
            "d orange l abonnement qu orange dell iliad all iliad",
        ),
        ("Turkcell'den Turkcell’in Orange'u Telia´lle O2`dan", "turkcell den turkcell in orange u telia lle o2 dan"),
        ("O2'ҳо Kcell'дің", "o2 ҳо kcell дің"),
        ("зв'язок зв’язок O'Brien can't I'm rock'n'roll", "звязок звязок obrien cant im rocknroll"),
        (
            "North\u200bwind North\u00adwind \u2068Northwind\u2069 North\u200dwind",
            "northwind northwind northwind northwind",
        ),
        ("North&shy;wind North&#173;wind North&zwj;wind", "northwind northwind northwind"),
        ("می\u200cخواهم North\u200cwind", "مي خواهم northwind"),
        ("أُورَنْج أورنـــج اورنج آورنج", "اورنج اورنج اورنج اورنج"),
        ("سلقومى شبكة ۵G ٥G", "سلقومي شبكه 5g 5g"),
        ("סֶלְקוֹם", "סלקומ".replace("מ", "ם")),
        ("IŞIKNET ışıknet Işıknet İŞİKNET", "isiknet isiknet isiknet isiknet"),
        ("ŁĄCZNY łączny Øresund Đuro æon", "laczny laczny oresund duro aeon"),
        ("KT가 LG유플러스 بOrange בOrange", "kt 가 lg 유플러스 ب orange ב orange"),
        ("เหนือลม", "เ ห นื อ ล ม"),
        ("Nоrthwind Билaйн", "northwind билаин"),
        ("Nоrthwind и", "northwind и"),
    ],
)
def test_words_of_every_language(text, cut):
    assert words(text) == cut.split()
    assert words(cut) == cut.split()


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Nó SIGNAL, o2's 5G-mast", ["no", "signal", "o2", "5g", "mast"]),
        ("rock'n'roll 'o2' a''b", ["rocknroll", "o2", "a", "b"]),
        ("O2's Three’s VODAFONE'S 'EE's' Oʼ2ʼs", ["o2", "three", "vodafone", "ee", "o2"]),
        ("Vodafones boys' D's'ton 's a's's", ["vodafones", "boys", "d", "ston", "s", "as"]),
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
@example("#ΣʼA")
@example("#Aʼσ")
@example("#2’ŉ")
def test_the_words_of_a_hashtag_are_words_of_its_text(text):
    assert {word for tag in hashtags(text) for word in words(tag)} <= {word[:MAX_WORD] for word in words(text)}
    assert hashtag("") is hashtag("a #b") is None


def test_what_is_remembered_has_an_end():
    kept = _Kept()
    for code in range(MAX_REMEMBERED + 10):
        assert kept[code] in (chr(code), " ")
    assert len(kept) == MAX_REMEMBERED
