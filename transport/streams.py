"""The way out for sources that talk without being asked: a WebSocket under the rules of `Web`.

Addresses are checked, nothing is followed elsewhere, frames and waits have limits, and errors are sentences
of ours without anything that the server or the client library says.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect

from domain.errors import SourceBusy, SourceError, SourceRefused
from transport.addresses import check_address, resolve
from transport.foreign import ODD_SHAPE, Foreign, read_json_text
from transport.http import ON_STATUS, ON_STATUS_CLASS
from transport.redaction import redact_url
from transport.retry import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from websockets.http11 import Response

    from domain.ports import Clock

MAX_FRAME: Final = 128 * 1024
MAX_WAITING: Final = 512
"""Frames that wait for us; then the server must. So at most 64 MB wait, as a rule not one."""
OPEN_S: Final = 10.0
CLOSE_S: Final = 1.0

_LOGGER: Final = logging.getLogger(__name__)
_TOO_BIG: Final = 1009
_NAME: Final = re.compile(r"[A-Za-z]{1,64}")


class StreamDeclined(SourceRefused):
    """A server did not open a stream and called its reason by a name, such as CursorTooOld."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class Stream:
    """An open stream."""

    def __init__(self, connection: ClientConnection, address: str) -> None:
        self._connection = connection
        self._address = address

    def receive(self, within_s: float) -> bytes | None:
        """Return the next frame, None where none came in time.

        Raises:
            SourceBusy: the stream ended.
            SourceRefused: a frame is longer than we take.
        """
        try:
            return self._connection.recv(timeout=within_s, decode=False)
        except TimeoutError:
            return None
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code == _TOO_BIG:
                raise SourceRefused(f"{self._address} sent more than {MAX_FRAME} bytes at once") from None
            raise SourceBusy(f"{self._address} ended the stream") from None


class Streams:
    """Opens streams. `resolve` is there for tests and for networks with their own ways."""

    def __init__(
        self,
        *,
        clock: Clock,
        allow_private: bool = False,
        contact: str = "",
        resolve: Callable[[str], Iterable[str]] = resolve,
    ) -> None:
        # The client library logs whole requests when asked for details.
        logging.getLogger("websockets.client").setLevel(logging.WARNING)
        self._clock = clock
        self._allow_private = allow_private
        self._agent = f"Earshot/0.1 (social listening{f'; {contact}' if contact else ''})"
        self._resolve = resolve

    @contextmanager
    def open(self, url: str, *, subprotocol: str | None = None) -> Iterator[Stream]:
        """Open the stream at an address (https:// or http://) for the length of a block.

        Raises:
            SourceBusy: the server is busy or out of reach.
            SourceRefused: the server says no, or may not be asked.
            StreamDeclined: it does, and names the reason.
        """
        check_address(url, allow_private=self._allow_private, resolve=self._resolve)
        address = redact_url(url)
        _LOGGER.info("listening to %s", address)
        options: dict[str, Any] = {"subprotocols": [subprotocol]} if subprotocol else {}
        with Foreign() as connecting:
            connection: ClientConnection = connect(
                f"ws{url.removeprefix('http')}",
                user_agent_header=self._agent,
                # Compression costs the server more than us, and what is sent once need not be packed.
                compression=None,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                # Who asks us is answered; whether anybody is there, a wait without a frame tells.
                ping_interval=None,
                max_size=MAX_FRAME,
                max_queue=MAX_WAITING,
                create_connection=_Connection,
                **options,
            )
        if connecting.error is not None:
            raise self._failure(connecting.error, address)
        with connection:
            yield Stream(connection, address)

    def _failure(self, error: Exception, address: str) -> SourceError:
        match error:
            case _Answered():
                return self._error(error.response, address)
            case InvalidURI() | UnicodeError():
                return SourceRefused(f"{address} cannot be asked for: the address is not valid")
            case TimeoutError():
                return SourceBusy(f"{address}: no connection within {OPEN_S:.0f} s")
            case InvalidHandshake():
                return SourceBusy(f"{address} answered with something that is not a stream")
            case OSError() | EOFError() | ConnectionClosed():
                return SourceBusy(f"{address}: no connection")
        return SourceRefused(f"{address} gave an answer that cannot be read ({type(error).__name__})")

    def _error(self, response: Response, address: str) -> SourceError:
        status = response.status_code
        if status < 300:
            return SourceBusy(f"{address} answered {status} instead of opening a stream")
        error, words = ON_STATUS.get(status) or ON_STATUS_CLASS.get(status // 100, ON_STATUS_CLASS[2])
        sentence = f"{address} answered {status}: {words}"
        if error is SourceBusy:
            asked_s = retry_after_s(response.headers.get("Retry-After"), self._clock.now())
            return SourceBusy(sentence, retry_after_s=asked_s)
        try:
            name = read_json_text(bytes(response.body or b"{}"))["error"]
        except ODD_SHAPE:
            return error(sentence)
        # Named as the network's servers do it; what is no plain name is not repeated.
        is_named = isinstance(name, str) and _NAME.fullmatch(name)
        return StreamDeclined(f"{sentence} ({name})", name=name) if is_named else error(sentence)


class _Answered(Exception):
    """The server answered, but not with a stream."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class _Connection(ClientConnection):
    """A connection that is not led elsewhere: the client follows redirects that come as the error it knows."""

    def handshake(self, *args: Any, **options: Any) -> None:
        """Shake hands with the server that was asked, and with no other."""
        try:
            super().handshake(*args, **options)
        except InvalidStatus as refused:
            raise _Answered(refused.response) from None
