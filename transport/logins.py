"""How a source is shown who asks: tokens that are fetched when needed and kept until shortly before they end."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.errors import SourceRefused
from transport.http import JSON_TYPES, Request
from transport.redaction import redact_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from domain.ports import Clock
    from domain.setting import Secret
    from transport.http import Web

EARLY_S: Final = 60.0
"""How long before its end a token is no longer used."""


@dataclass(frozen=True)
class Token:
    """A token and for how many seconds it is good."""

    value: str
    for_s: float

    def __repr__(self) -> str:
        return f"Token('***', {self.for_s})"


class Login:
    """Gives the headers of a request that needs a token; fetches the token anew when it ends."""

    def __init__(self, fetch: Callable[[Web], Token], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token = ""
        self._until: datetime | None = None

    def headers(self, web: Web) -> Mapping[str, str]:
        """Return the header that shows the token.

        Raises:
            SourceBusy: the place that gives tokens is busy.
            SourceRefused: it gives none.
        """
        now = self._clock.now()
        if self._until is None or now >= self._until:
            token = self._fetch(web)
            self._token, self._until = token.value, now + timedelta(seconds=max(token.for_s - EARLY_S, 0.0))
        return {"Authorization": f"Bearer {self._token}"}


def granted(web: Web, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Token:
    """Ask an OAuth 2.0 token endpoint (RFC 6749, section 4.4 and 6) and return the token it grants.

    Raises:
        SourceBusy: it is busy.
        SourceRefused: it says no, or its answer holds no token.
    """
    answer, _ = web.ask_json(Request(url=url, types=JSON_TYPES, form=form, headers=headers or {}))
    return read_token(answer, url)


def read_token(answer: Any, url: str) -> Token:
    """Return the token in the answer of a token endpoint."""
    value = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise SourceRefused(f"{redact_url(url)} gave no token")
    for_s = answer.get("expires_in", 3600)
    return Token(value, float(for_s) if isinstance(for_s, int | float) else 3600.0)


def basic(user: str, password: Secret) -> str:
    """Return the value of an `Authorization` header with user and password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password.reveal()}".encode()).decode()
