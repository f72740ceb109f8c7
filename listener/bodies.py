"""Bodies of requests, bounded: in length, in time, unpacked too, and all that are under way together."""

from __future__ import annotations

import asyncio
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect

from listener.refusal import RequestRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request

BODY_S: Final = 15.0
"""How long a sender may take for a body."""
MOST_HEADERS: Final = 100
LONGEST_HEADERS: Final = 16_384
READ_ON: Final = 4
"""Of a body that is too long so many times the limit is read and thrown away, so that its sender hears why."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of the bodies that are under way together."""
_PACKED: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Gate:
    """Lets in so many requests at once, and so many bytes of them; others are told to come back."""

    def __init__(self, at_once: int, bytes_at_once: int = MOST_BYTES) -> None:
        self._requests = at_once
        self._bytes = bytes_at_once

    @contextmanager
    def entered(self) -> Iterator[Load]:
        """Count a request for the length of a block.

        Raises:
            RequestRefused: there are too many.
        """
        if not self._requests:
            raise _full()
        self._requests -= 1
        load = Load(self)
        try:
            yield load
        finally:
            self._requests += 1
            self._bytes += load.size

    def take(self, size: int) -> None:
        """Count bytes of a body.

        Raises:
            RequestRefused: there are too many.
        """
        if size > self._bytes:
            raise _full()
        self._bytes -= size


class Load:
    """What a request that is under way holds in memory."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.size = 0

    def add(self, size: int) -> None:
        """Count more of it.

        Raises:
            RequestRefused: all requests together hold too much.
        """
        self._gate.take(size)
        self.size += size


def check_headers(request: Request) -> None:
    """Refuse headers that are longer than anybody's.

    Raises:
        RequestRefused: they are.
    """
    raw = request.headers.raw
    if len(raw) > MOST_HEADERS or sum(len(name) + len(value) for name, value in raw) > LONGEST_HEADERS:
        raise RequestRefused(431, "the headers are too many or too long")


async def read_body(request: Request, limit: int, load: Load) -> bytes:
    """Return a body as it was sent.

    Raises:
        RequestRefused: it is too long, comes too slowly, or breaks off.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit * READ_ON:
        raise _too_long(limit)
    received, kept = 0, bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            stream: AsyncIterator[bytes] = request.stream()
            async for part in stream:
                received += len(part)
                if received <= limit:
                    load.add(len(part))
                    kept += part
                elif received > limit * READ_ON:
                    break
    except TimeoutError:
        raise RequestRefused(408, f"the body did not come within {BODY_S:.0f} seconds") from None
    except ClientDisconnect:
        raise RequestRefused(400, "the body broke off") from None
    if received > limit:
        raise _too_long(limit)
    return bytes(kept)


def unpacked(body: bytes, encoding: str, limit: int, load: Load) -> bytes:
    """Return a body unpacked as `Content-Encoding` says, never more of it than the limit.

    Raises:
        RequestRefused: it is longer, packed otherwise, or damaged.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in _PACKED:
        raise RequestRefused(415, f"Content-Encoding may be {', '.join(_PACKED)}")
    unpacking = zlib.decompressobj(_PACKED[encoding])
    try:
        plain = unpacking.decompress(body, limit + 1)
    except zlib.error:
        raise RequestRefused(400, "the body is not packed as Content-Encoding says") from None
    if len(plain) > limit:
        raise _too_long(limit)
    if not unpacking.eof or unpacking.unused_data:
        raise RequestRefused(400, "the packed body is cut off, or more than one")
    load.add(len(plain))
    return plain


def _full() -> RequestRefused:
    return RequestRefused(503, "too many requests at once; come back", retry_after_s=1)


def _too_long(limit: int) -> RequestRefused:
    return RequestRefused(413, f"the body is longer than {limit} bytes")
