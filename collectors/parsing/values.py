"""Single values as they come out of files and answers: text, times, numbers, attributes."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.times import ZoneNotSure, read_layout, read_time
from domain.post import MOST_COUNTED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import tzinfo

MAX_ATTRIBUTES: Final = 64
MAX_ATTRIBUTE_LENGTH: Final = 1000
MAX_ATTRIBUTE_NAME_LENGTH: Final = 200
MAX_MENTIONS: Final = 50
AHEAD: Final = timedelta(days=1)
"""How far ahead of the clock a time may be: clocks differ, zones are forgotten."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SUSPICIOUS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\\u[dD][89a-fA-F]|\\u00[0-9]|\\[bf]")
_EPOCH: Final = re.compile(r"-?\d{9,}(\.\d+)?")
_PARTS_OF_SECOND: Final = ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (math.inf, 1e9))
"""Below which number what is counted since 1970 are seconds, milliseconds, microseconds, nanoseconds."""
_SECONDS_END: Final = 2**34
"""The year 2514."""
_EXPONENT: Final = re.compile(r"[+-]?\d+(?:[.,]\d+[eE][+-]?|[eE][+-])\d+")
"""A number as programs write it that count in powers of ten; `12e5` may be an id."""
_DECIMAL: Final = re.compile(r"(\d{1,40})\.0")
_EXACT_BELOW: Final = 2**53
"""Whole numbers below are exact as floating-point numbers, which `123.0` was once."""
_MENTION: Final = re.compile(r"(?<![A-Za-z0-9_@/])@([A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?)")
_SHARE: Final = re.compile(r"RT @([A-Za-z0-9_]{1,64}):")


def clean_text(text: str) -> str:
    """Return text that every later stage can encode: lone surrogates as U+FFFD, control characters as spaces.

    Tabs, line breaks and zero-width characters stay; emoji and several scripts need the latter.
    """
    return _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", text))


def suspicious(raw: str) -> bool:
    """Tell whether JSON source may hold texts that `clean` would change."""
    return _SUSPICIOUS.search(raw) is not None


def clean(value: Any) -> Any:
    """Return a JSON value with every text in it cleaned, names too."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value


def parse_time(value: Any, *, timezone: tzinfo = UTC, layouts: Collection[str] = ()) -> datetime:
    """Return a time in UTC from ISO 8601, a usual form whose meaning is sure, or a number since 1970.

    Numbers are seconds, milliseconds, microseconds or nanoseconds. A time without zone is in `timezone`. `layouts` (as
    for strptime) replace all of these; the first that fits is taken.

    Raises:
        ValueError: it is none of these.
    """
    reason = ""
    try:
        if isinstance(value, str):
            return _of_text(value.strip(), timezone, layouts).astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _since_1970(float(value))
    except ZoneNotSure as error:
        reason = f": {error}"
    except (ValueError, OverflowError, OSError):
        pass
    raise ValueError(f"{brief(value)} is not a time{reason}")


def _of_text(text: str, timezone: tzinfo, layouts: Collection[str]) -> datetime:
    fault = ValueError()
    for layout in layouts:
        try:
            return read_layout(text, layout, timezone)
        except ValueError as error:
            fault = error if isinstance(error, ZoneNotSure) else fault
    if layouts:
        raise fault
    if _EPOCH.fullmatch(text):
        return _since_1970(float(text))
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return read_time(text, timezone)
    return time if time.tzinfo else time.replace(tzinfo=timezone)


def _since_1970(number: float) -> datetime:
    factor = next((factor for end, factor in _PARTS_OF_SECOND if abs(number) < end), 1)
    return datetime.fromtimestamp(number / factor, tz=UTC)


def parse_number(value: Any) -> float | None:
    """Return a finite number, or None where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_count(value: Any) -> int | None:
    """Return a whole number, not below zero; None where there is none, or one that counts nothing on earth."""
    number = parse_number(value)
    return None if number is None or number > MOST_COUNTED else max(int(number), 0)


def whole_id(value: Any) -> str | None:
    """Return the id that a table holds as a text or a number, None where there is none.

    Raises:
        ValueError: it is a number whose last digits a program has rounded away.
    """
    text = as_text(value)
    if text is None or not (text[0].isdigit() or text[0] in "+-.,"):
        return text
    number = _DECIMAL.fullmatch(text)
    if _EXPONENT.fullmatch(text) or (number and int(number[1]) >= _EXACT_BELOW):
        # Without the number: it may be a customer's.
        raise ValueError("is a number whose last digits a spreadsheet has rounded away; export ids as text")
    return number[1] if number else text


def as_id(value: Any) -> str:
    """Return the id that a text or a whole number is.

    Raises:
        ValueError: it is neither, or nothing.
    """
    if type(value) not in {str, int} or value == "":
        raise ValueError(f"{brief(value)} is no id")
    return str(value)


def as_second(value: Any) -> int | None:
    """Return a whole number that can be a time in seconds since 1970; None where it is none."""
    return value if type(value) is int and 0 <= value < _SECONDS_END else None


def parse_flag(value: Any) -> bool | None:
    """Return whether a value says yes or no, None where it says neither."""
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    return known.get(str(value).strip().lower())


def as_text(value: Any) -> str | None:
    """Return a scalar as text without outer spaces; None for nothing, for lists and for objects."""
    if value is None or isinstance(value, dict | list):
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    return text or None


def as_texts(value: Any) -> list[str]:
    """Return a list of texts from a list, or from a text with commas, semicolons or spaces in between."""
    items: Iterable[Any] = value if isinstance(value, list) else re.split(r"[\s,;]+", as_text(value) or "")
    return [text for item in items if (text := as_text(item))]


def dig(value: Any, *keys: str) -> Any:
    """Return what lies under keys within each other; None where there is nothing of the kind."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def mentions(text: str) -> tuple[str, ...]:
    """Return the handles that a text names, without @, in order, each once."""
    return unique_handles(match[1] for match in _MENTION.finditer(text))


def unique_handles(handles: Iterable[str]) -> tuple[str, ...]:
    """Return handles without @ and without repetition (upper and lower case are the same)."""
    unique: dict[str, str] = {}
    for handle in handles:
        bare = handle.strip().lstrip("@")
        if bare:
            unique.setdefault(bare.lower(), bare)
    return tuple(unique.values())[:MAX_MENTIONS]


def shared_from(text: str) -> str | None:
    """Return whom a text passes on: the handle in a leading `RT @handle:`."""
    match = _SHARE.match(text)
    return match[1] if match else None


def language_code(tag: str | None) -> str | None:
    """Return the language of a tag such as `en-GB` or `pt_BR`, in lower case."""
    return re.split(r"[-_]", tag)[0].lower() if tag else None


def attributes(values: Mapping[str, Any], *, except_for: Collection[str] = ()) -> dict[str, str]:
    """Return what is left of a record as flat texts under dotted names, capped in number and length."""
    flat: dict[str, str] = {}
    for name, text in _flattened(values, ""):
        if name in except_for:
            continue
        if len(flat) == MAX_ATTRIBUTES:
            break
        flat[name[:MAX_ATTRIBUTE_NAME_LENGTH]] = text[:MAX_ATTRIBUTE_LENGTH]
    return flat


def _flattened(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flattened(value, f"{name}.")
        elif isinstance(value, list):
            texts = [as_text(item) for item in value]
            yield name, json.dumps(value, ensure_ascii=False) if None in texts else ", ".join(map(str, texts))
        elif (text := as_text(value)) is not None:
            yield name, text


def brief(value: Any) -> str:
    """Return a value as it can stand in an error message: quoted and short."""
    text = clean_text(str(value))
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
