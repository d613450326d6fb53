"""The report on the terminal: the verdict first, then every number with its unit, provenance and source."""

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.errors import DesignError
from trigforge.reports.figures import BuildReport, Figure, Missing
from trigforge.resources import parts

LABELS = {
    "cycles": "latency in cycles",
    "initiation_interval": "initiation interval",
    "clock_period_ns": "clock period",
    "ns": "latency in ns",
    "lut": "LUT",
    "ff": "flip-flops",
    "dsp": "DSP slices",
    "bram_18k": "BRAM 18 kbit",
    "uram": "UltraRAM",
}
SHOWN_DIGEST_LENGTH = 12
VERSIONS_SHOWN_FIRST = ("trigforge", "hls4ml", "g++", "vitis_hls", "vivado_hls")


def print_report(report: BuildReport, console: Console | None = None) -> None:
    """Print the report; without a console to standard output, with colour where that is a terminal."""
    (console or Console(highlight=False)).print(render(report))


def render(report: BuildReport) -> RenderableType:
    """What ``print_report`` prints; readable from 60 columns on, and without colour."""
    return Group(_heading(report), Text(), *_verdict(report), Text(), *_figures(report), Text(), _environment(report))


def _heading(report: BuildReport) -> RenderableType:
    digest = report.graph_digest[:SHOWN_DIGEST_LENGTH]
    design = report.design
    facts = [f"graph {digest}", str(design.get("part", "")), _clock(design.get("clock_period_ns"))]
    return Text.assemble((report.model, "bold"), "  ", (", ".join(fact for fact in facts if fact), "dim"))


def _clock(period: object) -> str:
    return f"{period:g} ns clock" if isinstance(period, int | float) else ""


def _verdict(report: BuildReport) -> list[RenderableType]:
    if not report.verification:
        return [Text("NOT VERIFIED: no simulator ran", "bold red")]
    disagree = [entry.simulator for entry in report.verification if entry.mismatches]
    idle = [entry.simulator for entry in report.verification if not entry.events * entry.outputs]
    if disagree:
        headline = Text(f"NOT VERIFIED: {', '.join(disagree)} and the emulator disagree", "bold red")
    elif idle:
        headline = Text(f"NOT VERIFIED: {', '.join(idle)} compared no output", "bold red")
    else:
        extents = {f"{entry.events:,} events × {entry.outputs} outputs, " for entry in report.verification}
        extent = extents.pop() if len(extents) == 1 else ""
        headline = Text(f"VERIFIED to the bit: {extent}0 mismatches in every simulator", "bold green")
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("simulator", overflow="fold")
    for title in ("events", "outputs", "mismatches"):
        table.add_column(title, justify="right", no_wrap=True)
    for entry in report.verification:
        style = "green" if entry.agrees else "bold red"
        mismatches = Text(f"{entry.mismatches:,}", style)
        table.add_row(Text(entry.simulator), f"{entry.events:,}", f"{entry.outputs:,}", mismatches)
    return [headline, table]


def _figures(report: BuildReport) -> list[RenderableType]:
    """One row a figure; sources are numbered and told once below, and so is each reason for missing figures."""
    leaves = [*report.latency.leaves(), *report.resources.leaves()]
    sources = list(dict.fromkeys(leaf.source for _, _, leaf in leaves if isinstance(leaf, Figure)))
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("figure")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    table.add_column("of part", justify="right", no_wrap=True)
    table.add_column("obtained")
    missing: dict[str, list[str]] = {}
    for name, unit, leaf in leaves:
        match leaf:
            case Figure(value, _, provenance, source):
                obtained = f"{provenance} [{sources.index(source) + 1}]"
                table.add_row(LABELS[name], _number(value), unit, _share(report, name, value), Text(obtained))
            case Missing(reason):
                missing.setdefault(reason, []).append(LABELS[name])
    notes = Table.grid(padding=(0, 1))
    notes.add_column(no_wrap=True)
    notes.add_column(overflow="fold")
    for number, source in enumerate(sources, start=1):
        notes.add_row(Text(f"[{number}]", "dim"), Text(source, "dim"))
    for reason, names in missing.items():
        notes.add_row(Text("missing", "yellow"), Text(", ".join(names)))
        notes.add_row("", Text(reason, "dim"))
    return [*([table] if sources else []), notes]


def _number(value: int | float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,g}"


def _share(report: BuildReport, name: str, value: int | float) -> str:
    """Percent of what the part holds; empty for what is no resource, or where the part has none or is unknown."""
    if name not in report.resources.units():
        return ""
    try:
        held: int = getattr(parts.find(str(report.design.get("part"))), name)
    except DesignError:
        return ""
    return f"{100 * value / held:.2f} %" if held else ""


def _environment(report: BuildReport) -> RenderableType:
    first = [name for name in VERSIONS_SHOWN_FIRST if name in report.environment]
    names = [*first, *(name for name in report.environment if name not in first)]
    return Text("made with " + ", ".join(f"{name} {report.environment[name]}" for name in names), "dim")
