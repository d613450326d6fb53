"""``show``: the page of a report on a screen."""

import sys
import tempfile
import webbrowser
from pathlib import Path

from trigforge.reports.build_report import BuildReport
from trigforge.reports.html import save_html


def show(report: BuildReport) -> None:
    """Below the cell in a notebook, else in a browser, from a file in the folder for temporary ones."""
    display = sys.modules.get("IPython.display")
    if display is not None and "ipykernel" in sys.modules:
        display.display(report)
        return
    folder = Path(tempfile.mkdtemp(prefix="trigforge-"))
    save_html(report, folder / "report.html")
    webbrowser.open((folder / "report.html").as_uri())
