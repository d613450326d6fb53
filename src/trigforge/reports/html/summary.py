"""The head of the page: three sentences for a physicist, and the figures that are asked for first."""

from dataclasses import dataclass

from trigforge.design import DesignPoint, Resource
from trigforge.reports import wording
from trigforge.reports.build_report import BuildReport, Implementation, Verdict
from trigforge.reports.figures import Figure, Latency, Leaf, Missing
from trigforge.tone import Tone

_NO_BREAK = "\N{NO-BREAK SPACE}"
NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Tile:
    """One figure in large digits; ``detail`` is the small print below, ``reason`` why there is no figure."""

    label: str
    figure: Figure | None
    detail: str
    reason: str

    @property
    def unit(self) -> str:
        """The unit, where the label does not say it."""
        if self.figure is None or self.figure.unit not in ("cycles", "ns"):
            return ""
        return "cycle" if self.figure.unit == "cycles" and self.figure.value == 1 else self.figure.unit


def sentences(report: BuildReport) -> list[str]:
    """Sentences that say whether the build is right, how fast it is, whether it fits, and what its events lose."""
    speed = _speed(report.principal, report.design.target.clock_period_ns) if report.principal else "Nothing was built."
    told = (_agreement(report), speed, _budget(report), _coverage(report))
    return [sentence for sentence in told if sentence]


def tone(report: BuildReport) -> Tone:
    """The worst of the tones of origin, verification and budget."""
    headlines = [
        wording.origin_headline(report),
        wording.verification_headline(report),
        wording.budget_headline(report),
    ]
    tones = {headline.tone for headline in headlines if headline}
    return next(tone for tone in (Tone.BAD, Tone.OPEN, Tone.GOOD) if tone in tones)


def tiles(report: BuildReport) -> list[Tile]:
    """Latency, initiation interval and resources of the principal implementation, placed where that is known."""
    built = report.principal
    if built is None:
        return []
    latency = built.latency
    period_ns, cycles = report.design.target.clock_period_ns, latency.cycles
    asked = wording.asked_latency(cycles, period_ns) if isinstance(cycles, Figure) else cycles
    interval = latency.initiation_interval
    every = "a new event in every clock cycle" if isinstance(interval, Figure) and interval.value == 1 else ""
    tiles = [
        _tile("Latency", asked, f"{_told(latency.cycles)} × {wording.number(period_ns)} ns"),
        _tile("Fastest clock", latency.clock_period_ns, _verdict(latency, period_ns)),
        _tile("Initiation interval", interval, every or "from one event to the next"),
    ]
    return tiles + [_counted(report, built, resource) for resource in report.design.target.shown_first]


def _verdict(latency: Latency, period_ns: float) -> str:
    verdict = wording.clock(latency, period_ns)
    return f"{verdict.answer}{verdict.rest.partition(';')[0]}" if verdict else ""


def facts(design: DesignPoint) -> list[str]:
    """Part and clock that were asked for."""
    return [design.target.part, f"{wording.number(design.target.clock_period_ns)} ns clock asked for"]


def _agreement(report: BuildReport) -> str:
    if not report.verification:
        return "No simulator ran, so nothing says that the firmware computes what the network does."
    wrong = [entry.simulator for entry in report.verification if not entry.agrees]
    if wrong:
        return f"Do not use this design: {' and '.join(wrong)} did not reproduce the integers of the emulator."
    counts = {entry.events for entry in report.verification}
    events = f"{'up to ' if len(counts) > 1 else ''}{max(counts):,} events"
    ran = wording.simulators(report)
    ways = sum(ran.values())
    names = " and ".join([", ".join([*ran][:-1]), [*ran][-1]]) if len(ran) > 1 else next(iter(ran))
    many = f", in {numeral(ways)} ways," if ways > len(ran) else ""
    own = wording.framework(report)
    origin = f" The graph equals the trained model, as {own} runs it." if own else ""
    told = f"Simulated by {names}{many or ','} it gives exactly the integers of the emulator, on {events}."
    return f"{told}{origin}"


def _speed(built: Implementation, period_ns: float) -> str:
    latency, serial = built.latency, built.sharing is not None and bool(built.sharing.arriving)
    goes_in = "begins to arrive" if serial else "goes in"
    cycles = latency.cycles
    if not isinstance(cycles, Figure):
        return "How fast the design is was neither measured nor estimated."
    total = _unbroken(wording.asked_latency(cycles, period_ns))
    answer = f"The answer is out {_unbroken(cycles)} after its event {goes_in}: {total} at the clock asked for."
    verdict = wording.clock(latency, period_ns)
    if verdict is None:
        return f"{answer} Whether it can run at that clock is not known."
    asked = f"{wording.number(period_ns)}{_NO_BREAK}ns"
    judged = {Tone.GOOD: "meets", Tone.BAD: "misses", Tone.OPEN: "may meet or miss"}[verdict.tone]
    return f"{answer} It {judged} {asked}: the fastest clock has {_told(latency.clock_period_ns)}."


def _budget(report: BuildReport) -> str:
    counts = {verdict: sum(line.verdict is verdict for line in report.budget) for verdict in Verdict}
    if not report.budget:
        return ""
    if counts[Verdict.MET] == len(report.budget):
        return (
            "It keeps its budget." if len(report.budget) == 1 else f"It keeps all {numeral(len(report.budget))} limits."
        )
    parts = [
        f"{'breaks' if verdict is Verdict.VIOLATED else 'keeps'} {numeral(count)}"
        for verdict, count in counts.items()
        if count and verdict is not Verdict.CANNOT_TELL
    ]
    open_lines = counts[Verdict.CANNOT_TELL]
    tail = f"{', and' if parts else ''} for {numeral(open_lines)} the figures cannot tell" if open_lines else ""
    limits = f"Of {numeral(len(report.budget))} limit{'s' if len(report.budget) > 1 else ''}"
    return f"{limits} it {' and '.join(parts)}{tail}." if parts else f"{limits},{tail}."


def _coverage(report: BuildReport) -> str:
    coverage = report.coverage
    if coverage is None:
        return ""
    if wraps := coverage.wrapping:
        where = "one tensor" if len(wraps) == 1 else f"{numeral(len(wraps))} tensors"
        return f"But values of {where} wrap around on these events."
    if saturates := coverage.saturating:
        where = "one tensor" if len(saturates) == 1 else f"{numeral(len(saturates))} tensors"
        return f"No value wraps around on these events; in {where} some saturate."
    return "No value overflows on these events."


def numeral(number: int) -> str:
    """Small numbers in words."""
    return NUMERALS[number] if number < len(NUMERALS) else str(number)


def _counted(report: BuildReport, built: Implementation, resource: Resource) -> Tile:
    placed, mapped = built.placed[resource], built.mapped[resource]
    leaf, step = (placed, "placed") if isinstance(placed, Figure) else (mapped, "mapped")
    if not isinstance(leaf, Figure):
        return _tile(resource.label, leaf, "")
    die = wording.percent(wording.share(report, resource, leaf.value, of_one_die=True))
    return _tile(resource.label, leaf, f"{step}, {die} of one SLR" if die else step)


def _tile(label: str, leaf: Leaf, detail: str) -> Tile:
    label = label[0].upper() + label[1:]
    match leaf:
        case Figure():
            return Tile(label, leaf, detail, "")
        case Missing(reason):
            return Tile(label, None, "", reason)


def _unbroken(figure: Figure) -> str:
    """The figure in one piece, wherever the line ends."""
    return wording.quantity(figure).replace(" ", _NO_BREAK)


def _told(leaf: Leaf) -> str:
    return _unbroken(leaf) if isinstance(leaf, Figure) else "unknown"
