"""The boundary behind which an error that nobody foresaw stays: what is done for one source, round by round.

Such an error is a fault of ours. It is logged with its traceback and counted; the other sources go on. This is the only
place where all errors are caught.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from domain.errors import ConfigurationError, EarshotError, InputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

OF_ONE_SOURCE: Final = (SourceError, InputError, ConfigurationError)
"""Errors with a sentence of their own that concern the source they come from, and no other."""
FIRST_PAUSE_S: Final = 60.0
LONGEST_PAUSE_S: Final = 3600.0
_LOGGER: Final = logging.getLogger(__name__)


def fault_of(what: str, step: Callable[[], object]) -> Exception | None:
    """Do a step for `what`, and return the error that nobody foresaw, if it ended with one.

    Raises:
        EarshotError: it ended with an error that says itself what to do.
    """
    try:
        step()
    except EarshotError:
        raise
    except Exception as error:
        _LOGGER.exception("%s: an error of Earshot's own", what)
        return error
    return None


def in_words(fault: Exception) -> str:
    """Return what is said of a fault where its traceback has no place."""
    return f"an error of Earshot's own ({type(fault).__name__}); its traceback was logged"


def pause_after_s(faults: int, pause_s: float) -> float:
    """Return how long to wait after so many rounds in a row that ended with a fault: twice as long each time."""
    if not faults:
        return pause_s
    return max(pause_s, min(FIRST_PAUSE_S * 2.0 ** min(faults - 1, 10), LONGEST_PAUSE_S))
