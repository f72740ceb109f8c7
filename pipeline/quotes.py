"""Take posts that must go out of the reports that quote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from domain.ports import Store


def forget_quotes(store: Store, ids: Collection[str]) -> int:
    """Remove what stored reports quote of these posts; return how many reports changed. Counts stay as they were."""
    quoting = [one["id"] for one in store.scan("reports", fields=("id", "quoted")) if _quotes(one, ids)]
    changes = []
    for key, report in store.get("reports", quoting).items() if quoting else ():
        left = [one for one in report["quoted"] if one not in ids]
        changes.append({"id": key, "content": _without(report["content"], ids), "quoted": left or None})
    return store.amend("reports", changes)


def _quotes(report: dict[str, Any], ids: Collection[str]) -> bool:
    return any(one in ids for one in report.get("quoted", ()))


def _without(value: Any, ids: Collection[str]) -> Any:
    """Return a part of a report without examples from these posts; where a post stands for many, its text goes."""
    if isinstance(value, list):
        return [_without(item, ids) for item in value if not _is_example(item, ids)]
    if isinstance(value, dict):
        hidden = {"post_id", "text"} if value.get("post_id") in ids else set()
        return {key: _without(item, ids) for key, item in value.items() if key not in hidden}
    return value


def _is_example(value: Any, ids: Collection[str]) -> bool:
    return isinstance(value, dict) and value.get("post_id") in ids and "copies" not in value
