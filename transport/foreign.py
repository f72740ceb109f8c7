"""Where what strangers send meets code: what goes wrong there is said in one sentence, and ends nothing else.

Two boundaries. Values that are not of the shape that a source documents make our own reading raise what is in
`ODD_SHAPE`: of one record that is a `RecordUnreadable`, of a whole answer a `SourceRefused`. Libraries may throw
anything at bytes that nobody foresaw: `Foreign` catches all of it.
"""

from __future__ import annotations

import codecs
import json
import logging
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn

from domain.errors import EarshotError, RecordUnreadable, SourceRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

MAX_DEPTH: Final = 64
"""Deepest nesting of JSON that is read."""
ODD_SHAPE: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What a null, a number, a list or a text raises where something else was expected, at any depth."""
_NO_ENCODINGS: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""What Python knows as encodings and no document is in: they throw, or take hours."""
_LOGGER: Final = logging.getLogger(__name__)


class TooDeep(ValueError):
    """JSON is nested deeper than anybody means."""

    def __init__(self) -> None:
        super().__init__(f"nested more than {MAX_DEPTH} deep")


class Foreign:
    """The block in which a library reads what strangers sent: whatever it throws is kept in `error`, and not raised.

    Errors of ours are none of the library's and go on.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __enter__(self) -> Foreign:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if not isinstance(error, Exception) or isinstance(error, EarshotError):
            return False
        self.error = error
        return True


@contextmanager
def answered(who: str) -> Iterator[None]:
    """Read an answer in this block: one that is not of the documented shape is said to be so.

    Raises:
        SourceRefused: it is not.
    """
    try:
        yield
    except ODD_SHAPE as error:
        _LOGGER.debug("an answer of %s could not be read", who, exc_info=True)
        raise SourceRefused(f"{who} answered with something {oddness(error)}") from None


@contextmanager
def recorded(where: str) -> Iterator[None]:
    """Read a record in this block: one that is not of the documented shape is said to be so.

    Raises:
        RecordUnreadable: it is not.
    """
    try:
        yield
    except ODD_SHAPE as error:
        raise RecordUnreadable(where, oddness(error)) from None


def oddness(error: Exception) -> str:
    """Return in words what is wrong with a value that made our reading raise an error."""
    said = "".join(character if character.isprintable() else " " for character in str(error)[:100])
    return f"not of the documented shape ({type(error).__name__}: {said})"


def read_json_text(text: str | bytes, *, strict: bool = True, constant: Callable[[str], Any] | None = None) -> Any:
    """Return the value of a JSON text. `strict` and `constant` are as the standard library has them.

    Raises:
        ValueError: it is not JSON.
        TooDeep: it is nested more than `MAX_DEPTH` deep; who goes through it may call itself for each level.
    """
    try:
        if strict and constant is None:
            value = json.loads(text)
        else:
            # The decoder that the library makes for options is made anew each time, which takes longer than a line.
            decoded = text if isinstance(text, str) else text.decode(json.detect_encoding(text), "surrogatepass")
            value = _decoder(strict, constant).decode(decoded)
    except RecursionError:
        raise TooDeep from None
    openings = text.count(b"[") + text.count(b"{") if isinstance(text, bytes) else text.count("[") + text.count("{")
    if openings > MAX_DEPTH and is_deep(value):
        raise TooDeep
    return value


def refuse_constant(constant: str) -> NoReturn:
    """Refuse what Python reads as a number and JSON does not have: what `constant` of `read_json_text` may be.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{constant} is not a JSON value")


@lru_cache(maxsize=8)
def _decoder(strict: bool, constant: Callable[[str], Any] | None) -> json.JSONDecoder:  # noqa: FBT001 - what is kept
    return json.JSONDecoder(strict=strict, parse_constant=constant)


def is_encoding(name: str) -> bool:
    """Tell whether a text can be in an encoding that Python knows by this name."""
    try:
        # What is known and turns bytes into other bytes (hex, zlib) is refused here.
        b"aaaa".decode(name, "replace")
        return codecs.lookup(name).name not in _NO_ENCODINGS
    except (LookupError, ValueError, TypeError):
        return False


def is_deep(value: Any) -> bool:
    """Tell whether lists and objects are nested more than `MAX_DEPTH` deep."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        if not inner:
            return False
        level = [one for values in inner for one in values]
    return any(isinstance(one, dict | list) for one in level)
