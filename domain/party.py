"""A person or an organisation behind customers: what names them, and what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from domain.customer import Consent, Tenure

ALL_SAID: Final = ("handles", "contacts", "tenures", "consents", "languages")
"""The fields of a party that a record can speak of."""


@dataclass(frozen=True, kw_only=True)
class Party:
    """A party under the pseudonym of its number. Several may stand behind one customer, and one behind several.

    `handles` are pseudonyms of source and handle that the party declared, those of the past too, `contacts` pseudonyms
    of its telephone numbers (E.164) and mail addresses of today. `tenures` say of those that have a beginning or an
    end, contacts of the past too, in which time they are the party's.

    A record may speak of some fields alone, those that `says` names: of consents, and not of handles. The others stay
    as they are stored. A consent that names its agreement replaces what is stored of that agreement alone; where no
    consent names one, they are all there are.
    """

    id: str
    handles: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    tenures: tuple[Tenure, ...] = ()
    consents: tuple[Consent, ...] = ()
    languages: tuple[str, ...] = ()
    says: tuple[str, ...] = ALL_SAID
