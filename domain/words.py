"""Cut a text into the words that both stores search.

Both stores index this output and nothing else, so a text query means the same in each:
lower case, compatibility forms and Latin accents folded, apostrophes inside words dropped,
ideographs one by one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_WORD: Final = 64
MAX_REMEMBERED: Final = 20_000
# The variation selectors and the keycap that follow emoji are marks too, and no part of any word.
_ACCENT: Final = re.compile(r"[\u0300-\u036f\ufe00-\ufe0f\u20e3]")
# The apostrophe first, what stands before it after: so it is looked for at the speed of a search for one character.
_APOSTROPHE: Final = re.compile(r"['\u2019\u02bc](?<=\w.)(?=\w)")
_IDEOGRAPH: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class _Kept(dict[int, str]):
    """What becomes of each character: letters, marks and digits stay, all others part words. Filled as they come."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = character if unicodedata.category(character)[0] in "LNM" else " "
        if len(self) < MAX_REMEMBERED:
            self[code] = kept
        return kept


_KEPT: Final = _Kept()


def fold(text: str) -> str:
    """Return what words are cut from: case, compatibility forms, accents and inner apostrophes are gone."""
    if text.isascii():
        return _APOSTROPHE.sub("", text.lower())
    # Decomposed before and after: styled capitals become plain ones first, and folding composes some anew.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _APOSTROPHE.sub("", unicodedata.normalize("NFC", _ACCENT.sub("", folded)))


def words(text: str) -> list[str]:
    """Return the words of a text, in order. A word is a run of letters, marks and digits."""
    parted = _IDEOGRAPH.sub(lambda found: f" {found[0]} ", fold(text)).translate(_KEPT)
    return [word[:MAX_WORD] for word in parted.split()]


def spelt(text: str) -> tuple[str, ...]:
    """Return the words of a text with the accents that `words` takes away; none where it takes none."""
    if text.isascii():
        return ()
    kept = _IDEOGRAPH.sub(lambda found: f" {found[0]} ", unicodedata.normalize("NFKC", text).lower())
    accented = _APOSTROPHE.sub("", unicodedata.normalize("NFC", kept)).translate(_KEPT).split()
    plain = words(text)
    same = accented == plain or len(accented) != len(plain) or max(map(len, accented)) > MAX_WORD
    return () if same else tuple(accented)


def searchable(text: str) -> str:
    """Return the words joined by single spaces: what the stores index."""
    return " ".join(words(text))
