"""How figures, times and codes are written for people: on charts, in reports and on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

NOT_KNOWN: Final = "not known"
NO_DATA: Final = "no data"
MINUS: Final = "\u2212"

LANGUAGES: Final = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati", "ha": "Hausa", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "ig": "Igbo",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ms": "Malay", "nl": "Dutch", "no": "Norwegian",
    "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "und": "nothing to read",
    "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "wo": "Wolof", "xh": "Xhosa", "yo": "Yoruba", "zh": "Chinese",
    "zu": "Zulu",
}  # fmt: skip


def language(code: str | None) -> str:
    """Return the English name of a language, the code itself where we have no name for it."""
    return NOT_KNOWN if code is None else LANGUAGES.get(code, code)


def count(value: int | None) -> str:
    """Return a whole number with thousands apart: `12,345`."""
    return NOT_KNOWN if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """Return a share as whole per cent, `<1%` where rounding would hide it."""
    if share is None:
        return NOT_KNOWN
    return "<1%" if 0 < share < 0.005 else f"{100 * share:.0f}%"


def points(net: float | None) -> str:
    """Return net sentiment (-1..1) as points of 100 with its sign: `−23`, `+8`, `0`."""
    if net is None:
        return NO_DATA
    value = round(100 * net)
    return f"{MINUS if value < 0 else '+' if value > 0 else ''}{abs(value)}"


def day(time: datetime) -> str:
    """Return a day: `Mon 25 Nov 2019`."""
    return f"{time:%a} {time.day} {time:%b %Y}"


def moment(time: datetime) -> str:
    """Return a minute in UTC: `Mon 25 Nov 2019, 14:05`."""
    return f"{day(time)}, {time:%H:%M}"
