"""All that is stored, in one file and back: the state of one moment, also while collecting goes on.

The file is gzipped JSON Lines: what made it, then a document a line with its kind. Embeddings are
base64 of little-endian float32. It holds people's words: whoever can read the file can read them.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import zlib
from collections import Counter
from importlib.metadata import version
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np

from actions.corrections import forget_corrections
from actions.report_redaction import forget_quotes
from actions.tombstones import tombstones_of
from domain.documents import Kind, instant
from domain.errors import InputError, StoreRefused
from domain.pages import paged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from domain.documents import Document
    from domain.ports import Store

FORM: Final = "earshot-backup-1"
PAGE: Final = 500
_PRECIOUS: Final[tuple[Kind, ...]] = ("posts", "customers")


def back_up(store: Store, file: Path, now: datetime, on_progress: Callable[[int], None]) -> Counter[Kind]:
    """Write everything into a file that is whole or not there, readable by its owner alone; return how many.

    Raises:
        InputError: the file cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    counts: Counter[Kind] = Counter()
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8", compresslevel=3) as target:
                head = {"form": FORM, "made_at": instant(now), "by": f"earshot {version('earshot')}"}
                target.write(f"{json.dumps(head)}\n")
                for kind, document in store.dump():
                    if document.get("embedding") is not None:
                        vector = np.asarray(document["embedding"], "<f4").tobytes()
                        document["embedding"] = base64.b64encode(vector).decode()
                    target.write(f"{json.dumps({'kind': kind, 'document': document})}\n")
                    counts[kind] += 1
                    on_progress(counts.total())
                target.write(f"{json.dumps({'counts': counts})}\n")
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(file)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return counts


def restore(store: Store, file: Path, key: bytes, on_progress: Callable[[int], None]) -> tuple[Counter[Kind], int]:
    """Bring everything back into an empty store; return how many documents, and how many of them stay erased.

    Tombstones that the store has already, of what was erased since, hold for what the file brings.

    Raises:
        InputError: the file is no backup, or not a whole one; nothing was restored.
        StoreRefused: there are posts or customers in the store.
    """
    if any(next(iter(store.scan(kind, fields=("id",))), None) for kind in _PRECIOUS):
        raise StoreRefused("a backup is restored into an empty store, and this one has posts or customers already")
    _check_whole(file)
    counts: Counter[Kind] = Counter()
    erased = 0
    # Tombstones first: they decide what comes back.
    first = (one for one in _documents(file) if one[0] == "tombstones")
    others = (one for one in _documents(file) if one[0] != "tombstones")
    gone: list[str] = []
    for kind, of_a_kind in groupby(chain(first, others), key=itemgetter(0)):
        for page in paged((document for _, document in of_a_kind), PAGE):
            keys = {document["id"]: list(tombstones_of(kind, document, key)) for document in page}
            marks = [mark for some in keys.values() for mark in some]
            there = store.get("tombstones", marks, fields=("id",)) if marks else {}
            stays = [document for document in page if not there.keys() & keys[document["id"]]]
            if kind == "posts":
                gone += [post["id"] for post in page if there.keys() & keys[post["id"]]]
            store.upsert(kind, stays)
            erased += len(page) - len(stays)
            counts[kind] += len(stays)
            on_progress(counts.total() + erased)
    for ids in paged(gone, PAGE):
        forget_corrections(store, ids)
        forget_quotes(store, ids)
    return counts, erased


def _check_whole(file: Path) -> None:
    counts: Counter[str] = Counter()
    told = None
    for line in _lines(file):
        if "counts" in line:
            told = line["counts"]
        elif "document" in line:
            kind, document = line.get("kind"), line["document"]
            whole = kind in get_args(Kind) and isinstance(document, dict) and isinstance(document.get("id"), str)
            if whole and kind == "posts":
                author = document.get("author", {"id": ""})
                by = author.get("id") if isinstance(author, dict) else None
                whole = all(isinstance(one, str) for one in (document.get("source"), document.get("instance", ""), by))
            if not whole:
                raise InputError(f"{file} is a damaged backup: a document in it is not as we write them")
            if document.get("embedding") is not None:
                _vector(file, document["embedding"])
            counts[str(kind)] += 1
    if told != counts:
        raise InputError(f"{file} is not whole: it ends before its last line, or lines of it are missing")


def _documents(file: Path) -> Iterator[tuple[Kind, Document]]:
    for line in _lines(file):
        if "document" in line:
            document = line["document"]
            if document.get("embedding") is not None:
                document["embedding"] = _vector(file, document["embedding"])
            yield line["kind"], document


def _vector(file: Path, packed: Any) -> list[float]:
    try:
        vector: list[float] = np.frombuffer(base64.b64decode(packed, validate=True), "<f4").astype(float).tolist()
        return vector
    except (ValueError, TypeError):
        raise InputError(f"{file} is a damaged backup: an embedding in it cannot be read") from None


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(file, "rt", encoding="utf-8") as source:
            if json.loads(source.readline()).get("form") != FORM:
                raise InputError(f"{file} is not a backup that this version of Earshot made")
            for line in map(json.loads, source):
                if not isinstance(line, dict):
                    raise ValueError("a line is no object")
                yield line
    except (gzip.BadGzipFile, zlib.error, EOFError, ValueError, AttributeError, RecursionError):
        raise InputError(f"{file} is not a backup, or a damaged one") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
