"""What a post itself says: its words, without the marks of sharing, links, user names and counters.

Everything here is linear in the text: posts are written by strangers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from textquery.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable

FEWEST_WORDS: Final = 8
"""Shorter texts are never copies: people say such things on their own."""
LEAST_CUT: Final = {"…": 10, "...": 16}
"""From how many words on a text that ends so is a piece of a longer one; below, its author trails off.

Of a text that says it is shared `FEWEST_WORDS` are enough.
"""

_SHARED: Final = re.compile(
    r"\s*(?:rt|mt|qt|via|fwd?|repost(?:ed)?(?:\s+from)?|forwarded\s+from|转发(?:微博)?|轉發|//)"
    r"\s*(?:@[\w.]+\s*[:：]?|[:：])\s*",
    re.IGNORECASE,
)
_VIA: Final = re.compile(
    r"[(\[]?\b(?:via|by|h/t|par|por|von|da|από|عبر|经由)\s++@[\w.]++[)\]]?\s*$"
    r"|[-–—|•(\[]\s?via\s\S{1,40}(?:\s\S{1,40})?\s*$",
    re.IGNORECASE,
)
_LINK_OR_USER: Final = re.compile(r"(?:https?://|www\.)[^\s…]*|@\w[\w.]*", re.IGNORECASE)
_CUT_LINK: Final = re.compile(r"(?<!\S)h(?:t(?:t(?:ps?)?)?)?…$")
_READ_ON: Final = (
    "read more", "show more", "see more", "continue reading", "more", "weiterlesen", "mehr anzeigen", "mehr",
    "lire la suite", "voir plus", "leer más", "ver más", "ler mais", "leggi tutto", "devamını oku", "daha fazla",
    "اقرأ المزيد", "читать далее", "ดูเพิ่มเติม", "อ่านต่อ", "展开全文", "全文", "查看更多", "続きを読む", "더보기",
)  # fmt: skip
_TOPIC: Final = re.compile(r"[#＃]([^#＃\s]{1,40})[#＃]")
_HASHTAG: Final = re.compile(r"(?<!\w)[#＃](\w+)")
_IDEOGRAPH: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# Scripts of South-East Asia, written without spaces: a letter with the marks on it.
_CLUSTER: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
    r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u17b4-\u17d3]*"
)
_FIRST_UNSPACED: Final = "\u0e00"
_STARS: Final = re.compile(r"(?:[★⭐]\ufe0f?){2,}")
_FOREIGN_DIGIT: Final = re.compile(r"(?![0-9])\d")
_THOUSANDS: Final = re.compile(r"(?<=\d)[.,'’٬](?=\d{3}(?!\d))")
_DECIMALS: Final = re.compile(r"(?<=\d)[.,:٫](?=\d)")
_UNIT: Final = re.compile(r"(?<=\d)(?=[^\W\d_ː])")
_REPEATED_LETTER: Final = re.compile(r"([^\W\d_])\1+")
_COUNT: Final = re.compile(r"\d[\d.,]{0,12}[kmb]?", re.IGNORECASE)
_COUNTED: Final = re.compile(
    r"(?:retweet|rt|repost|like|share|view|comment|quote)s?|reply|replies|beğeni|paylaşım|partages|compartidos|إعجاب(?:ات)?",
    re.IGNORECASE,
)
_VERDICTS: Final = "👍👎✅❌"
_ASKING: Final = frozenset("?？؟\u037e⸮")
_STATING: Final = frozenset(".!。！।۔")
# Letters that people write now so, now so: capitals of Turkish, Arabic without hamza and marks, and what
# sounds the same in Chinese and turns no sentence round.
_MARKS: Final = (0x640, 0x670, *range(0x64B, 0x660), *range(0x5B0, 0x5C8))
_SPELLINGS: Final = str.maketrans("ıłøđأإآٱىة地得再作她它", "ilodاااايه的的在做他他") | dict.fromkeys(_MARKS)
_TAIL: Final = 40
# Letters that nobody writes with: they stay on their word in `textquery.words`.
_TAG: Final = "ꞏ"
_POINT: Final = "ː"


@dataclass(frozen=True)
class Said:
    """The words of a post in order, and what says whether it is whole.

    Letters that repeat are there once, and words too. Of scripts without spaces each sign is a word.
    `tags` are the words that are hashtags, with verdicts given as signs; `labels` the hashtags behind the
    text. A `cut` text goes on with a word that begins with `rest`. `asks` tells whether it ends as a
    question or as a statement; None where it ends without a sign.
    """

    words: tuple[str, ...]
    tags: frozenset[str]
    labels: frozenset[str]
    cut: bool
    rest: str
    asks: bool | None
    size: float
    """How many words of a language with spaces that is."""


def said(text: str) -> Said:
    """Return what a post of this text says."""
    text, start = text.strip(), 0
    while mark := _SHARED.match(text, start):
        start = mark.end()
    body = _VIA.sub("", text[start:])
    shared = len(body) < len(text)
    whole = _LINK_OR_USER.sub(" ", _CUT_LINK.sub("…", body))
    # Hashtags as they are set in Chinese, between two signs.
    topics = {"".join(words(found[1])) for found in _TOPIC.finditer(whole) if _IDEOGRAPH.search(found[1])}
    if topics:
        whole = _TOPIC.sub(lambda found: " " if _IDEOGRAPH.search(found[1]) else found[0], whole)
    pieces = whole.split()
    labels, behind = _popped_labels(pieces)
    _pop_counters(pieces, shared=shared)
    body, ending, broken, found = _read(" ".join(pieces) + behind)
    if labels and sum(sizes(found)) < FEWEST_WORDS:  # of so few words the hashtags behind them are a part
        labels, (body, ending, broken, found) = set(), _read(whole)
    size = sum(sizes(found[:-1] if broken else found))
    cut = bool(ending) and size >= (FEWEST_WORDS if shared else LEAST_CUT[ending])
    rest = found.pop().lstrip(_TAG) if cut and broken else ""
    signs = set(takewhile(lambda sign: not sign.isalnum(), reversed(body[-_TAIL:])))
    ends = not cut and signs & (_ASKING | _STATING)
    return Said(
        words=tuple([word.lstrip(_TAG) for word in found]),
        tags=frozenset([word[1:] for word in found if word[0] == _TAG] + [sign for sign in _VERDICTS if sign in text]),
        labels=frozenset(labels) | topics,
        cut=cut,
        rest=rest,
        asks=bool(signs & _ASKING) if ends else None,
        size=size if cut else sum(sizes(found)),
    )


def unspaced(word: str) -> bool:
    """Tell whether a word is one sign of a script without spaces."""
    return word[0] >= _FIRST_UNSPACED and bool(_IDEOGRAPH.match(word) or _CLUSTER.match(word))


def is_number(word: str) -> bool:
    """Tell whether a word has a digit: such words are right or wrong, never misspelt."""
    return not word.isalpha() and any(map(str.isdigit, word))


def sizes(found: Iterable[str]) -> list[float]:
    """Return how many words of a language with spaces each of these makes up."""
    return [1.0 if not unspaced(word) else 0.5 if _IDEOGRAPH.match(word) else 0.25 for word in found]


def _popped_labels(pieces: list[str]) -> tuple[set[str], str]:
    """Take the hashtags and signs behind a text away; return the hashtags, and the signs that end the text.

    A hashtag that was cut off is none, and the sign of its cut is the text's.
    """
    labels: set[str] = set()
    behind = ""
    while pieces:
        if pieces[-1][0] in "#＃":
            tags = re.split("[#＃]", pieces[-1])
            broken = tags[-1].endswith(tuple(LEAST_CUT))
            labels.update(filter(None, ("".join(words(tag)) for tag in (tags[:-1] if broken else tags))))
            behind = " …" if broken or behind.endswith("…") else ""
        elif any(map(str.isalnum, pieces[-1])):
            break
        else:
            behind = f" {pieces[-1][-_TAIL:]}{behind}"[:_TAIL]
        pieces.pop()
    return labels, behind


def _pop_counters(pieces: list[str], *, shared: bool) -> None:
    """Take away how often a text was liked and shared, which platforms write behind it when it is copied."""
    end = len(pieces)
    while end >= 2:
        one, other = pieces[end - 2 : end]
        signed = _COUNT.fullmatch(other) and not any(map(str.isalnum, one))
        named = _COUNT.fullmatch(one) and _COUNTED.fullmatch(other.strip("·,|"))
        if not (signed or named):
            break
        end -= 2
    found = (len(pieces) - end) // 2
    if found >= 2 or (found and shared):
        del pieces[end:]


def _read(text: str) -> tuple[str, str, bool, list[str]]:
    """Return a text without the sign of a cut, the sign, whether it stands in the last word, and the words.

    Hashtags among the words have their sign before them.
    """
    text = text.rstrip(" )]}\"'»”’")
    tail = text[-_TAIL:].casefold()
    invitation = next((words for words in _READ_ON if tail.endswith(words)), "")
    if invitation:
        before = text[: -len(invitation)].rstrip(" ([:>»|-")
        text = before if before.endswith(tuple(LEAST_CUT)) else text
    ending = next((sign for sign in LEAST_CUT if text.endswith(sign)), "")
    body = text.rstrip("….[( ") if ending else text
    spaced = body
    if not body.isascii():
        spaced = _STARS.sub(lambda stars: f" {len(stars[0].replace(chr(0xFE0F), ''))}{_POINT} ", spaced)
        spaced = _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), spaced)
        spaced = _CLUSTER.sub(r" \g<0> ", spaced.replace("ๆ", " "))
    spaced = _UNIT.sub(" ", _DECIMALS.sub(_POINT, _THOUSANDS.sub("", spaced)))
    spaced = _HASHTAG.sub(lambda tag: f" {_TAG}{tag[1].replace('_', '')}", spaced)
    plain = " ".join(words(spaced))
    plain = _REPEATED_LETTER.sub(r"\1", plain if plain.isascii() else plain.translate(_SPELLINGS))
    found: list[str] = []
    for word in plain.split():
        if word != _TAG and (not found or word != found[-1] or is_number(word)):
            found.append(word)
    broken = bool(ending and found) and text[len(body) : len(body) + 1] in {"…", "."}
    return body, ending, broken, found
