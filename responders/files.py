"""Messages into a file, for others to send: a JSON object a line, each message once."""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING

from domain.documents import to_document
from domain.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from domain.message import Message, Sent


class FileResponder:
    """Appends messages to a file. A line that was cut off by the end of a process is written over."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, message: Message) -> Sent:
        """Write a message down, unless it stands there already; it is on the disk when this returns.

        Raises:
            InputError: nobody approved it, or the file cannot be written.
        """
        if not message.approved_by.strip():
            raise InputError(f"message {message.id} was approved by nobody; it is not sent")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a+b") as target:
                fcntl.flock(target, fcntl.LOCK_EX)  # let go with the file; another process may send the same
                target.seek(0)
                whole = 0
                for line in target:
                    if not line.endswith(b"\n"):
                        target.truncate(whole)  # cut off by the end of a process
                    elif json.loads(line)["id"] == message.id:
                        return "sent before"
                    whole += len(line)
                target.write(json.dumps(to_document(message), ensure_ascii=False).encode("utf-8") + b"\n")
                target.flush()
                os.fsync(target.fileno())
        except OSError as error:
            raise InputError(f"{self._file}: the message cannot be written: {error.strerror}") from None
        return "sent"
