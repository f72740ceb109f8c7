"""Connections to the one file of the SQLite store, and its failures as sentences.

Readers never wait for the writer (WAL). Every thread that asks gets a connection of its own
from a pool; there is one connection that writes, behind a lock.
"""

from __future__ import annotations

import fcntl
import glob
import logging
import os
import shutil
import sqlite3
import stat
import tempfile
import threading
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from domain.errors import StoreError, StoreRefused, StoreUnreachable
from stores.sqlite.migrations import SCHEMA, create, migrate, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_TIMEOUT_S: Final = 60.0
_DRAFTS: Final = ".earshot-"
_OWNERS_ALONE: Final = 0o600
_LOG: Final = logging.getLogger(__name__)

_REFUSALS: Final = {
    sqlite3.SQLITE_NOTADB: (StoreRefused, "is not a SQLite database; name another file"),
    sqlite3.SQLITE_CORRUPT: (StoreRefused, "is damaged; restore it or ingest again into a new file"),
    sqlite3.SQLITE_READONLY: (StoreRefused, "may not be written"),
    sqlite3.SQLITE_PERM: (StoreRefused, "may not be opened"),
    sqlite3.SQLITE_AUTH: (StoreRefused, "may not be opened"),
    sqlite3.SQLITE_FULL: (StoreRefused, "cannot grow: the disk is full; nothing of this page was kept"),
    sqlite3.SQLITE_BUSY: (StoreRefused, f"is being written by another process for over {BUSY_TIMEOUT_S:.0f} s"),
    sqlite3.SQLITE_CANTOPEN: (StoreUnreachable, "cannot be opened"),
    sqlite3.SQLITE_IOERR: (StoreUnreachable, "cannot be read or written: the disk reports an error or is full"),
}


class Connections:
    """All connections of this process to one database; makes the file where there is none.

    Raises:
        StoreUnreachable: the file or its folder cannot be opened or made.
        StoreRefused: the file is not a database of this version.
    """

    def __init__(self, path: Path, *, synced: bool = False) -> None:
        self.path = path
        self._synced = synced
        self._readers: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None
        self._write_lock = threading.Lock()
        self._closed = False
        with self._failures():
            if path.is_dir():
                raise StoreUnreachable(f"{path} is a folder; name a file in it")
            if path.exists():
                with suppress(OSError):  # a file that is not ours is its owner's business
                    _keep_private(path)
            else:
                _make(path)
            with self.reading() as connection:
                older = schema_of(connection, path) < SCHEMA
            if older:
                _LOG.info("%s is of an older version of Earshot: bringing it to schema %d", path, SCHEMA)
                with closing(self._opened("rw")) as connection:
                    copy = migrate(path, connection)
                _LOG.info(
                    "%s is of schema %d now; %s", path, SCHEMA, f"before: {copy}" if copy else "no room for a copy"
                )

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a read-only connection inside one transaction: one state of the database."""
        with self._failures():
            try:
                connection = self._readers.pop()
            except IndexError:
                connection = self._opened("ro")
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.rollback()
                if self._closed:
                    connection.close()
                else:
                    self._readers.append(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection that writes, inside a transaction that is kept whole or not at all."""
        with self._failures(), self._write_lock:
            connection = self._writer = self._writer or self._opened("rw")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.rollback()

    def put_back_log(self) -> None:
        """Write the log into the file and empty it, as far as no reader needs it any more."""
        with self._failures(), self._write_lock:
            connection = self._writer = self._writer or self._opened("rw")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections; later questions are refused."""
        self._closed = True
        with self._failures(), self._write_lock:
            while self._readers:
                self._readers.pop().close()
            # Last, because it alone can put the log back into the file.
            if self._writer is not None:
                with suppress(sqlite3.Error):  # it only makes later questions faster, and the disk may be full
                    self._writer.execute("PRAGMA optimize")
                self._writer.close()
                self._writer = None

    def _opened(self, mode: str) -> sqlite3.Connection:
        if self._closed:
            raise StoreRefused(f"the store {self.path} is closed")
        uri = f"file:{quote(str(self.path.absolute()))}?mode={mode}"
        # A connection serves one thread at a time, but not always the same one.
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
        )
        connection.execute("PRAGMA temp_store = MEMORY")
        # Who writes touches indices all over; the log is put back in large pieces for the same reason.
        connection.execute(f"PRAGMA cache_size = {-64_000 if mode == 'rw' else -16_000}")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")
        # What is deleted is overwritten.
        connection.execute("PRAGMA secure_delete = ON")
        # With WAL this loses nothing when the process dies, and at worst the last pages when the machine does.
        connection.execute(f"PRAGMA synchronous = {'FULL' if self._synced else 'NORMAL'}")
        return connection

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as failure:
            raise failure_sentence(failure, self.path) from failure
        except UnicodeEncodeError:
            raise StoreRefused(f"{self.path} keeps valid Unicode only, and a value has half of a character") from None
        except OSError as failure:
            raise StoreUnreachable(f"{self.path} cannot be made: {failure.strerror}") from None


def failure_sentence(failure: sqlite3.Error, path: Path) -> StoreError:
    """Return what SQLite reports as one of our errors, with the file's name."""
    code = getattr(failure, "sqlite_errorcode", None)
    # The low byte is the primary code, the rest says more than a person needs.
    kind, sentence = _REFUSALS.get((code or 0) & 0xFF, (StoreRefused, f"was refused by SQLite: {failure}"))
    return kind(f"{path} {sentence}")


def _make(path: Path) -> None:
    """Make an empty database; whoever looks sees a whole one or none, and the first of two makers wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in path.parent.glob(f"{_DRAFTS}*"):
        # Whoever still makes one there holds it; who was killed does not.
        with suppress(OSError), _held(left):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=_DRAFTS) as folder, _held(Path(folder)):
        draft = Path(folder) / path.name
        draft.touch(mode=_OWNERS_ALONE)
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            create(connection)
        with suppress(FileExistsError):
            os.link(draft, path)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder; OSError where somebody else does."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _keep_private(path: Path) -> None:
    """Take the files of a database from everybody but their owner, where they are open to others."""
    for file in path.parent.glob(f"{glob.escape(path.name)}*"):
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & ~_OWNERS_ALONE and file.owner() == path.owner():
            file.chmod(mode & _OWNERS_ALONE)
            _LOG.warning("%s was open to other users of this machine; it is not any more", file)
