"""Smaller adder graphs after one and five minutes of ``trigforge optimize``, in one process, from an empty cache.

Networks are those of ``NETWORKS``, by default all; published ones are skipped where their files are absent. ``write``
fills the table of ``docs/optimize.md``. Usage: ``python benchmarks/optimize.py jet_tagger_hlf``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.harness import BENCHMARKS, Measurement, cache_at, fill, newest, record
from trigforge.flow.observer import Silent
from trigforge.flow.optimizing import CircuitSize, Optimization, optimize

MINUTES = (1, 5)
RESULTS = BENCHMARKS / "results" / "optimize.jsonl"
PAGE = BENCHMARKS.parent / "docs" / "optimize.md"
SHARED = Path(os.environ.get("TRIGFORGE_SHARED", BENCHMARKS.parent.parent / "shared")) / "models"
NETWORKS = {
    **{name: BENCHMARKS.parent / "models" / name for name in ("jet_tagger", "jet_tagger_hlf", "muon_tracker")},
    **{name: SHARED / f"{name}.keras" for name in ("hgq_tgc_2.010", "hgq_plf_32x3_78.46")},
}


def measure(name: str) -> list[Measurement]:
    """Bits of the adder graphs, tables and cycles of the pipeline before and after each time, and the searches."""
    found: list[Optimization] = []
    begun = 0
    for minutes in MINUTES:
        optimize(str(NETWORKS[name]), minutes - begun, Silent(), show=found.append)
        begun = minutes
    measurements = _figures(name, 0, sum(matrix.bits_before for matrix in found[0].matrices), found[0].before)
    for minutes, run in zip(MINUTES, found, strict=True):
        measurements += _figures(name, minutes, sum(matrix.bits_now for matrix in run.matrices), run.now)
    searches = sum(matrix.searches_in_all for matrix in found[-1].matrices)
    return [*measurements, Measurement(f"{name}, searches", searches, "searches")]


def _figures(name: str, minutes: int, bits: int, size: CircuitSize) -> list[Measurement]:
    return [
        Measurement(f"{name}, bits after {minutes} min", bits, "bits"),
        Measurement(f"{name}, tables after {minutes} min", size.tables, "LUT"),
        Measurement(f"{name}, cycles after {minutes} min", size.latency_cycles, "cycles"),
    ]


def table() -> str:
    """The last figures of each network."""
    times = (0, *MINUTES)
    lines = [
        f"| network | bits after {', '.join(map(str, times))} min | LUT of the pipeline | change | cycles | searches |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, (_, values) in newest(RESULTS).items():
        bits, tables, cycles = (
            [values[f"{what} after {minutes} min"] for minutes in times] for what in ("bits", "tables", "cycles")
        )
        told = [", ".join(f"{value:,.0f}" for value in series) for series in (bits, tables, cycles)]
        change = f"{100 * (tables[-1] / tables[0] - 1):.1f} %"
        lines.append(f"| `{name}` | {told[0]} | {told[1]} | {change} | {told[2]} | {values['searches']:,.0f} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    if arguments == ["write"]:
        fill(PAGE, {"measured": table()})
        return
    for name in arguments or [name for name, path in NETWORKS.items() if path.exists()]:
        with tempfile.TemporaryDirectory() as folder, cache_at(Path(folder)):
            record("optimize", measure(name))


if __name__ == "__main__":
    main(sys.argv[1:])
