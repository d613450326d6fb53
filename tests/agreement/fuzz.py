"""Random graphs through every simulator: ``python -m tests.agreement.fuzz --graphs 300``.

For each graph of ``generator``, and some of ``convolutions``: the reference emulator against hls4ml's C simulation and
against the RTL, before and after the passes, on every output of every stimulus. The clock period and the multipliers of
the RTL change from graph to graph. Prints how often each op and each mode was executed, and which graphs were refused.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.agreement.convolutions import random_network
from tests.agreement.folds import all_folded
from tests.agreement.generator import MODES, random_graph
from tests.agreement.makers import FEATURED
from trigforge.design import Arrival, DesignPoint, Fpga, InputDesign, Multipliers, RtlDesign, input_faults
from trigforge.emulator import random_stimuli, run
from trigforge.errors import TrigforgeError
from trigforge.flow.preparing import lower_for_hls, to_hls
from trigforge.flow.verification import agreement, compare
from trigforge.flow.weight_sets import Stimuli
from trigforge.graph import FixedPointGraph, Mantissas, Route, verify
from trigforge.graph.ops import Map, Node, Requantize
from trigforge.passes import optimize
from trigforge.project import RtlProject
from trigforge.rtl import to_project
from trigforge.toolchain import gxx, verilator
from trigforge.toolchain.verilator_run import RtlSimulation

STIMULI = 200
RTL_STIMULI = 1000
CLOCK_PERIODS_NS = (1.5, 2.0, 2.5, 3.2, 5.0, 10.0)
INTERVALS = (1, 2, 3, 1, 4, 7, 16)
WINDOWS_EACH = 8
"""of so many numbers one is that of a network of convolutions too"""
_MULTIPLIERS = tuple(Multipliers)
_OPTIMIZED = " after the passes"


@dataclass
class Tally:
    """What a run has seen: compared outputs by simulator, latencies of the RTL, executed ops and modes, refused graphs
    by name and route, graphs that disagree."""

    graphs: int = 0
    outputs: Counter[str] = field(default_factory=Counter)
    latencies: Counter[int] = field(default_factory=Counter)
    ops: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def every_node(nodes: Sequence[Node]) -> Iterator[Node]:
    """All nodes, those inside of ``Map`` bodies too."""
    for node in nodes:
        yield node
        if isinstance(node.op, Map):
            yield from every_node(node.op.body.nodes)


def rtl_design(number: int, graph: FixedPointGraph) -> DesignPoint:
    """The design of graph ``number``: pipelines of all depths, both kinds of multipliers, instances that slices and
    neurons share, and inputs that arrive row by row."""
    period_ns = CLOCK_PERIODS_NS[number % len(CLOCK_PERIODS_NS)]
    multipliers, interval = _MULTIPLIERS[number // 3 % len(_MULTIPLIERS)], INTERVALS[number // 2 % len(INTERVALS)]
    rtl = RtlDesign(multipliers=multipliers, initiation_interval=interval, share_neurons=number % 5 == 0)
    design = DesignPoint(target=Fpga(clock_period_ns=period_ns), rtl=rtl)
    return row_by_row(graph, 1 + number % 3, design) if number % 4 == 1 else design


def row_by_row(graph: FixedPointGraph, rows: int, design: DesignPoint) -> DesignPoint:
    """A design in which every input that can arrives so many rows a clock cycle."""
    entry = InputDesign(Arrival.SERIAL, rows)
    alone = {tensor.name: replace(design, inputs={tensor.name: entry}) for tensor in graph.inputs}
    able = [name for name, tried in alone.items() if not list(input_faults(graph, tried))]
    return replace(design, inputs=dict.fromkeys(able, entry))


def run_batch(numbers: Sequence[int], tally: Tally) -> None:
    """The graphs of these numbers through all simulators, and some networks of convolutions."""
    run_graphs({number: random_graph(number) for number in numbers}, tally)
    run_windows(numbers[::WINDOWS_EACH], tally)


def run_windows(numbers: Sequence[int], tally: Tally) -> None:
    """Networks of convolutions through all simulators, at changing intervals."""
    graphs = {number: random_network(number) for number in numbers}
    run_csim(list(graphs.values()), tally, DesignPoint())
    intervals = {number: INTERVALS[-1 - n % 4] for n, number in enumerate(numbers)}
    run_rtl([*graphs.items()], tally, lambda n, _: DesignPoint(rtl=RtlDesign(initiation_interval=intervals[n])))


def run_graphs(graphs: Mapping[int, FixedPointGraph], tally: Tally) -> None:
    """Graphs through all simulators, each built as its number says."""
    tally.graphs += len(graphs)
    run_csim(list(graphs.values()), tally, DesignPoint())
    optimized = [(number, replace(optimize(graph), version=2)) for number, graph in graphs.items()]
    run_rtl([*graphs.items(), *optimized], tally)


def run_rtl(
    graphs: Sequence[tuple[int, FixedPointGraph]],
    tally: Tally,
    design: Callable[[int, FixedPointGraph], DesignPoint] = rtl_design,
) -> None:
    """Numbers and graphs through Verilator, built by ``design``; those of version 2 have gone through the passes.

    Two thirds of what is built for an interval above 1 share instances whether that pays or not.
    """
    accepted: list[tuple[int, FixedPointGraph]] = []
    projects: list[RtlProject] = []
    for number, graph in graphs:
        try:
            verify(graph, Route.RTL)
            point = design(number, graph)
            folds = point.rtl.initiation_interval > 1 and number % 3
            projects.append(to_project(*all_folded(graph, point)) if folds else to_project(graph, point))
            accepted.append((number, graph))
        except TrigforgeError as error:
            tally.refused[f"{graph.name}{_OPTIMIZED * (graph.version == 2)}, RTL"] = str(error)
    with TemporaryDirectory() as folder:
        simulations = verilator.compile_rtl_batch(projects, Path(folder), quick=True)
        for (number, graph), simulation in zip(accepted, simulations, strict=True):
            _compare_rtl(graph, simulation, tally, str(design(number, graph)))


def _compare_rtl(graph: FixedPointGraph, simulation: RtlSimulation, tally: Tally, built: str) -> None:
    title = _OPTIMIZED * (graph.version == 2)
    stimuli = random_stimuli(graph, RTL_STIMULI, seed=2)
    expected, found = run(graph, stimuli), simulation.run(stimuli)
    judged = agreement("RTL", expected.outputs, found.outputs, stimuli, lambda _: built)
    if judged.mismatch is not None or found.faults:
        tally.wrong[f"{graph.name}{title}, RTL"] = f"{judged.mismatch}; valid: {found.faults}"
    tally.latencies[simulation.dut.project.latency_cycles] += 1
    tally.outputs[f"RTL{title}"] += _size(expected.outputs)


def _size(outputs: Mapping[str, Mantissas]) -> int:
    return sum(mantissas.size for mantissas in outputs.values())


def run_csim(graphs: Sequence[FixedPointGraph], tally: Tally, design: DesignPoint) -> None:
    """Graphs through hls4ml's C simulation, built by ``design``."""
    projects, accepted = [], []
    for graph in graphs:
        try:
            projects.append(to_hls(graph, design))
            accepted.append(graph)
        except TrigforgeError as error:
            tally.refused[f"{graph.name}, HLS"] = str(error)
    with TemporaryDirectory() as folder:
        for graph, csim in zip(accepted, gxx.compile_batch(projects, Path(folder), quick=True), strict=True):
            _compare(graph, csim, tally)


def _compare(graph: FixedPointGraph, csim: gxx.CSimulation, tally: Tally) -> None:
    stimuli = random_stimuli(graph, STIMULI, seed=1)
    expected = Stimuli.of(graph, stimuli)
    disagreement = compare(graph, expected, csim, lower_for_hls(graph)).mismatch
    if disagreement is not None:
        tally.wrong[graph.name] = str(disagreement)
    optimized = run(optimize(graph), stimuli).outputs
    if any((mantissas != optimized[name]).any() for name, mantissas in expected.outputs.items()):
        tally.wrong[f"{graph.name}{_OPTIMIZED}"] = "the passes change an output"
    tally.outputs["csim"] += _size(expected.outputs)
    for node in every_node(graph.nodes):
        tally.ops[type(node.op).__name__] += 1
        if isinstance(node.op, Requantize):
            tally.modes[f"{node.op.rounding} {node.op.overflow}"] += 1


def report(tally: Tally, console: Console) -> None:
    """The verdict, the counts and the refused graphs."""
    for title, counts, known in (
        ("op", tally.ops, list(FEATURED)),
        ("mode", tally.modes, [f"{rounding} {overflow}" for rounding, overflow in MODES]),
    ):
        table = Table(title=f"executed, by {title}", show_header=False, box=None)
        for n in range(0, len(known), 4):
            table.add_row(*(f"{name} [bold]{counts[name]}[/]" for name in known[n : n + 4]))
        console.print(table)
    for name, reason in {**tally.refused, **tally.wrong}.items():
        console.print(f"{'refused' if name in tally.refused else 'WRONG'} {name}: {reason}", highlight=False)
    depths = ", ".join(f"{cycles}: {count}" for cycles, count in sorted(tally.latencies.items()))
    console.print(f"graphs by cycles of the RTL: {depths}", highlight=False)
    outputs = ", ".join(f"{count:,} of {simulator}" for simulator, count in tally.outputs.items())
    console.print(
        f"{tally.graphs} graphs, outputs compared: {outputs}; "
        f"{len(tally.wrong)} graphs wrong, {len(tally.refused)} refused"
    )


@click.command()
@click.option("--graphs", default=300, show_default=True, help="How many graphs of the fixed sequence.")
@click.option("--first", default=0, show_default=True, help="The number of the first one.")
def main(graphs: int, first: int) -> None:
    """Fuzz every simulator; exit 0 only if all agree, each op and mode ran 20 times, and at most 2 % are refused."""
    tally, console = Tally(), Console()
    for start in track(range(first, first + graphs, 40), description="batches of 40 graphs"):
        run_batch(range(start, min(start + 40, first + graphs)), tally)
    report(tally, console)
    rare = [name for name in FEATURED if tally.ops[name] < 20]
    rare += [mode for mode in (f"{r} {o}" for r, o in MODES) if tally.modes[mode] < 20]
    if graphs >= 300 and rare:
        console.print(f"executed less than 20 times: {', '.join(rare)}")
    sys.exit(bool(tally.wrong) or len(tally.refused) > graphs * 0.02 or (graphs >= 300 and bool(rare)))


if __name__ == "__main__":
    main()
