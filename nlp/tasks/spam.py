"""Spam or automated: not a person speaking of their own experience."""

from __future__ import annotations

from typing import Final

from nlp.tasks.task import Task

TASK: Final = Task("spam", ("spam",), "each")
