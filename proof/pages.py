"""How long a page of the demonstration takes, beside an older checkout: `python -m proof.pages CHECKOUT`.

Both have made their own demonstration (`make demo ARGS=--no-browser`). Their pages, and the least that Streamlit can
show (`proof/bare_app.py`), are opened in turns, each time by a cold browser, after a visit that nobody counts; medians
stand in `proof/pages.json`. Nothing else should run.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from proof.paint import PORT, VISITS, chromium, served, visit

OUTPUT: Final = Path(__file__).with_name("pages.json")
DEMO: Final = Path(".cache/demo/earshot.toml")
STREAMLIT: Final = (
    *(sys.executable, "-m", "streamlit", "run", "--server.headless", "true", "--browser.gatherUsageStats", "false"),
    *("--server.port", PORT),
)
DASHBOARD: Final = ("-m", "dashboard", "--port", PORT, "--no-browser")


def main() -> None:
    """Measure all three, and write the results."""
    here = Path(__file__).resolve().parents[1]
    checkouts = {"before": Path(sys.argv[1]).resolve(), "now": here}
    with ExitStack() as stack:
        browser = stack.enter_context(chromium())
        addresses = {
            "bare": stack.enter_context(served([*STREAMLIT, str(Path(__file__).with_name("bare_app.py"))], here))
        }
        for name, checkout in checkouts.items():
            command = [str(checkout / ".venv/bin/python"), *DASHBOARD, "--config", str(checkout / DEMO)]
            addresses[name] = stack.enter_context(served(command, checkout))
        for address in addresses.values():
            visit(browser, address)
        visits = [{name: visit(browser, address) for name, address in addresses.items()} for _ in range(VISITS)]
    git = shutil.which("git") or "git"
    commits = {
        name: subprocess.check_output([git, "log", "-1", "--format=%cs %h"], cwd=checkout, text=True).strip()
        for name, checkout in checkouts.items()
    }
    found = {
        name: {what: round(median(one[name][what] for one in visits), 2) for what in visits[0][name]}
        for name in addresses
    }
    OUTPUT.write_text(json.dumps({"commits": commits, "seconds": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
