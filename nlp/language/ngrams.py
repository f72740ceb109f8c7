"""Character n-grams of many texts at once, hashed into buckets: numpy over one array of code points."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.marks import stream_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ORDERS: Final = (1, 2, 3, 4, 5)
"""Lengths of the n-grams, in characters; a word's two borders count as one character each."""

SPACE: Final = 32
_APOSTROPHE: Final = ord("'")
_SEPARATOR: Final = "\0"
# Escaped line ends and the word URL stand where an export masked a line end or a link.
_MASKS: Final = re.compile(r"@user\b|\bhttp\b|\burl\b|\brt\b|\\n", re.IGNORECASE)

_BREAK, _LETTER, _DIGIT, _LOW_LINE, _QUOTE = range(5)
_SIGNS: Final = {"_": _LOW_LINE, "'": _QUOTE, "’": _QUOTE, "ʼ": _QUOTE}
_BY_CATEGORY: Final = {"L": _LETTER, "M": _LETTER, "N": _DIGIT}


@dataclass(frozen=True, kw_only=True)
class Grams:
    """The n-grams of some texts.

    `buckets` holds those of all texts one after the other, int32; text i has the slice
    `offsets[i]:offsets[i + 1]`. `letters` counts the letters of each text, (n,).
    """

    buckets: NDArray[np.int32]
    offsets: NDArray[np.int64]
    letters: NDArray[np.int64]


def readable(text: str) -> str:
    """Return the text without what is in no language: masked users and links, marks of reposts, wide gaps."""
    return " ".join(_MASKS.sub(" ", stream_safe(text)).split())


def grams(texts: Sequence[str], *, bits: int) -> Grams:
    """Hash the n-grams of the words of each text into 2**bits buckets.

    Words are letters, marks and apostrophes, and digits among them (Twi *y3*, Darija *wa3rin*). What has a low
    line or no letter is not a word. Letters are lower case and in compatibility form, and stand at most
    twice in a row (*goooal*). No n-gram reaches over the border of its word.
    """
    codes, owner, letters = _words(texts)
    inside = np.cumsum(codes == SPACE)
    mixed = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    rolling, found, owners = mixed, [], []
    for order in range(1, max(ORDERS) + 1):
        count = max(0, len(codes) - order + 1)
        if order > 1:
            rolling = (rolling[:count] * np.uint64(0x100000001B3)) ^ mixed[order - 1 :]
        first, last = codes[:count] == SPACE, codes[order - 1 :] == SPACE
        between = inside[max(order, 2) - 2 :][:count] - inside[:count]
        wanted = ~(first & last) if order <= 2 else between == 0
        hashed = rolling[wanted]
        stirred = (hashed ^ (hashed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(order * 0x1234567)
        found.append((stirred >> np.uint64(64 - bits)).astype(np.int32))
        owners.append(owner[:count][wanted])
    by_order = np.concatenate(owners)
    offsets = np.zeros(len(letters) + 1, np.int64)
    np.cumsum(np.bincount(by_order, minlength=len(letters)), out=offsets[1:])
    by_text = np.argsort(by_order, kind="stable")
    return Grams(buckets=np.concatenate(found)[by_text], offsets=offsets, letters=letters)


def _words(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int64]]:
    """Return the code points of all words, whose text each is, and how many letters each text has.

    A space stands before each word and after the last word of a text; texts do not share theirs.
    """
    wrapped = (readable(text).replace(_SEPARATOR, " ") for text in texts)
    joined = "".join(f"{_SEPARATOR}{text}{_SEPARATOR}" for text in wrapped)
    joined = unicodedata.normalize("NFKC", joined).lower()
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    pages = np.flatnonzero(np.bincount(codes >> 8))  # of 256 code points: each is looked up once
    table = np.stack([_page(int(page)) for page in pages]) if len(pages) else np.zeros((1, 256), np.uint8)
    row = np.zeros(int(pages[-1]) + 1 if len(pages) else 1, np.intp)
    row[pages] = np.arange(len(pages))
    kinds: NDArray[np.uint8] = table[row[codes >> 8], codes & 0xFF]
    starts = (kinds != _BREAK) & (_before(kinds) == _BREAK)
    word = np.cumsum(starts)
    spoken = np.bincount(word[kinds == _LETTER], minlength=len(codes) + 1) > 0
    spoken &= np.bincount(word[kinds == _LOW_LINE], minlength=len(codes) + 1) == 0
    once = _before(codes)
    thrice = (codes == once) & (codes == _before(once))
    kept = (kinds != _BREAK) & spoken[word] & ~thrice
    border = np.cumsum(codes == 0)
    space = (codes == 0) & (border % 2 == 0)
    space[np.flatnonzero(starts & kept) - 1] = True
    owner = ((border - 1) // 2).astype(np.int32)
    letters = np.bincount(owner[kept & (kinds == _LETTER)], minlength=len(texts))
    shown = np.where(space, SPACE, np.where(kinds == _QUOTE, _APOSTROPHE, codes)).astype(np.uint32)
    return shown[kept | space], owner[kept | space], letters


def _before(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return each value's predecessor; the first has none and gets zero, which is a break."""
    return np.concatenate([np.zeros(1, values.dtype), values[:-1]])


@cache
def _page(page: int) -> NDArray[np.uint8]:
    """Return what each of 256 code points is."""
    characters = [chr(page * 256 + i) for i in range(256)]
    categories = [unicodedata.category(character)[0] for character in characters]
    kinds = [_BY_CATEGORY.get(category, _BREAK) for category in categories]
    return np.array([_SIGNS.get(character, kind) for character, kind in zip(characters, kinds, strict=True)], np.uint8)
