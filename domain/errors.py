"""Every error that Earshot raises on purpose, grouped by what the caller should do next.

EarshotError
 + ConfigurationError      fix a setting, then run again
 + InputError              fix the file or the command line, then run again
   - QueryError            fix the text query
   - RecordUnreadable      one record is broken: skip it, count it, go on
 + SourceError             something about a place we collect from
   - SourceBusy            wait `retry_after_s`, then try again
   - SourceRefused         stop this source, keep the others
 + ModelError              a model is missing, broken or does not fit
 + StoreError              something about the place where documents are kept
   - StoreUnreachable      start the store or correct its address, then run again
   - StoreRefused          wrong password, bad mapping, full disk: see the sentence
"""

from __future__ import annotations

import re
from typing import Final

_VALUE: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")


class EarshotError(Exception):
    """Base of all errors that are reported as one sentence and a non-zero exit code."""

    exit_code = 1


class ConfigurationError(EarshotError):
    """A setting is missing or wrong."""

    exit_code = 2


class InputError(EarshotError):
    """A file or an argument cannot be used."""

    exit_code = 2


class QueryError(InputError):
    """A text query does not follow the query language."""


class RecordUnreadable(InputError):
    """One record of an input cannot be read; the rest goes on.

    `where` names the file and line, or the source and item.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason

    @property
    def kind(self) -> str:
        """The reason without the values in it: what many records have in common."""
        return _VALUE.sub("...", self.reason)


class SourceError(EarshotError):
    """A source did not answer as it should."""


class SourceBusy(SourceError):
    """A source asks us to come back later."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SourceRefused(SourceError):
    """A source will not answer this request, now or later."""


class ModelError(EarshotError):
    """A model is missing, broken or does not fit the encoder."""


class StoreError(EarshotError):
    """A store could not do what was asked."""


class StoreUnreachable(StoreError):
    """Nothing answers at the store's address."""


class StoreRefused(StoreError):
    """The store answered and said no."""
