"""A new user's first minutes: from a fresh clone to a verified report, then once more.

Clones the committed tree into a temporary folder and times there what the README tells a new user to type. Packages
come from the client's cache where it has them, so a first set-up over a slow network takes longer than is shown here.
Usage: ``python benchmarks/first_minutes.py [MODEL]``, ``jet_tagger`` if none is given.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Measurement, record

REPOSITORY = Path(__file__).resolve().parents[1]


def main(model: str = "jet_tagger") -> None:
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder:
        clone = Path(folder) / "trigforge"
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
        steps = {
            "make setup, fresh clone": ["make", "setup"],
            "make synth, first time": ["make", "synth", f"MODEL={model}"],
            "make synth, again": ["make", "synth", f"MODEL={model}"],
        }
        measured = [Measurement(name, _seconds(command, clone), "s") for name, command in steps.items()]
        report = json.loads((clone / "build" / model / "report.json").read_text())
    cold = Measurement("fresh clone to report", measured[0].value + measured[1].value, "s")
    proved = [
        Measurement(f"{entry['simulator']}, {key}", entry[key], key)
        for entry in report["verification"]
        for key in ("events", "mismatches")
    ]
    record("first_minutes", [cold, *measured, *proved], tools=report["environment"])


def _seconds(command: list[str], folder: Path) -> float:
    print(" ".join(command), flush=True)
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*sys.argv[1:])
