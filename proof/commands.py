"""Run the `earshot` command as a user does, timed by the operating system."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class Run:
    """One finished command: seconds on the clock, peak memory of the process, exit code, what it said."""

    wall_s: float
    peak_mb: float
    exit_code: int
    said: str


def earshot(words: Sequence[str], environ: Mapping[str, str], *, given: str = "") -> Run:
    """Run a command to its end.

    Raises:
        SystemExit: it failed; a proof run goes no further.
    """
    started = time.monotonic()
    with subprocess.Popen(_command(words), env={**os.environ, **environ}, stdin=-1, stderr=-1, stdout=-1) as process:
        out, err = process.communicate(given.encode())
        wall_s = time.monotonic() - started
    if process.returncode:
        sys.exit(f"earshot {' '.join(words)} failed: {err.decode()[-2000:]}")
    peak = _peak_kb(err.decode())
    return Run(wall_s=wall_s, peak_mb=peak / 1024, exit_code=0, said=(out + err).decode())


def first_line_s(words: Sequence[str], environ: Mapping[str, str], given: str) -> float:
    """Return seconds from the start of a command to its first line of output."""
    started = time.monotonic()
    with subprocess.Popen(_command(words), env={**os.environ, **environ}, stdin=-1, stderr=-3, stdout=-1) as process:
        if process.stdin is None or process.stdout is None:
            sys.exit("the command has no streams")
        process.stdin.write(given.encode())
        process.stdin.close()
        process.stdout.readline()
        return time.monotonic() - started


def killed(words: Sequence[str], environ: Mapping[str, str], when: Callable[[], bool]) -> None:
    """Start a command and kill it (SIGKILL) as soon as `when` says so.

    Raises:
        SystemExit: it ended before.
    """
    with subprocess.Popen(_command(words), env={**os.environ, **environ}, stdout=-3, stderr=-3) as process:
        while process.poll() is None:
            if when():
                process.kill()
                return
            time.sleep(0.2)
    sys.exit("the command ended before it could be killed")


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "proof.peak", *words]


def _peak_kb(said: str) -> int:
    return int(said.rsplit("peak_kb=", 1)[1].split()[0])
