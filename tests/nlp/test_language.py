"""Language identification."""

import pytest

from nlp.language import LanguageDetector

DETECTOR = LanguageDetector()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The network has been down since this morning", "en"),
        ("Le réseau est en panne depuis ce matin", "fr"),
        ("Das Netz ist seit heute Morgen ausgefallen", "de"),
        ("La red está caída desde esta mañana", "es"),
        ("الشبكة معطلة منذ الصباح", "ar"),
    ],
)
def test_whole_sentences(text, code):
    (found,) = DETECTOR.detect([text], [None])
    assert found.code == code
    assert 0.5 < found.probability <= 1
    assert found.model.name == "py3langid"


@pytest.mark.parametrize("text", ["", "@user http", "123 !!", "😡😡"])
def test_nothing_to_read_is_undetermined(text):
    assert DETECTOR.detect([text], [None])[0].code == "und"


def test_a_declared_language_tips_a_doubtful_text_but_not_a_clear_one():
    doubtful, clear = DETECTOR.detect(["hotel signal", "Das Netz ist seit heute Morgen ausgefallen"], ["fr", "fr"])
    assert doubtful.code == "fr"
    assert clear.code == "de"


def test_an_unknown_declared_language_is_ignored():
    assert DETECTOR.detect(["The network is down again"], ["zz-XX"])[0].code == "en"
