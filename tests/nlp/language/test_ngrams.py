"""Character n-grams."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp.language.ngrams import grams

BITS = 17


def found(text):
    return grams([text], bits=BITS).buckets.tolist()


def test_a_word_of_three_letters_has_its_n_grams_with_both_borders():
    # a b c; _a ab bc c_; _ab abc bc_; _abc abc_; _abc_
    assert len(found("abc")) == 3 + 4 + 3 + 2 + 1


def test_case_masks_repeats_and_compatibility_forms_do_not_matter():
    assert found("Goooooal, network DOWN") == found("goooal network down")
    assert found("@user no signal http") == found("no signal")
    assert found("𝗻𝗼 signal") == found("no signal")


def test_numbers_and_identifiers_are_not_words_but_digits_in_words_count():
    assert found("wa3rin 24 row_id_7") == found("wa3rin")
    assert found("wa3rin") != found("warin")


def test_order_of_words_does_not_matter():
    assert sorted(found("kuota habis lagi")) == sorted(found("lagi habis kuota"))


def test_letters_are_counted():
    assert grams(["no 4G!", "", "5"], bits=BITS).letters.tolist() == [3, 0, 0]


@given(st.lists(st.text(max_size=40), max_size=5))
def test_texts_do_not_touch(texts):
    together = grams(texts, bits=BITS)
    assert len(together.offsets) == len(texts) + 1
    for i, text in enumerate(texts):
        alone = grams([text], bits=BITS)
        assert np.array_equal(alone.buckets, together.buckets[together.offsets[i] : together.offsets[i + 1]])
        assert alone.letters[0] == together.letters[i]
