"""Words for codes, beside the words for figures that findings are written in."""

from __future__ import annotations

from typing import Final

from insights.wording import (
    MINUS,
    NO_DATA,
    NOT_KNOWN,
    REACTIONS,
    begun,
    count,
    day,
    effect_in_points,
    estimate,
    in_words,
    many,
    moment,
    money,
    percent,
    points,
)

__all__ = [
    "LANGUAGES", "MINUS", "NOT_KNOWN", "NO_DATA", "REACTIONS", "aspect", "begun", "count", "day",
    "effect_in_points", "estimate", "felt", "in_words", "intent", "language", "many", "moment", "money", "percent",
    "points",
]  # fmt: skip

ASPECTS: Final = {
    "network": "network coverage",
    "data": "mobile data",
    "calls": "calls and texts",
    "broadband": "broadband",
    "price": "price and bills",
    "customer_service": "customer service",
    "device": "phones and SIMs",
    "app": "app and account",
    "roaming": "roaming",
    "extras": "mobile money and extras",
    "delivery": "shops and delivery",
    "general": "the operator as a whole",
}
INTENTS: Final = {"churn_threat": "threat to leave"}

LANGUAGES: Final = {
    "am": "Amharic", "ar": "Arabic", "ar-dz": "Algerian Arabic", "ar-ma": "Moroccan Arabic", "bg": "Bulgarian",
    "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati", "ha": "Hausa", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "ig": "Igbo",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ms": "Malay", "nl": "Dutch", "no": "Norwegian",
    "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "und": "nothing to read",
    "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "wo": "Wolof", "xh": "Xhosa", "yo": "Yoruba", "zh": "Chinese",
    "zu": "Zulu", "kr": "Kanuri", "om": "Oromo",
    "pcm": "Nigerian Pidgin", "rw": "Kinyarwanda", "ti": "Tigrinya", "ts": "Tsonga", "tw": "Twi",
}  # fmt: skip


def aspect(code: str) -> str:
    """Return the words for a part of the service."""
    return ASPECTS.get(code) or in_words(code)


def felt(aspect_sentiment: str) -> str:
    """Return the words for an aspect with the sentiment toward it: `price and bills: negative`."""
    code, _, label = aspect_sentiment.partition(":")
    return f"{aspect(code)}: {label}"


def intent(code: str) -> str:
    """Return the words for what an author wants to do."""
    return INTENTS.get(code) or in_words(code)


def language(code: str | None) -> str:
    """Return the English name of a language, the code itself where we have no name for it."""
    return NOT_KNOWN if code is None else LANGUAGES.get(code, code)
