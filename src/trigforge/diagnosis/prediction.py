"""``predict``: mapped LUTs, minutes and memory of a build, from the gates of its design.

The constants stand in ``resources/prediction.toml``; ``benchmarks/doctor.py`` fits them to builds.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil, prod
from typing import Any

from trigforge.diagnosis.records import Prediction
from trigforge.graph import FixedPointGraph
from trigforge.reports import Figure, Provenance
from trigforge.rtl import DesignLogic
from trigforge.rtl.cost import BLOCK_ROM
from trigforge.rtl.gates import Multiply, Rom
from trigforge.timing.model import interval

CORES = 2
"""The cores for which minutes are predicted."""
INTERVALS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Initiation intervals that are proposed."""
START, STAGES, WRITTEN, ALL, SLICES, SIMULATED = "start", "stages", "lut_written", "lut", "lut_slices", "lut_events"
"""Sizes of a build: 1; pipeline stages; LUTs of all stages, each once; LUTs of all copies; LUTs of all slices, of which
the C simulation shares none; thousands of LUTs of all copies times thousands of events."""
ADDERS = "adders"
_GROUPS = {Multiply.__name__: "products", Rom.__name__: "tables", BLOCK_ROM: "block RAM"}
"""Classes of gates that are mapped otherwise than adders are; block RAM takes no LUTs."""


@dataclass(frozen=True)
class Line:
    """A sum of sizes times ``factors``, fitted to ``designs`` builds that took from ``least`` to ``most``.

    The truth of each of them was within ``interval_percent`` of what the fit to all others said.
    """

    factors: Mapping[str, float]
    interval_percent: float
    designs: int
    least: float
    most: float

    def at(self, sizes: Mapping[str, float]) -> float:
        """The sum; a size without a factor counts nothing."""
        return sum(self.factors.get(name, 0.0) * value for name, value in sizes.items())

    def figure(self, sum_: float, unit: str, source: str, places: int | None, value: float | None = None) -> Figure:
        """An estimate with its interval, rounded to ``places``: ``sum_``, or the ``value`` that follows from it.

        ``source`` says what it is made of. Beyond the builds that were fitted it is marked as outside of the range.
        """
        value, outside = sum_ if value is None else value, not self.least <= sum_ <= self.most
        low, high = (round(end, places) for end in interval(value, self.interval_percent))
        told = f"{source}; within {self.interval_percent:g} % for each of {self.designs} builds (leave one out)"
        told += ", none as small or as large as this" if outside else ""
        return Figure(round(value, places), unit, Provenance.ESTIMATED, told, low, high, outside)


@dataclass(frozen=True)
class Model:
    """The fitted lines: mapped LUTs a bit of adders by group of gates; CPU seconds, and GiB of the largest process, by
    the sizes of a build."""

    lut: Line
    cpu_s: Line
    memory_gib: Line


@cache
def model() -> Model:
    """The constants of ``prediction.toml``."""
    text = (files("trigforge.resources") / "prediction.toml").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = tomllib.loads(text)
    return Model(**{name: Line(**entry) for name, entry in table.items()})


@dataclass(frozen=True)
class Size:
    """The size of a build: ``bits`` of adders by group of gates, all copies counted, ``bits_once``, each stage once,
    and ``bits_of_slices``, as if no slices shared copies; its pipeline ``stages``, and the ``events`` that it is
    verified on."""

    bits: Mapping[str, float]
    bits_once: Mapping[str, float]
    bits_of_slices: Mapping[str, float]
    stages: int
    events: int

    @property
    def lut(self) -> float:
        """The predicted LUTs."""
        return model().lut.at(self.bits)

    @property
    def sizes(self) -> Mapping[str, float]:
        """The sizes that time and memory grow with."""
        once = model().lut.at(self.bits_once)
        slices = model().lut.at(self.bits_of_slices)
        simulated = self.lut / 1000 * self.events / 1000
        return {START: 1.0, STAGES: self.stages, WRITTEN: once, ALL: self.lut, SLICES: slices, SIMULATED: simulated}

    @property
    def minutes(self) -> float:
        """The predicted minutes."""
        return minutes_of(model().cpu_s.at(self.sizes))


def minutes_of(cpu_s: float) -> float:
    """The minutes of a build of so many CPU seconds: what each begins with on one core, the rest on all."""
    start = min(model().cpu_s.factors[START], cpu_s)
    return (start + (cpu_s - start) / CORES) / 60


def predict(found: DesignLogic, events: int) -> Prediction:
    """The figures of a design, and of its first ``trigforge synth`` on so many events: an empty cache, two cores."""
    size, fitted = size_of(found, events), model()
    cpu_s, memory = fitted.cpu_s.at(size.sizes), fitted.memory_gib.at(size.sizes)
    told = f"CPU time on {CORES} cores, {events:,} events"
    return Prediction(
        adder_bits=found.adder_bits,
        latency_cycles=found.latency_cycles,
        initiation_interval=found.interval_cycles,
        lut=fitted.lut.figure(size.lut, "LUT", "from adders, products and tables", None),
        minutes=fitted.cpu_s.figure(cpu_s, "min", told, 1, size.minutes),
        memory_gib=fitted.memory_gib.figure(memory, "GiB", "the largest process", 1),
        last_input_cycle=found.last_input_cycle,
    )


def size_of(found: DesignLogic, events: int) -> Size:
    """The size of a design's build on so many events."""
    bits: dict[str, float] = defaultdict(float)
    once: dict[str, float] = defaultdict(float)
    slices: dict[str, float] = defaultdict(float)
    for stage in found.stages:
        for (_, gate), cost in stage.cost.items():
            bits[group_of(gate)] += stage.copies * cost
            once[group_of(gate)] += cost
            slices[group_of(gate)] += stage.slices * cost
    return Size(bits, once, slices, len(found.stages), events)


def folding_that_fits(found: DesignLogic, graph: FixedPointGraph, held: float) -> tuple[int, float] | None:
    """The least of ``INTERVALS`` at which a design, made for every clock cycle, is predicted to have at most ``held``
    LUTs, and how many; None where none is, and for a design that shares hardware already.

    Nothing is planned for it. A tensor of two axes and more counts as so many slices as it has entries but along the
    last; slices share hardware, and multiplexers are not counted.
    """
    for cycles in INTERVALS if found.interval_cycles == 1 else ():
        lut = sum(_shared(found, graph, cycles))
        if lut <= held:
            return cycles, lut
    return None


def _shared(found: DesignLogic, graph: FixedPointGraph, cycles: int) -> Iterator[float]:
    """The predicted LUTs of every tensor and kind of gate where slices share hardware for so many clock cycles."""
    factors = model().lut.factors
    for stage in found.stages:
        for (tensor, gate), bits in stage.cost.items():
            outside = graph.tensors.get(tensor)
            rows = 1 if outside is None else prod(outside.shape[:-1])
            slices = stage.slices if stage.slices > 1 else rows
            kept = ceil(slices / cycles) / slices
            yield kept * stage.copies * bits * factors.get(group_of(gate), 0.0)


def shares(found: DesignLogic) -> Mapping[str, float]:
    """The predicted LUTs of each tensor, all copies counted."""
    factors = model().lut.factors
    lut: dict[str, float] = defaultdict(float)
    for stage in found.stages:
        for (tensor, gate), bits in stage.cost.items():
            lut[tensor] += stage.copies * bits * factors.get(group_of(gate), 0.0)
    return lut


def group_of(gate: str) -> str:
    """The group of a class of gates: those of one group are mapped alike."""
    return _GROUPS.get(gate, ADDERS)
