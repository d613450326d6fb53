"""A simulator that is wrong in one bit is found, and so is the tensor where it went wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tests.agreement.generator import random_graph
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.flow.verification import compare
from trigforge.flow.weight_sets import Stimuli
from trigforge.graph import Add, Dense, FixedPointGraph, GraphInput, Mantissas, Node, Relu, SimulationResult

GRAPH = FixedPointGraph(
    "g",
    1,
    (GraphInput("x", (2,), FixedTypes.from_kif(1, 3, 0)),),
    (
        Node("a", Dense(FixedArray.of([[1, 2], [3, 4]])), ("x",)),
        Node("b", Relu(), ("a",)),
        Node("c", Add(), ("b", "a")),
    ),
    ("c",),
)


@dataclass
class Tampered:
    """The reference emulator with one tensor of some events off by one; what depends on it follows."""

    tensor: str
    events: tuple[int, ...]
    inputs: Mapping[str, Mantissas]

    def run(
        self,
        inputs: Mapping[str, Mantissas],
        *,
        trace: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> SimulationResult:
        tensors = dict(run(GRAPH, inputs, trace=True).tensors)
        hit = np.isin(tensors["x"], self.inputs["x"][list(self.events)]).all(axis=1)
        tensors[self.tensor] = tensors[self.tensor] + hit[:, None] * np.array([0, 1])
        if self.tensor == "b":
            tensors["c"] = tensors["a"] + tensors["b"]
        return SimulationResult("a tampered simulation", {"c": tensors["c"]}, tensors if trace else {})


INPUTS = {"x": np.array([[0, 0], [1, 2], [3, -4], [5, 6]])}


def test_agreement_counts_events_and_outputs() -> None:
    agreement = compare(GRAPH, Stimuli.of(GRAPH, INPUTS), Tampered("b", (), INPUTS), GRAPH)
    assert agreement.mismatch is None
    found = agreement.verification
    assert (found.simulator, found.events, found.outputs, found.mismatches) == ("a tampered simulation", 4, 2, 0)


def test_a_mismatch_names_event_output_mantissas_and_first_tensor() -> None:
    agreement = compare(GRAPH, Stimuli.of(GRAPH, INPUTS), Tampered("b", (3,), INPUTS), GRAPH)
    assert agreement.verification.mismatches == 1
    assert str(agreement.mismatch) == (
        "a tampered simulation disagrees with the reference emulator in 1 of 8 outputs; event 3, output 'c'[1]: 0x45, "
        "expected 0x44; first tensor that differs: 'b'[1]: 0x23, expected 0x22"
    )


def test_negative_mantissas_are_printed_with_their_sign() -> None:
    agreement = compare(GRAPH, Stimuli.of(GRAPH, INPUTS), Tampered("c", (2,), INPUTS), GRAPH)
    assert "output 'c'[1]: -0x9, expected -0xa; first tensor that differs: 'c'[1]" in str(agreement.mismatch)


def test_the_reference_agrees_with_itself_on_random_graphs() -> None:
    class Reference:
        def __init__(self, graph: FixedPointGraph) -> None:
            self.graph = graph

        def run(
            self,
            inputs: Mapping[str, Mantissas],
            *,
            trace: bool = False,
            progress: Callable[[int], None] | None = None,
        ) -> SimulationResult:
            return run(self.graph, inputs, trace=trace, progress=progress)

    for number in range(5):
        graph = random_graph(number)
        stimuli = random_stimuli(graph, 10)
        assert compare(graph, Stimuli.of(graph, stimuli), Reference(graph), graph).mismatch is None
