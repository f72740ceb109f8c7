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
# The variation selectors and the keycap that follow emoji are marks too, and no part of any word.
_ACCENT: Final = re.compile(r"[\u0300-\u036f\ufe00-\ufe0f\u20e3]")
_APOSTROPHE: Final = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")
_IDEOGRAPH: Final = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


def words(text: str) -> list[str]:
    """Return the words of a text, in order. A word is a run of letters, marks and digits."""
    # Decomposed before and after: styled capitals become plain ones first, and folding composes some anew.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = unicodedata.normalize("NFC", _ACCENT.sub("", folded))
    folded = _IDEOGRAPH.sub(r" \1 ", _APOSTROPHE.sub("", folded))
    kept = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    return [word[:MAX_WORD] for word in kept.split()]


def searchable(text: str) -> str:
    """Return the words joined by single spaces: what the stores index."""
    return " ".join(words(text))
