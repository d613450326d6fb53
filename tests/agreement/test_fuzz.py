"""The first 20 graphs of the fixed sequence through every simulator; ``make fuzz`` runs 300."""

from collections import Counter
from pathlib import Path

import pytest

from tests.agreement.fuzz import WINDOWS_EACH, Tally, every_node, rtl_design, run_graphs, run_windows
from tests.agreement.generator import MODES, optimized_graph, random_graph
from tests.agreement.makers import FEATURED
from trigforge.graph import Requantize, verify
from trigforge.project import write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator


def test_twenty_graphs_and_five_networks_agree() -> None:
    """Each op among them three times and more, each mode twice."""
    tally = Tally()
    run_graphs({number: random_graph(number) for number in range(20)}, tally)
    run_windows(range(0, 40, WINDOWS_EACH), tally)
    assert tally.wrong == {}
    assert tally.refused == {}
    assert tally.graphs == 20
    assert tally.outputs.keys() == {"csim", "RTL", "RTL after the passes"}
    assert len(tally.latencies) > 8
    assert min(tally.ops[name] for name in FEATURED) >= 3
    assert min(tally.modes[f"{rounding} {overflow}"] for rounding, overflow in MODES) >= 2


@pytest.mark.parametrize("number", (0, 5, 11, 17, 18, 25, 26))
def test_no_warning_in_generated_verilog(number: int, tmp_path: Path) -> None:
    found = optimized_graph(number)
    written = write(to_project(found, rtl_design(number, found)), tmp_path)
    verilator.lint_rtl(written)
    verilator.lint_rtl(written, probes=True)


def test_three_hundred_graphs_hold_every_op_and_mode_twenty_times() -> None:
    ops: Counter[str] = Counter()
    modes: Counter[tuple[str, str]] = Counter()
    for number in range(300):
        graph = random_graph(number)
        verify(graph)
        for node in every_node(graph.nodes):
            ops[type(node.op).__name__] += 1
            if isinstance(node.op, Requantize):
                modes[node.op.rounding, node.op.overflow] += 1
    assert {name for name in FEATURED if ops[name] < 20} == set()
    assert {mode for mode in MODES if modes[mode] < 20} == set()


def test_the_sequence_is_fixed() -> None:
    assert [random_graph(number) for number in range(5)] == [random_graph(number) for number in range(5)]
