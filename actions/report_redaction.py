"""Take posts that must go out of the reports that quote them, in the store and in the files written from it."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.conditions import among
from domain.errors import InputError
from domain.quoted import without_quotes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from domain.documents import Document
    from domain.ports import Store


def with_files(store: Store, report: Document, files: Sequence[Path]) -> Document:
    """Return a report's document with the files it is about to be written to.

    Files that the same report was written to before stay known, and so does whom they quote.
    """
    before = store.get("reports", [report["id"]]).get(report["id"], {})
    names = {*before.get("files", ()), *(str(file.resolve()) for file in files)}
    quoted = {*before.get("quoted", ()), *report.get("quoted", ())}
    return report | {"files": sorted(names)} | ({"quoted": sorted(quoted)} if quoted else {})


def forget_quotes(store: Store, ids: Collection[str]) -> int:
    """Remove what reports quote of these posts; return how many stored ones changed. Counts stay as they were.

    Raises:
        InputError: the file of a report is there and cannot be changed.
    """
    changes = []
    for report in list(store.scan("reports", where=[among("quoted", ids)])):
        # Files first: what the store says of them is how they are found when this is cut off and done again.
        for file in report.get("files", ()):
            _take_out(Path(file), ids)
        left = [one for one in report["quoted"] if one not in ids]
        changes.append({"id": report["id"], "content": _without(report["content"], ids), "quoted": left or None})
    return store.patch("reports", changes).changed


def _take_out(file: Path, ids: Collection[str]) -> None:
    """Take posts out of a written report, if it is still where it was written to."""
    try:
        with alone_in(file.parent):
            page = file.read_bytes().decode("utf-8", "surrogateescape")
            left = without_quotes(page, ids)
            if left != page:
                new = file.with_name(f"{file.name}.new")
                new.write_bytes(left.encode("utf-8", "surrogateescape"))
                shutil.copymode(file, new)
                new.replace(file)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise InputError(f"{file}: a deleted post cannot be taken out of this report: {error.strerror}") from None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let no other process of ours write reports into a folder meanwhile; it waits until we are done."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _without(value: Any, ids: Collection[str]) -> Any:
    """Return a part of a report without examples from these posts; where a post stands for many, its text goes."""
    if isinstance(value, list):
        quotes = [isinstance(item, dict) and item.get("post_id") in ids and "copies" not in item for item in value]
        return [_without(item, ids) for item, goes in zip(value, quotes, strict=True) if not goes]
    if isinstance(value, dict):
        hidden = {"post_id", "text"} if value.get("post_id") in ids else set()
        return {key: _without(item, ids) for key, item in value.items() if key not in hidden}
    return value
