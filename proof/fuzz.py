"""Readers given what nobody would write: `python -m proof.fuzz` writes its results and `docs/trust.md`.

Inputs are numbered: each follows from the name of its reader and its number alone, so a run that was stopped goes on
where the last one ended. A reader runs in a process of its own, so that one that takes the whole process down is seen
as well. `--again` reads once more what was found, and counts what no longer fails as mended.
"""

from __future__ import annotations

import argparse
import base64
import json
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
import zlib
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

from proof.trust import PAGE, page
from tests.support.fuzz_readers import READERS, input_of, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from types import FrameType

RESULTS: Final = Path(__file__).with_name("fuzz.json")
ROOT: Final = Path(__file__).parents[1]
MOST_SECONDS: Final = 20
"""Of processor time: an input without an answer by then is a fault."""
STRETCHED_EVERY: Final = 50
"""One input in so many is a piece repeated, read at two lengths."""
SHORT, LONG = 4_000, 16_000
"""Bytes of what is repeated."""
NO_TIME_S: Final = 0.02
"""What takes no longer is not compared: it is measured badly."""
MOST_GROWTH: Final = 8.0
"""How many times as long four times the length may take: linear is 4, quadratic 16."""
TRIES: Final = 6
MOST_KEPT: Final = 20
"""Inputs with faults that are kept of a reader."""


def main() -> None:
    """Fuzz for a while, or read again what was found, and write down what came of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("readers", nargs="*", help="names of readers; none: all")
    options.add_argument("--executions", type=int, default=1_000_000, help="of all readers together")
    options.add_argument("--seconds", type=float, default=300, help="end after so long")
    options.add_argument("--again", action="store_true", help="read again what was found")
    chosen = options.parse_args()
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    names = chosen.readers or list(READERS)
    ends = time.monotonic() + chosen.seconds
    if chosen.again:
        for name in names:
            results[name]["mended"] = sum(holds(name, fault["input"]) for fault in results[name]["faults"])
    for place, name in enumerate(names if not chosen.again else ()):
        left = chosen.executions - sum(one["executions"] for one in results.values())
        share_s = (ends - time.monotonic()) / (len(names) - place)
        if left > 0 and share_s > 0:
            add(results.setdefault(name, new()), in_its_own_process(name, results[name]["executions"], share_s, left))
            sys.stderr.write(f"{name}: {results[name]['executions']:,}, {len(results[name]['faults'])} found\n")
            RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    PAGE.write_text(page(results), encoding="utf-8")


def new() -> dict[str, Any]:
    """Return the figures of a reader that was not run yet."""
    return {"executions": 0, "stretched": 0, "faults": [], "mended": 0, "ms_per_kb": 0.0, "growth_mb": 0}


def add(figures: dict[str, Any], more: dict[str, Any]) -> None:
    """Add the figures of a slice to those of all before it."""
    known = {fault["kind"] for fault in figures["faults"]}
    figures["faults"] += [fault for fault in more["faults"] if fault["kind"] not in known]
    for name in ("executions", "stretched"):
        figures[name] += more[name]
    for name in ("ms_per_kb", "growth_mb"):
        figures[name] = max(figures[name], more[name])


def in_its_own_process(name: str, first: int, seconds: float, most: int) -> dict[str, Any]:
    """Return what came of a slice; a process that died is the fault of the input that it was reading."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    at = multiprocessing.Value("q", first)
    child = multiprocessing.get_context("fork").Process(target=a_slice, args=(name, first, seconds, most, theirs, at))
    child.start()
    theirs.close()
    try:
        told: dict[str, Any] = ours.recv()
    except EOFError:
        child.join()
        fault = {"kind": f"the process ended with {child.exitcode}", "input": _kept(input_of(name, at.value))}
        told = new() | {"executions": at.value - first + 1, "faults": [fault]}
    child.join()
    return told


def a_slice(name: str, first: int, seconds: float, most: int, tell: Connection, at: Any) -> None:
    """Read inputs for so long, write down in `at` which one is read, and tell what came of all of them."""
    found, ends = new(), time.monotonic() + seconds
    signal.signal(signal.SIGPROF, _too_long)
    number = first
    with tempfile.TemporaryDirectory() as folder:
        before_kb = 0
        while number < first + most and time.monotonic() < ends:
            at.value = number
            for body, fault, took_s in executed(name, number, Path(folder)):
                found["executions"] += 1
                found["ms_per_kb"] = max(found["ms_per_kb"], round(1e6 * took_s / max(len(body), 1000), 1))
                if fault and fault not in {one["kind"] for one in found["faults"]} and len(found["faults"]) < MOST_KEPT:
                    found["faults"].append({"kind": fault, "input": _kept(body)})
            found["stretched"] += number % STRETCHED_EVERY == 0
            number += 1
            if number == first + 100:
                # Modules and tables are loaded by then.
                before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        now_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found["growth_mb"] = round((now_kb - before_kb) / 1024) if before_kb else 0
    tell.send(found)


def executed(name: str, number: int, folder: Path) -> Iterator[tuple[bytes, str, float]]:
    """Yield each input that a number stands for, the fault that it shows or nothing, and its seconds of processor."""
    stretch = READERS[name].stretch
    if number % STRETCHED_EVERY or stretch is None:
        body = input_of(name, number)
        yield body, *outcome(name, body, folder)
        return
    before, unit, after = stretch(Random(f"{name} {number} stretched"))
    short, long = (before + unit * (length // len(unit)) + after for length in (SHORT, LONG))
    fault, quick_s = outcome(name, short, folder)
    yield short, fault, quick_s
    fault, slow_s = outcome(name, long, folder)
    if not fault and slow_s > NO_TIME_S and slow_s > MOST_GROWTH * quick_s:
        slow_s = min(outcome(name, long, folder)[1] for _ in range(TRIES))
        quick_s = min(outcome(name, short, folder)[1] for _ in range(TRIES))
        if slow_s > NO_TIME_S and slow_s > MOST_GROWTH * quick_s:
            fault = f"slower than linear: {unit[:40]!r}"
    yield long, fault, slow_s


def outcome(name: str, body: bytes, folder: Path) -> tuple[str, float]:
    """Return what is wrong with how an input is read, empty if nothing is, and the seconds of processor it took."""
    began = time.thread_time()
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        run(READERS[name], body, folder)
        fault = ""
    except Exception as error:  # noqa: BLE001 - whatever comes is what is looked for
        fault = kind_of(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return fault, time.thread_time() - began


def kind_of(error: Exception) -> str:
    """Return what is raised, and where in our own files."""
    frames = [(Path(frame.filename), frame.name) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(file, name) for file, name in frames if file.is_relative_to(ROOT) and ".venv" not in file.parts]
    return f"{type(error).__name__} in {ours[-1][0].relative_to(ROOT)}: {ours[-1][1]}"


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _kept(body: bytes) -> str:
    return base64.b64encode(zlib.compress(body, 9)).decode()


def holds(name: str, kept: str) -> bool:
    """Tell whether an input that showed a fault is read now."""
    signal.signal(signal.SIGPROF, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        return not outcome(name, zlib.decompress(base64.b64decode(kept)), Path(folder))[0]


if __name__ == "__main__":
    main()
