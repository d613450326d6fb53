"""The words of a report, the same on the terminal and on the page: numbers, verdicts, sources, shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from trigforge.coverage import Coverage, percent_of_all
from trigforge.design import DesignPoint, Resource
from trigforge.reports.budget import judged
from trigforge.reports.build_report import BuildReport, BuildRoute, Implementation, Making, Verdict
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance
from trigforge.reports.quality import Outcome, Quality
from trigforge.tone import Tone

LABELS = {
    "cycles": "latency in cycles",
    "initiation_interval": "initiation interval",
    "clock_period_ns": "clock period",
    "ns": "latency in ns",
}
ROUTES = {BuildRoute.HLS: "C++ through hls4ml", BuildRoute.RTL: "pipelined Verilog"}
SHOWN_DIGEST_LENGTH = 12
_SIMULATORS = {"csim": "C simulation", "RTL": "Verilog"}
VERSIONS_SHOWN_FIRST = (
    "trigforge",
    "alkaid",
    "verilator",
    "yosys",
    "vivado",
    "hls4ml",
    "g++",
    "vitis_hls",
    "vivado_hls",
)


@dataclass(frozen=True)
class Headline:
    """The answer in capitals, the rest of the sentence, and its tone."""

    answer: str
    rest: str
    tone: Tone

    def __str__(self) -> str:
        return f"{self.answer}{self.rest}"


def number(value: int | float) -> str:
    """Whole numbers with thousands apart, others to four digits."""
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def counted(value: int | float, unit: str) -> str:
    """``number`` with its unit; ``cycles`` in the singular where there is one."""
    return f"{number(value)} {'cycle' if unit == 'cycles' and value == 1 else unit}"


def quantity(figure: Figure, unit: bool = True) -> str:
    """The value with its unit and, for an estimate, its interval: ``5.3 ns (4.9 to 5.7)``.

    ``out of range`` says that the model was not fitted to designs like this.
    """
    text = counted(figure.value, figure.unit) if unit else number(figure.value)
    if figure.low is None or figure.high is None:
        return text
    flag = ", out of range" if figure.outside_range else ""
    if number(figure.low) == number(figure.high):
        return f"{text}{f' ({flag[2:]})' if flag else ''}"
    return f"{text} ({number(figure.low)} to {number(figure.high)}{flag})"


def asked_latency(cycles: Figure, period_ns: float) -> Figure:
    """The latency at the period that was asked for, as sure as its cycles are."""
    return Figure(round(cycles.value * period_ns, 2), "ns", cycles.provenance, cycles.source)


def clock(latency: Latency, period_ns: float) -> Headline | None:
    """The verdict on the clock that was asked for: met, missed, or in between; None where the period is unknown."""
    period = latency.clock_period_ns
    if not isinstance(period, Figure):
        return None
    limit, fastest = f"{number(period_ns)} ns", f"; the fastest clock has {quantity(period)}"
    verdict = judged(period, period_ns, at_least=False)
    match verdict:
        case Verdict.MET:
            return Headline("meets", f" {limit}{fastest}", Tone.GOOD)
        case Verdict.VIOLATED:
            return Headline("misses", f" {limit}{fastest}", Tone.BAD)
        case Verdict.CANNOT_TELL:
            return Headline("may meet", f" {limit} or miss it{fastest}", Tone.OPEN)
        case _:
            assert_never(verdict)


def choices(design: DesignPoint) -> list[tuple[str, str]]:
    """Keys as in a design file (``hls.strategy``, ``layers.NAME.reuse_factor``), and values; not what is None."""
    tables: dict[str, object] = {"target": design.target, "hls": design.hls, "rtl": design.rtl}
    tables |= {f"layers.{name}": layer for name, layer in design.layers.items()}
    tables |= {f"inputs.{name}": entry for name, entry in design.inputs.items()}
    return [
        (f"{name}.{key}", str(value))
        for name, table in tables.items()
        for key, value in vars(table).items()
        if value is not None
    ]


def outcome(found: Outcome) -> dict[str, float]:
    """The figures of a network by name: accuracy and areas under curves, or the sizes of residuals."""
    if found.residuals is not None:
        own = found.residuals
        return {"68 % of residuals within": own.half_width, "RMS of residuals": own.rms, "mean of residuals": own.bias}
    areas = {f"area, {curve.name}": curve.auc for curve in found.curves}
    return {**({} if found.accuracy is None else {"accuracy": found.accuracy}), **areas}


def quality(found: Quality) -> str:
    """One line on how well the firmware does."""
    own = found.firmware
    where = f"on {found.events:,} events with labels {found.labels!r}"
    if own.residuals is not None:
        unit = f" {found.unit}" if found.unit else ""
        others = _beside(found, lambda other: f"{other.residuals.half_width:.4g}{unit}" if other.residuals else "-")
        size = f"68 % within {own.residuals.half_width:.4g}{unit}{others}"
        return f"quality: {size}, RMS {own.residuals.rms:.4g}{unit}, {where}"
    areas = ", ".join(f"{curve.name} {curve.auc:.3f}" for curve in own.curves)
    others = _beside(found, lambda other: f"{other.accuracy:.2%}")
    return f"quality: accuracy {own.accuracy:.2%}{others} {where}; area under the curve: {areas}"


def _beside(found: Quality, told: Callable[[Outcome], str]) -> str:
    """The same figure of the other networks, in brackets."""
    rest = [f"{name} {told(other)}" for name, other in found.networks.items() if other is not found.firmware]
    return f" ({', '.join(rest)})" if rest else ""


def making(found: Making) -> list[tuple[str, str]]:
    """The circumstances of a build that are known, by name."""
    checkpoint = f"{found.checkpoint}, SHA-256 {found.checkpoint_sha256}" if found.checkpoint else ""
    told = {"date": date(found), "trained model": checkpoint, "events": found.events, "to make it again": found.command}
    return [(name, text) for name, text in told.items() if text]


def date(found: Making) -> str:
    """The date and the time of a build."""
    return f"{found.date.replace('T', ' ').removesuffix('Z')} UTC" if found.date else ""


def sources(report: BuildReport) -> dict[tuple[Provenance, str], int]:
    """The sources of figures (a way and a tool), numbered from 1 in the order in which the report shows them."""
    leaves: list[Leaf] = [line.found for line in report.budget]
    for implementation in report.implementations:
        for group in (implementation.latency, implementation.mapped, implementation.placed):
            leaves += [leaf for _, _, leaf in group.leaves()]
        leaves += implementation.sharing.leaves() if implementation.sharing else []
    origins = dict.fromkeys((leaf.provenance, leaf.source) for leaf in leaves if isinstance(leaf, Figure))
    return {origin: number for number, origin in enumerate(origins, start=1)}


def missing(implementation: Implementation) -> dict[str, list[str]]:
    """The missing figures, by reason; a group of figures in one word where all are missing for one reason."""
    found: dict[str, list[str]] = {}
    groups = {"latency": {LABELS[name]: leaf for name, _, leaf in implementation.latency.leaves()}}
    for step, group in (("mapped", implementation.mapped), ("placed", implementation.placed)):
        groups[f"{step} resources"] = {f"{step} {entry.label}": leaf for entry, leaf in group.figures.items()}
    for title, group in groups.items():
        reasons = {leaf.reason if isinstance(leaf, Missing) else None for leaf in group.values()}
        if len(reasons) == 1 and (reason := reasons.pop()):
            found.setdefault(reason, []).append(title)
            continue
        for label, leaf in group.items():
            if isinstance(leaf, Missing):
                found.setdefault(leaf.reason, []).append(label)
    return found


def counts(implementation: Implementation) -> list[tuple[Resource, Leaf, Leaf]]:
    """Mapped and placed figure of each resource that was counted at either step."""
    mapped, placed = implementation.mapped.figures, implementation.placed.figures
    rows = [(resource, leaf, placed[resource]) for resource, leaf in mapped.items()]
    return [row for row in rows if any(isinstance(leaf, Figure) for leaf in row[1:])]


def share(report: BuildReport, resource: Resource, value: int | float, of_one_die: bool = False) -> float | None:
    """Percent of what the part, or one of its super logic regions, holds; None where it has none or is not counted."""
    target = report.design.target
    held = target.held_by_die(resource) if of_one_die else target.held(resource)
    return 100 * value / held if held else None


def percent(value: float | None) -> str:
    """Two decimals, so that columns align, and the sign; empty for None."""
    return "" if value is None else f"{value:,.2f} %"


def verification_headline(report: BuildReport) -> Headline:
    """The verdict on the simulators: every one agrees with the emulator, or not."""
    if not report.verification:
        return Headline("NOT VERIFIED", ": no simulator ran", Tone.BAD)
    if disagree := [entry.simulator for entry in report.verification if entry.mismatches]:
        return Headline("NOT VERIFIED", f": {', '.join(disagree)} and the emulator disagree", Tone.BAD)
    if idle := [entry.simulator for entry in report.verification if not entry.events * entry.outputs]:
        return Headline("NOT VERIFIED", f": {', '.join(idle)} compared no output", Tone.BAD)
    extents = {(entry.events, entry.outputs) for entry in report.verification}
    events, outputs = max(extents)
    extent = f"{'up to ' if len(extents) > 1 else ''}{events:,} events × {outputs:,} outputs, "
    return Headline("VERIFIED", f" to the bit: {extent}0 mismatches in every simulator", Tone.GOOD)


def simulators(report: BuildReport) -> dict[str, int]:
    """The simulators that ran, each with the number of ways in which it did (gaps, resets, streams)."""
    own = [entry.simulator.partition(",")[0].partition(" in ")[0] for entry in report.verification]
    names = [_SIMULATORS.get(name, name) for name in own]
    return {name: names.count(name) for name in dict.fromkeys(names)}


def framework(report: BuildReport) -> str:
    """The framework that ran the trained model beside the graph and got the same; empty where none did."""
    found = report.comparison
    return "" if found is None or found.skipped or found.differing else found.framework


def origin_headline(report: BuildReport) -> Headline | None:
    """The reservations about the graph as a whole: it is not its model to the bit, or nobody compared; None without."""
    layers = len(dict.fromkeys(entry.layer for entry in report.approximations))
    comparison = report.comparison
    if layers:
        which = "1 layer is an approximation" if layers == 1 else f"{layers} layers are approximations"
        compared = f"; {comparison}" if comparison else ""
        return Headline("INEXACT", f": {which} of the model, within the bounds below{compared}", Tone.OPEN)
    if comparison is not None and comparison.skipped:
        return Headline("NOT COMPARED WITH THE MODEL", f": {comparison.skipped}", Tone.OPEN)
    return None


def budget_headline(report: BuildReport) -> Headline | None:
    """The verdict on the limits of ``[budget]``; None without any."""
    if not report.budget:
        return None
    keys: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
    for line in report.budget:
        keys[line.verdict].append(line.key)
    unsure = keys[Verdict.CANNOT_TELL]
    if violated := keys[Verdict.VIOLATED]:
        tail = f"; cannot tell {', '.join(unsure)}" if unsure else ""
        return Headline("BUDGET VIOLATED", f": {', '.join(violated)}{tail}", Tone.BAD)
    if unsure:
        rest = "; the other lines are met" if keys[Verdict.MET] else ""
        return Headline("BUDGET: CANNOT TELL", f" {', '.join(unsure)}{rest}", Tone.OPEN)
    lines = "its one line" if len(report.budget) == 1 else f"all {len(report.budget)} lines"
    return Headline("BUDGET MET", f": {lines}", Tone.GOOD)


def covered_events(coverage: Coverage, report: BuildReport) -> str:
    """The number of covered events; where they are not all of the build, also of how many they are the first."""
    compared = max((entry.events for entry in report.verification), default=0)
    if coverage.events < compared:
        return f"the first {coverage.events:,} of {compared:,} events"
    return f"{coverage.events:,} events"


def coverage_headline(report: BuildReport) -> Headline | None:
    """The losses on the events of the build; None where they were made up."""
    coverage = report.coverage
    if coverage is None:
        return None
    lost = [
        f"{len(found):,} {f'tensor {verb}s' if len(found) == 1 else f'tensors {verb}'}{rest}"
        for found, verb, rest in ((coverage.wrapping, "wrap", " around"), (coverage.saturating, "saturate", ""))
        if found
    ]
    unused = f"{percent_of_all(coverage.unused_fraction)} of the bits never used"
    meaning = Tone.BAD if coverage.wrapping else Tone.OPEN if lost else Tone.GOOD
    return Headline(
        "coverage", f": {', '.join([covered_events(coverage, report), *(lost or ['no overflow']), unused])}", meaning
    )


def tone(verdict: Verdict) -> Tone:
    """The tone of one budget line."""
    match verdict:
        case Verdict.MET:
            return Tone.GOOD
        case Verdict.CANNOT_TELL:
            return Tone.OPEN
        case Verdict.VIOLATED:
            return Tone.BAD
        case _:
            assert_never(verdict)


def versions(report: BuildReport) -> list[tuple[str, str]]:
    """Name and version of each tool, those that build firmware first."""
    first = [name for name in VERSIONS_SHOWN_FIRST if name in report.environment]
    names = [*first, *(name for name in report.environment if name not in first)]
    return [(name, report.environment[name]) for name in names]
