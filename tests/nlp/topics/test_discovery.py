"""Topics on embeddings that fall into clear groups, found by the real BERTopic."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from nlp.topics.assignment import Centring, assign
from nlp.topics.discovery import discover
from tests.support.tree import ROOT

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


@pytest.mark.parametrize(
    "text",
    ["the northwind signal {n}", "signal signal", "\U0001f600", "the and of", ""],
    ids=["one", "twice", "emoji", "common", "none"],
)
def test_posts_of_one_word_have_no_topics(text):
    texts = [text.format(n=n) for n in range(200)]
    embeddings = np.random.default_rng(3).standard_normal((200, 8)).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    assert discover(texts, embeddings, ["en"] * 200, ignore=["northwind"]) == ()


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


WORDS = ["mast", "bill", "shop", "app", "line", "data", "roam", "fibre", "call", "chat", "port", "sim"]


def crowd(count=1_500):
    """Posts of twelve subjects that lie close together, with much that is about nothing."""
    rng = np.random.default_rng(11)
    centres = rng.normal(size=(len(WORDS), 48))
    subjects = rng.integers(len(WORDS) + 3, size=count)
    middle = np.where(subjects[:, None] < len(WORDS), centres[subjects % len(WORDS)], 0)
    rows = (middle + 0.9 * rng.normal(size=(count, 48))).astype(np.float32)
    texts = [f"{WORDS[s % len(WORDS)]} {WORDS[s % len(WORDS)]}{n}" for n, s in enumerate(subjects.tolist())]
    return texts, rows / np.linalg.norm(rows, axis=1, keepdims=True)


def partition(texts, embeddings):
    """Return the name of each post's topic, by its text."""
    topics = discover(texts, embeddings, ["en"] * len(texts))
    given = assign(topics, embeddings)
    return dict(zip(texts, [one.topic.id if one.topic else "" for one in given], strict=True))


def agreement(some, others):
    texts = sorted(some)
    return adjusted_rand_score([some[text] for text in texts], [others[text] for text in texts])


@pytest.fixture(scope="module")
def fitted():
    return partition(*crowd())


def test_noise_in_the_last_digits_changes_next_to_nothing(fitted):
    texts, embeddings = crowd()
    assert len(set(fitted.values())) > len(WORDS) / 2
    for seed in range(2):
        noise = np.random.default_rng(seed).normal(size=embeddings.shape).astype(np.float32)
        assert agreement(fitted, partition(texts, embeddings + 1e-4 * noise)) >= 0.95


def test_the_order_of_posts_changes_next_to_nothing(fitted):
    texts, embeddings = crowd()
    order = np.random.default_rng(1).permutation(len(texts))
    assert agreement(fitted, partition([texts[i] for i in order], embeddings[order])) >= 0.95


ELSEWHERE = """
import json, warnings
warnings.filterwarnings("ignore")
from tests.nlp.topics.test_discovery import crowd, partition
print(json.dumps(partition(*crowd())))
"""


def test_another_processor_finds_the_same_topics(fitted):
    """As on one without AVX-512, as far as its libraries can be told so, and with one thread."""
    older = {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX"}
    environ = {**os.environ, **older, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", ELSEWHERE]
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=True)
    assert agreement(fitted, json.loads(done.stdout.splitlines()[-1])) >= 0.95
