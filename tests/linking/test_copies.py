"""Which texts count as copies of each other.

`copy_pairs.jsonl` has written pairs: a text, copies of it, and others that are like it, by what was done to it.
Bounds were chosen with the part `tuned`; `kept` was written before and held against them after that; `hard` is
what such a measure is expected to fail on, part of it.
"""

import json
import random
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.post import Post
from linking.copies import CHANGED, LONG, MOST_WORDS, alike, bands, copy_of
from linking.said import FEWEST_WORDS, said

WORD = st.from_regex(r"([bdgklmnprst][aeiou]){1,4}", fullmatch=True)
SENTENCE = st.lists(WORD, min_size=FEWEST_WORDS + 2, max_size=30, unique=True).map(" ".join)
BEGINNING = "I have been a customer with Northwind for more than ten years now and they are "
WRITTEN = [
    json.loads(line) for line in Path(__file__).with_name("copy_pairs.jsonl").read_text(encoding="utf-8").splitlines()
]


def are_copies(one, other):
    """Tell whether the second of two posts would be found and join the first."""
    one, other = said(one), said(other)
    assert alike(one, other) == alike(other, one)
    return bool(set(bands(one)) & set(bands(other))) and alike(one, other)


def wrong(part):
    """Count the written pairs of a part; return the counts and what was missed or joined wrongly."""
    counts, found = Counter(), []
    for base in WRITTEN:
        if base["part"] == part:
            for name, wanted in (("copies", True), ("others", False)):
                for kind, text in base[name].items():
                    counts[name] += 1
                    if are_copies(base["text"], text) != wanted:
                        found.append(f"{name} {base['lang']}: {kind}")
    return counts, found


def test_the_written_pairs_are_many_and_of_many_languages():
    assert sum(len(base["copies"]) + len(base["others"]) for base in WRITTEN) == 281
    assert {"en", "de", "fr", "es", "it", "pt", "tr", "ar", "th", "zh", "ja", "ko", "ru", "hi", "pl", "el"} <= {
        base["lang"] for base in WRITTEN
    }


def test_copies_and_others_of_the_first_parts_are_all_told_apart():
    assert wrong("tuned") == (Counter(copies=74, others=61), [])
    assert wrong("kept") == (Counter(copies=58, others=50), [])


def test_what_is_hard_is_mostly_told_apart():
    """147 of all 152 copies are found and 1 of 148 found is none: recall 0.967, precision 0.993."""
    assert wrong("hard") == (
        Counter(copies=20, others=18),
        [
            "copies en: article left out",
            "copies en: two slips in a word",
            "others en: name in a long template",
            "copies zh: a sign taken for another",
            "copies th: letter left out",
            "copies th: laughter behind it",
        ],
    )


@given(SENTENCE, st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.integers(0, 10**9))
def test_a_share_is_a_copy_of_what_it_shares(text, handle, number):
    assert are_copies(text, f"RT @{handle}: {text}")
    assert are_copies(text, f"{text} https://x.example/{number}")
    assert are_copies(text, f"@{handle}{number} {text.upper()}!")


@given(SENTENCE, SENTENCE, st.integers(0, 9999))
def test_another_end_or_number_makes_another_text(text, end, number):
    assert not are_copies(f"{text} it is great", f"{text} but then")
    assert not are_copies(f"{text} {number} {end}", f"{text} {number + 1} {end}")
    assert not are_copies(text, f"{text} {end}")


@given(SENTENCE, SENTENCE)
def test_a_share_that_was_cut_off_joins_what_it_is_a_piece_of(text, end):
    assert are_copies(f"{text} {end}", f"RT @a: {text} {end[:4]}…")
    assert are_copies(f"RT @a: {text} {end[:4]}…", f"RT @a: {text} {end}…")
    assert not are_copies(f"qq {text} {end}", f"RT @a: {text} {end[:4]}…")


SUNSET = "Such a #sunset over #Leeds tonight #goldenhour @photoclub #Northwind #Phone10 #nofilter #Yorkshire"
PLEASE = "Come on Northwind, it cannot take this long every time to speak to a human being! #queue @northwind"


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        (f"{PLEASE} https://a.example/17", f"RT @ann: {PLEASE} h…"),
        (f"{PLEASE} https://a.example/17", f"RT @ann: {PLEASE} https://a.ex…"),
        (f"{PLEASE} #callme", f"RT @ann: {PLEASE} #ca…"),
        (f"{PLEASE} @ofcom", f"RT @ann: {PLEASE} @of…"),
        (f"{PLEASE} and then they hang up on me", f"RT @ann: {PLEASE} and th…"),
        (f"{PLEASE} and then they hang up on me", f"{PLEASE} and then… Read more"),
        (SUNSET, f"RT @ann: {SUNSET}"),
        (SUNSET, f"RT @ann: {SUNSET[:-12]}…"),
    ],
)
def test_wherever_a_share_is_cut_off(text, piece):
    assert are_copies(text, piece)


def test_a_number_may_stand_close_to_its_unit():
    text = "My speed with Northwind in Leeds tonight is {} on 5G, I measured it three times"
    assert are_copies(text.format("3.5 Mbit"), text.format("3,5Mbit"))
    assert not are_copies(text.format("3.5 Mbit"), text.format("35Mbit"))
    assert not are_copies(text.format("1,500 Kbit"), text.format("1.5 Kbit"))
    assert are_copies(text.format("1,500 Kbit"), text.format("1500kbit"))


def test_hashtags_behind_a_text_are_no_part_of_it_and_one_in_the_place_of_another_is_a_name():
    text = "the worst service that I have ever seen from anybody in all my life"
    assert are_copies(f"{text} #fail #angry", f"{text} #worst #never #again")
    assert are_copies(f"{text} #Northwind", f"{text} #Northwind #fail")
    assert not are_copies(f"{text} #Northwind", f"{text} #Ozmera")
    assert not are_copies("my verdict #Northwind #a #b #c #d #e #f", "my verdict #Ozmera #a #b #c #d #e #f")


def test_an_author_who_trails_off_is_not_cut_off():
    assert not are_copies("so this is what I get for it...", "so this is what I get for it in the end, thank you all")


def test_short_texts_are_said_by_many_on_their_own():
    posts = [
        Post(source="s", native_id=key, text="thank you so much", created_at=datetime(2026, 1, 1, tzinfo=UTC))
        for key in "12"
    ]
    assert [copy_of(post).key for post in posts] == [post.id for post in posts]
    assert not are_copies("thank you so much", "thank you so much")


def test_two_hundred_posts_that_differ_in_a_number_are_so_many():
    texts = [said(f"My speed with Northwind in Leeds tonight is {n} Mbit, as measured at home") for n in range(200)]
    assert not any(alike(texts[n], texts[n + 1]) for n in range(199))
    # Nor are they compared with each other for more than the eight words that they begin with.
    assert {len(set(bands(texts[n])) & set(bands(texts[n + 1]))) for n in range(199)} == {1}


def distance(some, others):
    """Return how many words have to be added, left out or changed, by the book."""
    row = list(range(len(others) + 1))
    for place, one in enumerate(some, 1):
        before, row[0] = row[0], place
        for at, other in enumerate(others, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (one != other))
    return row[-1]


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.integers(0, 6))
def test_long_texts_may_differ_in_one_word_of_so_many(seed, changes):
    chance = random.Random(seed)
    text = [chance.choice("qwrtypsdfghjkl") + chance.choice("aeiou") for _ in range(LONG + 20)]
    other = list(text)
    # At the ends, and close to each other, it is easiest to be wrong about how many changes there are.
    around = chance.choice((0, len(text) - 1, chance.randrange(len(text))))
    for _ in range(changes):
        place = min(max(around + chance.randint(-3, 3), 0), len(other) - 1)
        other[place : place + chance.randrange(2)] = chance.choice(([], ["zz" + chance.choice("aei")]))
    one, another = said(" ".join(text)), said(" ".join(other))
    allowed = int(min(one.size, another.size) / CHANGED)
    assert alike(one, another) == (distance(one.words, another.words) <= allowed)


def test_news_that_was_edited_is_found_by_its_bands():
    chance = random.Random(4)
    words = [f"{chance.choice('bdfgklmnprst')}{chance.choice('aeiou')}{n:x}".translate(DIGITS) for n in range(300)]
    for _ in range(50):
        other = list(words)
        for _ in range(7):
            other[chance.randrange(len(other))] = "another"
            other.pop(chance.randrange(len(other))) if chance.random() < 0.4 else None
        assert bool(set(bands(said(" ".join(words)))) & set(bands(said(" ".join(other)))))


DIGITS = str.maketrans("0123456789", "ghijklmnop")


def test_very_long_texts_are_copies_where_they_are_equal():
    text = " ".join(f"word{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}" for n in range(MOST_WORDS + 1))
    assert len(bands(said(text))) == 2
    assert are_copies(text, f"RT @a: {text.upper()}")
    assert not are_copies(text, text.replace("wordbk", "worse", 1))


HOSTILE = {
    "no spaces": "a" * 25_000,
    "ideographs": "网络断了" * 6_000,
    "Thai": "เน็ตล่ม" * 3_500,
    "emoji": "😡" * 25_000,
    "ends of cuts": "…" * 25_000,
    "dots": "a... " * 5_000,
    "hashtags": "#a" * 12_000,
    "hashtags behind": "x " + "#a " * 8_000,
    "topics": "#网#" * 8_000,
    "shares": "RT @a: " * 3_500,
    "via": "- via @a " * 2_800,
    "via and spaces": "- via a" + " " * 25_000 + "b",
    "numbers": "1," * 12_000,
    "digits": "1" * 25_000,
    "counters": "😡 1 " * 6_000,
    "likes": "1 likes " * 3_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_strangers_write_takes_time_in_proportion(text):
    """Eight times the text takes less than 24 times the time: what grows with its square takes 64 times."""

    def seconds(text):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            bands(said(text))
            times.append(time.perf_counter() - start)
        return min(times)

    assert seconds(text * 8) < 24 * seconds(text) + 0.05
