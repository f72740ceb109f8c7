"""Language identification."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ModelError
from nlp.encoder.shipped import revision_of
from nlp.language.detector import LanguageDetector
from nlp.language.langid import ByteGrams

DETECTOR = LanguageDetector()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The network has been down since this morning", "en"),
        ("Le réseau est en panne depuis ce matin", "fr"),
        ("Das Netz ist seit heute Morgen ausgefallen", "de"),
        ("La red está caída desde esta mañana", "es"),
        ("A internet não funciona desde ontem à noite", "pt"),
        ("الشبكة معطلة منذ الصباح", "ar"),
        ("Сегодня опять нет связи, второй день подряд", "ru"),
        ("Sinyal di rumah saya hilang terus, kok belum diperbaiki?", "id"),
        ("เน็ตช้ามากตั้งแต่เมื่อคืน", "th"),
    ],
)
def test_whole_sentences(text, code):
    (found,) = DETECTOR.detect([text], [None])
    assert found.code == code
    assert 0.5 < found.probability <= 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("واش كاين شي مشكل ديال الكونيكسيون هاد النهار؟", "ar-ma"),
        ("wach kayn chi mochkil f connexion dyal lyoum", "ar-ma"),
        ("علاه الكونكسيون راهي ثقيلة بزاف اليوم خاوتي", "ar-dz"),
        ("Abeg wetin dey do una network since morning, e no dey work at all", "pcm"),
        ("ሎሚ ንግሆ ኔትዎርክ የለን እንታይ ኮይኑ እዩ", "ti"),
        ("ዛሬ ጠዋት ጀምሮ ኔትወርክ የለም ምን ተፈጠረ", "am"),
        ("bhai subah se net nahi chal raha, kya problem hai", "hi"),
        ("me net no nyɛ adwuma koraa ɛnnɛ, adɛn nti", "tw"),
    ],
)
def test_what_people_write_where_textbooks_do_not_reach(text, code):
    assert DETECTOR.detect([text], [None])[0].code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Internetið hefur legið niðri síðan í morgun og enginn svarar", "is"),
        ("დილიდან ინტერნეტი არ მუშაობს", "ka"),
        ("આજે સવારથી નેટવર્ક આવતું નથી", "gu"),
        ("Od rana nie ma zasięgu i nikt nie odbiera telefonu", "pl"),
        ("Sabahtan beri internet yok, kimse telefonu açmıyor", "tr"),
    ],
)
def test_languages_that_only_the_base_knows_are_still_found(text, code):
    assert DETECTOR.detect([text], [None])[0].code == code


@pytest.mark.parametrize(
    "text",
    [
        "Three days without signal, when will this be fixed? @user http",
        "O2 is down again in Leeds",
        "EE customer service kept me on hold for an hour",
        "no 4G in Croydon, anyone else?",
    ],
)
def test_english_about_a_network_is_english(text):
    assert DETECTOR.detect([text], [None])[0].code == "en"


def test_the_weights_and_what_they_correct_are_named():
    (found,) = DETECTOR.detect(["The network is down again"], [None])
    assert found.model == DETECTOR.model
    assert DETECTOR.model.name == "earshot-languages"
    assert "+py3langid@" in DETECTOR.model.revision


@pytest.mark.parametrize(
    "text", ["", "@user http", "123 !!", "😡😡", "RT @user: http", "x", "snake_case_name", "\ud800"]
)
def test_nothing_to_read_is_undetermined(text):
    assert DETECTOR.detect([text], [None])[0].code == "und"


def test_handles_and_links_do_not_count():
    bare, dressed = DETECTOR.detect(["Netz ist weg", "@user @user Netz ist weg http"], [None, None])
    assert bare == dressed


def test_a_declared_language_tips_a_doubtful_text_but_not_a_clear_one():
    doubtful, clear = DETECTOR.detect(["hotel signal", "Das Netz ist seit heute Morgen ausgefallen"], ["fr", "fr"])
    assert doubtful.code == "fr"
    assert clear.code == "de"


def test_whoever_declares_arabic_may_write_darija():
    darija = "واش كاين شي مشكل ديال الكونيكسيون هاد النهار؟"
    found = DETECTOR.detect([darija] * 3, ["ar", "ar-MA", "ar_EG"])
    assert {one.code for one in found} == {"ar-ma"}


@pytest.mark.parametrize("declared", ["zz-XX", "", "-", "und"])
def test_an_unknown_declared_language_is_ignored(declared):
    assert DETECTOR.detect(["The network is down again"], [declared])[0].code == "en"


def test_no_texts_have_no_languages():
    assert DETECTOR.detect([], []) == []


@pytest.mark.parametrize(
    "text", ["a" * 500_000, "no signal " * 50_000, "\ud800\udfff network \0 down", "_" * 9_000, "e\u0301" * 5_000]
)
def test_hostile_texts_are_survived(text):
    (found,) = DETECTOR.detect([text], [None])
    assert 0 <= found.probability <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(), st.sampled_from([None, "en", "ar", "zz"])), min_size=1, max_size=6))
def test_a_text_is_read_the_same_alone_and_in_a_batch(posts):
    together = DETECTOR.detect([text for text, _ in posts], [hint for _, hint in posts])
    alone = [DETECTOR.detect([text], [hint])[0] for text, hint in posts]
    assert together == alone
    assert all(0 <= found.probability <= 1 for found in together)


def test_missing_weights_are_one_clear_error(tmp_path):
    with pytest.raises(ModelError, match="missing"):
        LanguageDetector(tmp_path / "none.safetensors")


def test_broken_weights_are_one_clear_error(tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not weights")
    assert revision_of(broken)
    with pytest.raises(ModelError, match="cannot be read"):
        LanguageDetector(broken).detect(["The network is down"], [None])


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("no thread"), KeyError("rows"), ModelError("broken")])
def test_whatever_loading_ends_with_is_handed_on_and_tried_again(monkeypatch, error):
    def broken():
        raise error

    detector = LanguageDetector()
    with monkeypatch.context() as patched:
        patched.setattr(ByteGrams, "open", broken)
        assert detector.load().exception(timeout=60) is error
        with pytest.raises(type(error)):
            detector.detect(["The network is down again"], [None])
    assert detector.detect(["The network is down again"], [None])[0].code == "en"


@pytest.mark.parametrize("text", ["❤️❤️ @user", "👍🏽 http", "👨‍👩‍👧 5️⃣"])
def test_signs_beside_masks_are_in_no_language(text):
    assert DETECTOR.detect([text], [None])[0].code == "und"


def test_what_could_be_in_many_languages_is_undetermined():
    (found,) = DETECTOR.detect(["no signal"], [None])
    assert (found.code, found.probability) == ("und", 1.0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Northwind still no answer", "en"),
        ("no signal", "en"),
        ("Northwind funktioniert nicht", "de"),
        ("brak zasięgu w domu", "pl"),
        ("นานมากไม่มีสัญญาณ", "th"),
    ],
)
def test_languages_that_are_expected_decide_where_a_text_says_little_and_nowhere_else(text, code):
    listening = LanguageDetector(languages=("en", "fr", "de", "es"))
    assert listening.detect([text], [None])[0].code == code
    assert listening.model.revision == f"{DETECTOR.model.revision}+expecting@de,en,es,fr"


def test_what_a_post_declares_goes_before_what_is_expected():
    assert LanguageDetector(languages=("en",)).detect(["no signal"], ["es"])[0].code == "es"
