"""The report on one screen of the terminal: the verdict first, then every number with its unit and numbered source."""

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.reports import sharing_wording, wording
from trigforge.reports.build_report import BuildReport, Implementation, Verdict
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance
from trigforge.reports.sharing import Sharing
from trigforge.reports.wording import Headline
from trigforge.tone import plain_text

Numbers = dict[tuple[Provenance, str], int]


def print_report(report: BuildReport, console: Console | None = None) -> None:
    """Print the report; without a console to standard output, with colour where that is a terminal."""
    (console or Console(highlight=False)).print(render(report))


def as_text(report: BuildReport) -> str:
    """The text that ``print_report`` prints, without colour."""
    return plain_text(render(report))


def render(report: BuildReport) -> RenderableType:
    """The text that ``print_report`` prints; readable from 60 columns on, and without colour."""
    numbers = wording.sources(report)
    blocks = [
        [_heading(report)],
        _verdict(report),
        _budget(report, numbers),
        *(_implementation(report, entry, numbers) for entry in report.implementations),
        _notes(report, numbers),
    ]
    lines: list[RenderableType] = []
    for block in filter(None, blocks):
        lines += [*([Text()] if lines else []), *block]
    return Group(*lines)


def _heading(report: BuildReport) -> RenderableType:
    digest = report.graph_digest[: wording.SHOWN_DIGEST_LENGTH]
    target = report.design.target
    facts = f"graph {digest}, {target.part}, {target.clock_period_ns:g} ns clock"
    return Text.assemble((report.model, "bold"), "  ", (facts, "dim"))


def _verdict(report: BuildReport) -> list[RenderableType]:
    headlines = [
        wording.origin_headline(report),
        wording.verification_headline(report),
        wording.budget_headline(report),
    ]
    blocks: list[RenderableType] = [_headline(headline) for headline in headlines if headline]
    coverage = wording.coverage_headline(report)
    lost = [Text(str(coverage), coverage.tone.style)] if coverage else []
    lost += [Text(wording.quality(report.quality))] if report.quality else []
    if not report.verification:
        return [*blocks, *lost]
    table = _table("simulator", "events", "outputs", "mismatches")
    if own := wording.framework(report):
        assert report.comparison is not None
        table.add_row(Text(f"{own}, the trained model"), f"{report.comparison.events:,}", "", Text("0", "green"))
    for entry in report.verification:
        mismatches = Text(f"{entry.mismatches:,}", "green" if entry.agrees else "bold red")
        table.add_row(Text(entry.simulator), f"{entry.events:,}", f"{entry.outputs:,}", mismatches)
    return [*blocks, table, *lost]


def _headline(headline: Headline) -> Text:
    return Text(str(headline), f"bold {headline.tone.style}")


def _budget(report: BuildReport, numbers: Numbers) -> list[RenderableType]:
    """One row a limit, then what to change, line by line."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for title in ("budget", "limit", "found", "verdict"):
        table.add_column(title, overflow="fold", no_wrap=title in ("budget", "verdict"))
    for line in report.budget:
        limit = f"{'≥' if line.at_least else '≤'} {wording.counted(line.limit, line.unit)}"
        verdict = Text(line.verdict, wording.tone(line.verdict).style)
        table.add_row(Text(line.key), limit, _told(line.found, numbers), verdict)
    messages = [
        Text(line.message, wording.tone(line.verdict).style)
        for line in report.budget
        if line.verdict is not Verdict.MET and line.message
    ]
    return [table, *messages] if report.budget else []


def _implementation(report: BuildReport, entry: Implementation, numbers: Numbers) -> list[RenderableType]:
    blocks: list[RenderableType] = [Text.assemble((f"{entry.route}", "bold"), f", {wording.ROUTES[entry.route]}")]
    if isinstance(entry.latency.cycles, Figure):
        blocks.append(_latency(entry.latency, report.design.target.clock_period_ns, numbers))
    blocks += _sharing(entry.sharing, entry.latency, numbers) if entry.sharing else []
    blocks += _resources(report, entry, numbers)
    absent = Table.grid(padding=(0, 1))
    absent.add_column(no_wrap=True)
    absent.add_column(overflow="fold")
    for reason, names in wording.missing(entry).items():
        absent.add_row(Text("missing", "yellow"), Text(", ".join(names)))
        absent.add_row("", Text(reason, "dim"))
    return [*blocks, absent] if absent.rows else blocks


def _latency(latency: Latency, period_ns: float, numbers: Numbers) -> RenderableType:
    """Cycles times the period that was asked for, whether that is met, the latency at the fastest clock, and how often
    an event may enter."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    cycles = latency.cycles
    assert isinstance(cycles, Figure)
    product = f"{_told(cycles, numbers)} × {wording.number(period_ns)} ns"
    grid.add_row("latency", Text(f"{product} = {wording.quantity(wording.asked_latency(cycles, period_ns))}"))
    if verdict := wording.clock(latency, period_ns):
        at_best = f" {_origin_of(latency.clock_period_ns, numbers)}, and a latency of {_told(latency.ns, numbers)}"
        grid.add_row("clock", Text.assemble((verdict.answer, verdict.tone.style), verdict.rest, at_best))
    grid.add_row("an event every", Text(_told(latency.initiation_interval, numbers)))
    return grid


def _sharing(sharing: Sharing, latency: Latency, numbers: Numbers) -> list[RenderableType]:
    """The arrival of inputs, the interval, what sharing saves and costs, and one row for each ``Map`` and accumulator
    that slices share."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for entry in sharing.arriving:
        grid.add_row("arrival", Text(sharing_wording.arrives(entry, latency.cycles)))
    grid.add_row("sharing", Text(sharing_wording.interval(sharing)))
    if sharing.occupancy:
        grid.add_row("", Text(f"{sharing_wording.whole(sharing)}; {sharing_wording.paid(sharing)}"))
    for entry in sharing.kept_apart:
        grid.add_row("", Text(sharing_wording.kept(entry)))
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(overflow="fold")
    for entry in sharing.occupancy:
        bits = entry.adder_bits
        saved = sharing_wording.saved(bits.apart, bits.built, "adder bits")
        origin = f" {_origin(bits.built, numbers)}" if isinstance(bits.built, Figure) else ""
        table.add_row(Text(entry.name), Text(sharing_wording.slices(entry)), Text(f"{saved}{origin}"))
    return [grid, table] if sharing.occupancy else [grid]


def _resources(report: BuildReport, entry: Implementation, numbers: Numbers) -> list[RenderableType]:
    """One row a resource and step; resources that are not used share one line."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("resource", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("count", overflow="fold")
    table.add_column("of part", justify="right", no_wrap=True)
    table.add_column("of one SLR", justify="right")
    unused: list[str] = []
    for resource in report.design.target.resources:
        steps = [("mapped", entry.mapped[resource]), ("placed", entry.placed[resource])]
        figures = [(step, leaf) for step, leaf in steps if isinstance(leaf, Figure)]
        if figures and not any(figure.ends[1] for _, figure in figures):
            unused.append(resource.label)
            continue
        for row, (step, figure) in enumerate(figures):
            shares = (wording.percent(wording.share(report, resource, figure.value, die)) for die in (False, True))
            told = f"{wording.quantity(figure, unit=False)} {_origin(figure, numbers)}"
            table.add_row("" if row else resource.label, step, Text(told), *shares)
    return [*([table] if table.rows else []), *([Text(f"uses no {', no '.join(unused)}")] if unused else [])]


def _notes(report: BuildReport, numbers: Numbers) -> list[RenderableType]:
    """Sources by number, notices, and versions."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for (provenance, source), number in numbers.items():
        grid.add_row(Text(f"[{number}]", "dim"), Text(f"{provenance}: {source}", "dim"))
    for notice in report.notices:
        grid.add_row(Text("note", "yellow"), Text(notice))
    versions = Text("made with " + ", ".join(f"{name} {version}" for name, version in wording.versions(report)), "dim")
    return [*([grid] if grid.rows else []), versions]


def _told(leaf: Leaf, numbers: Numbers) -> str:
    match leaf:
        case Figure():
            return f"{wording.quantity(leaf)} {_origin(leaf, numbers)}"
        case Missing():
            return "missing"


def _origin(figure: Figure, numbers: Numbers) -> str:
    return f"[{numbers[figure.provenance, figure.source]}]"


def _origin_of(leaf: Leaf, numbers: Numbers) -> str:
    return _origin(leaf, numbers) if isinstance(leaf, Figure) else ""


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column(first, overflow="fold")
    for title in others:
        table.add_column(title, justify="right", no_wrap=True)
    return table
