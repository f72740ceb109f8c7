"""What several commands take."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.screen import Format
from domain.errors import InputError
from domain.zones import at_clock, day_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.zones import ZoneName


REFRESH: Final = ("--refresh/--no-refresh", "--settle/--no-settle")
"""Names of the option whether topics and links are made afterwards; the second pair is that of version 0.1."""

FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
Texts = Annotated[list[str] | None, typer.Option(help="Repeatable; `unknown` asks for posts where it is not known.")]


def moment(text: str | None, zone: ZoneName, *, whole_day: bool = False) -> datetime | None:
    """Return a day or time of the command line, of a zone where it names no offset; as an end, a day counts whole.

    Raises:
        InputError: it is neither.
    """
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day or time; write 2019-11-25 or 2019-11-25T08:00") from None
    if value.tzinfo:
        return value
    if len(text) > len("2019-11-25"):
        return at_clock(value.date(), value.time(), zone)
    return day_start(value.date() + timedelta(days=1 if whole_day else 0), zone)


def values(texts: Sequence[str] | None) -> tuple[str | None, ...]:
    """Return what was named; `unknown` is what is not known."""
    return tuple(None if text == "unknown" else text for text in texts or ())
