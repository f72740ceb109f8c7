"""Run the `earshot` command as a user does, timed by the operating system.

`python -m pipeline.timed WORDS...` is `earshot WORDS...` that says its peak memory at the end.
"""

from __future__ import annotations

import os
import resource
import runpy
import sys
import time
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE, Popen
from typing import TYPE_CHECKING

from domain.errors import EarshotError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class TimedRun:
    """One finished command: seconds on the clock, peak memory of the process, exit code, what it said."""

    wall_s: float
    peak_mb: float
    exit_code: int
    said: str


def earshot(words: Sequence[str], environ: Mapping[str, str], *, given: str = "") -> TimedRun:
    """Run a command to its end.

    Raises:
        EarshotError: it failed.
    """
    started = time.monotonic()
    with Popen(command(words), env={**os.environ, **environ}, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        out, err = process.communicate(given.encode())
        wall_s = time.monotonic() - started
    if process.returncode:
        raise EarshotError(f"earshot {' '.join(words)} failed: {err.decode()[-2000:]}")
    peak_kb = int(err.decode().rsplit("peak_kb=", 1)[1].split()[0])
    return TimedRun(wall_s=wall_s, peak_mb=peak_kb / 1024, exit_code=0, said=(out + err).decode())


def first_line_s(words: Sequence[str], environ: Mapping[str, str], given: str) -> float:
    """Return seconds from the start of a command to its first line of output."""
    started = time.monotonic()
    with Popen(command(words), env={**os.environ, **environ}, stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as process:
        if process.stdin is None or process.stdout is None:
            raise EarshotError("the command has no streams")
        process.stdin.write(given.encode())
        process.stdin.close()
        process.stdout.readline()
        return time.monotonic() - started


def command(words: Sequence[str]) -> list[str]:
    """Return the words of the operating system's command that is `earshot WORDS...` and says its peak memory."""
    return [sys.executable, "-m", "pipeline.timed", *words]


if __name__ == "__main__":
    try:
        runpy.run_module("cli", run_name="__main__", alter_sys=True)
    finally:
        sys.stderr.write(f"\npeak_kb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")
