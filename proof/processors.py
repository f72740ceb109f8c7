"""How fast both sizes of the model read on processors with and without VNNI: `python -m proof.processors`.

Each is `earshot bench nlp`, whose ratio is within one run. Where the processor has VNNI, one without is the same one
with the libraries that read bounded to AVX2 by their own switches; where it has none, its rows stand beside those of
another. Writes `proof/processors.json`, which `docs/speed.md` shows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from nlp.encoder.network import has_byte_units
from pipeline.timed import command

RESULTS: Final = Path(__file__).with_name("processors.json")
AVX2: Final = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
BOUNDED: Final = "VNNI, bounded to AVX2"
WITH_VNNI: Final = (("VNNI", {}, "auto"), (BOUNDED, AVX2, "auto"), (BOUNDED, AVX2, "int8"))
WITHOUT: Final = (("AVX2 alone", {}, "auto"), ("AVX2 alone", {}, "int8"))
POSTS: Final = 2_000


def main() -> None:
    """Run every case and write down what came of it."""
    found = []
    for name, bound, precision in WITH_VNNI if has_byte_units() else WITHOUT:
        for size in ("full", "small"):
            chosen = {"EARSHOT_NLP_SIZE": size, "EARSHOT_NLP_PRECISION": precision}
            found.append({"processor": name, "size": size, **measured({**bound, **chosen})})
    measured_now = {case["processor"] for case in found}
    others = [case for case in json.loads(RESULTS.read_text()) if case["processor"] not in measured_now]
    RESULTS.write_text(json.dumps([*others, *found], indent=2) + "\n")


def measured(environ: dict[str, str]) -> dict[str, Any]:
    """Return what the benchmark says under an environment."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "bench.json"
        words = ("bench", "nlp", "--posts", str(POSTS), "--output", str(output))
        subprocess.run(command(words), check=True, env={**os.environ, **environ}, stdout=sys.stderr)
        told: dict[str, Any] = json.loads(output.read_text())
    names = ("model", "arithmetic", "first_line_s", "ours_posts_s", "peer_posts_s", "ratio_one_task")
    return {name: told[name] for name in names} | {"peak_mb": max(told["peak_mb_by_posts"].values())}


if __name__ == "__main__":
    main()
