"""Reviews of stars without words."""

from dataclasses import replace

import pytest

from domain.config import NlpSettings
from nlp.enrich import TextEnricher
from nlp.tasks.stars import STARS_MODEL, by_stars
from tests.support.flows import make_post


@pytest.mark.parametrize(
    ("rating", "text", "label"),
    [
        (1.0, "", "negative"),
        (2.5, "...", "negative"),
        (3.0, "", "neutral"),
        (5.0, "", "positive"),
        (None, "★☆☆☆☆", "negative"),
        (None, "⭐️⭐️⭐️⭐️⭐️", "positive"),
        (1.0, "★★★★★", "negative"),
    ],
)
def test_stars_say_how_the_author_feels(rating, text, label):
    told = by_stars(rating, text)
    assert (told.label, told.probabilities[label], told.model, told.empty) == (label, 1.0, STARS_MODEL, None)


@pytest.mark.parametrize(("rating", "text"), [(None, ""), (None, "☆☆☆☆☆"), (8.0, ""), (0.0, ""), (None, " ")])
def test_without_stars_or_their_scale_there_is_nothing_to_say(rating, text):
    assert by_stars(rating, text) is None


@pytest.mark.model
def test_a_review_without_words_takes_its_stars_and_one_with_words_is_read():
    posts = [make_post(0, ""), make_post(1, "★★★★★"), make_post(2, "No signal again, I am furious"), make_post(3, "")]
    posts = [replace(post, rating=rating) for post, rating in zip(posts, (1.0, None, 5.0, None), strict=True)]
    read = [one.sentiment for one in TextEnricher(NlpSettings(), ()).enrich(posts)]
    assert [one.label for one in read] == ["negative", "positive", "negative", "neutral"]
    assert [one.model == STARS_MODEL for one in read] == [True, True, False, False]
    assert read[3].empty
