"""Who asked for what, and when: lines that are added and never changed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from domain.documents import NEW, REVISION, instant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.ports import Store


def write_down(store: Store, *, actor: str, action: str, target: str, what: Iterable[str] = (), at: datetime) -> None:
    """Add a line: `actor` did `action` to the document `target`, `what` names the parts. It holds no words of posts."""
    line = {"id": uuid.uuid4().hex, "at": instant(at), "actor": actor, "action": action, "target": target}
    store.upsert("audit", [line | {"what": sorted(what), REVISION: NEW}])
