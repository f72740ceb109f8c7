"""How fields of the interfaces are read: v4 and v5 alike, leniently where a record is good without, and never raw.

Nearly all attributes are optional and vendors differ: what is missing or odd in a field that a record can do without
is taken as not said. Ids of people become pseudonyms here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from collectors.operator.identifiers import Cell
from collectors.parsing.values import as_text, clean_text, parse_time
from collectors.records.identifiers import masked
from domain.identity import contact_pseudonym, customer_pseudonym, party_pseudonym, record_pseudonym, register_id
from textquery.contacts import E164, Mail

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

MOST_LISTED: Final = 1_000
"""Most entries of one list of a record that are read."""
MOST_CHARACTERS: Final = 200
"""Of a text that is kept."""
MOST_ID_CHARACTERS: Final = 500
MOST_KEPT_ASIDE: Final = 8
_WRAPPED: Final = ("partyOrPartyRole", "entity", "place", "service", "resource", "channel", "alarm")
"""What v5 puts a reference into, beside the role that it plays."""
_CUSTOMER_ROLES: Final = frozenset(("customer", "subscriber", "buyer", "accountholder", "billreceiver"))
_PERSONAL: Final = re.compile(
    r"user|author|owner|contact|comment|note|party|person|customer|subscriber|msisdn|imsi|imei|phone|mail|name|descr"
    r"|href|schema|address|account",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"(?!.*\d{7})[\w.:/%+\-]{1,60}")
"""One word, as codes and measures are; several could hold a name."""
_NUMBER: Final = re.compile(r"\d{7,}")


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What a reader needs beside the record.

    `key` makes pseudonyms, `now` is when it is read: what ended before counts no more. `region` (ISO 3166, two
    letters) is whose telephone numbers are written without their country.
    """

    key: bytes
    now: datetime
    region: str = ""

    def register_id(self, ref: Any) -> str | None:
        """Return the id of something of a register that is referred to, None where it has none."""
        number = number_of(ref)
        if number is None:
            return None
        cell = Cell.parse(number)
        return cell.key if cell else register_id(self.key, number)

    def register_ids(self, *lists: Any) -> tuple[str, ...]:
        """Return the ids in lists of references, each once, in order."""
        found = (self.register_id(ref) for refs in lists for ref in listed(refs))
        return tuple(dict.fromkeys(one for one in found if one))

    def personal_id(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Return the id of a record about one person: its kind and the pseudonym of its number.

        Raises:
            ValueError: it has none.
        """
        return f"{kind}:{record_pseudonym(self.key, kind, required_number(payload))}"

    def customer(self, *lists: Any) -> str | None:
        """Return the pseudonym of the customer among related parties, None where there is none."""
        for ref in listed_all(lists):
            number = number_of(ref)
            # A customer is a role of a party (TMF629): where only that is said, the role tells.
            is_role = referred(ref) in {"", "partyrole"} and plays(ref, _CUSTOMER_ROLES)
            if number and (is_a(ref, "customer") or is_role):
                return customer_pseudonym(self.key, number)
        return None

    def contacts(self, phone: Any, mail: Any) -> tuple[str, ...]:
        """Return the pseudonyms of a telephone number and a mail address, of those that are."""
        number, address = as_text(phone), as_text(mail)
        found = (E164.parse(number, self.region) if number else None, Mail.parse(address) if address else None)
        return tuple(contact_pseudonym(self.key, one.value) for one in found if one)

    def party(self, *lists: Any, roles: Collection[str] = ()) -> str | None:
        """Return the pseudonym of the first party among related ones that is no customer and plays one of the roles."""
        for ref in listed_all(lists):
            number = number_of(ref)
            if number and not is_a(ref, "customer") and (not roles or plays(ref, roles)):
                return party_pseudonym(self.key, number)
        return None


_OF_NO_KIND: Final = frozenset(("", "party", "relatedparty", "relatedpartyorpartyrole", "entity", "relatedentity"))
"""Types of references that do not say to what."""
CONCERNED: Final = _CUSTOMER_ROLES | {"user", "enduser", "owner", "member", "caller", "requester", "originator"}
"""The roles of those whom a record is about; others work for the operator."""


def required_number(payload: Mapping[str, Any]) -> str:
    """Return the number of a record itself.

    Raises:
        ValueError: it has none.
    """
    number = number_of(payload)
    if number is None:
        raise ValueError("there is no id")
    return number


def number_of(ref: Any) -> str | None:
    """Return the id that a reference or a record names, a number too; None where there is none."""
    value = ref.get("id") if isinstance(ref, dict) else ref
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return clean_text(str(value)).strip()[:MOST_ID_CHARACTERS] or None


def listed(value: Any) -> list[Any]:
    """Return references without what v5 wraps them in; a single one is a list too, other things none."""
    items = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    return [_unwrapped(item) for item in items[:MOST_LISTED] if isinstance(item, dict | str | int)]


def listed_all(lists: Iterable[Any]) -> Iterator[Any]:
    """Yield the references of several lists."""
    for one in lists:
        yield from listed(one)


def _unwrapped(item: Any) -> Any:
    if not isinstance(item, dict) or "id" in item:
        return item
    inner = next((item[name] for name in _WRAPPED if isinstance(item.get(name), dict)), None)
    return item if inner is None else {**inner, "role": item.get("role", inner.get("role"))}


def referred(ref: Any) -> str:
    """Return what kind of thing a reference leads to, in lower case; empty where it does not say."""
    names = ("@referredType", "referredType", "@type") if isinstance(ref, dict) else ()
    told = next((bare_word(ref[name]) for name in names if isinstance(ref.get(name), str) and ref[name].strip()), "")
    return "" if told.removesuffix("ref") in _OF_NO_KIND else told.removesuffix("ref")


def is_a(ref: Any, kind: str) -> bool:
    """Tell whether a reference leads to this kind of thing or one that is made of it (`BusinessCustomer`)."""
    return kind in referred(ref)


def plays(ref: Any, roles: Collection[str]) -> bool:
    """Tell whether a reference has one of these roles, written in any way."""
    role = ref.get("role") if isinstance(ref, dict) else None
    return isinstance(role, str) and bare_word(role) in roles


def bare_word(text: str) -> str:
    """Return a word of an enumeration as all vendors could write it: letters and digits, in lower case."""
    return re.sub(r"[\W_]", "", text).lower()


def word(payload: Any, *names: str) -> str | None:
    """Return the first of these fields that holds a text or a number, as it can be kept and shown; else None."""
    for name in names:
        if isinstance(payload, dict) and (said := as_text(payload.get(name))):
            return plain(said)
    return None


def plain(text: str) -> str:
    """Return a text, short, on one line and without what names a person for certain."""
    short = " ".join(clean_text(text[: 4 * MOST_CHARACTERS]).split())
    return _NUMBER.sub("[number]", masked(short, Counter()))[:MOST_CHARACTERS].strip()


def moment(payload: Any, *names: str) -> datetime | None:
    """Return the first of these fields that is a time, None where none is."""
    for name in names:
        value = payload.get(name) if isinstance(payload, dict) else None
        if value is not None and value != "":
            try:
                return parse_time(value)
            except ValueError:
                continue
    return None


def period(payload: Any, *names: str) -> tuple[datetime | None, datetime | None]:
    """Return from when to when the first of these fields goes that is a period."""
    for name in names:
        value = payload.get(name) if isinstance(payload, dict) else None
        if isinstance(value, dict):
            return moment(value, "startDateTime"), moment(value, "endDateTime")
    return None, None


def required_moment(payload: Mapping[str, Any], *names: str) -> datetime:
    """Return the first of these fields that is a time.

    Raises:
        ValueError: none is.
    """
    found = moment(payload, *names)
    if found is None:
        raise ValueError(f"there is no time in {', '.join(names)}")
    return found


def characteristics(payload: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the characteristics of a record: what is said under each name, in lower case."""
    found: dict[str, Any] = {}
    for name in names:
        for one in listed(payload.get(name)):
            called = one.get("name") if isinstance(one, dict) else None
            if isinstance(called, str):
                found.setdefault(called.strip().lower(), one.get("value"))
    return found


def said(**values: Any) -> dict[str, str]:
    """Return attributes from what is there, as short texts."""
    texts = ((name, as_text(value)) for name, value in values.items())
    return {name: plain(text) for name, text in texts if text}


def pseudonymous(**values: str | None) -> dict[str, str]:
    """Return attributes that hold pseudonyms and amounts: as they are, where they are."""
    return {name: text for name, text in values.items() if text}


def kept_aside(payload: Mapping[str, Any], known: Collection[str]) -> dict[str, str]:
    """Return a few short fields of a record of the network that no reader knows: single words, none of a person."""
    found: dict[str, str] = {}
    for name, value in payload.items():
        text = as_text(value) if isinstance(name, str) else None
        if text is None or name in known or len(name) > 40 or _PERSONAL.search(name):
            continue
        if _TOKEN.fullmatch(text) and _TOKEN.fullmatch(name):
            found[name] = text
        if len(found) == MOST_KEPT_ASIDE:
            break
    return found
