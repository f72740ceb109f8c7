"""What customers agreed to, themselves and the people behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.customer import stored_consents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.customer import Consent
    from domain.documents import Document
    from domain.ports import Store


def consents_of(store: Store, customers: Sequence[Document]) -> list[list[Consent]]:
    """Return of each customer what it agreed to, itself and the parties behind it."""
    behind = sorted({party for customer in customers for party in customer.get("parties", ())})
    parties = store.get("parties", behind, fields=("consents",))
    return [
        [
            *stored_consents(customer),
            *(c for key in customer.get("parties", ()) if key in parties for c in stored_consents(parties[key])),
        ]
        for customer in customers
    ]
