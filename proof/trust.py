"""Whether to trust Earshot with people's data: `docs/trust.md`, from the figures of `proof/fuzz.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE: Final = Path("docs/trust.md")
OPENING: Final = """# Trust
"""


def page(results: Mapping[str, Any]) -> str:
    """Return the page."""
    head = ("reader", "inputs", "repeated at two lengths", "found", "mended", "slowest, ms/KB", "memory grown, MB")
    rows = [
        (
            name,
            f"{one['executions']:,}",
            f"{one['stretched']:,}",
            f"{len(one['faults'])}",
            f"{one['mended']}",
            f"{one['ms_per_kb']:.1f}",
            f"{one['growth_mb']}",
        )
        for name, one in sorted(results.items())
    ]
    return f"{OPENING}\n{table(head, rows)}\n"
