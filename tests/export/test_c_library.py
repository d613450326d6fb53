"""The C library, loaded as its users load it, equal to the reference."""

import ctypes
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.building import Build, Library, needs_tools, same, shell
from tests.export.graphs import OTHER, RELOADED, SEVERAL, SMALL_2, encodings
from tests.small_graph import SMALL
from trigforge.emulator import random_stimuli, run
from trigforge.errors import EventsError
from trigforge.export import PackageKind
from trigforge.export.check_events import host_events
from trigforge.graph import FixedPointGraph, InputKind

pytestmark = needs_tools


@pytest.mark.parametrize("graph", [SMALL, SMALL_2, OTHER, SEVERAL, RELOADED], ids=lambda g: f"{g.name}_v{g.version}")
def test_the_c_library_equals_the_reference(build: Build, graph: FixedPointGraph) -> None:
    library = Library(*build(graph, PackageKind.C))
    stimuli = random_stimuli(graph, 10_000)
    for tensor in graph.inputs:
        if tensor.kind is InputKind.REGISTER:
            stimuli[tensor.name] = stimuli[tensor.name][5:6]
    assert same(library.run(graph, stimuli, "run_mantissas"), dict(run(graph, stimuli).outputs))
    host = host_events(graph, 10_000, seed=3)
    expected = run(graph, {x.name: x.encode(host[x.name]) for x in graph.inputs})
    assert same(library.run(graph, host, "run"), expected.values(graph))
    library.function("set_threads")(library.handle, 3)
    assert same(library.run(graph, host, "run"), expected.values(graph))
    library.close()


def sixteenths(count: int) -> float:
    return count / 16


@dataclass(frozen=True, repr=False)
class Encoder:
    """The graph of ``encodings`` and its library; a plain repr, since the graph's is long."""

    graph: FixedPointGraph
    library: Library


SPECIAL = [0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 2.0**52 + 0.5, 2.0**57, -(2.0**57), 0.5, -0.5, 1.5, -1.5, 2.5]


@settings(max_examples=400)
@given(st.data(), st.lists(st.floats(width=64) | st.sampled_from(SPECIAL) | st.integers(-999, 999).map(sixteenths)))
def test_encoding_equals_python(encoder: Encoder, data: st.DataObject, values: list[float]) -> None:
    number = data.draw(st.integers(0, len(encoder.graph.inputs) - 1))
    tensor, array = encoder.graph.inputs[number], np.array([*values, 0.0])
    status, mantissas = encoder.library.encode(number, array)
    try:
        expected = tensor.encode(array)
    except EventsError as error:
        assert status == 1
        assert encoder.library.error().startswith(str(error).partition(" is ")[0] + " is ")
    else:
        assert status == 0
        assert np.array_equal(mantissas, expected)


@pytest.fixture(scope="module")
def encoder(build: Build) -> Encoder:
    graph = encodings()
    return Encoder(graph, Library(*build(graph, PackageKind.C)))


def test_every_edge_of_every_encoding(encoder: Encoder) -> None:
    """Around every quarter of the last bit, and around both ends of the range."""
    for number, tensor in enumerate(encoder.graph.inputs):
        types = tensor.types
        lsb, ends = int(types.lsb), (int(types.lo), int(types.hi) + 1, 0)
        near = np.concatenate([end + np.arange(-12, 13) / 4 for end in ends])
        with np.errstate(over="ignore"):
            values = tensor.encoding.of_host(np.ldexp(near, lsb))
            values = np.concatenate([values, np.nextafter(values, np.inf), np.nextafter(values, -np.inf)])
            values = values[np.isfinite(tensor.encoding.of_model(values))]
        status, mantissas = encoder.library.encode(number, values)
        assert status == 0
        assert np.array_equal(mantissas, tensor.encode(values)), tensor


def test_a_c_library_says_what_it_is(build: Build) -> None:
    package, folder = build(SEVERAL, PackageKind.C)
    library = Library(package, folder)
    assert library.function("model")() == b"several"
    assert library.function("version")() == 3
    assert library.function("graph_digest")().decode() == SEVERAL.digest == package.graph_digest

    class Tensor(ctypes.Structure):
        _fields_ = (
            ("name", ctypes.c_char_p),
            ("elements", ctypes.c_int64),
            ("rank", ctypes.c_int),
            ("shape", ctypes.POINTER(ctypes.c_int64)),
            *((name, ctypes.c_int) for name in ("lsb", "width", "is_signed", "is_register")),
        )

    def described(side: str, number: int) -> tuple[object, ...]:
        tensor = Tensor()
        assert library.function(side)(number, ctypes.byref(tensor)) == 0
        shape = tuple(tensor.shape[: tensor.rank])
        return tensor.name, tensor.elements, shape, tensor.lsb, tensor.width, tensor.is_signed, tensor.is_register

    assert [described("input", n) for n in range(library.function("input_count")())] == [
        (b"x", 4, (2, 2), -3, 6, 1, 0),
        (b"gain", 1, (), -3, 5, 1, 1),
        (b"y", 2, (2,), -4, 6, 0, 0),
    ]
    assert [described("output", n)[0] for n in range(library.function("output_count")())] == [b"short", b"y"]
    assert library.function("input")(3, ctypes.byref(Tensor())) == 4


def test_what_a_c_library_says_of_errors(build: Build) -> None:
    library = Library(*build(SEVERAL, PackageKind.C))
    x, gain, y = np.zeros((3, 2, 2)), np.zeros((1,)), np.zeros((3, 2))
    short, out = np.empty((3, 2, 2)), np.empty((3, 2))

    def call(name: str, inputs: tuple[Any, ...], outputs: tuple[Any, ...], events: int = 3) -> tuple[int, str]:
        sides = [
            (ctypes.c_void_p * len(side))(*(a if a is None else a.ctypes.data for a in side))
            for side in (inputs, outputs)
        ]
        return library.function(name)(library.handle, *sides, ctypes.c_int64(events)), library.error()

    assert call("run", (x, gain, y), (short, out)) == (0, "")
    assert call("run", (x, gain, y), (short, out), 0) == (0, "")
    assert call("run", (x, None, y), (short, out)) == (
        4,
        "the array of input 'gain' is missing; give one array for each",
    )
    assert call("run", (x, gain, y), (short, None)) == (
        4,
        "the array of output 'y' is missing; give one array for each",
    )
    x[2, 1, 0] = np.inf
    assert call("run", (x, gain, y), (short, out)) == (
        1,
        "input 'x': event 2, element [1, 0] is inf; remove such events or export the model with nan_policy ZERO",
    )
    integers = [array.astype(np.int64) for array in (np.zeros((3, 2, 2)), gain, y, short * 0, out * 0)]
    integers[0][1, 1, 0] = 1
    assert call("run_mantissas", tuple(integers[:3]), tuple(integers[3:])) == (
        2,
        "input 'x': event 1, element [1, 0] has mantissa 1, which its type cannot hold; encode host values",
    )
    assert library.function("encode")(library.handle, 7, None, None, ctypes.c_int64(1)) == 4
    assert library.error() == "encode takes the number of an input and two arrays"
    assert library.function("run")(None, None, None, ctypes.c_int64(1)) == 4


@pytest.mark.parametrize("mode", [ctypes.RTLD_GLOBAL, ctypes.RTLD_LOCAL])
def test_c_models_and_versions_side_by_side_on_8_threads(build: Build, mode: int) -> None:
    graphs = (SMALL, SMALL_2, OTHER)
    host = [host_events(graph, 2000, seed=n) for n, graph in enumerate(graphs)]
    expected = [
        run(graph, {x.name: x.encode(events[x.name]) for x in graph.inputs}).values(graph)
        for graph, events in zip(graphs, host, strict=True)
    ]

    def worker(number: int) -> bool:
        libraries = [Library(*build(graph, PackageKind.C), mode) for graph in graphs]
        right = True
        for _ in range(3):
            for library, graph, events, due in zip(libraries, graphs, host, expected, strict=True):
                right &= same(library.run(graph, events, "run"), due)
        for library in libraries if number % 2 else libraries[::-1]:
            library.close()
        return right

    for graph in graphs:
        build(graph, PackageKind.C)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(worker, range(8)))


def test_the_examples_run_and_are_short(build: Build) -> None:
    _, folder = build(SEVERAL, PackageKind.C)
    ones = {x.name: x.encode(np.ones((1, *x.shape))) for x in SEVERAL.inputs}
    values = run(SEVERAL, ones).values(SEVERAL)
    lines = [
        f"{name}[{n}] = {value:.17g}\n" for name in values for n, value in enumerate(values[name].reshape(-1).tolist())
    ]
    assert shell("make", "example", "-s", cwd=folder) == "".join(lines)
    assert shell(sys.executable, folder / "examples" / "example.py") == "".join(lines)
    for name, start in (("example.c", "int main"), ("example.py", "INPUTS,")):
        text = (folder / "examples" / name).read_text()
        assert len(text[text.index(start) :].splitlines()) <= 22
