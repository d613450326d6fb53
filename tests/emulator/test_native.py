"""The native engine where random graphs do not lead: loops, dot products, long numbers, arrays and errors."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.emulator.test_native_fuzz import QUICK, disagreements
from trigforge.emulator import random_stimuli, run
from trigforge.emulator.native import check_sample, to_native
from trigforge.errors import BitMismatch, EventsError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph import FixedPointGraph, GraphInput, InputKind, SimulationResult, ops
from trigforge.graph.equation import Equation
from trigforge.graph.ops import Body, Node
from trigforge.toolchain.native import NativeSimulation, compile_kernel, compile_kernels

RNG = np.random.default_rng(7)


def graph_of(
    name: str,
    shape: tuple[int, ...],
    width: int,
    *nodes: ops.Op,
    signed: bool = True,
    types: FixedTypes | None = None,
) -> FixedPointGraph:
    """One op behind the other on the input ``x``."""
    names = ["x", *(f"n{n}" for n in range(len(nodes)))]
    chain = tuple(Node(own, op, (before,)) for before, own, op in zip(names[:-1], names[1:], nodes, strict=True))
    x = GraphInput("x", shape, types or FixedTypes.uniform(FixedType(width, 2, signed)))
    return FixedPointGraph(name, 1, (x,), chain, (names[-1],))


def weights(*shape: int, reach: int = 31, density: float = 1.0) -> FixedArray:
    values = RNG.integers(-reach, reach + 1, shape)
    return FixedArray.of(np.where(RNG.random(shape) < density, values, 0), -3)


def test_bytes_and_pairs_are_multiplied_by_dot_products(tmp_path: Path) -> None:
    graphs = [
        graph_of("signed_bytes", (30,), 8, ops.Dense(weights(30, 17), weights(17))),
        graph_of("unsigned_bytes", (30,), 8, ops.Dense(weights(30, 17), weights(17)), signed=False),
        graph_of("pairs", (31,), 14, ops.Dense(weights(31, 18, reach=900), weights(18))),
        graph_of("positions", (4, 20), 6, ops.Dense(weights(20, 12), weights(4, 12))),
        graph_of("windows", (9, 5, 4), 5, ops.Conv2D(weights(3, 3, 4, 6), weights(6), (2, 1), (1, 0, 1, 2))),
    ]
    assert all("dot_position<" in to_native(graph).source for graph in graphs)
    assert disagreements(graphs, tmp_path) == []


def test_long_work_becomes_loops(tmp_path: Path) -> None:
    grain = FixedTypes.of(1, RNG.integers(0, 9, (24, 20)), RNG.integers(-1, 4, (24, 20)))
    graphs = [
        graph_of("sparse", (30, 24), 12, ops.Dense(weights(24, 9, reach=4000, density=0.2), weights(9))),
        graph_of("sparse_windows", (40, 8), 9, ops.Conv1D(weights(3, 8, 6, density=0.3), weights(6), 1, (1, 1), 2)),
        graph_of("types", (24, 20), 14, ops.Requantize(grain, Rounding.RND_CONV, Overflow.SAT_SYM), ops.Relu()),
        graph_of("blocks", (30, 24), 7, ops.EinsumDense(Equation.parse("ab,abc->ca"), weights(30, 24, 2, density=0.9))),
        graph_of("extrema", (30, 50), 11, ops.Max((1,))),
        graph_of("moved", (30, 24), 6, ops.Transpose((1, 0)), ops.Dense(weights(30, 8, density=0.3))),
    ]
    assert all("for (const auto &u" in to_native(graph).source for graph in graphs[:3])
    assert disagreements(graphs, tmp_path) == []


def test_maps_stay_loops(tmp_path: Path) -> None:
    inner = Node("sum", ops.Dense(weights(5, 3)), ("p",))
    deep = Body(("q",), (Node("p", ops.Relu(), ("q",)), inner), ("sum",))
    nested = Body(("p",), (Node("inner", ops.Map.along(1, deep), ("p",)),), ("inner",))
    same = Body(("p",), (), ("p",))
    pair = Body(("p", "q"), (Node("sum", ops.Add(), ("p", "q")),), ("sum",))
    x = GraphInput("x", (4, 5, 6), FixedTypes.of(1, RNG.integers(1, 9, (4, 5, 6)), 3))
    graph = FixedPointGraph(
        "maps",
        1,
        (x,),
        (
            Node("outer", ops.Map.along(0, nested), ("x",)),
            Node("wide", ops.Transpose((1, 0, 2)), ("x",)),
            Node("middle", ops.Map.along(1, nested), ("wide",)),
            Node("same", ops.Map.along(1, same), ("x",)),
            Node("turned", ops.Transpose((2, 1, 0)), ("x",)),
            Node("back", ops.Transpose((2, 1, 0)), ("turned",)),
            Node("pair", ops.Map.along(2, pair), ("x", "back")),
        ),
        ("outer", "middle", "same", "pair", "x"),
    )
    assert to_native(graph).source.count("++copy") == 6
    assert disagreements([graph], tmp_path) == []


def test_every_mode_on_long_numbers(tmp_path: Path) -> None:
    graphs: list[FixedPointGraph] = []
    for width, kind in ((62, FixedType(9, 6, True)), (63, FixedType(63, 1, False)), (40, FixedType(50, 30, True))):
        for n, (rounding, overflow) in enumerate(product(Rounding, Overflow)):
            requantize = ops.Requantize(FixedTypes.uniform(kind), rounding, overflow)
            graphs.append(graph_of(f"long_{width}_{n}", (3,), width, requantize))
    assert disagreements(graphs, tmp_path) == []


def test_few_bits_far_away(tmp_path: Path) -> None:
    far = FixedTypes.of(1, 3, 40)
    graphs: list[FixedPointGraph] = []
    for place, kind in ((-60, FixedType(6, -60, True)), (20, FixedType(61, 20, False)), (44, FixedType(5, 44, True))):
        for n, (rounding, overflow) in enumerate(product((Rounding.TRN, Rounding.RND_CONV), Overflow)):
            requantize = ops.Requantize(FixedTypes.uniform(kind), rounding, overflow)
            graphs.append(graph_of(f"far_{abs(place)}_{n}", (2,), 0, requantize, types=far))
    assert disagreements(graphs, tmp_path) == []


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[FixedPointGraph, NativeSimulation]:
    x = GraphInput("x", (3,), FixedTypes.of(1, [4, 0, 6], [2, 0, 3]))
    w = GraphInput("w", (3,), FixedTypes.uniform(FixedType(5, 2, True)), kind=InputKind.REGISTER)
    nodes = (Node("y", ops.Mul(), ("x", "w")), Node("table", _lookup(), ("x",)))
    graph = FixedPointGraph("small", 3, (x, w), nodes, ("y", "table"))
    return graph, compile_kernels([to_native(graph)], tmp_path_factory.mktemp("small"), flags=QUICK)[0]


def _lookup() -> ops.Lookup:
    table = ops.Table(-32, -3, FixedArray.of(RNG.integers(-99, 99, 64)))
    return ops.Lookup((table,), Integers([0]))


@pytest.mark.parametrize("events", [1, 2, 255, 512, 1025, 4099])
def test_any_number_of_events(small: tuple[FixedPointGraph, NativeSimulation], events: int) -> None:
    graph, native = small
    stimuli = random_stimuli(graph, max(events, 3))
    inputs = {"x": stimuli["x"][:events], "w": stimuli["w"][2:3]}
    expected = run(graph, inputs).outputs
    for threads in (1, 3):
        found = native.run(inputs, threads=threads)
        assert found.simulator == "native emulator"
        assert all((found.outputs[name] == expected[name]).all() for name in expected)


def test_short_arrays_in_and_out(small: tuple[FixedPointGraph, NativeSimulation]) -> None:
    graph, native = small
    stimuli = random_stimuli(graph, 700)
    expected = run(graph, stimuli).outputs
    outputs = {"y": np.empty((700, 3), np.int16), "table": np.empty((700, 3), np.int32)}
    short = {"x": stimuli["x"].astype(np.int16), "w": stimuli["w"].astype(np.int32)}
    found = native.run(short, outputs=outputs)
    assert found.outputs["y"] is outputs["y"]
    assert all((outputs[name] == expected[name]).all() for name in expected)


def test_errors(small: tuple[FixedPointGraph, NativeSimulation]) -> None:
    graph, native = small
    good = random_stimuli(graph, 2000)
    bad = {name: values.copy() for name, values in good.items()}
    bad["x"][1500, 0] = 1
    cases = [
        (
            bad,
            "input 'x': event 1500, element [0] has mantissa 1, which its type cannot hold; "
            "encode host values with GraphInput.encode",
        ),
        ({"x": good["x"]}, "the graph takes the inputs ['w', 'x'], found ['x']; give these"),
        (
            {**good, "x": good["x"][:, :2]},
            "input 'x': expected int64, int32 or int16 mantissas of shape [2000, 3], found int64 of shape [2000, 2]; "
            "encode host values with GraphInput.encode",
        ),
        ({"x": good["x"][:0], "w": good["w"][:0]}, "there are no events; give at least one"),
    ]
    for inputs, message in cases:
        with pytest.raises(EventsError) as caught:
            native.run(inputs)
        assert str(caught.value) == message
    with pytest.raises(EventsError) as caught:
        native.run(good, outputs={"y": np.empty((2000, 3), np.int8)})
    assert str(caught.value) == (
        "output 'y': expected a writeable, contiguous array of shape [2000, 3] and at least 11 bits "
        "(int16, int32 or int64), found int8 of shape [2000, 3]; give such an array"
    )


def test_a_sample_is_checked_against_the_reference(small: tuple[FixedPointGraph, NativeSimulation]) -> None:
    graph, native = small
    stimuli = random_stimuli(graph, 50, seed=3)
    assert check_sample(graph, native.run, stimuli, events=40) == 80

    def wrong(inputs: object) -> SimulationResult:
        outputs = dict(native.run(inputs).outputs)  # pyright: ignore[reportArgumentType]
        outputs["table"] = outputs["table"].copy()
        outputs["table"][7, 1] += 1
        return SimulationResult("native emulator", outputs)

    with pytest.raises(BitMismatch) as caught:
        check_sample(graph, wrong)
    assert str(caught.value).startswith(
        "native emulator disagrees with the reference emulator: random event 7, output 'table'[1]: "
    )
    assert str(caught.value).endswith("; report it, and use the reference emulator")


def test_one_object_for_every_processor(tmp_path: Path) -> None:
    graph = graph_of("portable", (12,), 6, ops.Dense(weights(12, 40), weights(40)), ops.Relu())
    native = compile_kernel(to_native(graph), tmp_path, portable=True)
    stimuli = random_stimuli(graph, 1000)
    assert (native.run(stimuli).outputs["n1"] == run(graph, stimuli).outputs["n1"]).all()
    before = native.library.stat().st_mtime_ns
    assert compile_kernel(to_native(graph), tmp_path, portable=True).library.stat().st_mtime_ns == before
