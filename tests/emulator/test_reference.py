"""The reference engine against the model of the ops, and its refusals."""

from math import floor, log2

import numpy as np
import pytest

from tests.agreement.generator import random_graph
from tests.graph import model
from trigforge.emulator import random_stimuli, run
from trigforge.errors import EventsError, WidthError
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph import ops
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Node

X = GraphInput("x", (3,), FixedTypes.from_kif(1, 3, [0, 2, 4]))


def graph(*nodes: Node, inputs: tuple[GraphInput, ...] = (X,)) -> FixedPointGraph:
    return FixedPointGraph("g", 1, inputs, nodes, (nodes[-1].name,))


@pytest.mark.parametrize("number", range(60))
def test_every_tensor_equals_the_model_of_the_ops(number: int) -> None:
    """The model computes on float64, which holds every number of these graphs exactly."""
    drawn = random_graph(number)
    stimuli = random_stimuli(drawn, 20, seed=number)
    found = run(drawn, stimuli, trace=True).tensors
    expected = {name: np.ldexp(values, drawn.tensors[name].hull.lsb) for name, values in stimuli.items()}
    for node in drawn.nodes:
        operands = [expected[name] for name in node.operands]
        intervals = [drawn.tensors[name] for name in node.operands]
        if isinstance(node.op, ops.Map):
            results = model.evaluate_map(node.op, operands, intervals)
        else:
            results = [model.evaluate(node.op, operands, intervals)]
        for name, values in zip(node.tensors, results, strict=True):
            expected[name] = values
            assert (np.ldexp(found[name], drawn.tensors[name].hull.lsb) == values).all(), node


def test_leading_one() -> None:
    positive = GraphInput("x", (2,), FixedTypes.from_kif(0, [3, 5], [2, 0]))
    g = graph(Node("y", ops.LeadingOne(), ("x",)), inputs=(positive,))
    values = np.stack([np.arange(32), 4 * np.arange(32)], axis=1)
    found = run(g, {"x": values}).values(g)["y"]
    expected = [[floor(log2(m)) - 2 if m else -2, floor(log2(m)) if m else 0] for m in range(32)]
    assert (found == expected).all()


def test_traced_tensors_hold_inputs_and_all_nodes() -> None:
    g = graph(Node("r", ops.Relu(), ("x",)), Node("s", ops.Sum((0,)), ("r",)))
    result = run(g, random_stimuli(g, 7), trace=True)
    assert list(result.tensors) == ["x", "r", "s"]
    assert list(result.outputs) == ["s"]


def test_progress_counts_every_event() -> None:
    g = graph(Node("r", ops.Relu(), ("x",)))
    seen: list[int] = []
    run(g, random_stimuli(g, 10_000), progress=seen.append)
    assert sum(seen) == 10_000 and len(seen) > 1


def test_a_tensor_of_64_bits_is_refused_by_name() -> None:
    wide = GraphInput("x", (1,), FixedTypes.from_kif(0, 32, 0))
    g = graph(Node("square", ops.Mul(), ("x", "x")), inputs=(wide,))
    message = "tensor 'square' needs 64 bits, the reference emulator carries 63; requantize its operands to fewer bits"
    with pytest.raises(WidthError) as caught:
        run(g, {"x": np.array([[2**32 - 1]])})
    assert str(caught.value) == message


def test_63_bits_are_carried() -> None:
    wide = GraphInput("x", (1,), FixedTypes.from_kif(0, 31, 0))
    g = graph(Node("square", ops.Mul(), ("x", "x")), Node("more", ops.Add(), ("square", "x")), inputs=(wide,))
    found = run(g, {"x": np.array([[2**31 - 1]])}).outputs["more"]
    assert int(found[0, 0]) == (2**31 - 1) ** 2 + 2**31 - 1


def test_an_intermediate_of_more_than_63_bits_is_refused() -> None:
    wide = GraphInput("x", (2,), FixedTypes.from_kif(0, 40, 0))
    weight = FixedArray.of([[2**30 + 1], [-(2**30) - 1]])
    g = graph(Node("d", ops.Dense(weight), ("x",)), inputs=(wide,))
    with pytest.raises(WidthError, match="bits"):
        run(g, {"x": np.array([[1, 2]])})


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "the graph takes the inputs ['x'], found []; give these"),
        (
            {"x": np.zeros((4, 2), np.int64)},
            "input 'x': expected int64 mantissas of shape [4, 3], found int64 of shape [4, 2]; "
            "encode host values with GraphInput.encode",
        ),
        (
            {"x": np.zeros((4, 3), np.float32)},
            "input 'x': expected int64 mantissas of shape [4, 3], found float32 of shape [4, 3]; "
            "encode host values with GraphInput.encode",
        ),
        ({"x": np.zeros((0, 3), np.int64)}, "there are no events; give at least one"),
        (
            {"x": np.array([[0, 0, 200]])},
            "input 'x': event 0, element [2] has mantissa 200, which its type cannot hold; "
            "encode host values with GraphInput.encode",
        ),
        (
            {"x": np.array([[0, 0, 1], [0, 1, 0]])},
            "input 'x': event 1, element [1] has mantissa 1, which its type cannot hold; "
            "encode host values with GraphInput.encode",
        ),
    ],
)
def test_inputs_are_checked(inputs: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(EventsError) as caught:
        run(graph(Node("r", ops.Relu(), ("x",))), inputs)
    assert str(caught.value) == message
