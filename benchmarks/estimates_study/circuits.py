"""The circuits that stand for published designs: made by their authors' compiler, mapped and timed here.

A line of ``results/calibration_circuits.jsonl`` holds one circuit. To make one again, its compiler must be there:
``pip install --no-deps --target build/da4ml da4ml==0.6.0``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.estimates_study.da4ml_process import ANSWER
from benchmarks.harness import BENCHMARKS, Measurement, newest
from benchmarks.qor_study.networks import SHARED
from benchmarks.qor_study.peer import Form, python
from trigforge.project import write
from trigforge.timing import StageTiming, analyse, read_netlist
from trigforge.toolchain import yosys
from trigforge.toolchain.yosys import MappedStage

ROOT = BENCHMARKS.parent
DA4ML = ROOT / "build" / "da4ml"
RESULTS = BENCHMARKS / "results" / "calibration_circuits.jsonl"
FOLDER = ROOT / "build" / "calibration"
MODEL = "jet_tagger_linear_8"
WIRE_FACTOR = 2.5
"""of wires while paths are looked for, so that circuits do not depend on what is fitted to them"""


@dataclass(frozen=True)
class Circuit:
    """One network as da4ml builds it with at most ``adders`` adders in a stage, after mapping.

    ``longest`` is the longest path of the slowest stage, ``balanced`` the mean over all stages, each as time in cells
    and in unscaled wires (ns). Their authors' projects let Vivado move registers (retiming), so that their slowest
    stage comes out near the mean.
    """

    network: str
    adders: int
    adder_bits: float
    stages: int
    lut: int
    inverters: int
    ff: int
    longest: tuple[float, float]
    balanced: tuple[float, float]

    @property
    def lean_lut(self) -> int:
        """Look-up tables without inverters."""
        return self.lut - self.inverters


CIRCUITS = {
    "hgq_jsc_openml_0.771@1": SHARED / "calibration" / "hgq_jsc_openml_0.771.keras",
    "hgq_jsc_openml_0.771@2": SHARED / "calibration" / "hgq_jsc_openml_0.771.keras",
    "da4ml_jsc_openml_76.86@5": SHARED / "calibration" / "da4ml_jsc_openml_76.86.h5",
    f"{MODEL}@2": ROOT / "models" / MODEL / f"{MODEL}.keras",
}
"""Models by circuit, a network and the adders of a stage. The first network stands here with both numbers of adders
that its authors may have had; the last is our own of the architecture of JEDI-linear, whose files are not at hand."""


def measure(key: str, tell: Callable[[str], None]) -> list[Measurement]:
    """Build, map and time a circuit; mapped stages come from the cache. Raises what the tools raise."""
    adders = int(key.partition("@")[2])
    folder = FOLDER / key.replace("@", "_")
    folder.mkdir(parents=True, exist_ok=True)
    job = folder / "job.json"
    job.write_text(json.dumps({"model": str(CIRCUITS[key].resolve()), "adders": adders, "folder": str(folder)}))
    paths = [str(DA4ML), str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    python("benchmarks.estimates_study.da4ml_process", job, PYTHONPATH=os.pathsep.join(paths))
    facts = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
    form = Form("da4ml", _with_ports(facts), _files(folder))
    mapped = yosys.map_stages(
        write(form.by_stage, folder / "stages"),
        dsp=False,
        progress=lambda stage: tell(f"{stage.stage.module}: {stage.lut:,} LUT"),
    )
    return _measurements(key, facts, mapped)


def _measurements(key: str, facts: dict[str, Any], mapped: tuple[MappedStage, ...]) -> list[Measurement]:
    timings = [analyse(read_netlist(stage.netlist), WIRE_FACTOR) for stage in mapped]
    longest = max(timings, key=lambda timing: timing.period_ns(WIRE_FACTOR))
    figures = {
        "adder bits": (facts["adder_bits"], "bits"),
        "stages": (len(mapped), "stages"),
        "LUT": (sum(stage.lut for stage in mapped), "LUT"),
        "inverters": (sum(stage.inverters for stage in mapped), "LUT"),
        "FF": (sum(stage.ff for stage in mapped), "FF"),
        **_times("longest", longest.cells_ns, longest.wires_ns),
        **_times("balanced", *_mean(timings)),
    }
    return [Measurement(f"{key}, {name}", value, unit) for name, (value, unit) in figures.items()]


def _mean(timings: list[StageTiming]) -> tuple[float, float]:
    return fmean(timing.cells_ns for timing in timings), fmean(timing.wires_ns for timing in timings)


def _times(name: str, cells: float, wires: float) -> dict[str, tuple[float, str]]:
    return {f"{name}: cells": (round(cells, 4), "ns"), f"{name}: wires": (round(wires, 4), "ns")}


def load(results: Path = RESULTS) -> dict[str, Circuit]:
    """The circuits by key, as they were last measured."""
    return {key: _circuit(key, values) for key, (_, values) in newest(results).items()}


def _circuit(key: str, found: dict[str, float]) -> Circuit:
    network, _, adders = key.partition("@")
    return Circuit(
        network=network,
        adders=int(adders),
        adder_bits=found["adder bits"],
        stages=int(found["stages"]),
        lut=int(found["LUT"]),
        inverters=int(found["inverters"]),
        ff=int(found["FF"]),
        longest=(found["longest: cells"], found["longest: wires"]),
        balanced=(found["balanced: cells"], found["balanced: wires"]),
    )


def _files(folder: Path) -> dict[str, str]:
    """Its Verilog by name; its module for tables only where there are tables."""
    tables = any((folder / "src" / "memfiles").glob("*.mem"))
    paths = sorted((folder / "src").rglob("*.v"))
    return {path.name: path.read_text(encoding="utf-8") for path in paths if tables or path.stem != "lookup_table"}


def _with_ports(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts with ports of some width: stages are mapped one by one, so that nothing reads the ports of the whole."""
    port = {"elements": 1, "signed": 1, "integers": 1, "fractional": 0}
    return {**facts, "inputs": port, "outputs": port}
