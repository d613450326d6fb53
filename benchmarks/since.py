"""Our Verilog beside that of an earlier commit: what smaller hardware cost in registers, time and work.

``python benchmarks/since.py [NETWORK...]`` generates and maps networks with both, each from an empty cache, one behind
the other; ``write`` fills the table of ``docs/results/qor.md``. The earlier commit is ``BEFORE``, the last one without
adders of three operands. Both are read by the same timing, so that periods compare.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.harness import BENCHMARKS, Measurement, fill, newest, record
from benchmarks.qor_study.measuring import built
from benchmarks.qor_study.networks import Network, networks
from trigforge.reports import Figure
from trigforge.timing import analyse, estimate_clock_period, read_netlist
from trigforge.toolchain import yosys

ROOT = BENCHMARKS.parent
BEFORE = "fa93333^"
SHIPPED = ("jet_tagger", "jet_tagger_deepsets_8", "muon_tracker", "muon_tracker_cnn")
PUBLISHED = ("hgq_jsc_openml_0.771", "da4ml_jsc_openml_76.86", "hgq_tgc_2.010", "hgq_plf_32x3_78.46")
"""those that the earlier commit builds too"""
FIGURES = {"LUT": "LUT", "FF": "FF", "cycles": "cycles", "clock period (estimated)": "ns", "CPU time": "s"}
RESULTS = BENCHMARKS / "results" / "since.jsonl"
PAGE = ROOT / "docs" / "results" / "qor.md"


def measured(network: Network, side: str, root: Path) -> list[Measurement]:
    """The figures of a network as the code below ``root`` builds it."""
    paths = os.pathsep.join([str(root / "src"), str(ROOT)])
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder:
        found = built(network, Path(folder), mapped=True, PYTHONPATH=paths)
        stages = [analyse(read_netlist(Path(path))) for path in found["netlists"]]
    period = estimate_clock_period(stages, found["lut"], network.design.target)
    values = {"LUT": found["lut"], "FF": found["ff"], "cycles": found["cycles"], "CPU time": found["cpu_s"]}
    if isinstance(period, Figure):
        values["clock period (estimated)"] = period.value
    return [Measurement(f"{network.name}, {side}: {what}", value, FIGURES[what]) for what, value in values.items()]


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
    shipped = [Network(ROOT / "models" / name / f"{name}.keras") for name in SHIPPED]
    here = {network.name: network for network in (*shipped, *networks()) if network.name in (*SHIPPED, *PUBLISHED)}
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder:
        earlier = Path(folder) / "earlier"
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--detach", "-f", str(earlier), BEFORE], check=True)
        try:
            for network in (here[name] for name in arguments or here):
                sides = {"before": earlier, "now": ROOT}
                found = [entry for side, root in sides.items() for entry in measured(network, side, root)]
                record("since", found, {"yosys": yosys.version()})
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(earlier)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
