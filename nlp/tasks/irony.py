"""Irony: the words say one thing and mean another."""

from __future__ import annotations

from typing import Final

from nlp.tasks.task import Task

TASK: Final = Task("irony", ("irony",), "each")
