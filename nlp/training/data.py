"""When two rows say the same: what is measured on must not be trained on, not even nearly."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

NEAR: Final = 0.8
"""Jaccard similarity of two rows' words from which they count as the same."""
_WORD: Final = re.compile(r"\w+")


def fingerprint(text: str) -> str:
    """Return the words of a text alone, lower case: what makes two rows the same."""
    words = (word for word in _WORD.findall(text.lower()) if word not in {"user", "http", "rt"})
    return " ".join(words)


class NearDuplicates:
    """Tells whether a text's words equal, or nearly equal, those of a known text."""

    def __init__(self, known: Iterable[str]) -> None:
        self._sets = [frozenset(fingerprint(text).split()) for text in known]
        self._count = Counter(word for words in self._sets for word in words)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for i, words in enumerate(self._sets):
            for word in self._rarest(words):
                self._by_word[word].append(i)

    def __contains__(self, text: str) -> bool:
        words = frozenset(fingerprint(text).split())
        candidates = {i for word in self._rarest(words) for i in self._by_word.get(word, ())}
        return any(len(words & self._sets[i]) >= NEAR * len(words | self._sets[i]) for i in candidates)

    def _rarest(self, words: frozenset[str]) -> list[str]:
        """Return the words of which two near-duplicates must share one (prefix filter)."""
        order = sorted(words, key=lambda word: (self._count.get(word, 0), word))
        return order[: len(order) - int(NEAR * len(order)) + 1]
