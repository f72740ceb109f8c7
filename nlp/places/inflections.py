"""The names of places inside other words: cases, prefixes, particles, and scripts without spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nlp.places.gazetteer import NameEntry, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORTEST_STEM: Final = 3
CASE_CUE: Final = 1.0
"""Log odds of a place that a locative ending or prefix brings."""
PARTICLE_CUE: Final = 1.5
MOST_LETTERS: Final = 9

# Ending -> what stands there in the nominative. Longest first; the gazetteer decides which of them is a place.
_SLAVIC: Final = {
    "ове": ("ов",), "ом": ("",), "ой": ("а", "ая"), "ах": ("ы",), "ии": ("ия",), "ию": ("ия",), "ске": ("ск",),
    "ого": ("ий",),
    "е": ("а", "", "о"), "ы": ("а",), "у": ("а", ""), "и": ("ь", "я", "а"), "а": ("",), "ю": ("ь", "я"), "і": ("", "а"),
}  # fmt: skip
_POLISH: Final = {
    "ach": ("e", "y"), "owie": ("ow",), "ie": ("a", ""), "iu": ("",), "nia": ("n",), "wia": ("w",), "u": ("",),
    "y": ("a", ""), "i": ("", "ia"), "a": ("",),
}  # fmt: skip
_TURKISH: Final = ("daki", "deki", "dan", "den", "tan", "ten", "da", "de", "ta", "te")
_ARABIC_PREFIXES: Final = {"ب": CASE_CUE, "في": CASE_CUE, "و": 0.0, "ف": 0.0, "ل": 0.0, "ك": 0.0}
_HEBREW_PREFIXES: Final = {"ב": CASE_CUE, "מ": CASE_CUE, "ל": 0.0, "ה": 0.0, "ו": 0.0}
_KOREAN: Final = ("에서", "에서는", "에서도", "에", "은", "는", "이", "가", "의", "으로", "로", "도", "시", "을", "를")
_LEADING: Final = ("在", "去", "到", "从", "從", "ที่", "ใน", "จังหวัด", "เมือง", "จาก", "แถว")
_FOLLOWING: Final = frozenset("市省区區县縣都道府県でにの内")
_WITHOUT_SPACES: Final = (
    ("\u3040", "\u30ff", 3),
    ("\u3400", "\u9fff", 2),
    ("\u0e00", "\u0eff", 4),
    ("\u1000", "\u109f", 4),
)
"""First and last letter of each script without spaces, and how many letters a name in it has at least."""


def may_be_inflected(key: str) -> bool:
    """Tell cheaply whether a folded token can be another form of a name although no preposition leads it."""
    return key.endswith(_TURKISH) if key.isascii() else not "а" <= key[0] <= "є"


def base_forms(key: str, *, led: bool) -> Iterator[tuple[str, float]]:
    """Yield what a folded token may be in its base form, with the log odds that its form adds for a place.

    `led` says that a preposition of place stands before it; many endings count only then.
    """
    first = key[:1]
    if len(key) <= SHORTEST_STEM:
        return
    if key.isascii():
        yield from ((key[: -len(end)], CASE_CUE) for end in _TURKISH if key.endswith(end) and len(key) - len(end) > 4)
        if led:
            yield from ((form, 0.0) for form in _ended(key, _POLISH) if len(form) > SHORTEST_STEM)
    elif "а" <= first <= "є":
        if led:
            yield from ((form, 0.0) for form in _ended(key, _SLAVIC))
    elif "ء" <= first <= "ي":
        yield from _arabic(key)
    elif "א" <= first <= "ת" and first in _HEBREW_PREFIXES:
        yield key[1:], _HEBREW_PREFIXES[first]
    elif "가" <= first <= "힣":
        yield from (
            (key[: -len(end)], PARTICLE_CUE) for end in _KOREAN if key.endswith(end) and len(key) - len(end) > 1
        )


def _ended(key: str, endings: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for ending, bases in endings.items():
        if key.endswith(ending) and len(key) - len(ending) >= SHORTEST_STEM:
            yield from (key[: -len(ending)] + base for base in bases)


def _arabic(key: str) -> Iterator[tuple[str, float]]:
    """Yield the word without its one-letter words in front: and, in, for; `lil-` hides the article's first letter."""
    if key.startswith("لل"):
        yield "ا" + key[1:], 0.0
    for prefix, cue in _ARABIC_PREFIXES.items():
        if key.startswith(prefix) and len(key) - len(prefix) > SHORTEST_STEM:
            yield key[len(prefix) :], cue
            if prefix == "و" and key[1] in "بل" and len(key) > SHORTEST_STEM + 2:
                yield key[2:], _ARABIC_PREFIXES[key[1]]


def inner_names(token: str, known: Callable[[str], NameEntry | None]) -> Iterator[tuple[int, int, float]]:
    """Yield where names lie in a token of a script without spaces, with the log odds of the letters around."""
    shortest = next((least for first, last, least in _WITHOUT_SPACES if first <= token[0] <= last), 0)
    if not shortest:
        return
    at = 0
    while at + shortest <= len(token):
        for end in range(min(len(token), at + MOST_LETTERS), at + shortest - 1, -1):
            if known(fold(token[at:end])):
                led = token.endswith(_LEADING, 0, at)
                yield at, end, PARTICLE_CUE if led or token[end : end + 1] in _FOLLOWING else 0.0
                at = end - 1
                break
        at += 1
