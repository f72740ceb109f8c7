"""Identifiers of telecommunications as values: each is parsed once, and has one normal form.

Cells and networks name no person and are kept as they are. (What people write as a telephone number or a mail address:
`textquery/contacts.py`.) Numbers of subscribers and devices are personal: they go
no further than to their keyed pseudonym (`domain/identity.py`), and their values do not print.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from collectors.records.identifiers import check_digit_holds

_IMSI: Final = re.compile(r"(?:imsi-)?([0-9]{5,15})", re.IGNORECASE)
_MSISDN: Final = re.compile(r"(?:msisdn-|tel:)?\+?([1-9][0-9]{4,14})", re.IGNORECASE)
_IMEI: Final = re.compile(r"(?:imei-)?([0-9]{15})|imeisv-([0-9]{14})[0-9]{2}", re.IGNORECASE)
_PLMN: Final = re.compile(r"([0-9]{3})-([0-9]{2,3})")
_CELL: Final = re.compile(r"(?:(ncgi|ecgi)[:\-])?([0-9]{3})-([0-9]{2,3})[:\-]([0-9a-f]{9}|[0-9a-f]{7})", re.IGNORECASE)
_TAI: Final = re.compile(r"(?:tai[:\-])?([0-9]{3})-([0-9]{2,3})[:\-]([0-9a-f]{6}|[0-9a-f]{4})", re.IGNORECASE)
_DIGITS_OF: Final = {"ecgi": 7, "ncgi": 9}


@dataclass(frozen=True)
class Imsi:
    """The number of a subscription (SIM), also as a SUPI of 5G: `imsi-234150123456789`."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Imsi | None:
        """Return the number that a text is, None where it is none."""
        found = _IMSI.fullmatch(text.strip())
        return cls(found[1]) if found else None

    def plmn(self, mnc_digits: Literal[2, 3]) -> Plmn:
        """Return the home network; how many digits its code has, the country decides."""
        return Plmn(self.value[:3], self.value[3 : 3 + mnc_digits])


@dataclass(frozen=True)
class Msisdn:
    """A subscriber's telephone number as networks write it, also as a GPSI of 5G: E.164 without the plus."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Msisdn | None:
        """Return the number that a text is, None where it is none."""
        found = _MSISDN.fullmatch(text.strip())
        return cls(found[1]) if found else None

    def e164(self) -> str:
        """Return it as people dial it."""
        return f"+{self.value}"


@dataclass(frozen=True)
class Imei:
    """The number of a device, also as a PEI of 5G; of an IMEISV the part that stays when its software changes."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Imei | None:
        """Return the number that a text is, None where it is none or its check digit does not hold."""
        found = _IMEI.fullmatch(text.strip())
        if found is None:
            return None
        if found[1]:
            return cls(found[1]) if check_digit_holds(found[1]) else None
        digits = found[2]
        return cls(next(f"{digits}{last}" for last in range(10) if check_digit_holds(f"{digits}{last}")))


@dataclass(frozen=True)
class Plmn:
    """A mobile network: country and network code. `01` and `001` are two networks, so both are texts."""

    mcc: str
    mnc: str

    @classmethod
    def parse(cls, value: Any) -> Plmn | None:
        """Return the network that a text (`234-15`) or an object (`{"mcc": ..., "mnc": ...}`) names, else None."""
        text = f"{value.get('mcc')}-{value.get('mnc')}" if isinstance(value, dict) else value
        found = _PLMN.fullmatch(text.strip()) if isinstance(text, str) else None
        return cls(found[1], found[2]) if found else None

    def __str__(self) -> str:
        return f"{self.mcc}-{self.mnc}"


@dataclass(frozen=True)
class Cell:
    """A cell of a 4G (ECGI) or 5G (NCGI) network; its key is what the cell is called everywhere here."""

    kind: Literal["ecgi", "ncgi"]
    plmn: Plmn
    number: str

    @classmethod
    def parse(cls, value: Any) -> Cell | None:
        """Return the cell that a text (`ncgi:234-15:0A1B2C3D4`) or an object of TS 29.571 names, else None."""
        if isinstance(value, dict):
            inner = value.get("ncgi") or value.get("ecgi") or value
            plmn = Plmn.parse(inner.get("plmnId")) if isinstance(inner, dict) else None
            value = f"{plmn}:{inner.get('nrCellId') or inner.get('eutraCellId')}" if plmn else None
        found = _CELL.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            return None
        kind: Literal["ecgi", "ncgi"] = "ecgi" if len(found[4]) == _DIGITS_OF["ecgi"] else "ncgi"
        if found[1] and found[1].lower() != kind:
            return None
        return cls(kind, Plmn(found[2], found[3]), found[4].lower())

    @property
    def key(self) -> str:
        """The id of its place: `ncgi:234-15:0a1b2c3d4`."""
        return f"{self.kind}:{self.plmn}:{self.number}"


@dataclass(frozen=True)
class Tai:
    """A tracking area of 4G (four digits) or 5G (six)."""

    plmn: Plmn
    tac: str

    @classmethod
    def parse(cls, value: Any) -> Tai | None:
        """Return the area that a text (`tai:234-15:00a1b2`) or an object of TS 29.571 names, else None."""
        text = f"{Plmn.parse(value.get('plmnId'))}:{value.get('tac')}" if isinstance(value, dict) else value
        found = _TAI.fullmatch(text.strip()) if isinstance(text, str) else None
        return cls(Plmn(found[1], found[2]), found[3].lower()) if found else None

    @property
    def key(self) -> str:
        """The id of its place: `tai:234-15:00a1b2`."""
        return f"tai:{self.plmn}:{self.tac}"
