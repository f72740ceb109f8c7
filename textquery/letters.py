"""Letters as they are compared: one form for all ways in which people write the same one.

Case, compatibility forms, accents and points are gone, and what cannot be seen; letters that have no accent to
Unicode but one to people (ł, ø, ı, أ) are their plain ones, digits are those of ASCII, and a word that hides behind
letters of another alphabet (`Nоrthwind` with a Cyrillic о) is the word that it looks like.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from domain.marks import stream_safe

_ACCENT: Final = re.compile("[\u0300-\u036f]")
# More accents, what follows emoji, points and vowels of Hebrew and Arabic, and the tatweel: no part of any word.
_MARK: Final = (
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\ufe00-\ufe0f"
    r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
)
# Format characters (Cf): nobody sees them, so a word goes on behind them.
_UNSEEN: Final = (
    r"\u00ad\u0600-\u0605\u061c\u06dd\u070f\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0001-\U000e007f"
)
_DROPPED: Final = re.compile(f"[{_MARK}{_UNSEEN}]+")
# They part words where there are no spaces, or where a space would be wrong: Persian, Thai and its neighbours.
_PARTING: Final = re.compile(
    r"(?<=[\u0620-\u06ff])\u200c(?=[\u0620-\u06ff])"
    r"|(?<=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\u200b(?=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])"
)
_ESCAPED: Final = re.compile(r"&(?:shy|zwn?j|zerowidthspace|#0*(?:173|820[3-7])|#x0*(?:ad|200[b-f]));", re.IGNORECASE)
_LATIN: Final = tuple({**dict(zip("ıłøđħŧðəŋ", "ilodhtden", strict=True)), "æ": "ae", "œ": "oe", "þ": "th"}.items())
_ARABIC: Final = dict(
    zip(
        "\u0671\u0649\u06cc\u0629\u06c1\u06be\u06d5\u06a9",
        "\u0627\u064a\u064a\u0647\u0647\u0647\u0647\u0643",
        strict=True,
    )
)
_DIGITS: Final = {
    chr(code): str(unicodedata.decimal(chr(code))) for code in range(0x660, 0x1100) if chr(code).isdecimal()
}
_SPELT: Final = re.compile(f"[{''.join(_ARABIC | _DIGITS)}]")
_SPELLINGS: Final = str.maketrans(_ARABIC | _DIGITS)
_APOSTROPHES: Final = "\u2019\u2018\u02bc\u02bb\u2032\u00b4`"
# Letters of Cyrillic and Greek that look like Latin ones, in lower case or in capitals.
_LATIN_LIKE: Final = dict(zip("аеорсухіјѕкмтвнԁһοανρτυκι", "aeopcyxijskmtbhdhoavptuki", strict=True))
_AS_LATIN: Final = str.maketrans(_LATIN_LIKE)
_AS_CYRILLIC: Final = str.maketrans(dict(zip("aeopcyxikmtbh", "аеорсухікмтвн", strict=True)))
_OTHERS: Final = r"\u03b1-\u03c9\u0430-\u052f"
_ALPHABETS: Final = re.compile(f"[{_OTHERS}]")
_MIXED: Final = re.compile(f"[a-z][{_OTHERS}]|[{_OTHERS}][a-z]")
_COMPOSED: Final = r"\u0590-\u1dff\u3099\u309a\ua800-\uabff\U00010000-\U0010ffff"
# In a text without these, accents are all that is folded: most texts are done here.
_UNUSUAL: Final = re.compile(f"[\u02bc{_MARK}{_UNSEEN}{_OTHERS}{_COMPOSED}]")
_WORD: Final = re.compile(f"[a-z{_OTHERS}]+")


def plain(text: str) -> str:
    """Return a text in which each letter has one form; apostrophes are `'`, and all still there."""
    if "&" in text:
        text = _ESCAPED.sub("", text)
    if text.isascii():
        return text.lower().replace("`", "'")
    for sign in _APOSTROPHES:
        text = text.replace(sign, "'")
    if "\u200c" in text or "\u200b" in text:
        text = _PARTING.sub(" ", text)
    # Decomposed before and after: styled capitals become plain ones first, and folding composes some anew.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", stream_safe(text)).casefold())
    folded = _ACCENT.sub("", folded)
    for letter, same in _LATIN:
        folded = folded.replace(letter, same)
    if folded.isascii() or not _UNUSUAL.search(folded):
        return folded
    folded = _DROPPED.sub("", folded).replace("\u02bc", "'")
    if _ALPHABETS.search(folded) and _MIXED.search(folded):
        folded = _WORD.sub(_unmasked, folded)
    return unicodedata.normalize("NFC", folded.translate(_SPELLINGS) if _SPELT.search(folded) else folded)


def _unmasked(found: re.Match[str]) -> str:
    """Return a word of two alphabets in the one that all its letters look like; as it is where there is none."""
    word = found[0]
    if word.isascii():
        return word
    latin = word.translate(_AS_LATIN)
    if latin.isascii():
        return latin
    cyrillic = word.translate(_AS_CYRILLIC)
    return word if _MIXED.search(cyrillic) else cyrillic
