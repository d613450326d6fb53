"""The pages for everybody: axe finds nothing to object to, in light and in dark colours, on wide and narrow screens."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from trigforge.reports import BuildReport
from trigforge.reports.compared import compare_reports
from trigforge.reports.html import render_compared, render_html

axe = pytest.importorskip("axe_core_python")
BROWSER = shutil.which("chromium")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs chromium")
RUN = """axe.run().then(found => {
  document.title = "AXE" + JSON.stringify(found.violations.map(v => [v.id, v.nodes.length]))
})"""


def violations(page: str, folder: Path, width: int, dark: bool) -> list[object]:
    """The rules that axe finds violated, with counts. The page's own policy forbids scripts, so it is taken away."""
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    coloured = free.replace("(prefers-color-scheme: dark)", "all") if dark else free
    path = folder / "page.html"
    path.write_text(
        coloured.replace("</body>", f"<script>{script}</script><script>{RUN}</script></body>"), encoding="utf-8"
    )
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},2000"]
    done = subprocess.run(
        [*command, "--virtual-time-budget=30000", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"<title>AXE(.*?)</title>", done.stdout, re.DOTALL)
    assert found is not None, "axe did not end"
    return list(json.loads(html.unescape(found[1])))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_a_report(full: BuildReport, tmp_path: Path, width: int, dark: bool) -> None:
    assert violations(render_html(full), tmp_path, width, dark) == []


def test_two_builds_side_by_side(full: BuildReport, with_vendor: BuildReport, tmp_path: Path) -> None:
    assert violations(render_compared(compare_reports(full, with_vendor)), tmp_path, 390, True) == []


def test_what_is_wrong_is_found(full: BuildReport, tmp_path: Path) -> None:
    broken = render_html(full).replace('<html lang="en">', "<html>")
    assert violations(broken, tmp_path, 1280, False) == [["html-has-lang", 1]]
