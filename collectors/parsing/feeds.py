"""A feed document (RSS, Atom) as entries: feedparser's parsers, held to limits, and kept from failing as a whole.

feedparser reads what no standard allows, so it is kept. But its handlers throw at elements that they did not
expect, and some of its expressions take a time that grows with the square of what they are given. So its two
parsers are run from here: what is thrown inside an entry is that entry's fault, values are cut before they are looked
at, and a document has so many elements at most.
"""

from __future__ import annotations

import re
import xml.sax
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import feedparser
from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.encodings import convert_to_utf8
from feedparser.sanitizer import replace_doctype

from collectors.parsing.markup import MAX_HTML_CHARACTERS
from domain.errors import RecordUnreadable, SourceBusy, SourceRefused
from transport.foreign import Foreign, is_encoding

MAX_ELEMENTS: Final = 250_000
"""Most elements of a document that are read: as many as ten thousand entries have, and some five seconds of work."""
MAX_DEPTH: Final = 250
MAX_VALUE: Final = 2_000
"""Longest value, in characters, of an element that holds no text of an author: addresses, names, times."""
MAX_NAME: Final = 300
"""Longest value in which an author's address is looked for, in a time that grows with its square."""
MAX_PROLOG: Final = 16_384

_HARMLESS: Final = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_WIDE: Final = {
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\x00<": "utf-32-be",
    b"<\x00\x00\x00": "utf-32-le",
    b"\xfe\xff": "utf-16",
    b"\xff\xfe": "utf-16",
    b"\x00<": "utf-16-be",
    b"<\x00": "utf-16-le",
}
"""How documents begin in which an ASCII character is more than a byte, the longest beginning first."""
_DECLARATION: Final = re.compile(rb"\s*<\?[^>]{0,1000}\?>")
_ENCODING: Final = re.compile(rb"encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_GAP: Final = re.compile(rb"\s{2,}")
_FIRST_ELEMENT: Final = re.compile(rb"<\w")


@dataclass
class FeedDocument:
    """What a document tells: its `entries` as feedparser has them, and what of it could not be read.

    It is `whole` where it was read to its end as XML.
    """

    version: str = ""
    language: str | None = None
    entries: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[RecordUnreadable] = field(default_factory=list)
    whole: bool = True


def read_feed(body: bytes, *, content_type: str, address: str) -> FeedDocument:
    """Return a feed; `address` says in errors whose it is.

    Raises:
        SourceBusy: it is in no encoding.
        SourceRefused: it has more elements than we take, or they are nested too deep.
    """
    told: dict[str, Any] = {}
    body, content_type = _plain(body, content_type)
    with Foreign() as decoding:
        data = convert_to_utf8({"content-type": content_type}, body, told)
        version, data, entities = replace_doctype(_bounded(data))
    if decoding.error:
        raise SourceBusy(f"{address} answered with something that is not a feed")
    whole = not told.get("bozo") or isinstance(told.get("bozo_exception"), _HARMLESS)
    parser = _strictly(data, address) if told.get("encoding") else None
    if parser is None:
        whole = False
        parser = _loosely(data.decode("utf-8", "replace"), entities, address)
    feed = FeedDocument(version=version or parser.version, language=parser.feeddata.get("language"), whole=whole)
    for number, entry in enumerate(parser.entries):
        error = parser.faults.get(number)
        if error is None:
            feed.entries.append(entry)
        else:
            name = str(entry.get("id") or entry.get("link") or f"entry {number + 1}")[:80]
            feed.unreadable.append(RecordUnreadable(f"{address} {name}", f"it cannot be read ({type(error).__name__})"))
    return feed


class _Held:
    """What both parsers do beside their own: count, cut, and note what went wrong in which entry."""

    def __init__(self, address: str, *parts: Any) -> None:
        self.address = address
        self.elements = 0
        self.faults: dict[int, Exception] = {}
        super().__init__(*parts)

    def unknown_starttag(self, tag: str, attributes: Any) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise SourceRefused(f"{self.address} answered with a feed of more than {MAX_ELEMENTS} elements")
        self._guarded(super().unknown_starttag, tag, attributes)  # type: ignore[misc]

    def unknown_endtag(self, tag: str) -> None:
        self._guarded(super().unknown_endtag, tag)  # type: ignore[misc]

    def handle_charref(self, reference: str) -> None:
        self._guarded(super().handle_charref, reference)  # type: ignore[misc]

    def handle_entityref(self, reference: str) -> None:
        self._guarded(super().handle_entityref, reference)  # type: ignore[misc]

    def pop(self: Any, element: str, *options: Any) -> Any:
        if self.elementstack and self.elementstack[-1][0] == element:
            pieces = self.elementstack[-1][2]
            limit = MAX_HTML_CHARACTERS if element in self.can_contain_dangerous_markup else MAX_VALUE
            if sum(map(len, pieces)) > limit:
                texts = (piece.decode("utf-8", "replace") if isinstance(piece, bytes) else piece for piece in pieces)
                pieces[:] = ["".join(texts)[:limit]]
        return super().pop(element, *options)  # type: ignore[misc]

    def _sync_author_detail(self: Any, key: str = "author") -> None:
        if len(self._get_context().get(key) or "") <= MAX_NAME:
            super()._sync_author_detail(key)  # type: ignore[misc]

    def _guarded(self: Any, step: Any, *values: Any) -> None:
        with Foreign() as handler:
            step(*values)
        if handler.error is not None and self.inentry:
            self.faults.setdefault(len(self.entries) - 1, handler.error)


class _Strict(_Held, StrictFeedParser):  # type: ignore[misc]
    """Reads XML."""

    def __init__(self, address: str, *parts: Any) -> None:
        self.nested = 0
        super().__init__(address, *parts)

    def startElementNS(self, name: Any, qname: Any, attributes: Any) -> None:  # noqa: N802 - named by SAX
        self.nested += 1
        if self.nested > MAX_DEPTH:
            raise SourceRefused(f"{self.address} answered with a feed that is nested more than {MAX_DEPTH} deep")
        super().startElementNS(name, qname, attributes)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802 - named by SAX
        self.nested -= 1
        super().endElementNS(name, qname)


class _Loose(_Held, LooseFeedParser):  # type: ignore[misc]
    """Reads what is nearly XML."""


def _strictly(data: bytes, address: str) -> Any:
    """Return the parser that has read a document, None where it is no XML."""
    # Not told where the feed lies, it leaves ids as they are; else a move to https would change them all. Its cleaning
    # of HTML is slow on hostile input, and we keep plain text only.
    parser = _Strict(address, "", None, "utf-8")
    parser.resolve_relative_uris = parser.sanitize_html = False
    reader = xml.sax.make_parser()  # noqa: S317 - entities from outside are off, and no entity is nested in another
    reader.setFeature(xml.sax.handler.feature_namespaces, 1)
    reader.setFeature(xml.sax.handler.feature_external_ges, 0)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    with Foreign() as parsing:
        reader.parse(BytesIO(data))
    return None if parsing.error else parser


def _loosely(text: str, entities: Any, address: str) -> Any:
    parser = _Loose(address, "", None, "utf-8", entities)
    parser.resolve_relative_uris = parser.sanitize_html = False
    with Foreign() as parsing:
        parser.feed(text)
    if parsing.error:
        parser.faults.setdefault(len(parser.entries) - 1, parsing.error)
    return parser


def _plain(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Return a document in an encoding that ASCII is part of, its declaration on a line of its own, and its type."""
    charset = _CHARSET.search(content_type)
    if charset is not None and not is_encoding(charset[1]):
        content_type = content_type.partition(";")[0]
    wide = next((encoding for beginning, encoding in _WIDE.items() if body.startswith(beginning)), None)
    if wide is not None:
        body = body.decode(wide, "replace").lstrip("\ufeff").encode()
        content_type = "application/xml; charset=utf-8"
    declaration = _DECLARATION.match(body)
    if declaration is None:
        # What begins like one and does not end in time is none.
        return (body.lstrip()[2:] if body.lstrip().startswith(b"<?") else body), content_type
    named = _ENCODING.search(declaration[0])
    is_good = wide is None and (named is None or is_encoding(named[1].decode()))
    return (declaration[0] if is_good else b"") + b"\n" + body[declaration.end() :], content_type


def _bounded(data: bytes) -> bytes:
    """Return a document with what stands before its first element short and without gaps."""
    first = _FIRST_ELEMENT.search(data)
    end = first.start() if first else len(data)
    prolog = _GAP.sub(b"\n", data[:end])
    if len(prolog) > MAX_PROLOG:
        declaration = _DECLARATION.match(prolog)
        prolog = declaration[0] if declaration else b""
    return prolog + data[end:]
