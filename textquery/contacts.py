"""Telephone numbers and mail addresses as people write them: each is parsed once, and has one normal form.

They are personal: they go no further than to their keyed pseudonym (`domain/identity.py`), and their values do not
print.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import phonenumbers

_MAIL: Final = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,190}\.[^\s@<>,;.]{2,63}")
MOST_CHARACTERS: Final = 250
"""Of a telephone number or an address as people write it; what is longer is none."""


@dataclass(frozen=True)
class E164:
    """A telephone number with its country: `+447700900123`."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str, region: str = "") -> E164 | None:
        """Return the number that a text is, None where it is none.

        `region` (ISO 3166, two letters) is whose national prefix counts where no country stands in front.
        """
        bare = text.strip().removeprefix("tel:")
        if len(bare) > MOST_CHARACTERS:
            return None
        try:
            found = phonenumbers.parse(f"+{bare[2:]}" if bare.startswith("00") else bare, region.upper() or None)
        except phonenumbers.NumberParseException:
            return None
        # By its length alone: which ranges are given out changes faster than libraries do.
        if not phonenumbers.is_possible_number(found):
            return None
        return cls(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))


@dataclass(frozen=True)
class Mail:
    """A mail address, in lower case."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Mail | None:
        """Return the address that a text is, None where it is none."""
        bare = text.strip().removeprefix("mailto:")
        return cls(bare.lower()) if len(bare) <= MOST_CHARACTERS and _MAIL.fullmatch(bare) else None
