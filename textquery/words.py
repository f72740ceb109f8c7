"""Cut a text into the words that both stores search.

Both stores index this output and nothing else, so a text query means the same in each: letters as `textquery.letters`
makes them, signs of scripts without spaces (ideographs, Thai) one by one, Latin letters apart from those of scripts
that write endings right behind them ("KT가"). What stands before an apostrophe is a word of its own where it is an
elided one ("d'Orange", "dell'Iliad"), and what stands behind it where it is an ending ("Turkcell'den"); a possessive
is left out ("O2's" is `o2`). Other apostrophes inside words are dropped ("can't", "O'Brien", "зв'язок").

A hashtag is its words, and behind all words of the text a word of its own as well (`＃northwind`), so that it can
be asked for alone. There it parts no phrase and moves no word away from another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from domain.marks import stream_safe
from textquery.letters import plain

MAX_WORD: Final = 64
MAX_REMEMBERED: Final = 20_000
_POSSESSIVE: Final = re.compile(r"(?<=\w)'s(?!'?\w)")
# The sign first, what stands before it after: so it is looked for at the speed of a search for one character.
_INNER: Final = re.compile(r"'(?<=\w')(?=\w)(?!s(?!'?\w))")
_ELIDED: Final = re.compile(
    r"(?<![\w'])(?:[ldjmtcnsvz]|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu|gl|un|quest|quell|bell|sant|grand|tutt|senz|anch"
    r"|com|dov|dell?|all?|dall?|nell?|sull?|coll?|pell?|degl|agl|dagl|negl|sugl|b|mh)\Z"
)
_LONGEST_ELIDED: Final = 7
# Turkish and Azeri, Polish and Czech, Finnish, Estonian and Hungarian; accents are folded.
_ENDING: Final = re.compile(
    r"(?:[aeiouy]|[ny][aeiu]|n?[iu]n|[dt][ae]n?|[dt][ae]ki(?:l[ae]r)?|y?l[ae]|l[ae]r(?:[aeiu]n?|[dt][ae]n?|[iu]n)?"
    r"|l[iu](?:l[ae]r|k)?|s[iu]z|c[iu]|c[ae]|m[iu]s|[dt][iu]r|y?m[iu]s|n[ae]n?|[dt][iu]|nd[ae]n?|y?s[ae]|y?k[ei]n"
    r"|m|em|om|owi|ovi|ie|ow|ami|ach|ech|ow[aey]|owego|owej"
    r"|n|ss[ae]|st[ae]|ll[ae]|lt[ae]|lle|ksi|kin|it|ni|ga|st|lt|le"
    r"|n[ae]l|t[eo]l|r[oa]l|b[ae]n?|n[ae]k|h[eo]z|v[ae]l|ert)(?=https?://|www\.|(?!['\w]))"
)
_ALPHABETS: Final = re.compile(r"[a-z0-9]'[^\W\d_a-z]|[^\W\d_a-z]'[a-z0-9]")
LINK: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
"""What no word and no name is looked for in."""
UNSPACED: Final = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_ON_SIGNS: Final = (
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u17b4-\u17d3"
)
IDEOGRAPHS: Final = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SIGN: Final = re.compile(f"[{IDEOGRAPHS}]|[{UNSPACED}][{_ON_SIGNS}]*")
# Hangul, Arabic and Hebrew letters, where Latin ones touch them.
JOINING: Final = r"\uac00-\ud7a3\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3"
_SEAM: Final = re.compile(f"([a-z])(?=[{JOINING}])|([{JOINING}])(?=[a-z])")
HASH: Final = "＃"
"""What the word of a hashtag begins with: no other word can, since folding makes it a plain `#`."""
UNDERSCORE: Final = "＿"
"""The same for the underscore in a hashtag."""
_HASHES: Final = re.compile("[#＃﹟]")
# No letter stands before it but an ideograph, nor the & of an entity (&#39;). Some close it by another sign.
_HASHTAG: Final = re.compile(rf"(?<![^ #{IDEOGRAPHS}{UNSPACED}])#([^ #&]+)#?")


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
    """Return what words are cut from: letters in their one form, apostrophes gone or what they part parted.

    Possessives are still there, apostrophe and all: what parts them from their word.
    """
    folded = plain(text)
    return _INNER.sub(_joint, folded) if "'" in folded else folded


def words(text: str) -> list[str]:
    """Return the words of a text, in order. A word is a run of letters, marks and digits."""
    return [word[:MAX_WORD] for word in _apart(_POSSESSIVE.sub("", fold(text))).translate(_KEPT).split()]


def _joint(apostrophe: re.Match[str]) -> str:
    """Return what becomes of an apostrophe within a word: a space where it parts two, else nothing."""
    text, at = apostrophe.string, apostrophe.start()
    if _ENDING.match(text, at + 1) and text[max(at - 2, 0) : at].isalnum() and at > 1:
        return " "
    parts = _ELIDED.search(text, max(at - _LONGEST_ELIDED, 0), at) or _ALPHABETS.match(text, at - 1)
    return " " if parts else ""


def _apart(text: str) -> str:
    """Return a text with spaces where words meet without one."""
    if text.isascii():
        return text
    return _SEAM.sub(r"\g<0> ", _SIGN.sub(r" \g<0> ", text))


def hashtags(text: str) -> list[str]:
    """Return the hashtags of a text outside its links, each as a word of its own (`＃no＿signal`), each once."""
    if not _HASHES.search(text):
        return []
    folded = _POSSESSIVE.sub("", fold(LINK.sub(" ", text))).translate(_KEPT_IN_HASHTAGS)
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
    return words(LINK.sub(" ", text)) + hashtags(text)


def spelt(text: str) -> tuple[str, ...]:
    """Return the words of a text with the accents that `words` takes away; none where it takes none."""
    if text.isascii():
        return ()
    kept = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", stream_safe(text)).lower().replace("\u2019", "'"))
    accented = _apart(_POSSESSIVE.sub("", _INNER.sub(_joint, kept))).translate(_KEPT).split()
    bare = words(text)
    same = accented == bare or len(accented) != len(bare) or max(map(len, accented)) > MAX_WORD
    return () if same else tuple(accented)


def whole(title: str | None, text: str) -> str:
    """Return a title and a text as the one text that they are to queries."""
    return f"{title or ''} {text}"


def searchable(text: str) -> str:
    """Return the words and the hashtags of a text joined by single spaces: what the stores index."""
    return " ".join(words(text) + hashtags(text))
