"""Kill the `earshot` command on its way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from pipeline.timed import command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def killed(words: Sequence[str], environ: Mapping[str, str], when: Callable[[], bool]) -> None:
    """Start a command and kill it (SIGKILL) as soon as `when` says so.

    Raises:
        SystemExit: it ended before.
    """
    with subprocess.Popen(command(words), env={**os.environ, **environ}, stdout=-3, stderr=-3) as process:
        while process.poll() is None:
            if when():
                process.kill()
                return
            time.sleep(0.2)
    sys.exit("the command ended before it could be killed")
