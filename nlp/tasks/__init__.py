"""What the one encoder pass answers: one file per task, all of them listed here.

What each label means is in `docs/labels.md`. A new task is a file beside this one, its line in
`TASKS`, and rows that teach it (`nlp/training/mixture.py`).
"""

from typing import Final

from nlp.tasks import aspects, emotion, intent, irony, offensive, sentiment, spam, telecom, urgency

TASKS: Final = (
    sentiment.TASK,
    emotion.TASK,
    intent.TASK,
    irony.TASK,
    offensive.TASK,
    spam.TASK,
    urgency.TASK,
    telecom.TASK,
    aspects.TASK,
)
"""In the order of the heads."""
TASK: Final = {task.name: task for task in TASKS}
