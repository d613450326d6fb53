"""Packages: compiled as their users compile them, loaded as their users load them, equal to the reference."""

import ctypes
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trigforge.export
from tests.export.graphs import OTHER, SEVERAL, SMALL_2, encodings
from tests.small_graph import SMALL
from trigforge.emulator import random_stimuli, run
from trigforge.errors import EventsError
from trigforge.export import Package, PackageKind, to_package
from trigforge.export.check_events import host_events
from trigforge.export.generate import template_texts
from trigforge.graph import FixedPointGraph, InputKind
from trigforge.project import write

HOSTS = Path(__file__).parent / "hosts"
TEMPLATES = Path(trigforge.export.__file__).parent / "templates"

pytestmark = pytest.mark.skipif(
    not (shutil.which("g++") and shutil.which("make") and shutil.which("cc")), reason="needs g++, cc and make"
)

Build = Callable[[FixedPointGraph, PackageKind], tuple[Package, Path]]


def shell(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Packages, each compiled once."""
    built: dict[tuple[str, PackageKind], tuple[Package, Path]] = {}

    def make(graph: FixedPointGraph, kind: PackageKind) -> tuple[Package, Path]:
        key = graph.digest, kind
        if key not in built:
            package = to_package(graph, kind)
            folder = tmp_path_factory.mktemp(f"{package.name}_{kind}")
            write(package, folder)
            shell("make", "-j2", "CXXFLAGS=-O0", "WARNINGS=-Wall -Wextra -Werror", cwd=folder)
            built[key] = package, folder
        return built[key]

    return make


class Library:
    """The C interface through ctypes."""

    def __init__(self, package: Package, folder: Path, mode: int = ctypes.DEFAULT_MODE) -> None:
        self.library = ctypes.CDLL(str(folder / package.shared_object), mode=mode)
        self.prefix = package.shared_object.removesuffix(".so")
        self.function("open").restype = ctypes.c_void_p
        for name in ("error", "model", "graph_digest"):
            self.function(name).restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p(self.function("open")())

    def function(self, name: str) -> Any:
        return getattr(self.library, f"{self.prefix}_{name}")

    def error(self) -> str:
        return self.function("error")(self.handle).decode()

    def close(self) -> None:
        self.function("close")(self.handle)

    def encode(self, number: int, values: np.ndarray) -> tuple[int, np.ndarray]:
        values = np.ascontiguousarray(values, np.float64)
        mantissas = np.zeros(values.shape, np.int64)
        pointers = (ctypes.c_void_p(array.ctypes.data) for array in (values, mantissas))
        return self.function("encode")(self.handle, number, *pointers, ctypes.c_int64(len(values))), mantissas

    def run(self, graph: FixedPointGraph, inputs: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
        kind = np.float64 if name == "run" else np.int64
        events = max(len(inputs[x.name]) for x in graph.inputs if x.kind is InputKind.EVENT)
        arrays = [np.ascontiguousarray(inputs[x.name], kind) for x in graph.inputs]
        results = {o: np.empty((events, *graph.tensors[o].shape), kind) for o in graph.outputs}
        sides = [(ctypes.c_void_p * len(side))(*(a.ctypes.data for a in side)) for side in (arrays, results.values())]
        assert self.function(name)(self.handle, *sides, ctypes.c_int64(events)) == 0, self.error()
        return results


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("graph", [SMALL, SEVERAL], ids=lambda graph: graph.name)
@pytest.mark.parametrize("kind", PackageKind)
def test_a_package_checks_itself(build: Build, graph: FixedPointGraph, kind: PackageKind) -> None:
    _, folder = build(graph, kind)
    assert shell("make", "check", cwd=folder).endswith("200 events, 0 mismatches\n")


@pytest.mark.skipif(shutil.which("clang++") is None, reason="needs clang++")
@pytest.mark.parametrize("kind", PackageKind)
def test_a_package_checks_itself_by_clang(tmp_path: Path, kind: PackageKind) -> None:
    write(to_package(SEVERAL, kind), tmp_path)
    warnings = "WARNINGS=-Wall -Wextra -Werror"
    said = shell("make", "-j2", "CXX=clang++", "CC=clang", "CXXFLAGS=-O1", warnings, "check", cwd=tmp_path)
    assert said.endswith("200 events, 0 mismatches\n")


WRONG = "the kernel was compiled wrongly: output 'y': proof event 1, element [0] is 0 and must be 1; "


@pytest.mark.parametrize("kind", PackageKind)
def test_a_package_whose_kernel_is_wrong_gives_no_answers(tmp_path: Path, kind: PackageKind) -> None:
    package = to_package(SMALL, kind)
    write(package, tmp_path)
    proof = tmp_path / "src" / "proof.cpp"
    first, second = proof.read_text().split("output0[] = {\n    ")
    right = second.split(", ")
    assert right[2] == "INT64_C(0)"
    right[2] = "INT64_C(1)"
    proof.write_text(f"{first}output0[] = {{\n    {', '.join(right)}")
    shell("make", "-j2", "CXXFLAGS=-O0", cwd=tmp_path)
    if kind is PackageKind.CMSSW:
        done = subprocess.run(["make", "check"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert f"small_v1: {WRONG}use another compiler or other flags\n" in done.stderr
        return
    library = Library(package, tmp_path)
    assert library.error() == f"{WRONG}use another compiler or other flags"
    numbers = np.zeros((2, 2))
    arrays = [(ctypes.c_void_p * 1)(row.ctypes.data) for row in numbers]
    for name in ("run", "run_mantissas"):
        assert library.function(name)(library.handle, *arrays, ctypes.c_int64(1)) == 5
    library.close()


@pytest.mark.parametrize("graph", [SMALL, SMALL_2, OTHER, SEVERAL], ids=lambda g: f"{g.name}_v{g.version}")
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
        types, scale = tensor.types, float(tensor.encoding.scale.to_float())
        lsb, ends = int(types.lsb), (int(types.lo), int(types.hi) + 1, 0)
        near = np.concatenate([end + np.arange(-12, 13) / 4 for end in ends])
        with np.errstate(over="ignore"):
            values = np.ldexp(near, lsb) / scale
            values = np.concatenate([values, np.nextafter(values, np.inf), np.nextafter(values, -np.inf)])
            values = values[np.isfinite(values * scale)]
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


@pytest.mark.parametrize("kind", PackageKind)
def test_nothing_else_is_visible(build: Build, kind: PackageKind) -> None:
    package, folder = build(SMALL, kind)
    symbols = [
        line.split()[-1] for line in shell("nm", "-D", "--defined-only", folder / package.shared_object).splitlines()
    ]
    if kind is PackageKind.CMSSW:
        assert sorted(symbols) == ["create_model", "destroy_model"]
    else:
        header = (folder / "include" / "trigforge_small_v1.h").read_text()
        assert len(symbols) == 14
        assert all(symbol.startswith("trigforge_small_v1_") and f"{symbol}(" in header for symbol in symbols)


@pytest.fixture(scope="module")
def host(build: Build, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """The host program, and three emulators with their events: two models, two versions of one."""
    folder = tmp_path_factory.mktemp("host")
    arguments: list[object] = []
    for graph in (SMALL, SMALL_2, OTHER):
        package, where = build(graph, PackageKind.CMSSW)
        (tensor,) = graph.inputs
        values = host_events(graph, 500, seed=graph.version)[tensor.name]
        expected = run(graph, {tensor.name: tensor.encode(values)}).outputs["y"]
        head = np.array([len(values), values[0].size, expected[0].size])
        events = folder / f"{package.name}.events"
        events.write_bytes(head.tobytes() + values.tobytes() + expected.tobytes())
        arguments += [where / package.shared_object, events]
    include = build(SMALL, PackageKind.CMSSW)[1] / "include"
    program = folder / "cms_host"
    shell("g++", "-std=c++17", "-O1", f"-I{include}", HOSTS / "cms_host.cpp", "-ldl", "-pthread", "-o", program)
    return [program, *arguments]


@pytest.mark.parametrize("mode", ["global", "local"])
@pytest.mark.parametrize("order", ["forward", "backward"])
def test_cmssw_models_and_versions_side_by_side_on_8_threads(host: list[object], mode: str, order: str) -> None:
    program, *libraries = host
    assert shell(program, mode, 8, order, *libraries) == "0 mismatches\n"


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_valgrind_finds_nothing(host: list[object], build: Build) -> None:
    program, *libraries = host
    valgrind = ("valgrind", "-q", "--leak-check=full", "--show-leak-kinds=all", "--error-exitcode=9")
    assert shell(*valgrind, program, "global", 2, "backward", *libraries) == "0 mismatches\n"
    _, folder = build(SEVERAL, PackageKind.C)
    shell("make", "check", cwd=folder)
    assert shell(*valgrind, folder / "build" / "check") == "200 events, 0 mismatches\n"


def test_what_a_cmssw_model_says_of_errors(host: list[object]) -> None:
    program, *libraries = host
    accepted = "double, float or int64_t (mantissas)"
    assert shell(program, "local", 0, "forward", *libraries).splitlines() == [
        "small_v1: predict was called before prepare_input",
        "small_v1: read_result was called before predict",
        f"small_v1: input 'x' comes as a pointer to {accepted}",
        "small_v1: input 'x': event 0, element [0] is nan; remove such events or export the model with nan_policy ZERO",
        "small_v1: input 'x': event 0, element [0] has mantissa 1099511627776, which its type cannot hold; "
        "encode host values",
        f"small_v1: output 'y' goes to a pointer to {accepted}",
    ]


def test_arrays_of_ap_fixed(tmp_path: Path) -> None:
    hls4ml = pytest.importorskip("importlib.util").find_spec("hls4ml")
    if hls4ml is None:
        pytest.skip("needs the ap_fixed headers that hls4ml ships")
    types = Path(hls4ml.origin).parent / "templates" / "vivado" / "ap_types"
    write(to_package(SMALL, PackageKind.CMSSW), tmp_path)
    shell("make", "-j2", "CXXFLAGS=-O0", f"AP_TYPES={types}", "check", cwd=tmp_path)
    flags = ("-std=c++17", "-w", f"-I{types}", f"-I{tmp_path / 'include'}")
    library = tmp_path / "small_v1.so"
    shell("g++", *flags, HOSTS / "ap_host.cpp", library, f"-Wl,-rpath,{tmp_path}", "-o", tmp_path / "host")
    values = np.array([[-8, 3.25], [7.5, -0.25], [1.5, 2]])
    due = run(SMALL, {"x": SMALL.inputs[0].encode(values)}).values(SMALL)["y"].reshape(-1)
    assert shell(tmp_path / "host") == "".join(f"{value:g} {value:g}\n" for value in due.tolist())


@pytest.mark.parametrize("kind", PackageKind)
def test_the_same_graph_gives_the_same_files(kind: PackageKind) -> None:
    one, other = to_package(SEVERAL, kind), to_package(SEVERAL, kind)
    assert one.digest == other.digest
    assert not [path for path, text in one.files.items() if "MODEL_vN" in path + text or "KERNEL_ENTRY" in text]


def test_files_that_python_compiles_beside_a_template_are_no_part_of_it(tmp_path: Path) -> None:
    """pip compiles every ``.py`` that it installs, the templates' too."""
    folder = tmp_path / "c"
    shutil.copytree(TEMPLATES / "c", folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = template_texts(folder)
    example = folder / "examples" / "example.py"
    py_compile.compile(str(example), doraise=True)
    py_compile.compile(str(example), cfile=str(example) + "c", doraise=True)
    assert (folder / "examples" / "__pycache__").is_dir() and template_texts(folder) == before
    assert {"Makefile", "examples/example.py", "src/interface.cpp"} <= set(before)
