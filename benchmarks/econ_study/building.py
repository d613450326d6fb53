"""The encoder as hardware: its design points, mapped, and every simulator on many modules and weight sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.econ_study.sets import CONSTANT, FIRMWARE, SETS, firmware, registers
from benchmarks.harness import Measurement
from benchmarks.study.building import mapped_graph
from benchmarks.study.networks import ROOT
from datasets.calorimeter import Modules, simulate
from trigforge.design import DesignPoint, Fpga, Multipliers, RtlDesign
from trigforge.flow.engines import EngineChoice, choose
from trigforge.flow.hls_route import write_hls
from trigforge.flow.observer import Silent
from trigforge.flow.preparing import read_source
from trigforge.flow.verification import Agreement, agreement, compare
from trigforge.flow.weight_sets import Stimuli
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, Mantissas
from trigforge.project import Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import gxx, verilator

FOLDER = ROOT / "build" / "econ"
SEED = 48
CROSSING_NS = 25.0
FAST_NS = CROSSING_NS / 8


@dataclass(frozen=True)
class Point:
    """A design point: the model, how it is built, and the modules that one core serves at 40 MHz."""

    key: str
    label: str
    model: str
    design: DesignPoint
    modules: int


def _point(
    key: str, label: str, model: str, period_ns: float, interval: int = 1, multipliers: Multipliers = Multipliers.LUT
) -> Point:
    design = DesignPoint(
        Fpga(clock_period_ns=period_ns), rtl=RtlDesign(multipliers=multipliers, initiation_interval=interval)
    )
    return Point(key, label, model, design, round(CROSSING_NS / (interval * period_ns)))


POINTS = (
    _point("constant", "constant weights", CONSTANT, 5.0),
    _point("constant_slow", "constant weights, clock of the crossings", CONSTANT, CROSSING_NS),
    _point("lut", "weights in registers, multipliers of LUTs", FIRMWARE, CROSSING_NS),
    _point("dsp", "the same, DSP slices", FIRMWARE, CROSSING_NS, multipliers=Multipliers.DSP),
    _point("turns", "weights in registers, one core for 8 modules in turn", FIRMWARE, FAST_NS),
    _point("turns_dsp", "the same, DSP slices", FIRMWARE, FAST_NS, multipliers=Multipliers.DSP),
    _point("folded", "weights in registers, folded over 8 cycles", FIRMWARE, FAST_NS, 8),
)


def mapped(point: Point) -> list[Measurement]:
    """A design point, mapped; the modules that it serves."""
    found = mapped_graph(point.key, read_source(resolve(point.model)), point.design, FOLDER / point.key / "rtl")
    return [*found, Measurement(f"{point.key}: modules", point.modules, "modules")]


def agreements(modules: int, tell: Callable[[str], None]) -> list[Measurement]:
    """Emulators, C simulation and Verilog on ``modules`` modules: with constant weights, and with weights in registers
    in equal parts under each weight set. Raises ``BitMismatch`` for the first difference."""
    sample = simulate(modules, (SEED,))
    constant = read_source(resolve(CONSTANT))
    out = _compared("constant", constant, POINTS[0].design, [Stimuli.of(constant, _inputs(sample))], tell)
    share = -(-modules // len(SETS))
    parts = [
        Stimuli.of(
            firmware(), {**_inputs(sample.take(slice(n * share, (n + 1) * share))), **registers(weights)}, weights.name
        )
        for n, weights in enumerate(SETS)
    ]
    turns = next(point for point in POINTS if point.key == "turns")
    return out + _compared("turns", firmware(), turns.design, parts, tell)


def _inputs(modules: Modules) -> dict[str, Mantissas]:
    return {"cells": modules.calq.astype(np.int64)}


def _compared(
    key: str, graph: FixedPointGraph, design: DesignPoint, parts: list[Stimuli], tell: Callable[[str], None]
) -> list[Measurement]:
    folder = FOLDER / key
    hls = write_hls(graph, design, folder / "hls", Silent())
    csim = gxx.compile_csim(hls.written)
    rtl = verilator.compile_rtl(write(to_project(graph, design), folder / "rtl_compared"), Shell.VALID)
    native = choose(graph, EngineChoice.NATIVE)
    found: dict[str, list[Agreement]] = {"native emulator": [], "csim": [], "RTL": []}
    for part in parts:
        outputs = {"native emulator": native.run(part.inputs, 1, lambda _: None), "RTL": rtl.run(part.inputs).outputs}
        found["csim"].append(compare(graph, part, csim, hls.lowered))
        for name, own in outputs.items():
            judged = agreement(part.simulator(name), part.outputs, own, part.inputs, lambda _: "compare with verify")
            found[name].append(judged)
        tell(f"{key} {part.title}: {len(part):,} modules")
    out = [Measurement(f"{key}: weight sets", len(parts), "sets")]
    for name, judged in found.items():
        for entry in judged:
            if entry.mismatch is not None:
                raise entry.mismatch
        out.append(
            Measurement(f"{key}: {name}: modules", sum(entry.verification.events for entry in judged), "modules")
        )
        mismatches = sum(entry.verification.mismatches for entry in judged)
        out.append(Measurement(f"{key}: {name}: mismatches", mismatches, "modules"))
    return out
