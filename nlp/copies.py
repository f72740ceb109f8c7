"""Which posts say the same: shares, syndicated news, campaigns and coordinated copies.

Two posts are copies when, after retweet marks, links, user names and digits are gone, their
first words are the same. The key depends on the post alone, so groups form as posts stream
by. Short texts (a bare "thank you") are never copies: people say such things on their own.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from domain.post import Post

LEADING_WORDS: Final = 12
FEWEST_WORDS: Final = 8

_SHARE_MARK: Final = re.compile(r"^\s*(?:rt|via)\s+@\w+:?\s*", re.IGNORECASE)
_NOT_WORDS: Final = re.compile(r"(?:https?://|www\.)\S*|@\w+|\d+", re.IGNORECASE)
# Looked for from the beginnings of words alone: from each of its characters, a word without end takes hours.
_CUT_END: Final = re.compile(r"(?<!\S)\S*(?:…|\.\.\.)\s*$")


def copy_key(post: Post) -> str:
    """Return the key that near-identical posts share; the post's own id where the text is short."""
    text = _CUT_END.sub("", _SHARE_MARK.sub("", post.text.strip()))
    leading = words(_NOT_WORDS.sub(" ", text))[:LEADING_WORDS]
    if len(leading) < FEWEST_WORDS:
        return post.id
    return hashlib.sha256(" ".join(leading).encode()).hexdigest()[:16]


def once_each(texts: Sequence[str], keys: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the first text of each group of copies, and for every text the place of its group's."""
    first: dict[str, int] = {}
    read: list[str] = []
    for text, key in zip(texts, keys, strict=True):
        if key not in first:
            first[key] = len(read)
            read.append(text)
    return read, np.array([first[key] for key in keys], dtype=np.int64)
