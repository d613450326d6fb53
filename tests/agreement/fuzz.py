"""Random graphs through every simulator: ``python -m tests.agreement.fuzz --graphs 300``.

For each graph of ``generator``: the reference emulator against hls4ml's C simulation, on every output of every
stimulus, and against itself after the passes. Prints how often each op and each mode was executed, and which graphs
were refused.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.agreement.generator import MODES, random_graph
from tests.agreement.makers import FEATURED
from trigforge.emulator import random_stimuli, run
from trigforge.errors import TrigforgeError
from trigforge.flow.routes import lower_for_hls, to_hls
from trigforge.flow.verification import compare
from trigforge.graph import DesignPoint, FixedPointGraph
from trigforge.graph.ops import Map, Node, Requantize
from trigforge.passes import optimize
from trigforge.toolchain import gxx

STIMULI = 200


@dataclass
class Tally:
    """What a run has seen: executed ops and modes, refused graphs, graphs that disagree."""

    graphs: int = 0
    outputs: int = 0
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


def fuzz(numbers: Sequence[int], batch: int = 40) -> Tally:
    """Run the graphs of these numbers, ``batch`` of them in one compilation."""
    tally = Tally()
    for start in range(0, len(numbers), batch):
        _run_batch([random_graph(number) for number in numbers[start : start + batch]], tally)
    return tally


def _run_batch(graphs: Sequence[FixedPointGraph], tally: Tally) -> None:
    projects, accepted = [], []
    for graph in graphs:
        tally.graphs += 1
        try:
            projects.append(to_hls(graph, DesignPoint()))
            accepted.append(graph)
        except TrigforgeError as error:
            tally.refused[graph.name] = str(error)
    with TemporaryDirectory() as folder:
        for graph, csim in zip(accepted, gxx.compile_batch(projects, Path(folder)), strict=True):
            _compare(graph, csim, tally)


def _compare(graph: FixedPointGraph, csim: gxx.CSimulation, tally: Tally) -> None:
    stimuli = random_stimuli(graph, STIMULI, seed=1)
    expected = run(graph, stimuli)
    disagreement = compare(graph, expected, csim, lower_for_hls(graph), stimuli).mismatch
    if disagreement is not None:
        tally.wrong[graph.name] = str(disagreement)
    optimized = run(optimize(graph), stimuli).outputs
    if any((mantissas != optimized[name]).any() for name, mantissas in expected.outputs.items()):
        tally.wrong[f"{graph.name} after the passes"] = "the passes change an output"
    tally.outputs += sum(mantissas.size for mantissas in expected.outputs.values())
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
    console.print(
        f"{tally.graphs} graphs, {tally.outputs:,} outputs, "
        f"{len(tally.wrong)} graphs wrong, {len(tally.refused)} refused"
    )


@click.command()
@click.option("--graphs", default=300, show_default=True, help="How many graphs of the fixed sequence.")
@click.option("--first", default=0, show_default=True, help="The number of the first one.")
def main(graphs: int, first: int) -> None:
    """Fuzz every simulator; exit 0 only if all agree, each op and mode ran 20 times, and at most 2 % are refused."""
    tally, console = Tally(), Console()
    for start in track(range(first, first + graphs, 40), description="batches of 40 graphs"):
        _run_batch([random_graph(number) for number in range(start, min(start + 40, first + graphs))], tally)
    report(tally, console)
    rare = [name for name in FEATURED if tally.ops[name] < 20]
    rare += [mode for mode in (f"{r} {o}" for r, o in MODES) if tally.modes[mode] < 20]
    if graphs >= 300 and rare:
        console.print(f"executed less than 20 times: {', '.join(rare)}")
    sys.exit(bool(tally.wrong) or len(tally.refused) > graphs * 0.02 or (graphs >= 300 and bool(rare)))


if __name__ == "__main__":
    main()
