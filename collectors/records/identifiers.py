"""What names a person for certain, in columns that are kept beside a post's own: it becomes a word in brackets.

By rule and not by guess: an address of mail, an IBAN and a payment card whose check digits hold, a telephone number
in a usual form. Other numbers stay: a column is kept because somebody wants to read it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

_EMAIL: Final = re.compile(r"(?<![\w.+\-@])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}")
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
CARD_LIKE: Final = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
"""As many digits as the number of a payment card has, in a row or in groups."""
_PHONE: Final = re.compile(
    r"(?<![\w.+])(?:(?:\+|00)[1-9](?:[ ().\-/]{0,2}\d){7,13}"  # with the country
    r"|\(?0\d{1,5}\)?[ \-/.]{0,2}\d{2,5}(?:[ \-.]?\d{2,5}){1,3}"  # within a country
    r"|\(\d{3}\) ?\d{3}[ .\-]\d{4}|\d{3}[.\-]\d{3}[.\-]\d{4})(?![\w])"  # as in North America
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}-\d{1,2}-\d{4}")
_PHONE_DIGITS: Final = range(9, 16)


def masked(text: str, found: Counter[str]) -> str:
    """Return a text in which no identifier stands; count in `found` what was taken out, by its kind."""
    for pattern, is_one, word in _RULES:
        text = _without(text, pattern, is_one, word, found)
    return text


def _without(text: str, pattern: re.Pattern[str], is_one: Callable[[str], bool], word: str, found: Counter[str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        if not is_one(match[0]):
            return match[0]
        found[word] += 1
        return f"[{word}]"

    return pattern.sub(replaced, text)


def _is_iban(text: str) -> bool:
    bare = re.sub(r"[ -]", "", text).upper()
    return int("".join(str(int(character, 36)) for character in bare[4:] + bare[:4])) % 97 == 1


def check_digit_holds(digits: str) -> bool:
    """Tell whether the last digit is the check digit of those before it (ISO/IEC 7812-1, the formula of Luhn)."""
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(sum(divmod(2 * number, 10)) for number in numbers[1::2])) % 10 == 0


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return int(digits[0]) in range(2, 7) and check_digit_holds(digits)


def _is_phone(text: str) -> bool:
    return sum(map(str.isdigit, text)) in _PHONE_DIGITS and not _DATE.match(text)


_RULES: Final = (
    (_EMAIL, lambda _text: True, "e-mail"),
    (_IBAN, _is_iban, "IBAN"),
    (CARD_LIKE, _is_card, "card number"),
    (_PHONE, _is_phone, "telephone number"),
)
