"""Models in standard cells at 180 nm: area, longest path, energy of an event, and what mapping takes.

``view [MODEL...]`` runs ``trigforge asic`` on the events of models, with each register once and triplicated, from an
empty cache, and keeps each whole under ``results/asic/``; ``write`` fills the tables of ``docs/asic.md`` from all that
is kept, and draws its picture. Usage: ``python benchmarks/asic.py view jet_tagger``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.harness import BENCHMARKS, Measurement, cache_at, fill, newest, record
from trigforge.asic import AsicView, from_json, to_json
from trigforge.asic.plot import save_plot
from trigforge.design import DesignPoint, Redundancy
from trigforge.flow.asic_view import EVENTS, view_as_asic
from trigforge.flow.commands import prepared
from trigforge.flow.observer import Silent
from trigforge.flow.preparing import with_redundancy
from trigforge.toolchain import yosys

MODELS = ("muon_tracker", "jet_tagger", "econ_autoencoder")
AT_CROSSINGS = ("econ_autoencoder",)
"""models of which a chip takes an event a crossing, every 25 ns; others keep the clock of their design file"""
CROSSING_NS, STAGE_DELAY_NS = 25.0, 4.0
"""that clock, and the logic of a stage: the pipeline that the design file has at a faster one"""
RESULTS = BENCHMARKS / "results" / "asic.jsonl"
KEPT = BENCHMARKS / "results" / "asic"
PAGE = BENCHMARKS.parent / "docs" / "asic.md"
PICTURE = PAGE.with_suffix(".svg")
DRAWN = "jet_tagger_none"
PUBLISHED = (
    "| encoder of the HGCAL front end, as published in [arXiv 2105.01683](https://arxiv.org/abs/2105.01683) "
    "| triplicated | 65 | 3.6 | - | 25 | 2.4 | 95 |"
)


def _clocked(name: str, design: DesignPoint) -> DesignPoint:
    if name not in AT_CROSSINGS:
        return design
    target = replace(design.target, clock_period_ns=CROSSING_NS)
    return replace(design, target=target, rtl=replace(design.rtl, stage_delay_ns=STAGE_DELAY_NS))


def viewed(name: str) -> list[Measurement]:
    """Both views of a model."""
    found, out = prepared(name, None, None, Silent(), EVENTS), list[Measurement]()
    KEPT.mkdir(parents=True, exist_ok=True)
    for redundancy in Redundancy:
        with tempfile.TemporaryDirectory() as folder, cache_at(Path(folder) / "cache"):
            start = time.perf_counter()
            point = with_redundancy(_clocked(name, found.design.point), redundancy)
            view = view_as_asic(found.graph, point, found.events, Path(folder) / "asic")
            seconds = time.perf_counter() - start
        (KEPT / f"{name}_{redundancy.lower()}.json").write_text(to_json(view), encoding="utf-8")
        title = f"{name} {redundancy}"
        out += [
            Measurement(f"{title}, area", view.area_mm2, "mm2"),
            Measurement(f"{title}, gate equivalents", view.gate_equivalents, "GE"),
            Measurement(f"{title}, flip-flops", view.flip_flops, "bits"),
            Measurement(f"{title}, critical path without wires", view.critical_path_ns, "ns"),
            Measurement(f"{title}, energy", view.energy.total_pJ, "pJ"),
            Measurement(f"{title}, mapping and simulating", seconds, "s"),
        ]
    return out


def views() -> dict[str, AsicView]:
    """Those that are kept, by the stem of their file, those without redundancy first."""
    paths = sorted(KEPT.glob("*.json"), key=lambda path: (path.stem.rpartition("_")[0], path.stem))
    return {path.stem: from_json(path.read_text(encoding="utf-8"), path.name) for path in paths}


def figures_table() -> str:
    """A row a design, as mapped at the node of the library."""
    rows = [
        "| design | registers | area [mm2] | gate equivalents | gates | flip-flops | path, no wires [ns] | clock [ns] |"
    ]
    rows.append("|---|---|---|---|---|---|---|---|")
    for view in views().values():
        cells = f"{view.gate_equivalents:,.0f} | {view.gates_and_registers['gates']:,} | {view.flip_flops:,}"
        times = f"{view.critical_path_ns:.2f} | {view.clock_period_ns:g}"
        rows.append(f"| {view.model} | {view.redundancy.lower()} | {view.area_mm2:.2f} | {cells} | {times} |")
    return "\n".join(rows)


def energy_table() -> str:
    """A row a design: what an event takes, by kind."""
    rows = [
        "| design | registers | activity | switching [pJ] | internal [pJ] | clock [pJ] | leakage [pJ] | an event [nJ] |"
    ]
    rows[0] += " power [mW] | at an event every [ns] |"
    rows.append("|---|---|---|---|---|---|---|---|---|---|")
    for view in views().values():
        energy = view.energy
        parts = (energy.switching_pJ, energy.internal_pJ, energy.clock_pJ)
        told = " | ".join(f"{part:,.0f}" for part in parts)
        last = f"{energy.leakage_pJ:.2f} | {energy.total_pJ / 1000:.2f} | {view.power_mW:,.0f} | {view.event_ns:g}"
        rows.append(f"| {view.model} | {view.redundancy.lower()} | {view.activity:.3f} | {told} | {last} |")
    return "\n".join(rows)


def extrapolated_table() -> str:
    """A row a design, extrapolated, and the published one."""
    rows = [
        "| design | registers | node [nm] | area [mm2] | path, no wires [ns] | an event every [ns] | an event [nJ] |"
    ]
    rows[0] += " power [mW] |"
    rows += ["|---|---|---|---|---|---|---|---|", PUBLISHED]
    for view in views().values():
        far = view.extrapolated
        if far is not None:
            energy = far.dynamic_energy_pJ_extrapolated
            figures = f"{far.area_mm2_extrapolated:.2f} | {far.critical_path_ns_extrapolated:.2f} | {view.event_ns:g}"
            power = f"{energy / 1000:.2f} | {energy / view.event_ns:,.0f}"
            name = f"{view.model}, extrapolated from {far.from_nm} nm"
            rows.append(f"| {name} | {view.redundancy.lower()} | {far.node_nm} | {figures} | {power} |")
    return "\n".join(rows)


def time_line() -> str:
    """A sentence on how long it takes."""
    told = [
        f"{values['mapping and simulating'] / 60:.1f} minutes for {subject.lower().replace(' ', ' with registers: ')}"
        for subject, (_, values) in newest(RESULTS).items()
        if "mapping and simulating" in values
    ]
    return f"From an empty cache, on one busy core: {', '.join(told)}. The next call maps only what changed."


def main(arguments: Sequence[str]) -> None:
    verb = (arguments or ["view"])[0]
    if verb == "view":
        for name in arguments[1:] or MODELS:
            record("asic", viewed(name), {"yosys": yosys.version()})
    elif verb == "write":
        blocks = {"figures": figures_table(), "energy": energy_table()}
        fill(PAGE, {**blocks, "extrapolated": extrapolated_table(), "time": time_line()})
        save_plot(views()[DRAWN], PICTURE)
    else:
        sys.exit(f"{verb!r} is unknown; known are view, write")


if __name__ == "__main__":
    main(sys.argv[1:])
