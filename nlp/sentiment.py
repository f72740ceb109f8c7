"""Sentiment: negative, neutral or positive, with calibrated probabilities."""

from __future__ import annotations

from typing import Final

LABELS: Final = ("negative", "neutral", "positive")
