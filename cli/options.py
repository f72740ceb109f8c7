"""What several commands take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.screen import Format
from domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


REFRESH: Final = ("--refresh/--no-refresh", "--settle/--no-settle")
"""Names of the option whether topics and links are made afterwards; the second pair is that of version 0.1."""

FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
Texts = Annotated[list[str] | None, typer.Option(help="Repeatable; `unknown` asks for posts where it is not known.")]


def moment(text: str | None, *, whole_day: bool = False) -> datetime | None:
    """Return a day or time of the command line in UTC; as an end, a day counts whole.

    Raises:
        InputError: it is neither.
    """
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day or time; write 2019-11-25 or 2019-11-25T08:00") from None
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    return value + timedelta(days=1) if whole_day and len(text) <= len("2019-11-25") else value


def values(texts: Sequence[str] | None) -> tuple[str | None, ...]:
    """Return what was named; `unknown` is what is not known."""
    return tuple(None if text == "unknown" else text for text in texts or ())
