"""How fast texts are read beside other busy processes: `python -m proof.beside`.

The same texts are read in turn with nothing beside and with one busy process per processor, which leaves half of each
to us; threads that spun while they wait would lose more than that. Adds its figure to `proof/processors.json`, which
`docs/speed.md` shows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from domain.config import NlpSettings
from nlp.bench import made_posts
from nlp.encoder.encoder import Encoder, arithmetic
from nlp.encoder.network import has_byte_units
from proof.processors import RESULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

POSTS: Final = 1_000
TURNS: Final = 5


def main() -> None:
    """Measure, and write down what came of it."""
    settings = NlpSettings()
    encoder, texts = Encoder.open(settings), made_posts(POSTS)
    alone, beside = [], []
    for _ in range(TURNS):
        alone.append(seconds(encoder, texts))
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in os.sched_getaffinity(0)]
        try:
            beside.append(seconds(encoder, texts))
        finally:
            for other in others:
                other.kill()
                other.wait()
    cases = json.loads(RESULTS.read_text())
    mine = ("VNNI" if has_byte_units() else "AVX2 alone", "full", arithmetic(settings))
    for case in cases:
        if (case["processor"], case["size"], case["arithmetic"]) == mine:
            case["rate_beside_busy"] = round(min(alone) / min(beside), 2)
    RESULTS.write_text(json.dumps(cases, indent=2) + "\n")


def seconds(encoder: Encoder, texts: Sequence[str]) -> float:
    """Return how long reading takes."""
    began = time.perf_counter()
    encoder.read(texts)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
