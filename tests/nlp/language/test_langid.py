"""py3langid's model, read for many texts at once."""

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nlp.language.langid import ByteGrams

TEXTS = ["The network is down", "LE RÉSEAU EST EN PANNE", "Das Netz ist weg", "", "نت", "7", "ok " * 300, "\ud800"]


@pytest.fixture(scope="module")
def base():
    return ByteGrams.open()


def test_probabilities_are_those_of_the_package(base):
    package = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    for text, row in zip(TEXTS, base.probabilities(TEXTS), strict=True):
        ranked = dict(package.rank(text))
        spoken = 1 - ranked["zxx"]
        for code in ("en", "fr", "de", "id"):
            assert row[base.languages.index(code)] == pytest.approx(ranked[code] / spoken, abs=1e-4)


def test_each_row_sums_to_one(base):
    assert base.probabilities(TEXTS).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_varieties_have_our_codes(base):
    assert "ar-ma" in base.languages
    assert not {"ary", "arz", "nn", "zxx"} & set(base.languages)
