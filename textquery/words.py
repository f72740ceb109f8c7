"""Cut a text into the words that both stores search.

Both stores index this output and nothing else, so a text query means the same in each:
lower case, compatibility forms and Latin accents folded, ideographs one by one. A word ends before
a possessive ("O2's" is `o2`); other apostrophes inside words are dropped ("rock'n'roll").

A hashtag is its words, and behind all words of the text a word of its own as well (`＃northwind`), so that it can
be asked for alone. There it parts no phrase and moves no word away from another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from domain.marks import stream_safe

MAX_WORD: Final = 64
MAX_REMEMBERED: Final = 20_000
# The variation selectors and the keycap that follow emoji are marks too, and no part of any word.
_ACCENT: Final = re.compile(r"[\u0300-\u036f\ufe00-\ufe0f\u20e3]")
# The apostrophe first, what stands before it after: so it is looked for at the speed of a search for one character.
_INNER: Final = r"['\u2019\u02bc](?<=\w.)"
_S: Final = r"s(?!['\u2019\u02bc]?\w)"
_POSSESSIVE: Final = re.compile(_INNER + _S)
_APOSTROPHE: Final = re.compile(rf"{_INNER}(?!{_S})(?=\w)")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_IDEOGRAPHS: Final = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_IDEOGRAPH: Final = re.compile(f"[{_IDEOGRAPHS}]")
HASH: Final = "＃"
"""What the word of a hashtag begins with: no other word can, since folding makes it a plain `#`."""
UNDERSCORE: Final = "＿"
"""The same for the underscore in a hashtag."""
_HASHES: Final = re.compile("[#＃﹟]")
# No letter stands before it but an ideograph, nor the & of an entity (&#39;). Some close it by another sign.
_HASHTAG: Final = re.compile(rf"(?<![^ #{_IDEOGRAPHS}])#([^ #&]+)#?")


class _Kept(dict[int, str]):
    """What becomes of each character: letters, marks and digits stay, all others part words. Filled as they come.

    `signs` stay as well.
    """

    def __init__(self, signs: str = "") -> None:
        super().__init__({ord(sign): sign for sign in signs})

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = character if unicodedata.category(character)[0] in "LNM" else " "
        if len(self) < MAX_REMEMBERED:
            self[code] = kept
        return kept


_KEPT: Final = _Kept()
_KEPT_IN_HASHTAGS: Final = _Kept("#&_")


def fold(text: str) -> str:
    """Return what words are cut from: case, compatibility forms, accents and inner apostrophes are gone.

    Possessives are still there, apostrophe and all: what parts them from their word.
    """
    if text.isascii():
        return _APOSTROPHE.sub("", text.lower())
    # Decomposed before and after: styled capitals become plain ones first, and folding composes some anew.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", stream_safe(text)).casefold())
    return _APOSTROPHE.sub("", unicodedata.normalize("NFC", _ACCENT.sub("", folded)))


def words(text: str) -> list[str]:
    """Return the words of a text, in order. A word is a run of letters, marks and digits."""
    parted = _IDEOGRAPH.sub(lambda found: f" {found[0]} ", _POSSESSIVE.sub("", fold(text))).translate(_KEPT)
    return [word[:MAX_WORD] for word in parted.split()]


def hashtags(text: str) -> list[str]:
    """Return the hashtags of a text outside its links, each as a word of its own (`＃no＿signal`), each once."""
    if not _HASHES.search(text):
        return []
    folded = _POSSESSIVE.sub("", fold(_LINK.sub(" ", text))).translate(_KEPT_IN_HASHTAGS)
    tags = (tag[:MAX_WORD].replace("_", UNDERSCORE) for tag in _HASHTAG.findall(folded) if tag.strip("_"))
    return list(dict.fromkeys(HASH + tag for tag in tags))


def hashtag(text: str) -> str | None:
    """Return the word of a hashtag where a text is that and nothing else, but for signs: `#down,`."""
    tags = hashtags(text)
    return tags[0] if len(tags) == 1 and words(tags[0]) == words(text) else None


def spoken(text: str) -> list[str]:
    """Return the words of a text outside its links, and its hashtags: what its author says, what it can be about.

    An address is mostly somebody else's words: a headline in it, the name of a shop.
    """
    return words(_LINK.sub(" ", text)) + hashtags(text)


def spelt(text: str) -> tuple[str, ...]:
    """Return the words of a text with the accents that `words` takes away; none where it takes none."""
    if text.isascii():
        return ()
    kept = _IDEOGRAPH.sub(lambda found: f" {found[0]} ", unicodedata.normalize("NFKC", stream_safe(text)).lower())
    bare = _POSSESSIVE.sub("", _APOSTROPHE.sub("", unicodedata.normalize("NFC", kept)))
    accented = bare.translate(_KEPT).split()
    plain = words(text)
    same = accented == plain or len(accented) != len(plain) or max(map(len, accented)) > MAX_WORD
    return () if same else tuple(accented)


def whole(title: str | None, text: str) -> str:
    """Return a title and a text as the one text that they are to queries."""
    return f"{title or ''} {text}"


def searchable(text: str) -> str:
    """Return the words and the hashtags of a text joined by single spaces: what the stores index."""
    return " ".join(words(text) + hashtags(text))
