"""Times as people write them, where it is sure what they mean: a month by its name, dots after the day, a zone.

`05/10/2026` is no such time: it is in May or in October.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from domain.errors import ConfigurationError
from domain.zones import zone_named

if TYPE_CHECKING:
    from datetime import tzinfo

LONGEST: Final = 100
"""Characters; what is longer is no time."""

_MONTHS: Final = (
    *("jan january januar jänner janvier janv enero ene gennaio gen janeiro januari",),
    *("feb february februar février fevrier févr fevr fév febrero febbraio fevereiro fev februari",),
    *("mar march märz maerz mär mrz mars marzo março marco maart mrt",),
    *("apr april avril avr abril abr aprile",),
    *("may mai mayo maggio mag maio mei",),
    *("jun june juni juin junio giugno giu junho",),
    *("jul july juli juillet juil julio luglio lug julho",),
    *("aug august août aout agosto ago augustus",),
    *("sep sept september septembre septiembre settembre set setembro",),
    *("oct okt october oktober octobre octubre ottobre ott outubro out",),
    *("nov november novembre noviembre novembro",),
    *("dec dez december dezember décembre decembre déc diciembre dic dicembre dezembro",),
)
"""Names of the months in English, German, French, Spanish, Italian, Portuguese and Dutch."""
_MONTH: Final = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}

_OFFSETS: Final = {
    **dict.fromkeys(("UTC", "GMT", "UT", "Z", "WET"), 0),
    **dict.fromkeys(("CET", "MEZ", "WEST", "BST"), 60),
    **dict.fromkeys(("CEST", "MESZ", "EET"), 120),
    **dict.fromkeys(("EEST", "MSK"), 180),
    **dict.fromkeys(("JST", "KST"), 540),
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "NZST": 720,
    "NZDT": 780,
    "AEST": 600,
    "AEDT": 660,
    "SAST": 120,
    "WIB": 420,
    "PKT": 300,
    "HKT": 480,
}
"""Minutes east of UTC of zones whose names mean one; of those that mean several, what RFC 822 says and British use."""

_DATE: Final = re.compile(
    r"(?:[^\W\d_]+\.?,?\s+)?"  # the day of the week
    r"(?:(?P<day>\d{1,2})(?:\.|er|st|nd|rd|th)?[\s-]+(?:de\s+|of\s+)?(?P<month>[^\W\d_]+)\.?,?[\s-]+(?:de\s+)?"
    r"|(?P<named>[^\W\d_]+)\.?\s+(?P<nth>\d{1,2})(?:st|nd|rd|th)?,?\s+)"
    r"(?P<year>\d{4})(?!\d),?\s*(?P<rest>.*)"
)
_X: Final = re.compile(
    r"[^\W\d_]+ (?P<month>[^\W\d_]+) +(?P<day>\d{1,2}) (?P<rest>\d\d:\d\d:\d\d \S{1,6}) (?P<year>\d{4})"
)
_DOTTED: Final = re.compile(
    r"(?:[^\W\d_]+\.?,?\s+)?(?P<day>\d{1,2})\.\s?(?P<number>\d{1,2})\.\s?(?P<year>\d{4}),?\s*(?P<rest>.*)"
)
_YEAR_FIRST: Final = re.compile(r"(?P<year>\d{4})[-/](?P<number>\d{1,2})[-/](?P<day>\d{1,2})(?:[T ]\s*(?P<rest>.*))?")
_CLOCK: Final = re.compile(
    r"(?:(?:um|at|à|a las|alle|às|om|-|–|\|)\s*)?"
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?:Uhr|h|Z(?=$))?\s*(?P<zone>.*)"
)
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?")
_IN_BRACKETS: Final = re.compile(r"\s*\([^()]*\)$")
_WORD: Final = re.compile(r"(?<![\w/])[A-Za-z]{1,5}(?![\w/])")


class ZoneNotSure(ValueError):
    """A time names a zone that is none, or several."""


def zone_of(name: object, where: str) -> tzinfo:
    """Return a time zone by its name; `where` says in errors who names it.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return ZoneInfo(zone_named(str(name)))
    except ValueError:
        raise ConfigurationError(f"{where}: there is no time zone {name!r:.80}") from None


def layouts_of(layouts: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Return layouts of times as they are; `where` says in errors who names them.

    Raises:
        ConfigurationError: one is none.
    """
    for layout in layouts:
        try:
            datetime.strptime("", layout)  # noqa: DTZ007
        except (ValueError, re.error) as failure:
            # That no text is no time is what the library says of a layout that it can read.
            if "does not match format" not in str(failure):
                raise ConfigurationError(f"{where}: {layout!r:.80} is no layout of times ({failure})") from None
    return layouts


def read_time(text: str, zone: tzinfo) -> datetime:
    """Return the time that a text tells; one without a zone is in `zone`.

    Raises:
        ValueError: it is none, or what it means is not sure.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise ValueError
    found = next((match for form in (_YEAR_FIRST, _DOTTED, _X, _DATE) if (match := form.fullmatch(text))), None)
    if found is None:
        raise ValueError
    parts = found.groupdict()
    name = parts.get("month") or parts.get("named")
    month = _MONTH.get(name.lower()) if name else int(parts["number"])
    if month is None:
        raise ValueError
    day = datetime(int(parts["year"]), month, int(parts.get("day") or parts["nth"]))  # noqa: DTZ001 - its zone follows
    return _at_clock(day, parts.get("rest") or "", zone)


def read_layout(text: str, layout: str, zone: tzinfo) -> datetime:
    """Return the time that a text tells in a layout (as for strptime, and `%Z` any zone whose name is sure).

    Raises:
        ValueError: it is not in this layout, or its zone is not sure.
    """
    # strptime without %z gives a time without zone; it gets one in the next lines.
    if "%Z" not in layout:
        time = datetime.strptime(text, layout)  # noqa: DTZ007
        return time if time.tzinfo else time.replace(tzinfo=zone)
    for word in _WORD.finditer(text) if len(text) <= LONGEST else ():
        try:
            # The library takes no other name everywhere, and forgets which one it was.
            time = datetime.strptime(f"{text[: word.start()]}UTC{text[word.end() :]}", layout)  # noqa: DTZ007
        except ValueError:
            continue
        return time if time.tzinfo else time.replace(tzinfo=_zone(word[0], time, zone))
    raise ValueError


def _at_clock(day: datetime, rest: str, zone: tzinfo) -> datetime:
    """Return a day at the time of the clock that a text tells, the beginning of the day where it tells none."""
    if not rest:
        return day.replace(tzinfo=zone)
    match = _CLOCK.fullmatch(_IN_BRACKETS.sub("", rest))
    if match is None or (match["minute"] is None and not match["half"]):
        raise ValueError
    hour = int(match["hour"])
    if match["half"]:
        if not 0 <= hour <= 12:
            raise ValueError
        # An hour of 0 before noon is what some write for 12.
        hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
    is_next_day = hour == 24 and not int(match["minute"] or 0) and not int(match["second"] or 0)
    time = day.replace(
        hour=0 if is_next_day else hour,
        minute=int(match["minute"] or 0),
        # A leap second is the last of its minute.
        second=min(int(match["second"] or 0), 59),
        microsecond=int((match["fraction"] or "0").ljust(6, "0")[:6]),
    )
    time += timedelta(days=1 if is_next_day else 0)
    is_utc = rest.endswith("Z") and not match["zone"]
    return time.replace(tzinfo=UTC if is_utc else _zone(match["zone"], time, zone) if match["zone"] else zone)


def _zone(name: str, time: datetime, usual: tzinfo) -> tzinfo:
    """Return the zone of a name or an offset; a name that the usual zone has at that time is the usual zone's."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        return timezone(timedelta(minutes=-minutes if offset["sign"] == "-" else minutes))
    for fold in (0, 1):
        here = time.replace(tzinfo=usual, fold=fold)
        if name.upper() == here.tzname() and here.utcoffset() is not None:
            return timezone(here.utcoffset() or timedelta())
    known = _OFFSETS.get(name.upper())
    if known is None:
        raise ZoneNotSure(f"the zone {name[:20]!r} is not sure")
    return timezone(timedelta(minutes=known))
