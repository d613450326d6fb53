"""``report_utilization`` and ``report_timing_summary`` of Vivado, as text.

What differs between versions and families: newer tables (2021.2 at the latest) have a column ``Prohibited``, and
devices are spelt with hyphens; the LUTs of a design before ``opt_design`` carry a star; UltraScale counts ``CLB LUTs``
and ``CARRY8`` in one table, the 7 series ``Slice LUTs`` in one and ``CARRY4`` among the primitives; UltraRAM has a row
where the part has some.
"""

import math
import re
from dataclasses import dataclass

from trigforge.errors import ReportFormatError
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance, Resources
from trigforge.reports.tables import Header, ReportTable, find_section, parse_header, parse_sections, parse_table
from trigforge.resources.parts import FpgaResource

CARRY8_BITS = 8
CARRY4_BITS = 4
"""Bits of carry chain that one block spans (UG574 and UG474)."""

_TIMING_SECTION = "Design Timing Summary"
_CLOCK_SECTION = "Clock Summary"
_UNCONSTRAINED = "There are no user specified timing constraints"
_CONCLUSIONS = ("All user specified timing constraints are met", "Timing constraints are not met")
_SUMMARY_COLUMNS = (
    "WNS(ns)",
    "TNS(ns)",
    "TNS Failing Endpoints",
    "TNS Total Endpoints",
    "WHS(ns)",
    "THS Failing Endpoints",
    "WPWS(ns)",
    "TPWS Failing Endpoints",
)
_CLOCK_LINE = re.compile(r"^\s*(?P<name>\S+)\s+\{[^}]*\}\s+(?P<period>\S+)\s+\S+\s*$")


@dataclass(frozen=True)
class UtilizationReport:
    """Resources of a design. ``ff`` counts all registers of slices; ``uram`` is None on parts without UltraRAM."""

    header: Header
    lut: int
    lut_as_memory: int
    ff: int
    carry_bits: int
    dsp: int
    bram_18k: int
    uram: int | None

    def resources(self, source: str) -> Resources:
        """With ``source`` (tool, version, report) as origin."""
        return Resources.reported(self.counts, source)

    @property
    def counts(self) -> dict[FpgaResource, int | None]:
        """By resource; None on parts that have none."""
        return {
            FpgaResource.LUT: self.lut,
            FpgaResource.FF: self.ff,
            FpgaResource.CARRY_BITS: self.carry_bits,
            FpgaResource.DSP: self.dsp,
            FpgaResource.BRAM_18K: self.bram_18k,
            FpgaResource.URAM: self.uram,
        }


@dataclass(frozen=True)
class TimingReport:
    """Setup, hold and pulse width of a design with one clock; slacks in ns, negative where a constraint is violated."""

    header: Header
    clock: str
    target_clock_period_ns: float
    wns_ns: float
    tns_ns: float
    failing_endpoints: int
    endpoints: int
    whs_ns: float
    hold_failing_endpoints: int
    wpws_ns: float
    pulse_width_failing_endpoints: int

    @property
    def clock_period_ns(self) -> float:
        """The period at which the slowest path would just be met: the target less its worst slack.

        Vivado stops to improve paths that are met, so under a relaxed target this is no lower bound of what the design
        could reach.
        """
        return round(self.target_clock_period_ns - self.wns_ns, 3)

    @property
    def met(self) -> bool:
        """No setup, hold or pulse width check fails at the target period."""
        return self.failing_endpoints == self.hold_failing_endpoints == self.pulse_width_failing_endpoints == 0

    def clock_period(self, source: str) -> Figure:
        """The achieved period, with ``source`` (tool, version, report) and how it was found as origin."""
        how = f"target {self.target_clock_period_ns:g} ns less the worst slack of {self.wns_ns:g} ns"
        return Figure(self.clock_period_ns, "ns", Provenance.VENDOR, f"{source}: {how}")

    def latency(self, cycles: Leaf, initiation_interval: Leaf, source: str) -> Latency:
        """``cycles`` (however they are known) times the achieved period."""
        period = self.clock_period(source)
        match cycles:
            case Figure():
                nanoseconds = round(cycles.value * self.clock_period_ns, 3)
                total = Figure(nanoseconds, "ns", Provenance.VENDOR, f"{cycles.value} cycles; {period.source}")
                return Latency(cycles, initiation_interval, period, total)
            case Missing():
                return Latency(cycles, initiation_interval, period, cycles)


def parse_utilization(text: str, name: str = "utilization.rpt") -> UtilizationReport:
    """Read the text of the report ``name``.

    ``ReportFormatError`` if a section that its table of contents names is missing (it was cut off), if a table, row or
    column is missing or there twice, or if a count is no number.
    """
    header = parse_header(text, name)
    sections = parse_sections(text, name)
    slices = find_section(sections, ("CLB Logic", "Slice Logic"), name)
    logic = parse_table(sections, slices, name)
    memory = parse_table(sections, find_section(sections, ("BLOCKRAM", "Memory"), name), name)
    arithmetic = parse_table(sections, find_section(sections, ("ARITHMETIC", "DSP"), name), name)
    kind = slices.removesuffix(" Logic")
    return UtilizationReport(
        header=header,
        lut=_count(logic, f"{kind} LUTs"),
        lut_as_memory=_count(logic, "LUT as Memory"),
        ff=_count(logic, f"{kind} Registers"),
        carry_bits=_carry_bits(kind, logic, sections, name),
        dsp=_count(arithmetic, "DSPs"),
        bram_18k=_half_tiles(memory),
        uram=_count(memory, "URAM") if memory.matching("URAM") else None,
    )


def _carry_bits(kind: str, logic: ReportTable, sections: dict[str, list[str]], name: str) -> int:
    if kind == "CLB":
        return CARRY8_BITS * _count(logic, "CARRY8")
    primitives = parse_table(sections, find_section(sections, ("Primitives",), name), name)
    return CARRY4_BITS * _count(primitives, "CARRY4") if primitives.matching("CARRY4") else 0


def _count(table: ReportTable, row: str) -> int:
    text = table.cell(row, "Used")
    if not (text.isascii() and text.isdigit()):
        raise ReportFormatError(f"{table.name}: {row!r} is {text!r}; a whole number is expected")
    return int(text)


def _half_tiles(table: ReportTable) -> int:
    """Blocks of 18 kbit: a tile of block RAM holds two, and reports count half tiles."""
    text = table.cell("Block RAM Tile", "Used")
    blocks = 2 * _number(text, f"{table.name}: 'Block RAM Tile'")
    if blocks != int(blocks) or blocks < 0:
        raise ReportFormatError(f"{table.name}: 'Block RAM Tile' is {text!r}; halves of a tile are expected")
    return int(blocks)


def _number(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ReportFormatError(f"{what} is {text!r}; a number is expected")
    return value


def parse_timing_summary(text: str, name: str = "timing.rpt") -> TimingReport:
    """Read the text of the report ``name``.

    ``ReportFormatError`` if there are no timing constraints or no path between registers, if there is not exactly one
    clock, or if something is missing, doubled or no number.
    """
    header = parse_header(text, name)
    summary = _titled(text, _TIMING_SECTION, name)
    clocks = [
        match for line in _titled(text, _CLOCK_SECTION, name, missing_ok=True) if (match := _CLOCK_LINE.match(line))
    ]
    if _UNCONSTRAINED in text:
        raise ReportFormatError(f"{name} says that there are no timing constraints; set a clock and run Vivado again")
    values = _summary_values(summary, name)
    if not any(line.startswith(_CONCLUSIONS) for line in summary):
        raise ReportFormatError(f"{name} does not say whether timing is met; it is cut off")
    if len(clocks) != 1:
        found = ", ".join(match["name"] for match in clocks) or "none"
        raise ReportFormatError(f"{name} should hold one clock, found {found}; time the core by itself")

    def slack(key: str) -> float:
        if values[key] in ("inf", "NA"):
            raise ReportFormatError(
                f"{name}: {key} is {values[key]}: no path is timed; constrain the inputs and outputs"
            )
        return _number(values[key], f"{name}: {key}")

    def endpoints(key: str) -> int:
        if not values[key].isdigit():
            raise ReportFormatError(f"{name}: {key!r} is {values[key]!r}; a whole number is expected")
        return int(values[key])

    return TimingReport(
        header=header,
        clock=clocks[0]["name"],
        target_clock_period_ns=_number(clocks[0]["period"], f"{name}: the period of {clocks[0]['name']}"),
        wns_ns=slack("WNS(ns)"),
        tns_ns=slack("TNS(ns)"),
        failing_endpoints=endpoints("TNS Failing Endpoints"),
        endpoints=endpoints("TNS Total Endpoints"),
        whs_ns=slack("WHS(ns)"),
        hold_failing_endpoints=endpoints("THS Failing Endpoints"),
        wpws_ns=slack("WPWS(ns)"),
        pulse_width_failing_endpoints=endpoints("TPWS Failing Endpoints"),
    )


def _titled(text: str, title: str, name: str, *, missing_ok: bool = False) -> list[str]:
    """The lines below ``| title`` and its rules, to the next title."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.rstrip() == f"| {title}"]
    if len(starts) > 1:
        raise ReportFormatError(f"{name} has {len(starts)} sections {title!r}; it mixes several reports")
    if not starts:
        if missing_ok:
            return []
        raise ReportFormatError(f"{name} has no section {title!r}; it is cut off or no timing summary")
    body = lines[starts[0] + 3 :]
    end = next((n for n, line in enumerate(body) if line.startswith("| ")), len(body))
    return body[:end]


def _summary_values(lines: list[str], name: str) -> dict[str, str]:
    """Column -> value of the one row of numbers."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines if line.startswith(" ") and line.strip()]
    if len(rows) != 3 or not len(rows[0]) == len(rows[1]) == len(rows[2]):
        raise ReportFormatError(f"{name}: section {_TIMING_SECTION!r} should hold one row of numbers; it is cut off")
    values = dict(zip(rows[0], rows[2], strict=True))
    for key in _SUMMARY_COLUMNS:
        if key not in values:
            raise ReportFormatError(f"{name}: section {_TIMING_SECTION!r} has no column {key!r}")
    return values
