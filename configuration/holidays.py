"""The public holidays of the operator's country: on them people do what they do on Sundays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import date


def public_holidays(code: str) -> Container[date]:
    """Return the public holidays of a country (`GB`) or a part of it (`DE-BY`), days off in lieu among them.

    Raises:
        ConfigurationError: nothing is known of it.
    """
    if not code:
        return ()
    import holidays  # nobody else waits for it

    country, _, part = code.upper().partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise ConfigurationError(
            f"no public holidays are known of {code!r}; holidays is a country (GB), or a part of one (DE-BY)"
        ) from None
