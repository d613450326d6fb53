"""The report of C/RTL co-simulation, ``TOP_cosim.rpt``, of Vivado HLS and of Vitis HLS.

Both hold one table with a row for each hardware language; the one that was not simulated says ``NA``. Vitis HLS appends
a column with the cycles of the whole simulation. An interval is ``NA`` after a single event.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from trigforge.errors import ReportFormatError
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance

_ROW = re.compile(r"^\|\s*(?P<language>VHDL|Verilog)\s*\|(?P<cells>.*)\|\s*$")
_NOT_SIMULATED = "NA"
_TOTAL = "Total Execution Time"


class CosimStatus(StrEnum):
    """The verdict on the hardware: it gave what the C test bench expects, or not."""

    PASS = "Pass"
    FAIL = "Fail"


@dataclass(frozen=True)
class CosimReport:
    """Cycles that were simulated. ``None``: not reported; an interval needs two events at least.

    ``latency_*`` counts from the start of an event to its last output, ``interval_*`` to the start of the next event.
    """

    language: str
    status: CosimStatus
    latency_min_cycles: int | None
    latency_max_cycles: int | None
    interval_min_cycles: int | None
    interval_max_cycles: int | None
    total_cycles: int | None

    def latency(self, clock_period_ns: float, source: str) -> Latency:
        """Worst cases, at the period of csynth, with ``source`` (tool, version, report) as origin."""
        cycles = _worst(self.latency_min_cycles, self.latency_max_cycles, "latency", source)
        interval = _worst(self.interval_min_cycles, self.interval_max_cycles, "initiation interval", source)
        clock = Figure(clock_period_ns, "ns", Provenance.VENDOR, f"{source}: the period of csynth")
        match cycles:
            case Figure():
                nanoseconds = round(cycles.value * clock_period_ns, 3)
                return Latency(cycles, interval, clock, Figure(nanoseconds, "ns", Provenance.VENDOR, cycles.source))
            case Missing():
                return Latency(cycles, interval, clock, cycles)


def _worst(least: int | None, most: int | None, what: str, source: str) -> Leaf:
    if most is None:
        return Missing(f"{source} does not tell the {what}; co-simulate two events at least")
    span = "" if least == most else f": worst of {'?' if least is None else least} to {most} cycles"
    return Figure(most, "cycles", Provenance.VENDOR, source + span)


def parse_cosim(text: str, name: str = "cosim.rpt") -> CosimReport:
    """Read the text of the report ``name``.

    ``ReportFormatError`` if no language was simulated or more than one, if the table is cut off, or if a cell holds
    something else than is expected.
    """
    rows = [(match["language"], _cells(match["cells"])) for line in text.splitlines() if (match := _ROW.match(line))]
    languages = [language for language, _ in rows]
    for language in ("VHDL", "Verilog"):
        if language not in languages:
            raise ReportFormatError(f"{name} has no row {language!r}; it is cut off or no cosim report")
    if len(rows) > 2:
        raise ReportFormatError(f"{name} has {len(rows)} rows of results; it mixes several reports")
    simulated = [(language, cells) for language, cells in rows if cells[0] != _NOT_SIMULATED]
    if len(simulated) != 1:
        found = " and ".join(language for language, _ in simulated) or "nothing"
        raise ReportFormatError(f"{name} should tell of one simulation, found {found}; run cosim again")
    language, cells = simulated[0]
    expected = 8 if _TOTAL in text else 7
    if len(cells) != expected:
        raise ReportFormatError(f"{name}: row {language!r} has {len(cells)} results; {expected} are expected")
    if cells[0] not in [status.value for status in CosimStatus]:
        raise ReportFormatError(f"{name}: the status is {cells[0]!r}; Pass or Fail is expected")

    def cycles(column: int) -> int | None:
        text = cells[column]
        if text == _NOT_SIMULATED:
            return None
        if not (text.isascii() and text.isdigit()):
            raise ReportFormatError(f"{name}: row {language!r} holds {text!r}; a number of cycles is expected")
        return int(text)

    total = cycles(7) if expected == 8 else None
    return CosimReport(language, CosimStatus(cells[0]), cycles(1), cycles(3), cycles(4), cycles(6), total)


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.split("|")]
