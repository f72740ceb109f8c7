"""Which posts count as copies of each other."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from domain.post import Post
from nlp.copies import FEWEST_WORDS, copy_key

SENTENCE = st.lists(st.from_regex(r"[a-z]{2,9}", fullmatch=True), min_size=FEWEST_WORDS, max_size=30).map(" ".join)


def post(text, native_id="1"):
    return Post(source="s", native_id=native_id, text=text, created_at=datetime(2026, 1, 1, tzinfo=UTC))


@given(SENTENCE, st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.integers(0, 10**9))
def test_a_share_is_a_copy_of_what_it_shares(text, handle, number):
    original = copy_key(post(text))
    assert copy_key(post(f"RT @{handle}: {text}", "2")) == original
    assert copy_key(post(f"{text} https://x.example/{number}", "3")) == original
    assert copy_key(post(f"@{handle} {text.upper()} {number}", "4")) == original


def test_a_share_that_was_cut_off_is_still_a_copy():
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    assert copy_key(post(text)) == copy_key(post("RT @a: " + text[:-6] + "…", "2"))


def test_short_texts_are_said_by_many_on_their_own():
    assert copy_key(post("thank you so much", "1")) != copy_key(post("thank you so much", "2"))


def test_other_words_are_no_copy():
    first = "the network has been down in our street since early this morning"
    assert copy_key(post(first)) != copy_key(post(first.replace("street", "village"), "2"))
