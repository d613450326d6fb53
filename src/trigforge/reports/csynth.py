"""The report of C synthesis, ``csynth.xml`` or ``TOP_csynth.xml``, of Vivado HLS and of Vitis HLS.

Both files say the same of the top function; ``csynth.xml`` repeats the estimates for each module below
``ModuleInformation``, which is not read. What differs between versions: DSP slices are ``DSP48E`` in Vivado HLS and
``DSP`` in Vitis HLS; ``URAM`` is absent before 2019.1 on parts without UltraRAM.
"""

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from trigforge.errors import ReportFormatError
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance, Resources
from trigforge.resources.parts import FpgaResource

UNBOUNDED = ("undef", "?")
"""csynth's word for a number of cycles that it could not bound."""


@dataclass(frozen=True)
class Usage:
    """Counts of LUTs, flip-flops, DSP slices, blocks of 18 kbit RAM and of UltraRAM; None: the report does not say."""

    lut: int
    ff: int
    dsp: int
    bram_18k: int
    uram: int | None


@dataclass(frozen=True)
class CsynthReport:
    """The estimates of csynth for the top function. Latencies and intervals are in clock cycles, periods in ns.

    A range has both ends because a loop or a dataflow region may take a variable time; None: csynth found no bound.
    ``interval`` counts cycles from the start of one event to the start of the next.
    """

    version: str
    part: str
    top: str
    target_clock_period_ns: float
    clock_uncertainty_ns: float
    estimated_clock_period_ns: float
    latency_best_cycles: int | None
    latency_worst_cycles: int | None
    interval_min_cycles: int | None
    interval_max_cycles: int | None
    used: Usage
    available: Usage

    @property
    def clock_period_ns(self) -> float:
        """The period csynth itself multiplies cycles with: the target, or the estimate where that is longer."""
        return max(self.target_clock_period_ns, self.estimated_clock_period_ns)

    def latency(self, source: str) -> Latency:
        """Worst case, with ``source`` (tool, version, report) as origin; a range is written behind it."""
        cycles = self._cycles(self.latency_best_cycles, self.latency_worst_cycles, "latency", source)
        interval = self._cycles(self.interval_min_cycles, self.interval_max_cycles, "initiation interval", source)
        estimate = f"estimated {self.estimated_clock_period_ns:g} ns for a target of {self.target_clock_period_ns:g} ns"
        clock = Figure(self.clock_period_ns, "ns", Provenance.VENDOR, f"{source}: {estimate}")
        match cycles:
            case Figure(value, _, provenance, origin):
                nanoseconds = round(value * self.clock_period_ns, 3)
                return Latency(cycles, interval, clock, Figure(nanoseconds, "ns", provenance, origin))
            case Missing():
                return Latency(cycles, interval, clock, cycles)

    def resources(self, source: str) -> Resources:
        """The estimate before logic synthesis, with ``source`` as origin."""
        counts = {
            FpgaResource.LUT: self.used.lut,
            FpgaResource.FF: self.used.ff,
            FpgaResource.CARRY_BITS: Missing(
                f"the report of {source} does not count carry chains; Vivado's synthesis does"
            ),
            FpgaResource.DSP: self.used.dsp,
            FpgaResource.BRAM_18K: self.used.bram_18k,
            FpgaResource.URAM: self.used.uram,
        }
        return Resources.reported(counts, source)

    @staticmethod
    def _cycles(best: int | None, worst: int | None, what: str, source: str) -> Leaf:
        if worst is None:
            return Missing(f"{source} found no bound for the {what}; a loop has no fixed trip count")
        span = "" if best == worst else f": worst of {'?' if best is None else best} to {worst} cycles"
        return Figure(worst, "cycles", Provenance.VENDOR, source + span)


def parse_csynth(text: str, name: str = "csynth.xml") -> CsynthReport:
    """Read the text of the report ``name``.

    ``ReportFormatError`` if it is not XML, if an element is absent (the report of another step, or cut off), stands
    there twice (two reports in one), or holds no number.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ReportFormatError(f"{name} is not XML: {error}; run csynth again") from None
    if root.tag != "profile":
        raise ReportFormatError(f"{name} starts with <{root.tag}>; a csynth report starts with <profile>")
    report = _Elements(root, name)
    timing = "PerformanceEstimates/SummaryOfTimingAnalysis"
    overall = "PerformanceEstimates/SummaryOfOverallLatency"
    for path, unit in (("UserAssignments", "ns"), (timing, "ns"), (overall, "clock cycles")):
        if (found := report.text(f"{path}/unit")) != unit:
            raise ReportFormatError(f"{name}: {path} is given in {found!r}; {unit!r} is expected")
    return CsynthReport(
        version=report.text("ReportVersion/Version"),
        part=report.text("UserAssignments/Part"),
        top=report.text("UserAssignments/TopModelName"),
        target_clock_period_ns=report.nanoseconds("UserAssignments/TargetClockPeriod"),
        clock_uncertainty_ns=report.nanoseconds("UserAssignments/ClockUncertainty"),
        estimated_clock_period_ns=report.nanoseconds(f"{timing}/EstimatedClockPeriod"),
        latency_best_cycles=report.cycles(f"{overall}/Best-caseLatency"),
        latency_worst_cycles=report.cycles(f"{overall}/Worst-caseLatency"),
        interval_min_cycles=report.cycles(f"{overall}/Interval-min"),
        interval_max_cycles=report.cycles(f"{overall}/Interval-max"),
        used=report.usage("AreaEstimates/Resources"),
        available=report.usage("AreaEstimates/AvailableResources"),
    )


@dataclass(frozen=True)
class _Elements:
    """The elements of one report by path below its root; each path must lead to exactly one."""

    root: ElementTree.Element
    name: str

    def text(self, *paths: str) -> str:
        """The text of the one element at one of ``paths`` (spellings of one thing)."""
        found = [element for path in paths for element in self.root.findall(path)]
        spelling = " or ".join(paths)
        match found:
            case [element]:
                return (element.text or "").strip()
            case []:
                raise ReportFormatError(f"{self.name} holds no {spelling}; it is cut off or no csynth report")
            case _:
                raise ReportFormatError(f"{self.name} holds {spelling} {len(found)} times; it mixes several reports")

    def count(self, *paths: str) -> int:
        """A whole number, zero or more."""
        text = self.text(*paths)
        if not (text.isascii() and text.isdigit()):
            raise ReportFormatError(f"{self.name}: {' or '.join(paths)} is {text!r}; a whole number is expected")
        return int(text)

    def cycles(self, path: str) -> int | None:
        """A number of clock cycles; None where csynth found no bound."""
        return None if self.text(path) in UNBOUNDED else self.count(path)

    def nanoseconds(self, path: str) -> float:
        """A time, zero or more."""
        text = self.text(path)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            raise ReportFormatError(f"{self.name}: {path} is {text!r}; a time in ns is expected")
        return value

    def usage(self, path: str) -> Usage:
        """The counts below ``path``."""
        return Usage(
            lut=self.count(f"{path}/LUT"),
            ff=self.count(f"{path}/FF"),
            dsp=self.count(f"{path}/DSP", f"{path}/DSP48E"),
            bram_18k=self.count(f"{path}/BRAM_18K"),
            uram=self.count(f"{path}/URAM") if self.root.findall(f"{path}/URAM") else None,
        )
