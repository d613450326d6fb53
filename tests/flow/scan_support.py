"""Small networks to scan, and a log of every run of Yosys, in whatever process it is."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.small_graph import SMALL
from trigforge.graph import save_graph

VARIED = ("--vary", "rtl.stage_delay_ns=0.7,1,1.5,2", "--vary", "target.clock_period_ns=2.5,5")
AXES = {"rtl.stage_delay_ns": (0.7, 1, 1.5, 2), "target.clock_period_ns": (2.5, 5)}
_LOGGING = """
import atexit, hashlib, json, os, sys
if "trigforge.toolchain.yosys_worker" in sys.orig_argv:
    job = json.load(open(sys.orig_argv[-1]))
    texts = b"".join(open(path, "rb").read() for path in job["sources"])
    line = job["top"] + " " + hashlib.sha256(texts).hexdigest()
    def note(what):
        with open({log!r}, "a") as file:
            file.write(what + " " + line + chr(10))
    note("begin")
    atexit.register(note, "end")
"""


class YosysLog:
    """Runs of Yosys by processes that are started with ``environment``."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "yosys.log"
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(_LOGGING.format(log=str(self._log)))
        self.cache = folder / "cache"
        self.environment = {
            **os.environ,
            "TRIGFORGE_CACHE": str(self.cache),
            "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]),
        }

    def runs(self, what: str) -> list[str]:
        """The stages, with a digest of their sources, of which a run did ``begin`` or ``end``."""
        if not self._log.exists():
            return []
        lines = (line.split(" ", 1) for line in self._log.read_text().splitlines())
        return [stage for kind, stage in lines if kind == what]

    def pieces(self) -> set[str]:
        """The mapped stages that are kept."""
        folder = self.cache / "stages"
        return (
            {path.name for path in folder.iterdir() if not path.name.startswith("making-")}
            if folder.is_dir()
            else set()
        )

    def processes(self) -> list[int]:
        """Processes that run with this cache."""
        found: list[int] = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and str(self.cache).encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found


def write_networks(folder: Path, names: tuple[str, ...] = ("one", "two")) -> None:
    """Graph files of equal networks with different names, so that no stage of theirs is the same."""
    for name in names:
        save_graph(replace(SMALL, name=name), folder / f"{name}.json")


def started(log: YosysLog, *arguments: str) -> subprocess.Popen[str]:
    """``trigforge scan``, in a process of its own."""
    command = [sys.executable, "-m", "trigforge.cli", "scan", *arguments]
    return subprocess.Popen(
        command, env=log.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
