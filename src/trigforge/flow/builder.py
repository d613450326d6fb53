"""``build`` and ``verify``: from a graph to verified projects and a report."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from trigforge.design import Budget, DesignPoint
from trigforge.emulator import random_stimuli, run
from trigforge.errors import ReportFormatError, ToolMissingError
from trigforge.files import save_output
from trigforge.flow.coverage import measure
from trigforge.flow.float_twin import judged
from trigforge.flow.hls_route import build_hls, write_hls
from trigforge.flow.labels import Labels
from trigforge.flow.observer import Observer, Silent
from trigforge.flow.picture import graph_nodes
from trigforge.flow.preparing import check_design
from trigforge.flow.range_check import outside
from trigforge.flow.route_result import BuildOptions, RouteResult, not_writable, output_directory
from trigforge.flow.rtl_route import build_rtl
from trigforge.flow.weight_sets import Stimuli, further_sets
from trigforge.graph import FixedPointGraph, HostEvents, Mantissas, encode_events, reservations, save_graph
from trigforge.reports import (
    BuildReport,
    BuildRoute,
    Making,
    Verification,
    environment,
    load_report,
    save_report,
)
from trigforge.reports.budget import check_budget, check_clock, raise_violations
from trigforge.reports.compared import compare_reports
from trigforge.reports.html import save_html
from trigforge.toolchain.side_by_side import side_by_side

STIMULI_EVENTS = 10_000
"""Events that are made up where none are given."""
_REPORTS = ("report.json", "report.html")


def build(
    graph: FixedPointGraph,
    design: DesignPoint | None = None,
    *,
    budget: Budget | None = None,
    events: HostEvents | None = None,
    labels: Labels | None = None,
    out: str | Path | None = None,
    observer: Observer | None = None,
    options: BuildOptions | None = None,
    calibration: Path | None = None,
    making: Making | None = None,
    show: Callable[[BuildReport], None] | None = None,
) -> BuildReport:
    """Write the projects under ``out`` (default ``build/<name>``), prove them equal to the emulator, map, and report.

    ``events`` are host values, encoded as the graph says, whose coverage the report tells; without them random stimuli
    over the whole range of the input types are used. With ``labels`` of these events the report tells how well the
    firmware does, beside the float twin that they name. ``options`` adds a simulation of the mapped netlist, or
    Vivado's place and route, whose figures then go to the file ``calibration`` too. Leaves ``graph.json``, ``hls/``,
    ``rtl/``, ``patterns/``, ``report.json`` and ``report.html``, which tells what changed since the build
    before in this folder, each file written whole or not at all. ``making`` is what the build is made from.

    Raises ``DesignError`` for layers and inputs of ``design`` that the graph does not have or that cannot be built so,
    before anything is written. After the reports are written and given to ``show``, raises ``BitMismatch`` if a
    simulator disagrees, then ``BudgetError`` if a line of ``budget`` is violated, then ``ToolMissingError`` if a tool
    was missing.
    """
    design, observer, options = design or DesignPoint(), observer or Silent(), options or BuildOptions()
    folder = Path(out or Path("build") / graph.name)
    inputs = _stimuli(graph, events)
    check_design(graph, design)
    strange = _told(graph, events, observer)
    with output_directory(folder, observer):
        earlier = _earlier(folder)
        _forget_reports(folder)
        stimuli = _emulated(graph, inputs, observer)
        quality = None if labels is None else judged(graph, stimuli.outputs, labels, events, observer)
        results = _build_routes(graph, design, stimuli, folder, observer, options)
        agreements = [agreement for result in results for agreement in result.agreements]
        tools: dict[str, str] = {}
        for result in results:
            tools |= result.tools
        built = results[-1].implementation
        coverage = None if events is None else measure(graph, events, observer)
        report = BuildReport(
            model=graph.name,
            graph_digest=graph.digest,
            design=design,
            verification=tuple(agreement.verification for agreement in agreements),
            implementations=tuple(result.implementation for result in reversed(results)),
            environment=environment(tools),
            budget=(
                *check_clock(built, design.target),
                *(check_budget(budget, built, design.target) if budget else ()),
            ),
            graph=graph_nodes(graph),
            coverage=coverage,
            approximations=graph.approximations,
            comparison=graph.comparison,
            quality=quality,
            making=replace(making or Making(), date=f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"),
            notices=(
                *strange,
                *reservations(graph.approximations, graph.comparison),
                *_typed(graph),
                *_left_out(graph),
                *options.left_out,
                *_missing(results),
                *(notice for result in results for notice in result.notices),
            ),
        )
        save_report(report, folder / "report.json")
        since = None if earlier is None else compare_reports(earlier, report)
        save_html(report, folder / "report.html", since)
        record = results[-1].calibration
        if calibration is not None and record is not None:
            save_output(calibration, json.dumps(record, indent=2) + "\n")
    if show is not None:
        show(report)
    _raise_first(results)
    raise_violations(report.budget)
    _raise_missing(results)
    return report


_NAMED = 3


def _typed(graph: FixedPointGraph) -> list[str]:
    """A sentence that names the layers whose types do not come from the model."""
    names = [layer.name for layer in graph.layers if layer.typed]
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    told = ", ".join(map(repr, names[:_NAMED]))
    return [
        f"the graph is a quantization of the model: the types of {told}{more} come from a table, and every comparison "
        "is with what rounds as the table says, not with the model in floating point: see trigforge quantize"
    ]


def _left_out(graph: FixedPointGraph) -> list[str]:
    """A sentence for each function at the end of the model that the graph does not compute."""
    return [
        f"the {layer.left_out} of layer {layer.name!r} is left out: the outputs are the values before it"
        for layer in graph.layers
        if layer.left_out
    ]


def verify(
    graph: FixedPointGraph,
    design: DesignPoint | None = None,
    *,
    events: HostEvents | None = None,
    out: str | Path | None = None,
    observer: Observer | None = None,
    options: BuildOptions | None = None,
) -> tuple[Verification, ...]:
    """As ``build``, without synthesis and report; a report that still speaks of the same build stays."""
    design, observer = design or DesignPoint(), observer or Silent()
    folder = Path(out or Path("build") / graph.name)
    inputs = _stimuli(graph, events)
    check_design(graph, design)
    _told(graph, events, observer)
    options = options or BuildOptions(synthesize=False)
    for line in options.left_out:
        observer.note(line)
    with output_directory(folder, observer):
        if not _is_reported(graph, design, folder):
            _forget_reports(folder)
        stimuli = _emulated(graph, inputs, observer)
        results = _build_routes(graph, design, stimuli, folder, observer, options)
    _raise_first(results)
    _raise_missing(results)
    return tuple(agreement.verification for result in results for agreement in result.agreements)


def _stimuli(graph: FixedPointGraph, events: HostEvents | None) -> dict[str, Mantissas]:
    """The events, or random ones; registers hold their defaults where nothing else is said."""
    if events is None:
        return {**random_stimuli(graph, STIMULI_EVENTS), **graph.default_registers}
    return encode_events(graph, events)


def _told(graph: FixedPointGraph, events: HostEvents | None, observer: Observer) -> tuple[str, ...]:
    """Sentences on events that lie outside of their types, told at once."""
    found = () if events is None else outside(graph, events)
    for line in found:
        observer.note(line)
    return found


def _is_reported(graph: FixedPointGraph, design: DesignPoint, folder: Path) -> bool:
    """True if the report in ``folder`` is about this graph and design point."""
    report = _earlier(folder)
    return report is not None and report.graph_digest == graph.digest and report.design == design


def _earlier(folder: Path) -> BuildReport | None:
    """The report of the build before, where there is one that can be read."""
    with suppress(ReportFormatError):
        return load_report(folder / "report.json")
    return None


def _forget_reports(folder: Path) -> None:
    """Remove what an earlier build told."""
    try:
        for name in _REPORTS:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise not_writable(f"output directory {folder}", error, "choose another one with --out") from None


def _emulated(graph: FixedPointGraph, inputs: Mapping[str, Mantissas], observer: Observer) -> Stimuli:
    events = max(len(values) for values in inputs.values())
    with observer.step("Run the emulator", events) as step:
        return Stimuli(inputs, run(graph, inputs, progress=step.advance).outputs)


def _build_routes(
    graph: FixedPointGraph,
    design: DesignPoint,
    stimuli: Stimuli,
    folder: Path,
    observer: Observer,
    options: BuildOptions,
) -> tuple[RouteResult, ...]:
    """The routes side by side, on the same events."""
    try:
        save_graph(graph, folder / "graph.json")
    except OSError as error:
        raise not_writable(f"output directory {folder}", error, "choose another one with --out") from None
    further = further_sets(graph, stimuli.inputs, options.weight_sets)

    def verilog() -> RouteResult:
        return build_rtl(graph, design, stimuli, further, folder / "rtl", observer, options)

    if options.only is BuildRoute.RTL:
        return (verilog(),)
    hls = write_hls(graph, design, folder / "hls", observer)
    if options.only is BuildRoute.HLS:
        return (build_hls(hls, stimuli, further, observer, options),)
    return side_by_side(lambda: build_hls(hls, stimuli, further, observer, options), verilog)


def _raise_first(results: Sequence[RouteResult]) -> None:
    for result in results:
        for agreement in result.agreements:
            if agreement.mismatch is not None:
                raise agreement.mismatch


def _missing(results: Sequence[RouteResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for result in results for reason in result.missing))


def _raise_missing(results: Sequence[RouteResult]) -> None:
    missing = _missing(results)
    if missing:
        raise ToolMissingError("\n".join(missing))
