"""Discover topics with BERTopic on the embeddings that the one encoder pass gave.

`nlp.topics.clusters` finds groups that are the same on every machine, class-based TF-IDF names them. Posts are
then given to topics by `nlp.topics.assignment`. No second encoder runs.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.identity import fingerprint
from nlp.clean import model_text
from nlp.topics.assignment import FEWEST_POSTS, Topic
from nlp.topics.clusters import MainDirections, Mixture

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

NEAR_ENOUGH_PERCENTILE: Final = 5.0
"""A post belongs if it is nearer to the centre than this share of the topic's own core."""
TERMS: Final = 8
NAME_TERMS: Final = 3
FEWEST_TO_NAME: Final = 5
"""Texts of the most used language that a topic needs to be named in it."""
STEM: Final = 5
"""Words that share this many first letters count as one in a name."""
TOKEN: Final = re.compile(r"(?u)\b[^\W\d_]{3,}\b")
TELLING: Final = frozenset(
    [
        "bill",
        "call",
        "system",
        "fire",
        "computer",
        "help",
        "web",
        "website",
        "line",
        "text",
        "number",
        "fix",
        "area",
        "test",
        "order",
        "free",
        "upgrade",
        "cancel",
    ]
)
"""Words on the common stop lists that tell much about a telecom service."""
LARGEST_NUMBER: Final = 120
"""A topic holds at least this fraction of the posts: 1 of 120."""
MOST_FEATURES: Final = 30_000
"""Words that may name a topic, the most frequent ones."""


def discover(
    texts: Sequence[str], embeddings: NDArray[np.float32], languages: Sequence[str], *, ignore: Collection[str] = ()
) -> tuple[Topic, ...]:
    """Find the topics of texts, largest first.

    Args:
        texts: n posts; copies should be in once.
        embeddings: shape (n, width), unit length.
        languages: the language of each text; a topic is named in one of them.
        ignore: words that name nothing here, such as the brands' own.

    The same posts give the same topics in any order and on any processor (`nlp.topics.clusters`).
    """
    if len(texts) < FEWEST_POSTS:
        return ()
    # Masks cannot name a topic.
    documents = [model_text(text).replace("@user", " ").replace("http", " ") for text in texts]
    ignored = _ignored(ignore)
    if not _can_be_told_apart(documents, ignored):
        return ()
    said = (f"{code} {text}".encode("utf-8", "replace") for text, code in zip(texts, languages, strict=True))
    marks = [hashlib.sha256(one).digest() for one in said]
    model = _bertopic(len(documents), np.array(sorted(range(len(marks)), key=marks.__getitem__)), ignored)
    labels = np.asarray(model.fit_transform(documents, embeddings)[0])
    named = _in_one_language(documents, labels, languages)
    if _can_be_told_apart(named, ignored):
        model.update_topics(
            named, vectorizer_model=model.vectorizer_model, ctfidf_model=model.ctfidf_model, top_n_words=2 * TERMS
        )
    topics = []
    for label in sorted(set(labels.tolist()) - {-1}):
        # Weights that differ in the last digits are equal: then the alphabet decides.
        weighted = sorted(model.get_topic(label), key=lambda one: (-round(one[1], 6), one[0]))
        terms = tuple(term for term, weight in weighted if term and weight > 0)[:TERMS]
        if terms:
            topics.append(_topic(terms, embeddings[labels == label]))
    return tuple(topics)


def _can_be_told_apart(documents: Sequence[str], ignored: Collection[str]) -> bool:
    """Tell whether there are two words that may name topics; of fewer the libraries make errors and no names."""
    found = set(chain.from_iterable(TOKEN.findall(document.lower()) for document in documents))
    return len(found.difference(ignored)) > 1


def _topic(terms: tuple[str, ...], members: NDArray[np.float32]) -> Topic:
    centre = members.mean(0)
    centre /= np.linalg.norm(centre) + 1e-9
    distinct: dict[str, str] = {}
    for term in terms:
        distinct.setdefault(term[:STEM], term)  # other forms of an earlier one begin alike
    return Topic(
        id=fingerprint({"terms": terms})[:12],
        name=", ".join(list(distinct.values())[:NAME_TERMS]),
        terms=terms,
        centre=centre,
        nearest_cosine=float(np.percentile(members @ centre, NEAR_ENOUGH_PERCENTILE)),
    )


def _bertopic(count: int, starts: NDArray[np.int64], ignored: Sequence[str]) -> Any:
    from bertopic import BERTopic  # takes seconds to import
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    return BERTopic(
        language="multilingual",  # else letters beyond English are cut out of the words
        embedding_model=None,
        umap_model=MainDirections(),
        hdbscan_model=Mixture(fewest=max(12, count // LARGEST_NUMBER), starts=starts),
        vectorizer_model=CountVectorizer(
            stop_words=list(ignored), max_features=MOST_FEATURES, token_pattern=TOKEN.pattern
        ),
        ctfidf_model=ClassTfidfTransformer(),
        top_n_words=2 * TERMS,
        calculate_probabilities=False,
    )


def _in_one_language(documents: Sequence[str], labels: NDArray[np.int64], languages: Sequence[str]) -> list[str]:
    """Return the texts with those left empty that are not in the language which their topic is named in.

    That is the language most used over all, where the topic has enough of it; else its own
    most used one. Otherwise a name would mix words of all who speak of it.
    """
    (overall, _), *_rest = Counter(languages).most_common(1)
    chosen = {}
    for label in set(labels.tolist()):
        spoken = Counter(code for code, own in zip(languages, labels, strict=True) if own == label)
        chosen[label] = overall if spoken[overall] >= FEWEST_TO_NAME else spoken.most_common(1)[0][0]
    return [
        text if code == chosen[int(label)] else ""
        for text, code, label in zip(documents, languages, labels, strict=True)
    ]


def _ignored(words: Collection[str]) -> list[str]:
    from stopwordsiso import stopwords

    spoken = stopwords(("en", "fr", "de", "es", "it", "pt", "ar", "hi", "nl"))
    # Cut as the vectoriser cuts, or "don't" would leave its halves behind.
    silent = {token for word in (*spoken, *words, "amp") for token in TOKEN.findall(word.lower())}
    return sorted(silent - TELLING)
