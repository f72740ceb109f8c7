"""Bring a post's text into the form the encoder was trained on."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from domain.entities import unescape
from domain.marks import stream_safe

MAX_CHARACTERS: Final = 2_000
"""What the encoder may see of one post; its 128 tokens never reach further."""
LOOKED_AT: Final = 2 * MAX_CHARACTERS
"""Characters of a text as written that are looked at; what is masked and left out is longer there."""

_LINK: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
USER: Final = re.compile(r"(?<![\w@])@\w[\w.]*")
"""A user name in a text."""
_INVISIBLE: Final = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_SPACE: Final = re.compile(r"\s+")


def titled(title: str | None, text: str) -> str:
    """Return the text of a post with its title before it, as one text to read."""
    return f"{title}. {text}" if title else text


def model_text(text: str) -> str:
    """Return the text as the encoder reads it: users and links masked, invisible characters gone.

    User names become `@user` and links `http`, as in TweetEval and UMSAB, so that neither can
    carry a label. Lone surrogates and control characters become spaces.
    """
    text = stream_safe(unescape(text[:LOOKED_AT]))
    text = _INVISIBLE.sub("", text)
    text = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)
    text = USER.sub("@user", _LINK.sub("http", text))
    return _SPACE.sub(" ", text).strip()[:MAX_CHARACTERS]


def has_words(text: str) -> bool:
    """Tell whether there is anything to read: a letter, a digit or an emoji."""
    return any(unicodedata.category(c)[0] in {"L", "N", "S"} for c in text)
