"""Telecom: whether a text is about an operator or its service at all.

It decides whether a brand whose name is also an ordinary word (Three, Orange, Free) is meant.
"""

from __future__ import annotations

from typing import Final

from nlp.tasks.task import Task

TASK: Final = Task("telecom", ("telecom",), "each")
