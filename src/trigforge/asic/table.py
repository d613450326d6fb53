"""The view on one screen of the terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.asic.records import AsicView, StageView

MODEL = "no wires, no glitches, no clock tree; docs/asic.md says how each figure comes about"
_SHOWN_STAGES = 24


def render(view: AsicView) -> RenderableType:
    """Area, timing and energy with their provenance, the stages, the cells, and what is extrapolated."""
    lines: list[RenderableType] = [Text(headline(view), style="bold"), Text(simulated(view)), Text(), figures(view)]
    lines += [Text(), Text("by pipeline stage", style="bold"), _stages(view)]
    if len(view.stages) > _SHOWN_STAGES:
        lines.append(Text(f"and {len(view.stages) - _SHOWN_STAGES} more in asic.json", style="dim"))
    lines += [Text(), Text("by cell", style="bold"), _cells(view)]
    return Group(*lines, Text(MODEL, style="dim"))


def process(view: AsicView) -> str:
    """The library and its conditions."""
    library = view.library
    node = f"{library.node_nm} nm, " if library.node_nm is not None else ""
    return f"{library.name} ({node}{library.voltage_V:g} V, {library.temperature_C:g} C)"


def headline(view: AsicView) -> str:
    """The design and its three figures."""
    redundancy = f", redundancy {view.redundancy.lower()}"
    return (
        f"{view.model}{redundancy}, in {process(view)}: {view.area_mm2:.3g} mm2 of cells, "
        f"{view.critical_path_ns:.2f} ns without wires, {view.energy.total_pJ / 1000:.3g} nJ an event"
    )


def simulated(view: AsicView) -> str:
    """A sentence on what was simulated."""
    return (
        f"mapped netlist equal to the emulator on {view.events:,} events, one every {view.interval_cycles} clock "
        f"cycles of {view.clock_period_ns:g} ns; latency {view.latency_cycles} cycles"
    )


def figures(view: AsicView) -> Table:
    """A row a figure: its value, unit, and how it was obtained."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("how")
    for row in rows(view):
        table.add_row(*map(Text, row))
    return table


def rows(view: AsicView) -> list[tuple[str, str, str, str]]:
    """Figure, value, unit and provenance of all that is told of a design."""
    energy, library = view.energy, view.library
    counts = view.gates_and_registers
    fits = "fits" if view.meets_clock else "is longer than"
    wires = f"{view.wire_fF:g} fF of wire for each input on a net" if view.wire_fF else "no wires"
    found = [
        ("area", f"{view.area_mm2:.4g}", "mm2", "measured: cells as mapped; no wires, no unfilled rows, no pads"),
        ("gate equivalents", f"{view.gate_equivalents:,.0f}", "GE", f"measured: area / area of {library.nand2}"),
        ("gates", f"{counts['gates']:,}", "cells", "measured"),
        ("flip-flops", f"{counts['flip-flops']:,}", "bits", "measured"),
        (
            "critical path",
            f"{view.critical_path_ns:.2f}",
            "ns",
            f"estimated: delay tables of the library, {wires}, ideal clock; {fits} the clock of "
            f"{view.clock_period_ns:g} ns",
        ),
        ("activity", f"{view.activity:.3f}", "toggles a net and cycle", "measured: zero delay, no glitches"),
        ("energy, switching", f"{energy.switching_pJ:,.1f}", "pJ an event", f"estimated: C V^2 / 2 a toggle, {wires}"),
        ("energy, internal", f"{energy.internal_pJ:,.1f}", "pJ an event", "estimated: power tables of the library"),
        ("energy, clock", f"{energy.clock_pJ:,.1f}", "pJ an event", "estimated: clock pins; no clock tree, no gating"),
        ("energy, leakage", f"{energy.leakage_pJ:,.3g}", "pJ an event", "estimated: cell leakage of the library"),
        ("energy", f"{energy.total_pJ:,.1f}", "pJ an event", "estimated: the sum"),
        ("power", f"{view.power_mW:,.1f}", "mW", f"estimated: an event every {view.event_ns:g} ns"),
    ]
    if view.extrapolated is not None:
        far = view.extrapolated
        node = f"extrapolated to {far.node_nm} nm"
        found += [
            (f"area, {node}", f"{far.area_mm2_extrapolated:.3g}", "mm2", "extrapolated: area x s^2"),
            (f"critical path, {node}", f"{far.critical_path_ns_extrapolated:.2f}", "ns", "extrapolated: delay x s"),
            (
                f"dynamic energy, {node}",
                f"{far.dynamic_energy_pJ_extrapolated:,.1f}",
                "pJ an event",
                f"extrapolated: energy x s x ({far.supply_V:g} V / {library.voltage_V:g} V)^2, "
                f"s = {far.node_nm} / {far.from_nm}; no leakage",
            ),
        ]
    return found


def named(stage: StageView) -> str:
    """The stage as tables and pictures call it."""
    return f"{stage.region} {stage.stage}" if stage.region else "around the stages"


def _stages(view: AsicView) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("stage")
    for heading in ("copies", "cells", "flip-flops", "area [mm2]", "path [ns], no wires", "energy [pJ]"):
        table.add_column(Text(heading), justify="right", no_wrap=True)
    for stage in view.stages[:_SHOWN_STAGES]:
        counts = (stage.copies, stage.cells, stage.flip_flops)
        figures = (f"{stage.area_um2 * 1e-6:.4f}", f"{stage.path_ns:.2f}", f"{stage.energy.total_pJ:,.1f}")
        table.add_row(Text(named(stage)), *(f"{count:,}" for count in counts), *figures)
    return table


def _cells(view: AsicView) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("cell")
    for heading in ("count", "area [mm2]", "of area"):
        table.add_column(Text(heading), justify="right")
    total = view.area_mm2 or 1.0
    for entry in sorted(view.cells, key=lambda entry: -entry.area_um2):
        area = entry.area_um2 * 1e-6
        table.add_row(Text(entry.cell), f"{entry.count:,}", f"{area:.4f}", f"{100 * area / total:.1f} %")
    return table
