"""What several commands take."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import typer

from cli.screen import Format
from domain.errors import InputError
from domain.questions import ASKED, Filters
from domain.zones import at_clock, day_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.zones import ZoneName


REFRESH: Final = ("--refresh/--no-refresh", "--settle/--no-settle")
"""Names of the option whether topics and links are made afterwards; the second pair is that of version 0.1."""

FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
_TEXTS = Annotated[list[str] | None, typer.Option(help="Repeatable; `unknown` asks for posts where it is not known.")]
_TRUTH = Annotated[bool | None, typer.Option(help="Only where it holds, or all but that.")]
_LETS_THROUGH: Final[Mapping[bool | None, tuple[bool | None, ...]]] = {None: (), True: (True,), False: (False, None)}
"""What a pair of options means, such as --spam and --no-spam: what was not read goes with what does not hold."""


def with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes `**asked` an option for everything that posts can be asked by."""
    given = inspect.signature(command, eval_str=True)
    own = [one for one in given.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [
        inspect.Parameter(
            one.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_TRUTH if one.truth else _TEXTS
        )
        for one in ASKED
    ]

    @functools.wraps(command)
    def takes_filters(**options: Any) -> None:
        command(**options)

    takes_filters.__signature__ = given.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    takes_filters.__annotations__ = {one.name: one.annotation for one in (*own, *options)}
    return takes_filters


def chosen(asked: Mapping[str, Any]) -> Filters:
    """Return the filters that the options of `with_filters` ask for; `unknown` is what is not known."""
    picked = {
        one.filter: _LETS_THROUGH[asked[one.name]]
        if one.truth
        else tuple(None if text == "unknown" else text for text in asked[one.name] or ())
        for one in ASKED
    }
    return Filters(**cast("Any", picked))


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
