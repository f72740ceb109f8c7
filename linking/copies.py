"""Which posts say the same: shares, syndicated news, campaigns and coordinated copies.

Two posts are copies when the whole of what they say (`linking.said`) is the same, word by word: see `alike`.
A post has names by which the copies of it are found (`bands`), so that groups form as posts stream by.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from heapq import nsmallest
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from domain.enrichment import Copy
from linking.said import FEWEST_WORDS, Said, is_number, said, sizes, unspaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.post import Post

MISSPELT: Final = 6
"""One word in so many may be misspelt, and one in any text."""
LONG: Final = 100
CHANGED: Final = 40
"""From `LONG` words on, one word in so many may be another, be missing or be added."""
MOST_WORDS: Final = 2_000
"""Texts of more words are copies only where they are equal."""
OPENINGS: Final = (8, 16, 32)
"""How many of its first words name a text, for pieces of it that were cut off."""

_SHINGLE: Final = 6
_SKETCH: Final = 4
_SUBSTITUTED: Final = 6
_TRANSPOSED: Final = 3
_SPELT: Final = 5


def copy_of(post: Post) -> Copy:
    """Return the group that a post would found, with the bands that its copies are found by."""
    found = bands(said(post.text))
    return Copy(key=found[0] if found else post.id, bands=found)


def bands(one: Said) -> tuple[str, ...]:
    """Return the names under which copies of a text are looked for; none where it is too short.

    Copies have one in common: the first are equal where texts are, others where a stretch of words is
    spelt the same, and those of openings where one is the beginning of the other.
    """
    if one.size < FEWEST_WORDS:
        return ()
    marks = (one.cut, one.rest, one.asks, sorted(one.tags), sorted(one.labels))
    whole = _joined(one)
    names = [_hashed(f"all {marks} {whole}", 8), _hashed(f"words {whole}")]
    if len(one.words) > MOST_WORDS:
        return tuple(names)
    wanted = list(OPENINGS)  # the beginnings of a text that name it
    for index, size in enumerate(accumulate(sizes(one.words[: 4 * OPENINGS[-1]])), 1):
        if wanted and size >= wanted[0]:
            names.append(_hashed(f"opening {wanted.pop(0)} {' '.join(one.words[:index])}"))
    if not one.cut:
        names += (_hashed(stretch) for stretch in _stretches(one))
    return tuple(dict.fromkeys(names))


def alike(one: Said, other: Said) -> bool:
    """Tell whether two texts are copies.

    Their words are the same in the same order; `MISSPELT` says how many may be misspelt and `CHANGED`
    how many may be others in long texts. Numbers are the same. Hashtags may be missing in one of them,
    not stand against others. Where one was cut off, that holds of the other's beginning. A question and a
    statement are none.
    """
    if min(one.size, other.size) < FEWEST_WORDS or {one.asks, other.asks} == {True, False}:
        return False
    # Hashtags stand against each other: another name in the place of a name.
    if one.tags - other.tags - set(other.words) and other.tags - one.tags - set(one.words):
        return False
    if one.cut or other.cut:
        piece, whole = sorted((one, other), key=lambda text: (not text.cut, len(text.words)))
        length = len(piece.words)
        following = (*whole.words, whole.rest)[length : length + 1]
        if not following or not (
            following[0].startswith(piece.rest) or (whole.cut and piece.rest.startswith(following[0]))
        ):
            return False
        return _in_place(piece.words, whole.words[:length], piece.size)
    if len(one.labels) == len(other.labels) == 1 and one.labels != other.labels:
        return False
    if _joined(one) == _joined(other):
        return True
    size = min(one.size, other.size)
    return _same(one.words, other.words, size) or _same(_untagged(one), _untagged(other), size)


def _hashed(name: str, digits: int = 6) -> str:
    return hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=digits).hexdigest()


def _joined(one: Said) -> str:
    """Return the words without the spaces between them, which people set as they like; not so between numbers."""
    return "".join([f" {word} " if is_number(word) else word for word in one.words])


def _untagged(one: Said) -> tuple[str, ...]:
    return tuple(word for word in one.words if word not in one.tags) if one.tags else one.words


def _numbers(found: Sequence[str]) -> list[str]:
    return sorted(word for word in found if is_number(word))


def _stretches(one: Said) -> Iterator[str]:
    """Yield stretches of a text, at least one of which is as it is in a copy whose other words are misspelt.

    Each comes with all numbers of the text: those with other numbers are looked at for nothing.
    """
    found = _untagged(one)
    count, numbers = len(found), _numbers(found)
    parts = 2 if one.size < 12 else 3 if one.size < 16 else 4
    for part in range(parts):
        stretch = found[part * count // parts : (part + 1) * count // parts]
        yield f"stretch {part} of {count} {numbers} {' '.join(stretch)}"
    if one.size >= LONG:
        # Where words were added or left out places are others: the shingles whose hashes are smallest stay.
        shingles = {" ".join(found[index : index + _SHINGLE]) for index in range(count - _SHINGLE + 1)}
        yield from nsmallest(_SKETCH, (_hashed(f"{numbers} {shingle}") for shingle in shingles))


def _same(some: Sequence[str], others: Sequence[str], size: float) -> bool:
    """Tell whether words are the same, up to what may be misspelt and, where they are many, changed."""
    if len(some) == len(others) and _in_place(some, others, size):
        return True
    changes = int(size / CHANGED) if size >= LONG else 0
    if abs(len(some) - len(others)) > changes or max(len(some), len(others)) > MOST_WORDS or not changes:
        return False
    return _numbers(some) == _numbers(others) and _with_changes(some, others, changes)


def _in_place(some: Sequence[str], others: Sequence[str], size: float) -> bool:
    """Tell whether as many words are the same, in place, but for those that may be misspelt."""
    left = max(1, int(size / MISSPELT))
    index = 0
    while index < len(some):
        one, other = some[index], others[index]
        if one != other:
            left -= 1
            turned = some[index : index + 2] == others[index : index + 2][::-1] and unspaced(one) and unspaced(other)
            if left < 0 or not (turned or misspelt(one, other)):
                return False
            index += turned
        index += 1
    return True


def misspelt(one: str, other: str) -> bool:
    """Tell whether two words are the same but for one slip: a letter added, left out, taken for another or turned.

    The first letter stays, and short words say too much by each letter (can, cant). Numbers have no
    slips, nor has an m that is there or not: Turkish says no by it.
    """
    if one[0] != other[0] or is_number(one) or is_number(other):
        return False
    if unspaced(one):
        return True  # the same sign with other marks
    short, long = sorted((unicodedata.normalize("NFD", word) for word in (one, other)), key=len)
    if len(long) - len(short) > 1:
        return False
    index = next((index for index, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return len(long) >= _SPELT and long[index] != "m" and short[index:] == long[index + 1 :]
    if short[index + 1 :] == long[index + 1 :]:
        return len(long) >= _SUBSTITUTED
    turned = short[index : index + 2] == long[index : index + 2][::-1] and short[index + 2 :] == long[index + 2 :]
    return turned and len(long) >= _TRANSPOSED


def _with_changes(some: Sequence[str], others: Sequence[str], most: int) -> bool:
    """Tell whether at most so many words have to be added, left out or changed to make one text of the other.

    Takes time in proportion to the length times `most`: on each diagonal only the furthest place is kept.
    """
    if (Counter(some) & Counter(others)).total() < (1 - 1 / MISSPELT) * len(some) - most:
        return False
    goal = len(others) - len(some)
    reached = {0: _slid(some, others, 0, 0)}
    for _ in range(most):
        if reached.get(goal, -1) >= len(some):
            return True
        tried: dict[int, int] = {}
        for diagonal, index in reached.items():
            for step, change in ((0, 1), (1, 0), (-1, 1)):
                tried[diagonal + step] = max(tried.get(diagonal + step, -1), min(index + change, len(some)))
        reached = {
            diagonal: _slid(some, others, index, diagonal)
            for diagonal, index in tried.items()
            if 0 <= index + diagonal <= len(others)
        }
    return reached.get(goal, -1) >= len(some)


def _slid(some: Sequence[str], others: Sequence[str], index: int, diagonal: int) -> int:
    """Return how far words are the same from a place on, as many `diagonal` further on in the others."""
    end = min(len(some), len(others) - diagonal)
    while index < end and (some[index] == others[index + diagonal] or misspelt(some[index], others[index + diagonal])):
        index += 1
    return index
