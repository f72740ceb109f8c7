"""Pages on paper: a browser that is there prints them, since nothing else lays them out as they look."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from domain.errors import InputError

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PATIENCE_S: Final = 60


def pdf(page: str) -> bytes:
    """Return a page of ours, which loads nothing, as PDF.

    Raises:
        InputError: there is no browser to print with, or it does not.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise InputError(
            "a PDF needs Chromium, Chrome or Edge to print it, and there is none; the HTML prints from any browser"
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        # The page has no scripts and may load nothing, so that a sandbox, which no container has, would guard nothing.
        options = (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            f"--user-data-dir={folder}/profile",
        )
        printed = (f"--print-to-pdf={target}", "--no-pdf-header-footer", source.as_uri())
        try:
            subprocess.run([browser, *options, *printed], check=True, capture_output=True, timeout=PATIENCE_S)  # noqa: S603
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError):
            raise InputError(f"{browser} does not print the page; the HTML prints from any browser") from None
