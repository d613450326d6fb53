"""``trigforge emulate`` from ROOT to ROOT: events per second, and the memory it takes while it streams.

Makes an input of so many jets from the committed sample, in a temporary folder, and runs the command in a process of
its own. Usage: ``python benchmarks/emulate_memory.py [EVENTS [MODEL]]``, 10,000,000 events of ``jet_tagger`` if none
are given: about 3 GB on disk and a few minutes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uproot
from harness import Measurement, record

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLE = REPOSITORY / "datasets/jets/sample.root"
BRANCHES = ("constituent_pt", "constituent_eta_rel", "constituent_phi_rel")


def main(events: str = "10_000_000", model: str = "jet_tagger") -> None:
    wanted = int(events)
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder:
        jets, out = Path(folder) / "jets.root", Path(folder) / "out.root"
        _repeat_sample(jets, wanted)
        command = [sys.executable, "-m", "trigforge.cli", "emulate", model, str(jets), str(out)]
        start = time.perf_counter()
        subprocess.run(command, cwd=REPOSITORY, check=True)
        seconds = time.perf_counter() - start
        resident = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        with uproot.open(out) as file:
            written = int(file["events"].num_entries)
        bytes_in, bytes_out = jets.stat().st_size, out.stat().st_size
    if written != wanted:
        raise SystemExit(f"the output holds {written} events, expected {wanted}")
    record(
        "emulate_memory",
        [
            Measurement(f"{model}, ROOT to ROOT", wanted, "events"),
            Measurement("all steps", seconds, "s"),
            Measurement("all steps, rate", wanted / seconds, "events/s"),
            Measurement("largest resident memory", resident / 1e9, "GB"),
            Measurement("input", bytes_in / 1e9, "GB"),
            Measurement("output", bytes_out / 1e9, "GB"),
        ],
    )


def _repeat_sample(path: Path, events: int) -> None:
    """The jets of the sample over and over, in baskets of 10,000."""
    with uproot.open(SAMPLE) as file:
        arrays = file["jets"].arrays(BRANCHES, library="ak")
    with uproot.recreate(path) as file:
        tree = file.mktree("jets", dict.fromkeys(BRANCHES, "var * float32"))
        for start in range(0, events, len(arrays)):
            piece = arrays[: events - start]
            tree.extend({name: piece[name] for name in BRANCHES})


if __name__ == "__main__":
    main(*sys.argv[1:])
