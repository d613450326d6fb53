"""Small graphs for the passes, by hand."""

import numpy as np

from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding
from trigforge.graph import FixedPointGraph, GraphInput, Node, Op, ops, verify
from trigforge.graph.equation import Equation


def types(text: str) -> FixedTypes:
    """One type for every element."""
    return FixedTypes.uniform(FixedType.parse(text))


def requantize(text: str, rounding: str = "TRN", overflow: str = "WRAP") -> ops.Requantize:
    return ops.Requantize(types(text), Rounding(rounding), Overflow(overflow))


def weights(seed: int, *shape: int, lsb: int = -3) -> FixedArray:
    return FixedArray.of(np.random.default_rng(seed).integers(-7, 8, shape), lsb)


def graph(inputs: dict[str, tuple[str, tuple[int, ...]]], nodes: list[tuple[str, Op, str]], *outputs: str):
    """From ``{name: (type, shape)}`` and ``(name, op, "operands")``; the last node is the output if none is named."""
    listed = tuple(GraphInput(name, shape, types(text)) for name, (text, shape) in inputs.items())
    made = tuple(Node(name, op, tuple(operands.split())) for name, op, operands in nodes)
    return FixedPointGraph("example", 1, listed, made, outputs or (made[-1].name,))


def deep_sets(particles: int = 16) -> FixedPointGraph:
    """A jet tagger on sets: pt, eta and phi of each particle, padded with pt = 0."""
    return graph(
        {"jet": ("ap_fixed<12,6>", (particles, 3))},
        [
            ("jet.q", requantize("ap_fixed<8,4>", "RND", "SAT"), "jet"),
            ("phi_1", ops.EinsumDense(Equation.parse("ab,bc->ac"), weights(1, 3, 8), weights(2, 8)), "jet.q"),
            ("phi_1.relu", ops.Relu(), "phi_1"),
            ("phi_1.q", requantize("ap_ufixed<6,3>", "RND", "SAT"), "phi_1.relu"),
            ("phi_2", ops.EinsumDense(Equation.parse("ab,bc->ac"), weights(3, 8, 4), weights(4, 4)), "phi_1.q"),
            ("phi_2.relu", ops.Relu(), "phi_2"),
            ("phi_2.q", requantize("ap_ufixed<6,3>", "TRN", "WRAP"), "phi_2.relu"),
            ("pt", ops.Slice((0, 0), (particles, 1), (1, 1)), "jet"),
            ("one", ops.Constant(FixedArray.of([[1]])), ""),
            ("zero", ops.Constant(FixedArray.of([[0]])), ""),
            ("mask", ops.Select(FixedArray.of([[1]], -6)), "pt one zero"),
            ("masked", ops.Mul(), "phi_2.q mask"),
            ("sum", ops.Sum((0,)), "masked"),
            ("rho_1", ops.Dense(weights(5, 4, 6), weights(6, 6)), "sum"),
            ("rho_1.relu", ops.Relu(), "rho_1"),
            ("rho_1.q", requantize("ap_ufixed<8,5>", "RND_CONV", "SAT"), "rho_1.relu"),
            ("scores", ops.Dense(weights(7, 6, 5)), "rho_1.q"),
        ],
    )


def assert_same_bits(before: FixedPointGraph, after: FixedPointGraph, events: int = 100) -> None:
    """Both graphs are sound, with the same interface, the same output intervals and the same output mantissas."""
    verify(after)
    assert (after.inputs, after.outputs) == (before.inputs, before.outputs)
    assert {o: after.tensors[o] for o in after.outputs} == {o: before.tensors[o] for o in before.outputs}
    stimuli = random_stimuli(before, events, seed=7)
    expected, found = run(before, stimuli).outputs, run(after, stimuli).outputs
    for name in before.outputs:
        assert np.array_equal(expected[name], found[name]), name


def assert_surviving_tensors_keep_their_intervals(before: FixedPointGraph, after: FixedPointGraph) -> None:
    """All but constants, whose shape may follow their use."""
    fixed = {node.name for node in after.nodes if isinstance(node.op, ops.Constant)}
    for name in after.tensors.keys() & before.tensors.keys() - fixed:
        assert after.tensors[name] == before.tensors[name], name


def assert_surviving_tensors_keep_their_values(before: FixedPointGraph, after: FixedPointGraph) -> None:
    """As above, where slices may see the union of their types."""
    fixed = {node.name for node in after.nodes if isinstance(node.op, ops.Constant)}
    for name in after.tensors.keys() & before.tensors.keys() - fixed:
        assert after.tensors[name].contains(before.tensors[name]), name
