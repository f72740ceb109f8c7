"""Every resource that is read: where it is, what tells that it changed, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from collectors.operator.tmforum.contacts import read_bill, read_interaction, read_message, read_ticket
from collectors.operator.tmforum.fields import number_of
from collectors.operator.tmforum.inventory import read_resource, read_service
from collectors.operator.tmforum.network import read_alarm, read_problem
from collectors.operator.tmforum.people import read_agreement, read_customer, read_party
from collectors.operator.tmforum.places import read_address, read_location, read_site
from collectors.operator.tmforum.usage import read_usage
from domain.documents import canonical_json
from domain.errors import RecordUnreadable
from domain.identity import record_pseudonym
from transport.foreign import ODD_SHAPE, oddness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from collectors.operator.tmforum.fields import Intake
    from domain.records import Record


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of the interfaces.

    `api` is the interface that it belongs to, as addresses have it. `changed` are the fields that are asked for what
    changed since a time, one after another (a new alarm has not changed yet); where there is none, all is read each
    time. Who is told of a change may be told only what changed: it is read where `whole` is there. `fields` are those
    that are read of people; what they are not asked for is not sent. Errors name no values of what is `personal`.
    """

    name: str
    api: str
    read: Callable[[Mapping[str, Any], Intake], tuple[Record, ...]]
    api_v5: str = ""
    changed: tuple[str, ...] = ()
    changed_v5: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    personal: bool = False

    def changed_in(self, version: str) -> tuple[str, ...]:
        """Return the fields that tell of changes in a version."""
        return self.changed_v5 or self.changed if version == "v5" else self.changed

    def path(self, version: str) -> str:
        """Return where it is below the server's address by the standard; vendors differ."""
        name = self.api_v5 or self.api if version == "v5" else self.api
        return f"/tmf-api/{name}/{version}/{self.name}"


# Where each is, in version 4 and in version 5 where it moved. What others refer to comes first.
_KNOWN: Final = (
    Resource(name="geographicAddress", api="geographicAddressManagement", read=read_address, whole=("city",)),
    Resource(name="geographicLocation", api="geographicLocation", read=read_location, whole=("geoJson",)),
    Resource(name="geographicSite", api="geographicSiteManagement", read=read_site, whole=("name", "place")),
    Resource(
        name="resource",
        api="resourceInventoryManagement",
        api_v5="resourceInventory",
        read=read_resource,
        whole=("name", "resourceSpecification"),
    ),
    Resource(name="service", api="serviceInventory", read=read_service, whole=("state", "serviceSpecification")),
    Resource(
        name="individual",
        api="party",
        api_v5="partyManagement",
        read=read_party,
        whole=("contactMedium", "status"),
        personal=True,
    ),
    Resource(
        name="organization",
        api="party",
        api_v5="partyManagement",
        read=read_party,
        whole=("contactMedium", "name"),
        personal=True,
    ),
    Resource(
        name="partyPrivacyAgreement",
        api="privacyManagement",
        read=read_agreement,
        whole=("engagedParty", "partyPrivacyProfileCharacteristic"),
        personal=True,
    ),
    Resource(
        name="customer",
        api="customerManagement",
        api_v5="customer",
        read=read_customer,
        whole=("name", "engagedParty"),
        personal=True,
    ),
    Resource(
        name="alarm",
        api="alarmManagement",
        read=read_alarm,
        changed=("alarmChangedTime", "alarmRaisedTime"),
        whole=("alarmRaisedTime", "perceivedSeverity"),
    ),
    Resource(
        name="serviceProblem",
        api="serviceProblemManagement",
        read=read_problem,
        changed=("lastUpdate",),
        whole=("category", "creationDate"),
    ),
    Resource(
        name="troubleTicket",
        api="troubleTicket",
        read=read_ticket,
        changed=("lastUpdate",),
        whole=("creationDate", "ticketType"),
        personal=True,
    ),
    Resource(
        name="partyInteraction",
        api="partyInteraction",
        read=read_interaction,
        changed=("creationDate",),
        changed_v5=("lastUpdate",),
        whole=("interactionDate", "direction"),
        personal=True,
    ),
    Resource(
        name="customerBill",
        api="customerBillManagement",
        read=read_bill,
        changed=("lastUpdate",),
        whole=("billDate", "relatedParty"),
        personal=True,
    ),
    Resource(name="usage", api="usageManagement", read=read_usage, changed=("usageDate",), personal=True),
    Resource(
        name="communicationMessage",
        api="communicationManagement",
        read=read_message,
        changed=("sendTime",),
        whole=("sendTime", "receiver"),
        personal=True,
    ),
)
_FIELDS: Final = {
    "individual": "id contactMedium externalReference languageAbility status",
    "organization": "id contactMedium externalReference languageAbility status",
    "partyPrivacyAgreement": "id status agreementPeriod agreementAuthorization initialDate completionDate engagedParty"
    " engagedPartyRole relatedParty partyPrivacyProfileCharacteristic",
    "customer": "id status validFor engagedParty relatedParty contactMedium characteristic",
    "troubleTicket": "id ticketType troubleTicketSpecification severity priority status statusChange"
    " statusChangeHistory statusChangeDate creationDate lastUpdate resolutionDate channel relatedEntity relatedParty",
    "partyInteraction": "id interactionDate creationDate lastUpdate statusChangeDate channel relatedChannel direction"
    " status interactionItem relatedParty",
    "customerBill": "id billDate lastUpdate paymentDueDate amountDue taxIncludedAmount remainingAmount state status"
    " runType category billingAccount relatedParty",
    "communicationMessage": "id messageType subject state sendTime sendTimeComplete scheduledSendTime receiver",
    "usage": "id usageDate usageType usageSpecification usageCharacteristic ratedProductUsage relatedParty",
}
RESOURCES: Final[Mapping[str, Resource]] = {
    one.name: replace(one, fields=tuple(_FIELDS.get(one.name, "").split())) for one in _KNOWN
}


def read_records(resource: Resource, payload: Any, intake: Intake) -> tuple[Record, ...]:
    """Return what a resource comes to.

    Raises:
        RecordUnreadable: it is not of the shape that is documented.
    """
    try:
        if not isinstance(payload, dict):
            raise TypeError("not an object")
        return resource.read(payload, intake)
    except ODD_SHAPE as error:
        reason = f"not of the documented shape ({type(error).__name__})" if resource.personal else oddness(error)
        raise RecordUnreadable(where_of(resource, payload, intake), reason) from None


def where_of(resource: Resource, payload: Any, intake: Intake) -> str:
    """Return which record an error is about: by its number, of people by its pseudonym."""
    number = number_of(payload) if isinstance(payload, dict) else None
    if number is None:
        # What tells it from others that have none, in the same round and the next.
        return f"{resource.name} without an id ({record_pseudonym(intake.key, '', canonical_json(payload))[:8]})"
    shown = record_pseudonym(intake.key, resource.name, number) if resource.personal else intake.register_id(number)
    return f"{resource.name} {shown}"
