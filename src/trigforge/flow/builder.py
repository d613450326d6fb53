"""``build`` and ``verify``: from a graph to a verified project and a report."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import gettempdir
from typing import cast

from trigforge.emulator import random_stimuli, run
from trigforge.errors import ProjectError, ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.flow.observer import Observer, Silent
from trigforge.flow.routes import HostEvents, encode, lower_for_hls
from trigforge.flow.verification import Agreement, compare
from trigforge.graph import DesignPoint, FixedPointGraph, save_graph
from trigforge.graph.simulation import Mantissas
from trigforge.graph.text import digest
from trigforge.hls import to_project
from trigforge.project import HlsProject, WrittenProject, write
from trigforge.reports import (
    BuildReport,
    Design,
    Implementation,
    Latency,
    Resources,
    Route,
    Verification,
    environment,
    load_report,
    save_report,
)
from trigforge.toolchain import gxx, vitis_hls

STIMULI_EVENTS = 10_000
"""Events that are made up where none are given."""


def build(
    graph: FixedPointGraph,
    design: DesignPoint | None = None,
    *,
    events: HostEvents | None = None,
    out: Path | None = None,
    observer: Observer | None = None,
) -> BuildReport:
    """Write the project under ``out`` (default ``build/<name>``), prove it equal to the emulator, and report.

    ``events`` are host values, encoded as the graph says; without them random stimuli over the whole range of the input
    types are used. Leaves ``graph.json``, ``hls/`` and ``report.json``, each written whole or not at all. Raises
    ``BitMismatch`` after the report is written if a simulator disagrees, and ``ToolMissingError`` after the project is
    written if there is no compiler.
    """
    design, observer = design or DesignPoint(), observer or Silent()
    folder = out or Path("build") / graph.name
    inputs = _stimuli(graph, events)
    lowered = lower_for_hls(graph)
    written = _deliver(graph, lowered, design, folder, observer, keep_report=False)
    agreements = _compare_simulators(graph, lowered, written, inputs, observer)
    latency, resources, tools = _synthesize(written, design, observer)
    report = BuildReport(
        model=graph.name,
        graph_digest=digest(graph),
        design=_plain(design),
        verification=tuple(agreement.verification for agreement in agreements),
        implementations=(Implementation(Route.HLS, latency, resources, Resources.missing("not placed")),),
        environment=environment({"g++": gxx.version(), **tools}),
    )
    save_report(report, folder / "report.json")
    _raise_first(agreements)
    return report


def verify(
    graph: FixedPointGraph,
    design: DesignPoint | None = None,
    *,
    events: HostEvents | None = None,
    out: Path | None = None,
    observer: Observer | None = None,
) -> tuple[Verification, ...]:
    """As ``build``, without synthesis and report; a report that still speaks of the same build stays."""
    design, observer = design or DesignPoint(), observer or Silent()
    folder = out or Path("build") / graph.name
    inputs = _stimuli(graph, events)
    lowered = lower_for_hls(graph)
    keep = _is_reported(graph, design, folder)
    written = _deliver(graph, lowered, design, folder, observer, keep_report=keep)
    agreements = _compare_simulators(graph, lowered, written, inputs, observer)
    _raise_first(agreements)
    return tuple(agreement.verification for agreement in agreements)


def _stimuli(graph: FixedPointGraph, events: HostEvents | None) -> dict[str, Mantissas]:
    return random_stimuli(graph, STIMULI_EVENTS) if events is None else encode(graph, events)


def _is_reported(graph: FixedPointGraph, design: DesignPoint, folder: Path) -> bool:
    """Whether the report in ``folder`` speaks of this graph and design point."""
    try:
        report = load_report(folder / "report.json")
    except ReportFormatError:
        return False
    return report.graph_digest == digest(graph) and report.design == _plain(design)


def _deliver(
    graph: FixedPointGraph,
    lowered: FixedPointGraph,
    design: DesignPoint,
    folder: Path,
    observer: Observer,
    *,
    keep_report: bool,
) -> WrittenProject[HlsProject]:
    """``graph.json`` and ``hls/``; a report that no longer speaks of them goes first."""
    with observer.step("Write the HLS project"):
        try:
            project = to_project(lowered, design)
        except OSError as error:
            raise _not_writable(f"temporary directory {gettempdir()}", error, "set TMPDIR") from None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not keep_report:
                (folder / "report.json").unlink(missing_ok=True)
            save_graph(graph, folder / "graph.json")
            return write(project, folder / "hls")
        except OSError as error:
            raise _not_writable(f"output directory {folder}", error, "choose another one with --out") from None


def _not_writable(where: str, error: OSError, instead: str) -> ProjectError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return ProjectError(f"{where}: {reason}; free space in it or {instead}")


def _compare_simulators(
    graph: FixedPointGraph,
    lowered: FixedPointGraph,
    written: WrittenProject[HlsProject],
    inputs: Mapping[str, Mantissas],
    observer: Observer,
) -> list[Agreement]:
    """Every simulator of the project against the reference emulator."""
    events = max(len(values) for values in inputs.values())
    with observer.step("Compile the C simulation"):
        csim = gxx.compile_csim(written)
    with observer.step("Run the emulator", events) as step:
        expected = run(graph, inputs, progress=step.advance)
    with observer.step("Run the C simulation", events) as step:
        return [compare(graph, expected, csim, lowered, inputs, step.advance)]


def _raise_first(agreements: list[Agreement]) -> None:
    for agreement in agreements:
        if agreement.mismatch is not None:
            raise agreement.mismatch


def _synthesize(
    written: WrittenProject[HlsProject], design: DesignPoint, observer: Observer
) -> tuple[Latency, Resources, dict[str, str]]:
    """The vendor's figures where its tool is here and succeeds, else the reason why they are missing.

    A failed synthesis is no error: it takes nothing away from what was verified.
    """
    try:
        tool = vitis_hls.find(design.backend)
        with observer.step(f"Run csynth ({tool.name})") as step:
            done = vitis_hls.csynth(tool, written, progress=step.say)
    except (ToolMissingError, ToolFailedError, ReportFormatError) as error:
        return Latency.missing(str(error)), Resources.missing(str(error)), {}
    return done.latency, done.resources, done.tools


def _plain(design: DesignPoint) -> Design:
    """The fields of a design point as JSON holds them."""
    return cast(Design, json.loads(json.dumps(asdict(design))))
