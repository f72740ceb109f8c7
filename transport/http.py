"""The one way out: every collector asks the network through `Web`.

Reads downwards: `read` waits and tries again -> `_follow` goes where redirects lead -> `_once`
asks, checks and reads one answer.
"""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from domain.errors import SourceBusy, SourceError, SourceRefused
from transport.addresses import check_address, check_peer, resolve
from transport.foreign import Foreign, TooDeep, read_json_text
from transport.rate_limit import RateLimiter
from transport.redaction import quiet_httpx, redact, redact_url
from transport.retry import Retry, retry_after_s
from transport.sse import events

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime
    from types import TracebackType

    from httpx_sse import ServerSentEvent

    from domain.ports import Clock

T = TypeVar("T")

TIMEOUTS: Final = httpx.Timeout(connect=10.0, read=30.0, write=30.0, pool=10.0)
MAX_BYTES: Final = 10 * 1024 * 1024
LONGEST_ANSWER_S: Final = 300.0
JSON_TYPES: Final = ("application/json", "application/activity+json", "application/ld+json")

_SECRET: Final = frozenset({"authorization", "api-key", "apikey", "cookie"})
"""Headers that stay with the origin that they are for."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OURS: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
"""What the client library raises at requests of ours, before they are sent."""

ON_STATUS: Final[Mapping[int, tuple[type[SourceError], str]]] = {
    401: (SourceRefused, "it wants a token, or another one"),
    403: (SourceRefused, "it forbids this"),
    404: (SourceRefused, "there is nothing at this address"),
    408: (SourceBusy, "it gave up waiting for us"),
    410: (SourceRefused, "it is gone for good"),
    425: (SourceBusy, "it is too early"),
    429: (SourceBusy, "it asks us to slow down"),
    501: (SourceRefused, "it cannot do this"),
    505: (SourceRefused, "it speaks another HTTP"),
}
"""What a status means where there is more to say than its class (below) does."""

ON_STATUS_CLASS: Final[Mapping[int, tuple[type[SourceError], str]]] = {
    2: (SourceRefused, "the status is not one that we asked for"),
    3: (SourceRefused, "it sends us elsewhere"),
    4: (SourceRefused, "it refuses the request"),
    5: (SourceBusy, "it is in trouble"),
}

ON_FAILURE: Final[Mapping[type[Exception], str]] = {
    httpx.ConnectTimeout: "no connection within 10 s",
    httpx.ConnectError: "no connection",
    httpx.ReadTimeout: "no answer within 30 s",
    httpx.RemoteProtocolError: "the answer broke off",
    httpx.ReadError: "the answer broke off",
    httpx.DecodingError: "the answer is not compressed as it says",
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer that was read to its end. Header names are in lower case."""

    url: str = field(repr=False)
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request and what may come of it: GET, or POST where there is a `form` or a JSON `document` to send.

    `types` are the content types that an answer of 200 may have (none: any, the body decides), `also` the statuses
    beside 200 that the caller understands, `redirects` how many redirects are followed. `account` is what the
    source counts requests by (a credential; empty: the host); `pace_s` the least seconds between
    two of its requests.
    """

    url: str = field(repr=False)
    types: Collection[str]
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    document: Any = field(default=None, repr=False)
    also: Collection[int] = ()
    redirects: int = 0
    account: str = field(default="", repr=False)
    pace_s: float = 0.0

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "GET" if self.form is None and self.document is None else "POST"


class Web:
    """Asks the network: politely, patiently, never without limits. Use it in a `with` block.

    What it learned about a host's limits outlives the block; connections do not. Where a `limiter` is
    passed in, those limits are shared with whoever else has it. `resolve` and `http_transport` are there for
    tests and for networks with their own ways.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        allow_private: bool = False,
        contact: str = "",
        http_transport: httpx.BaseTransport | None = None,
        retry: Retry | None = None,
        chance: Callable[[], float] = random.random,
        resolve: Callable[[str], Iterable[str]] = resolve,
        max_bytes: int = MAX_BYTES,
        limiter: RateLimiter | None = None,
    ) -> None:
        quiet_httpx()
        self._clock = clock
        self._allow_private = allow_private
        self._retry = retry or Retry()
        self._chance = chance
        self._resolve = resolve
        self._max_bytes = max_bytes
        self._limiter = limiter or RateLimiter()
        self._accounts: set[str] = set()
        self._agent = f"Earshot/0.1 (social listening{f'; {contact}' if contact else ''})"
        self._transport = http_transport
        self._client: httpx.Client | None = None

    def __enter__(self) -> Web:
        headers = {"User-Agent": self._agent, "Accept-Encoding": "gzip, deflate"}
        self._client = httpx.Client(transport=self._transport, timeout=TIMEOUTS, headers=headers)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def ask(self, request: Request) -> Reply:
        """Return the answer to a request.

        Raises:
            SourceBusy: the source is busy or out of reach, and the tries or the patience are used up.
            SourceRefused: the source says no, or may not be asked.
        """
        return self.read(request, lambda reply: reply)

    def ask_json(self, request: Request) -> tuple[Any, Reply]:
        """Return the JSON of an answer (None for a status other than 200) and the answer; otherwise as `ask`."""
        return self.read(request, lambda reply: (read_json(reply) if reply.status == 200 else None, reply))

    def read(self, request: Request, reader: Callable[[Reply], T]) -> T:
        """Return what a reader makes of the answer; otherwise as `ask`.

        For sources that say in the body of an answer that they are busy: a SourceBusy of the reader's
        is waited for and tried again like any other.
        """
        retry = self._retry
        while True:
            try:
                return reader(self._follow(request))
            except SourceBusy as busy:
                pause_s = retry.pause_s(busy.retry_after_s, self._chance)
                if not retry.agrees_to(pause_s):
                    raise
                self._clock.sleep(pause_s)
                retry = retry.spent()

    def listen(self, request: Request, seconds: float) -> Iterator[ServerSentEvent]:
        """Yield the server-sent events of an address for some seconds; a silence ends it within 30 more.

        Others may ask for the same account meanwhile. Nothing is tried again.

        Raises:
            RecordUnreadable: an event is longer than we take.
            SourceBusy: the source is busy or out of reach, is silent, or breaks off.
            SourceRefused: the source says no, or may not be asked.
        """
        check_address(request.url, allow_private=self._allow_private, resolve=self._resolve)
        account, address = _account(request), redact_url(request.url)
        # Packed events could not be measured before they are unpacked.
        headers = {**request.headers, "Accept": _first(request), "Accept-Encoding": "identity"}
        request = replace(request, headers=headers)
        patient = httpx.Timeout(connect=10.0, read=min(30.0, max(seconds, 1.0)), write=30.0, pool=10.0)
        with ExitStack() as open_:
            with self._limiter.turn(account):
                self._wait_for(account, request.pace_s)
                response = open_.enter_context(self._asked(request, account, timeout=patient))
            if response.headers.get("content-encoding", "identity") != "identity":
                raise SourceBusy(f"{address} packs its events, which it was asked not to")
            until = self._clock.now() + timedelta(seconds=seconds)
            yield from events(response, address=address, until=until, clock=self._clock)

    def rest(self, request: Request, seconds: float) -> None:
        """Ask nothing of a request's account for some seconds: where a limit stands in the body of an answer."""
        self._limiter.rest(_account(request), seconds, self._clock.now())

    @property
    def requests_left(self) -> int | None:
        """How many requests are left where the fewest are, of what was asked here; None where no source says."""
        return self._limiter.fewest_left(self._accounts)

    def _follow(self, request: Request) -> Reply:
        reply = self._once(request)
        while reply.status in _REDIRECTS and reply.status not in request.also:
            request = _redirected(request, reply)
            reply = self._once(request)
        return reply

    def _once(self, request: Request) -> Reply:
        check_address(request.url, allow_private=self._allow_private, resolve=self._resolve)
        account = _account(request)
        self._accounts.add(account)
        with self._limiter.turn(account):
            self._wait_for(account, request.pace_s)
            started = self._clock.now()
            with self._asked(request, account) as response:
                return Reply(
                    url=str(response.url),
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=self._read(response, request, started),
                )

    @contextmanager
    def _asked(self, request: Request, account: str, **options: Any) -> Iterator[httpx.Response]:
        """Ask once, and give the answer as soon as it begins and is of the kind that was asked for.

        What the client library raises becomes a sentence of ours; its own words may hold the whole address. It is not
        only its own errors: a host that is no name, here or where a redirect leads, raises those of the library for
        names, and who knows what an answer's headers raise.
        """
        if self._client is None:
            raise RuntimeError("Web asks only inside its with block")
        self._limiter.asked(account, self._clock.now())
        # Given no params, the client would drop those that stand in the address already.
        options |= {"params": request.params or None, "headers": request.headers}
        options |= {"data": request.form, "json": request.document}
        with Foreign() as client, self._client.stream(request.method, request.url, **options) as response:
            self._limiter.learn(account, response.headers, self._clock.now())
            self._check_status(response, request)
            yield response
        error, address = client.error, redact_url(request.url)
        if isinstance(error, httpx.RequestError) and not isinstance(error, _OURS):
            raise SourceBusy(f"{address}: {ON_FAILURE.get(type(error), 'the connection failed')}") from None
        if isinstance(error, (*_OURS, UnicodeError)):
            raise SourceRefused(f"{address} cannot be asked for: the request, or where it is sent on to, is not valid")
        if error is not None:
            raise SourceRefused(f"{address} gave an answer that cannot be read ({type(error).__name__})")

    def _wait_for(self, account: str, pace_s: float) -> None:
        wait_s = self._limiter.wait_s(account, self._clock.now(), pace_s=pace_s)
        if wait_s > self._retry.patience_s:
            host = account.partition(" ")[0]
            raise SourceBusy(f"{host} has no requests left for {wait_s:.0f} s", retry_after_s=wait_s)
        if wait_s:
            self._clock.sleep(wait_s)

    def _check_status(self, response: httpx.Response, request: Request) -> None:
        if not self._allow_private:
            check_peer(response.extensions.get("network_stream"), redact_url(request.url))
        status, address = response.status_code, redact_url(request.url)
        if status in _REDIRECTS and request.redirects and status not in request.also:
            return
        if status != 200 and status not in request.also:
            error, words = ON_STATUS.get(status) or ON_STATUS_CLASS.get(status // 100, ON_STATUS_CLASS[2])
            if error is not SourceBusy:
                raise error(f"{address} answered {status}: {words}")
            asked_s = retry_after_s(response.headers.get("retry-after"), self._clock.now())
            if asked_s:
                self.rest(request, asked_s)
            raise SourceBusy(f"{address} answered {status}: {words}", retry_after_s=asked_s)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if status == 200 and request.types and kind not in request.types:
            raise SourceBusy(
                f"{address} answered with {redact(kind) or 'no content type'} instead of {_first(request)}"
            )

    def _read(self, response: httpx.Response, request: Request, started: datetime) -> bytes:
        if "," in response.headers.get("content-encoding", ""):
            # Packed in what is packed, a few kilobytes unpack to gigabytes before they can be counted.
            raise SourceRefused(f"{redact_url(request.url)} answered with something packed more than once")
        chunks, size = [], 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            chunks.append(chunk)
            if size > self._max_bytes:
                raise SourceRefused(f"{redact_url(request.url)} answered with more than {self._max_bytes} bytes")
            if (self._clock.now() - started).total_seconds() > LONGEST_ANSWER_S:
                raise SourceBusy(f"{redact_url(request.url)} took more than {LONGEST_ANSWER_S:.0f} s to answer")
        return b"".join(chunks)


def _account(request: Request) -> str:
    """Return what requests are counted by: the host, and the credential where one is named."""
    host = urlsplit(request.url).netloc.rpartition("@")[2].lower()
    return f"{host} {request.account}".rstrip()


def _redirected(request: Request, reply: Reply) -> Request:
    """Return the request to send where an answer points; credentials stay with the origin that they are for."""
    try:
        target = urljoin(reply.url, reply.headers.get("location", ""))
        old, new = urlsplit(reply.url), urlsplit(target)
    except ValueError:
        raise SourceRefused(f"{redact_url(reply.url)} redirects to what is no address") from None
    if old.scheme == "https" and new.scheme != "https":
        raise SourceRefused(f"{redact_url(reply.url)} redirects from https to {new.scheme or 'nothing'}")
    same_origin = (old.scheme, old.netloc) == (new.scheme, new.netloc)
    kept = {name: value for name, value in request.headers.items() if same_origin or name.lower() not in _SECRET}
    if not same_origin and request.method == "POST":
        raise SourceRefused(f"{redact_url(reply.url)} sends what we post to it elsewhere")
    return replace(request, url=target, params={}, headers=kept, redirects=request.redirects - 1)


def read_json(reply: Reply) -> Any:
    """Return the JSON of an answer.

    Raises:
        SourceBusy: it is not JSON.
        SourceRefused: it is nested deeper than anybody means.
    """
    try:
        return read_json_text(reply.body)
    except TooDeep as error:
        raise SourceRefused(f"{redact_url(reply.url)} answered with JSON that is {error}") from None
    except ValueError:
        # Half a document without a broken connection is what overloaded proxies give.
        raise SourceBusy(f"{redact_url(reply.url)} answered with something that is not JSON") from None


def _first(request: Request) -> str:
    return next(iter(request.types))
