"""Keep secrets out of logs and errors."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

# No scheme is longer; without an end to it, each letter of a long word would be looked at as the first of one.
_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s\"'<>]*")


def redact_url(url: str) -> str:
    """Return an address without user, password, query and fragment: several sources carry keys there."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return re.split(r"[?#]", url, maxsplit=1)[0]
    authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def redact(text: str) -> str:
    """Return a text in which every address is redacted."""
    return _URL.sub(lambda match: redact_url(match[0]), text)


class RedactUrls(logging.Filter):
    """Redacts the addresses in log records, wherever they stand in the message or its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let it through."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_redacted, record.args))
        record.msg = _redacted(record.msg)
        return True


def quiet_httpx() -> None:
    """Make the client library, which logs whole addresses, log redacted ones. Repeating it changes nothing.

    The library below it logs headers at its debug level, redirects with their queries too: it is silenced.
    """
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logger = logging.getLogger("httpx")
    if not any(isinstance(known, RedactUrls) for known in logger.filters):
        logger.addFilter(RedactUrls())


def _redacted(value: Any) -> Any:
    return value if isinstance(value, int | float) else redact(str(value))
