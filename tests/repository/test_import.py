"""`import trigforge` stays light: no framework, no HLS library, under half a second."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "keras tensorflow hgq torch brevitas qonnx qkeras hls4ml uproot awkward h5py matplotlib pythia8mc fastjet".split()
)
SCRIPT = f"""
import sys, time
start = time.perf_counter()
import trigforge
print(time.perf_counter() - start)
print(*sorted(set(sys.modules) & {set(HEAVY)!r}))
"""


def measure() -> tuple[float, list[str]]:
    result = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    seconds, heavy = result.stdout.split("\n", 1)
    return float(seconds), heavy.split()


def test_import_takes_no_framework_and_under_half_a_second() -> None:
    measured = [measure() for _ in range(3)]
    assert measured[0][1] == []
    assert min(seconds for seconds, _ in measured) < 0.5
