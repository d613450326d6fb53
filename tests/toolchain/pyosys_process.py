"""Scripts that need Yosys, each in a process of its own: an error of Yosys ends the process."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

needs_pyosys = pytest.mark.skipif(importlib.util.find_spec("pyosys") is None, reason="needs pyosys")

MAP_TOP = """
import sys
from pyosys import libyosys
from trigforge.toolchain.yosys_worker import ADDERS, map_design

design = libyosys.Design()
map_design(design, "top", ["top.v", *sys.argv[1:]], adders=str(ADDERS), dsp=False)
libyosys.run_pass("tee -q -o stat.json stat -json", design)
"""
"""Maps ``top`` of ``top.v`` as a stage is mapped, with the sources in the arguments, and counts cells."""


def run_script(script: str, *arguments: str | Path, folder: Path) -> str:
    """The output of a script of Python that ran in a folder; an error fails the test with the end of it."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
