"""A second ``trigforge synth`` of an unchanged model, and the start of other commands on a model built before.

The first run goes before in the cache that ``TRIGFORGE_CACHE`` names, else in the user's. A command has started its
work when its last step of preparation has ended; its line on standard error tells. Wall clock is of this machine with
all that runs on it, CPU time of the command and its tools alone, as good as wall clock on an idle machine. Usage:
``python benchmarks/second_run.py [MODEL]``, ``jet_tagger`` if none is given.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Measurement, record

from trigforge.flow.workspace import resolve

STARTED = {
    "verify": "Read the events",
    "emulate": "Build the emulator",
    "coverage": "Read the model",
    "export c": "Read the model",
    "export patterns": "Read the events",
}
"""commands, and the last step of preparation of each"""


def started(command: list[str], step: str) -> tuple[float, float]:
    """Wall clock and CPU time from the start of a command to the end of one of its steps, in seconds; it runs on."""
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if step in line)
        wall, fields = time.perf_counter() - begin, Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2]
        used = sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")
        process.stderr.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return wall, used


def timed(command: list[str], status: int = 0) -> tuple[float, float]:
    """Wall clock and CPU time of a command that ends with this status, in seconds."""
    begin, before = time.perf_counter(), os.times()
    found = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    if found != status:
        raise subprocess.CalledProcessError(found, command)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begin, used


def both(name: str, seconds: tuple[float, float]) -> list[Measurement]:
    """Wall clock and CPU time as measurements."""
    return [Measurement(name, seconds[0], "s"), Measurement(f"{name}, CPU", seconds[1], "s")]


def main(model: str = "jet_tagger") -> None:
    trigforge = [sys.executable, "-m", "trigforge.cli"]
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder:
        synth = [*trigforge, "synth", model, "--out", f"{folder}/build"]
        timed(synth)
        measurements = both(f"trigforge synth {model}, again", timed(synth))
        events = resolve(model).events
        for name, step in STARTED.items():
            files = [str(events), str(Path(folder) / "emulated.npz"), "--fresh"] if name == "emulate" else []
            out = [] if name == "emulate" else ["--out", f"{folder}/{name.replace(' ', '_')}"]
            command = [*trigforge, *name.split(), model, *files, *out]
            timed(command)
            measurements += both(f"trigforge {name} {model}, start", started(command, step))
        wrong = [*trigforge, "synth", model, "--events", f"{folder}/none.root"]
        measurements += both("a wrong --events", timed(wrong, status=1))
    record("second_run", measurements)


if __name__ == "__main__":
    main(*sys.argv[1:])
