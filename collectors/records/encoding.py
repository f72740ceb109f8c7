"""Bytes of any encoding as UTF-8: what a mapping names, what a byte order mark says, or what all of the bytes say.

A file that is not UTF-8 is taken for Windows-1252 only where that is sure: its letters are those of one family of
western languages, and stand where such letters stand. Else nothing of it is read: lines that happen to hold no letter
beyond ASCII would be a biased part of it.
"""

from __future__ import annotations

import codecs
import io
import re
import zlib
from gzip import BadGzipFile
from typing import TYPE_CHECKING, Any, Final

from collectors.records.lines import MAX_LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

UTF8: Final = "utf-8"
MARKED_UTF8: Final = "utf-8-sig"
WESTERN: Final = "cp1252"
CHUNK: Final = 64 * 1024
_BOMS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", MARKED_UTF8),
)
_SURE_AFTER: Final = 200
"""Lines of good UTF-8 after which a file is taken for it."""

_SHARED: Final = frozenset("äöüßÄÖÜéÉáÁíÍóÓúÚçÇëËîÎâÂôÔ")
"""Letters that are the same bytes in the encodings of western and of central Europe."""
_FAMILIES: Final[tuple[tuple[frozenset[str], frozenset[str]], ...]] = (
    (frozenset("àÀèÈêÊìÌïÏñÑòÒùÙûÛœŒÿŸ"), frozenset()),
    (frozenset("åÅæÆøØàÀèÈêÊ"), frozenset()),
    (frozenset("ãÃõÕàÀêÊñÑ"), frozenset("öÖ")),
)
"""Letters that occur together beside the shared ones, and those that then do not."""
_FOREIGN: Final = re.compile(
    r"[À-ÖØ-öø-ÿŠŽŒšžœŸ]{3}|(?=[¢-¾]{0,2}[À-ÿ])[¢-ª¬-º¼-¾À-ÿ]{3}"  # an alphabet of its own
    r"|[a-zà-öø-ÿšžœ][À-ÖØ-ÞŠŽŒŸ]"  # a capital inside a word: MacRoman
    r"|(?<=[A-Za-z])[\x80-\uffff](?<![\wµ’‘´·–—…•\xa0\xad€£°™®©])(?=[A-Za-z])"  # a sign inside a word
    r"|(?<=[A-Za-z])[ªº](?=[A-Za-z])|[¤¥¦¨¬¯¸£¹³¾ª][A-Za-z]|[A-Za-z][¤¥¦¨¬¯¸]"  # a sign at its edge
    r"|[A-Za-z][‚„]"  # a quote opened behind a letter: DOS
    r"|ê\b|ñ(?![aeiouáéíóúAEIOUÁÉÍÓÚ])|ì(?=[a-z])"  # Polish and Czech letters
)


class Transcoded(io.RawIOBase):
    """A stream of bytes as UTF-8. Bytes that are no character of the encoding stay bytes that are not UTF-8."""

    def __init__(self, source: Any, encoding: str, *, carriage_returns: bool = False) -> None:
        errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._ends = carriage_returns
        self._ready = b""
        self._is_over = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; return how many bytes that were, 0 at the end."""
        while not self._ready and not self._is_over:
            data = self._source.read(CHUNK)
            self._is_over = not data
            text = self._decoder.decode(data, final=self._is_over)
            self._ready = text.encode("utf-8", "surrogateescape")
            if self._ends:
                self._ready = self._ready.replace(b"\r", b"\n")
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


def as_utf8(stream: Any, encoding: str) -> Any:
    """Return a stream as UTF-8 with line feeds at its ends of lines; the mark of the byte order is gone."""
    encoding = marked_encoding(stream.peek(4)[:4]) or encoding
    if encoding == MARKED_UTF8:
        stream.read(3)
    elif encoding != UTF8:
        stream = io.BufferedReader(Transcoded(stream, encoding), CHUNK)
    head = stream.peek(CHUNK)
    # The first end of a line decides; it may be the first half of one.
    end = re.search(rb"\r\n?|\n", head)
    if end is None or end[0] != b"\r" or (end.end() == len(head) and len(head) > 1):
        return stream
    return io.BufferedReader(Transcoded(stream, UTF8, carriage_returns=True), CHUNK)


def marked_encoding(start: bytes) -> str | None:
    """Return the encoding that a byte order mark names."""
    return next((name for mark, name in _BOMS if start.startswith(mark)), None)


def encoding_of(stream: Any) -> str | None:
    """Return the encoding of a file by looking through it; None where that is not sure."""
    head = stream.peek(4096)[:4096]
    if marked := marked_encoding(head):
        return marked
    if wide := _wide(head):
        return wide
    good, bad, letters, is_western = 0, 0, set[str](), True
    for line in _lines_beyond_ascii(stream):
        try:
            line.decode(UTF8)
            good += 1
        except UnicodeDecodeError as error:
            if error.end >= len(line) - 3 and not line.endswith(b"\n") and error.reason == "unexpected end of data":
                continue
            bad += 1
            is_western = is_western and _western_letters(line, letters)
        if good >= _SURE_AFTER and good > 20 * bad:
            return UTF8
    if good >= bad:
        return UTF8
    return WESTERN if is_western and not good and _is_one_family(letters) else None


def _lines_beyond_ascii(stream: Any) -> Iterator[bytes]:
    try:
        while line := stream.readline(MAX_LINE_BYTES):
            if not line.isascii():
                yield line
    except (EOFError, zlib.error, BadGzipFile):
        # What is damaged is told by whoever reads it.
        return


def _wide(head: bytes) -> str | None:
    """Return the encoding of ASCII in two bytes a letter, without a mark."""
    half = len(head) // 2
    if half < 4:
        return None
    first, second = head[0::2].count(0), head[1::2].count(0)
    if second > 0.7 * half and first < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if first > 0.7 * half and second < 0.05 * half else None


def _western_letters(line: bytes, letters: set[str]) -> bool:
    """Add the letters of a line; tell whether it can be Windows-1252."""
    try:
        text = line.decode(WESTERN)
    except UnicodeDecodeError:
        return False
    letters.update(character for character in text if not character.isascii() and character.isalpha())
    return _FOREIGN.search(text) is None


def _is_one_family(letters: set[str]) -> bool:
    others = letters - _SHARED - set("ªºµ")
    return any(others <= family and not letters & without for family, without in _FAMILIES)
