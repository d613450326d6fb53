"""Time of ``import trigforge`` in fresh interpreters; the contract is under 0.5 s, with no training framework.

The first import after an installation compiles the byte code, so one import goes before those that count.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from harness import Measurement, record

IMPORTS = 15
SCRIPT = """
import sys, time
start = time.perf_counter()
{statement}
print(time.perf_counter() - start, len(sys.modules))
"""
STATEMENTS = {
    "import trigforge": "import trigforge",
    "trigforge.read, emulate, build": "from trigforge import build, emulate, read",
    "command line": "import trigforge.cli",
}


def measure(statement: str) -> tuple[float, int]:
    """Seconds of a statement in a fresh interpreter, and how many modules are loaded after it."""
    command = [sys.executable, "-c", SCRIPT.format(statement=statement)]
    seconds, modules = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), int(modules)


def main() -> None:
    measurements: list[Measurement] = []
    for name, statement in STATEMENTS.items():
        measure(statement)
        runs = [measure(statement) for _ in range(IMPORTS)]
        seconds = [elapsed for elapsed, _ in runs]
        measurements += [
            Measurement(f"{name}, median of {IMPORTS}", statistics.median(seconds), "s"),
            Measurement(f"{name}, shortest", min(seconds), "s"),
            Measurement(f"{name}, modules loaded", runs[0][1], "modules"),
        ]
    record("import_time", measurements)


if __name__ == "__main__":
    main()
