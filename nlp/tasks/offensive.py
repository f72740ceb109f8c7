"""Offensive language: insults, slurs, threats, profanity aimed at someone."""

from __future__ import annotations

from typing import Final

from nlp.tasks.task import Task

TASK: Final = Task("offensive", ("offensive",), "each")
