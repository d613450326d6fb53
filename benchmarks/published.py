"""The two published jet networks, built as Verilog here, beside the figures of their authors after place and route.

``hgq_jsc_openml_0.771.keras`` (arXiv 2405.00645) and ``da4ml_jsc_openml_76.86.h5`` (arXiv 2507.04535): a paper's table
gives these figures for what appear to be these networks. The files are not part of the project; without them there is
nothing to measure. Usage: ``python benchmarks/published.py``.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.harness import BENCHMARKS, Measurement, record, with_interval
from trigforge.design import DesignPoint, RtlDesign
from trigforge.flow.builder import build
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.reports import BuildReport, BuildRoute, Figure
from trigforge.resources.parts import FpgaResource

SHARED = BENCHMARKS.parent.parent / "shared" / "calibration"


@dataclass(frozen=True)
class Published:
    """A network's figures in its paper, and the stage delay that gives its number of cycles here."""

    file: str
    lut: int
    ff: int | None
    latency_ns: float
    stage_delay_ns: float


NETWORKS = (
    Published("hgq_jsc_openml_0.771.keras", 10_182, 10_480, 36.3, 2.3),
    Published("da4ml_jsc_openml_76.86.h5", 12_250, None, 18.9, 5.2),
)


def of(file: str) -> Published | None:
    """The authors' figures of a network, None where none are known."""
    return next((network for network in NETWORKS if network.file == file), None)


def measured(report: BuildReport, network: Published) -> list[Measurement]:
    """Ours, theirs, and ours relative to theirs."""
    built = report.implementation(BuildRoute.RTL)
    assert built is not None and report.verified
    name = network.file.partition("_")[0]
    found = {
        "LUT, mapped": (built.mapped[FpgaResource.LUT], network.lut),
        "LUT, placed (estimated)": (built.placed[FpgaResource.LUT], network.lut),
        "FF, mapped": (built.mapped[FpgaResource.FF], network.ff),
        "cycles": (built.latency.cycles, None),
        "clock period (estimated)": (built.latency.clock_period_ns, None),
        "latency (estimated)": (built.latency.ns, network.latency_ns),
    }
    out: list[Measurement] = []
    for title, (leaf, theirs) in found.items():
        assert isinstance(leaf, Figure)
        out += with_interval(f"{name} {title}", leaf)
        if theirs is not None:
            out.append(Measurement(f"{name} {title}, published", theirs, leaf.unit))
            out.append(Measurement(f"{name} {title}, off by", 100 * (leaf.value / theirs - 1), "%"))
    return out


def main() -> None:
    if not SHARED.is_dir():
        print(f"{SHARED.name}/ is not here: the published networks are no part of the project")
        return
    measurements: list[Measurement] = []
    tools: dict[str, str] = {}
    for network in NETWORKS:
        print(f"{network.file} ...", flush=True)
        graph = read_source(resolve(str(SHARED / network.file)))
        with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder:
            report = build(graph, DesignPoint(rtl=RtlDesign(stage_delay_ns=network.stage_delay_ns)), out=Path(folder))
        measurements += measured(report, network)
        tools |= dict(report.environment)
    record("published", measurements, tools=tools)


if __name__ == "__main__":
    main()
