"""Random graphs through the native engine: ``python -m tests.emulator.test_native_fuzz --graphs 300``.

Each graph of ``tests.agreement.generator``, as it is and after the passes, against the reference emulator.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.progress import track

from tests.agreement.generator import random_graph
from trigforge.emulator import random_stimuli, run
from trigforge.emulator.native import to_native
from trigforge.errors import BitMismatch
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize
from trigforge.toolchain.native import FLAGS, compile_kernels

QUICK = tuple("-O0" if flag == "-O1" else flag for flag in FLAGS)
STIMULI = 1000


def both(number: int) -> list[FixedPointGraph]:
    """A graph as it is, and after the passes."""
    graph = random_graph(number)
    return [graph, replace(optimize(graph), name=f"{graph.name}_optimized")]


def disagreements(graphs: Sequence[FixedPointGraph], directory: Path, flags: Sequence[str] = QUICK) -> list[str]:
    """The outputs in which the native engine is not the reference."""
    try:
        simulations = compile_kernels([to_native(graph) for graph in graphs], directory, flags=flags)
    except BitMismatch as error:
        return [str(error)]
    wrong = [native.notice for native in simulations if native.notice]
    for graph, native in zip(graphs, simulations, strict=True):
        stimuli = random_stimuli(graph, STIMULI, seed=1)
        expected, found = run(graph, stimuli).outputs, native.run(stimuli, threads=2).outputs
        wrong += [f"{graph.name}: {name}" for name in expected if (expected[name] != found[name]).any()]
    return wrong


def test_native_is_the_reference_on_random_graphs(tmp_path: Path) -> None:
    assert disagreements([graph for number in range(12) for graph in both(number)], tmp_path) == []


@click.command()
@click.option("--graphs", default=300, show_default=True, help="How many graphs of the fixed sequence.")
@click.option("--first", default=0, show_default=True, help="The number of the first one.")
@click.option("--optimized", is_flag=True, help="Compile as for long runs (-O1), not quickly (-O0).")
def main(graphs: int, first: int, optimized: bool) -> None:
    """Fuzz the native engine; exit 0 only if it is the reference on every output."""
    wrong: list[str] = []
    for start in track(range(first, first + graphs, 20), description="batches of 20 graphs"):
        batch = [graph for number in range(start, min(start + 20, first + graphs)) for graph in both(number)]
        with TemporaryDirectory() as folder:
            wrong += disagreements(batch, Path(folder), FLAGS if optimized else QUICK)
    print(*wrong, f"{graphs} graphs, raw and optimized, {STIMULI} stimuli each: {len(wrong)} outputs wrong", sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
