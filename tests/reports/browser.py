"""Headless Chromium by its own flags: what a page says in a frame of a given width, and on the console."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""The browser, if there is one."""

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr"
).split()
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")


def measure(page: str, widths: list[int], folder: Path, dark: bool = False) -> list[dict[str, Any]]:
    """What ``probe.js`` finds in the page, in a frame of each of ``widths`` pixels (a window has at least 500)."""
    source = html.escape(POLICY.sub("", page))
    frames = "".join(f'<iframe width="{width}" height="800" srcdoc="{source}"></iframe>' for width in widths)
    harness = f'<!doctype html><body>{frames}<pre id="found"></pre><script>{PROBE}</script>'
    text, _ = _run(harness, folder, dark)
    found = re.search(r'<pre id="found">(.*?)</pre>', text, flags=re.DOTALL)
    assert found, "the probe did not finish"
    return json.loads(html.unescape(found.group(1)))


def console(page: str, folder: Path) -> list[str]:
    """All that the page itself, policy included, makes the browser say."""
    _, log = _run(page, folder)
    return [line for line in log.splitlines() if ":CONSOLE" in line]


def _run(page: str, folder: Path, dark: bool = False) -> tuple[str, str]:
    assert CHROMIUM is not None
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [CHROMIUM, *FLAGS, scheme, profile, "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=True)
    return done.stdout, done.stderr
