"""Who may send: who shows the token, or signs the body with the secret."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from typing import TYPE_CHECKING, Final

from domain.errors import ConfigurationError
from listener.refusal import RequestRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.config import ListenerSettings

SHORTEST_SECRET: Final = 16
_NOT_PROVEN: Final = "show the token as Authorization: Bearer, or sign the body"


class Authentication:
    """Lets requests in that show the bearer token or carry the HMAC-SHA-256 of their body; all where neither is set.

    Raises:
        ConfigurationError: neither is set and others than this machine reach the address, or one is short.
    """

    def __init__(self, settings: ListenerSettings) -> None:
        self._token, self._secret = (
            one.reveal().encode() if one is not None else b"" for one in (settings.token, settings.secret)
        )
        self._header = settings.signature_header.lower()
        for name, value in (("TOKEN", self._token), ("SECRET", self._secret)):
            if value and len(value) < SHORTEST_SECRET:
                raise ConfigurationError(f"EARSHOT_LISTENER_{name} must have at least {SHORTEST_SECRET} characters")
        if not (self._token or self._secret or is_loopback(settings.host)):
            raise ConfigurationError(
                f"listener.host: {settings.host} can be reached from other machines; set EARSHOT_LISTENER_TOKEN or "
                "EARSHOT_LISTENER_SECRET, or listen on 127.0.0.1"
            )

    def admit(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a request is let in already, before its body is read; else `verify` its body.

        Raises:
            RequestRefused: it shows neither a right token nor a signature, or comes out of a web page.
        """
        if not (self._token or self._secret):
            # A page in a browser on this machine reaches what listens here; browsers say where they are.
            if "origin" in headers:
                raise RequestRefused(403, "web pages may not send")
            return True
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if self._token and scheme.lower() == "bearer":
            if hmac.compare_digest(shown.strip().encode("utf-8", "replace"), self._token):
                return True
            raise RequestRefused(401, "the token is wrong")
        if not self._secret or self._header not in headers:
            raise RequestRefused(401, _NOT_PROVEN)
        return False

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check the signature of a body as it was sent: hex, with or without `sha256=` before it.

        Raises:
            RequestRefused: it is wrong.
        """
        signature = headers.get(self._header, "").strip().lower().removeprefix("sha256=")
        expected = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
            raise RequestRefused(401, "the signature is wrong")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
