"""Urgency: someone should act within hours."""

from __future__ import annotations

from typing import Final

from nlp.tasks.task import Task

TASK: Final = Task("urgency", ("urgent",), "each")
