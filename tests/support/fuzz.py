"""How many examples a fuzzed reader is given: a slice in every run, many where `EARSHOT_FUZZ` says how many."""

import os

from hypothesis import HealthCheck, settings


def runs(some):
    """Return how often a test is run: so many times, unless more are asked for."""
    return settings(
        max_examples=int(os.environ.get("EARSHOT_FUZZ", some)),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
