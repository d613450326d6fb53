"""The points of a scan as a table on the terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.reports import Verdict
from trigforge.reports.wording import tone
from trigforge.resources.parts import FpgaResource
from trigforge.scan import wording
from trigforge.scan.records import Scan, ScanPoint


def render(scan: Scan) -> RenderableType:
    """All points by network and number of the design, Pareto points in bold, then what was refused, then the notes."""
    blocks: list[RenderableType] = [Text(_heading(scan), "bold"), Text()]
    if scan.points:
        blocks += [*_tables(scan), Text(), *(Text(note, "dim") for note in _notes(scan))]
    if scan.refused:
        blocks += [Text(), _refused(scan)]
    return Group(*blocks)


def _heading(scan: Scan) -> str:
    networks = dict.fromkeys([*(point.network.name for point in scan.points), *(gone.network for gone in scan.refused)])
    numbers = {point.number for point in (*scan.points, *scan.refused)}
    heading = f"{scan.name}: {_counted(len(numbers), 'design')} of {_counted(len(networks), 'network')}"
    front = sum(point.pareto for point in scan.points)
    fitting = [point for point in scan.points if point.fits is not None]
    judged = f", {sum(point.fits is Verdict.MET for point in fitting)} fit the budget" if fitting else ""
    return f"{heading}; {_counted(len(scan.points), 'point')}, {front} on the Pareto front{judged}"


def _tables(scan: Scan) -> Iterator[RenderableType]:
    """A table a network, all with the same columns; the first with their titles, each below name and accuracy."""
    titles = [title.split() for title in _titles(scan)]
    networks: dict[str, list[ScanPoint]] = {}
    for point in scan.points:
        networks.setdefault(point.network.name, []).append(point)
    cells = {name: [_cells(scan, point) for point in points] for name, points in networks.items()}
    columns = zip(*(row for rows in cells.values() for row in rows), strict=True)
    widths = [
        max(len(text) for text in (*title, *map(str, column))) for title, column in zip(titles, columns, strict=True)
    ]
    for number, (name, points) in enumerate(networks.items()):
        table = Table(box=None, pad_edge=False, header_style="bold", show_header=not number, padding=(0, 1, 0, 0))
        for title, width in zip(titles, widths, strict=True):
            told = title == ["budget"]
            table.add_column(
                Text("\n".join(title)),
                justify="left" if told else "right",
                overflow="fold",
                min_width=None if told else width,
            )
        for point, row in zip(points, cells[name], strict=True):
            table.add_row(*row, style="bold" if point.pareto else "")
        accuracy = points[0].network.accuracy
        told = f"  {accuracy.title}: {accuracy}" if accuracy else ""
        heading = Text.assemble((name, "bold cyan"), (told, "dim"))
        yield from ([Text()] if number else [])
        yield heading
        yield table


def _titles(scan: Scan) -> list[str]:
    resources = [resource.unit if resource is not FpgaResource.BRAM_18K else "BRAM" for resource in wording.used(scan)]
    axes = wording.axis_titles(scan).values()
    figures = ["cycles", "latency [ns]", "II", "period [ns]", *resources, "LUT placed"]
    return ["design", *axes, *figures, *(["budget"] if _limited(scan) else [])]


def _limited(scan: Scan) -> bool:
    return any(point.budget for point in scan.points)


def _cells(scan: Scan, point: ScanPoint) -> list[Text]:
    late = {Verdict.MET: "", Verdict.CANNOT_TELL: "?", Verdict.VIOLATED: "!"}[point.clock]
    period = wording.interval(point.implementation.latency.clock_period_ns)
    cells = [
        Text(f"{'*' if point.pareto else ''}{point.number}"),
        *(Text(wording.value(point.values[name])) for name in scan.axes),
        Text(str(point.cycles)),
        Text(f"{point.latency_ns:.1f}"),
        Text(str(point.initiation_interval)),
        Text(f"{period}{late}", tone(point.clock).style if late else ""),
        *(Text(f"{point.mapped(resource):,}") for resource in wording.used(scan)),
        Text(wording.interval(point.implementation.placed[FpgaResource.LUT])),
    ]
    if _limited(scan):
        cells.append(Text(wording.budget(point), tone(point.fits).style if point.fits else ""))
    return cells


def _notes(scan: Scan) -> Iterator[str]:
    known = ", accuracy" if any(point.network.accuracy for point in scan.points) else ""
    yield f"* no other point is better in latency, II, LUT, DSP{known} and worse in none of them"
    yield "latency: cycles of the pipeline at the clock of the design, counted, not simulated; LUT, FF: mapped"
    yield "period, LUT placed: intervals of estimates, as of trigforge synth, which simulates and proves a design"
    if any(point.clock is not Verdict.MET for point in scan.points):
        yield "? the clock lies in the interval of the period, ! below it; no star where the estimate itself is longer"
    if unused := wording.unused(scan):
        yield unused


def _refused(scan: Scan) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for gone in scan.refused:
        values = ", ".join(wording.value(value) for value in gone.values.values())
        table.add_row(Text("refused", "red"), f"design {gone.number} ({values}) of {gone.network}", Text(gone.reason))
    return table


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
