"""Topics on embeddings that fall into clear groups, found by the real BERTopic."""

import numpy as np
import pytest

from nlp.topics import Centring, assign, discover

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore")]  # warnings of numba and umap are theirs

SUBJECTS = {
    "signal": ["no signal at home", "signal lost on the train", "weak signal in the kitchen", "signal drops daily"],
    "bill": ["my bill is too high", "wrong charge on the bill", "bill shock this month", "the bill doubled again"],
    "shop": ["friendly staff in the shop", "the shop opened late", "shop queue was long", "helpful shop people"],
}


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(3)
    centres = np.linalg.qr(rng.normal(size=(16, 3)))[0].T
    texts, rows, truth = [], [], []
    for k, lines in enumerate(SUBJECTS.values()):
        for i in range(60):
            texts.append(lines[i % len(lines)])
            rows.append(centres[k] + 0.08 * rng.normal(size=16))
            truth.append(k)
    embeddings = np.array(rows, dtype=np.float32)
    return texts, embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True), np.array(truth)


@pytest.fixture(scope="module")
def topics(corpus):
    return discover(corpus[0], corpus[1], ["en"] * len(corpus[0]), ignore=["nova"])


def test_each_group_becomes_a_topic_named_by_its_words(topics):
    assert len(topics) == len(SUBJECTS)
    for subject in SUBJECTS:
        assert any(subject in topic.name for topic in topics), subject


def test_nearly_every_post_finds_its_topic(corpus, topics):
    given = assign(topics, corpus[1])
    assert sum(a.topic is not None for a in given) >= 0.9 * len(given)
    for k in range(len(SUBJECTS)):
        names = {a.topic.id for a, truth in zip(given, corpus[2], strict=True) if truth == k and a.topic}
        assert len(names) == 1
    assert all(0 <= a.probability <= 1 for a in given)


def test_what_is_far_from_all_has_no_topic(topics):
    outside = np.ones((1, 16), dtype=np.float32) / 4
    centres = np.stack([topic.centre for topic in topics])
    outside -= (outside @ centres.T) @ centres
    assert assign(topics, outside / np.linalg.norm(outside))[0].topic is None


def test_the_same_posts_give_the_same_topics(corpus, topics):
    assert [topic.id for topic in discover(corpus[0], corpus[1], ["en"] * len(corpus[0]), ignore=["nova"])] == [
        topic.id for topic in topics
    ]


def test_a_handful_of_posts_has_no_topics(corpus):
    assert discover(corpus[0][:5], corpus[1][:5], ["en"] * 5) == ()


def test_one_subject_in_two_languages_is_one_topic():
    rng = np.random.default_rng(5)
    subjects, tongues = np.linalg.qr(rng.normal(size=(16, 4)))[0].T.reshape(2, 2, 16)
    texts, rows, languages = [], [], []
    for _ in range(60):
        for subject, words in enumerate((("bill", "rechnung"), ("signal", "netz"))):
            for tongue, code in enumerate(("en", "de")):
                texts.append(f"{words[tongue]} {words[tongue]}")
                rows.append(subjects[subject] + 3 * tongues[tongue] + 0.08 * rng.normal(size=16))
                languages.append(code)
    embeddings = np.array(rows, dtype=np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    moved = Centring.of(embeddings, languages).applied(embeddings, languages)
    assert {topic.name for topic in discover(texts, moved, languages)} == {"bill", "signal"}
