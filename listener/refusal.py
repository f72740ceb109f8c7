"""What is said to a sender whose request is not taken."""

from __future__ import annotations

from domain.errors import InputError


class RequestRefused(InputError):
    """A request is not taken. `status` is that of HTTP; `retry_after_s` is when to come back, where that helps."""

    def __init__(self, status: int, sentence: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """What the answer carries beside the sentence; the connection goes, since a body may be left in it."""
        found = {"Connection": "close"}
        if self.status == 401:
            found["WWW-Authenticate"] = "Bearer"
        if self.retry_after_s is not None:
            found["Retry-After"] = str(self.retry_after_s)
        return found
