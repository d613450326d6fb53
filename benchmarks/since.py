"""Our Verilog beside that of an earlier commit: what smaller hardware cost in registers, time and work.

``python benchmarks/since.py [NETWORK...]`` generates and maps networks with both, each from an empty cache, one behind
the other; ``write`` fills the table of ``docs/results/qor.md``. The earlier commit is ``BEFORE``, the last one without
adders of three operands. Both are read by the same timing, so that periods compare.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks import published
from benchmarks.harness import BENCHMARKS, Measurement, fill, newest, record
from benchmarks.qor_study import peer
from benchmarks.qor_study.networks import SHARED
from trigforge.design import DesignPoint
from trigforge.reports import Figure
from trigforge.timing import analyse, estimate_clock_period, read_netlist
from trigforge.toolchain import yosys

ROOT = BENCHMARKS.parent
BEFORE = "fa93333^"
NETWORKS = {
    **{
        name: ROOT / "models" / name / f"{name}.keras"
        for name in ("jet_tagger", "jet_tagger_deepsets_8", "muon_tracker", "muon_tracker_cnn")
    },
    **{
        Path(file).stem: SHARED / file
        for file in (
            "calibration/hgq_jsc_openml_0.771.keras",
            "calibration/da4ml_jsc_openml_76.86.h5",
            "models/hgq_tgc_2.010.keras",
            "models/hgq_plf_32x3_78.46.keras",
        )
    },
}
"""those that the earlier commit builds too"""
FIGURES = {"LUT": "LUT", "FF": "FF", "cycles": "cycles", "clock period (estimated)": "ns", "CPU time": "s"}
RESULTS = BENCHMARKS / "results" / "since.jsonl"
PAGE = ROOT / "docs" / "results" / "qor.md"


def measured(name: str, side: str, root: Path) -> list[Measurement]:
    """The figures of a network as the code below ``root`` builds it."""
    authors = published.of(NETWORKS[name].name)
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as scratch:
        folder = Path(scratch)
        job, answer = folder / "job.json", folder / "answer.json"
        task = {"model": str(NETWORKS[name]), "stage_delay_ns": authors.stage_delay_ns if authors else None}
        task |= {"folder": str(folder / "rtl"), "answer": str(answer), "mapped": True}
        job.write_text(json.dumps(task), encoding="utf-8")
        places = {
            "TRIGFORGE_CACHE": str(folder / "cache"),
            "PYTHONPATH": os.pathsep.join([str(root / "src"), str(ROOT)]),
        }
        peer.python("benchmarks.qor_study.our_process", job, **places)
        found = json.loads(answer.read_text(encoding="utf-8"))
        stages = [analyse(read_netlist(Path(path))) for path in found["netlists"]]
    period = estimate_clock_period(stages, found["lut"], DesignPoint().target)
    values = {"LUT": found["lut"], "FF": found["ff"], "cycles": found["cycles"], "CPU time": found["cpu_s"]}
    if isinstance(period, Figure):
        values["clock period (estimated)"] = period.value
    return [Measurement(f"{name}, {side}: {what}", value, FIGURES[what]) for what, value in values.items()]


def table() -> str:
    """A row a network: what it was and what it is."""
    head = " | ".join(f"{what} [{unit}]" if unit in ("ns", "s") else what for what, unit in FIGURES.items())
    rows = [f"| network | {head} |", "|---|--:|--:|--:|--:|--:|"]
    for name, (_, values) in newest(RESULTS).items():
        pairs = [(values[f"before: {what}"], values[f"now: {what}"]) for what in FIGURES]
        cells = [f"{_told(before)} to {_told(now)}" for before, now in pairs]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _told(value: float) -> str:
    return f"{value:,.3g}" if value < 100 else f"{value:,.0f}"


def main(arguments: Sequence[str]) -> None:
    if list(arguments) == ["write"]:
        fill(PAGE, {"since": table()})
        return
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder:
        earlier = Path(folder) / "earlier"
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--detach", "-f", str(earlier), BEFORE], check=True)
        try:
            for name in arguments or [name for name, path in NETWORKS.items() if path.is_file()]:
                sides = {"before": earlier, "now": ROOT}
                found = [entry for side, root in sides.items() for entry in measured(name, side, root)]
                record("since", found, {"yosys": yosys.version()})
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(earlier)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
