"""`python -m cli.peak WORDS...` is `earshot WORDS...` that says its peak memory at the end."""

from __future__ import annotations

import atexit
import resource
import sys

from cli.main import run


def _tell() -> None:
    sys.stderr.write(f"\npeak_kb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


if __name__ == "__main__":
    atexit.register(_tell)
    run()
