"""Events per second of the native emulator, next to hls4ml's C simulation and alkaid's interpreter.

The same graph, inputs and machine, one run, one thread each. Usage: ``python benchmarks/emulator.py [NAME ...]``, all
models if none is given. Arrays of int64 mantissas go in and come out, conversion included; alkaid takes and gives
float64, as its interface asks. Every rate is the best of several turns. Writes ``results/emulator.jsonl`` and the table
in ``docs/emulator.md``.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from harness import BENCHMARKS, Measurement, fill, newest, record

from trigforge.design import DesignPoint
from trigforge.emulator import random_stimuli, run
from trigforge.emulator.native import to_native
from trigforge.errors import ToolFailedError, TrigforgeError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding
from trigforge.flow.preparing import read, to_hls
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, GraphInput
from trigforge.graph.ops import Conv1D, Conv2D, Dense, Einsum, EinsumDense, Map, Node, Relu, Requantize
from trigforge.graph.simulation import Mantissas
from trigforge.passes import inline_maps, optimize
from trigforge.project import write
from trigforge.toolchain import gxx
from trigforge.toolchain.native import FLAGS, NativeSimulation, compile_kernel

ROOT = BENCHMARKS.parent
DOCUMENT = ROOT / "docs" / "emulator.md"
PEAK = ("one core", "byte multiply-accumulates")
SHARED = ROOT.parent / "shared"
NATIVE_EVENTS, SLOW_EVENTS, CHECKED_EVENTS = 262_144, 4_096, 10_000
TURNS = 5
CSIM_TIMEOUT_S = 1200.0


@dataclass(frozen=True)
class Model:
    """A graph, the same in alkaid's words (None where it has none), and whether a trained network stands behind it."""

    name: str
    graph: FixedPointGraph
    interpreter: Callable[[Mapping[str, Mantissas]], float] | None


def models(wanted: Sequence[str]) -> list[Model]:
    """The dense MLP, what the workspace ships, and the published models, where they are present."""
    files = [
        *sorted(file for file in (ROOT / "models").glob("*/*") if file.suffix in (".keras", ".h5") and _shipped(file)),
        *sorted(SHARED.glob("calibration/*.keras")),
        *sorted(SHARED.glob("calibration/*.h5")),
        *sorted(SHARED.glob("models/*.keras")),
    ]
    found: list[Model] = []
    if not wanted or "dense_mlp" in wanted:
        found.append(_dense_mlp())
    for path in files:
        name = path.stem.replace(".", "_")
        if not wanted or name in wanted:
            graph = replace(read(path.parent if _shipped(path) else path), name=name)
            found.append(Model(name, graph, lambda inputs, p=path, g=graph: _alkaid_model(p, g, inputs)))
    return found


def _shipped(path: Path) -> bool:
    """True for a checkpoint that the ``model.toml`` beside it ships."""
    return (path.parent / "model.toml").is_file() and resolve(str(path.parent)).checkpoint == path


def _dense_mlp() -> Model:
    """16-64-32-32-5, 6-bit weights and activations, all random, none 0."""
    rng = np.random.default_rng(20261124)
    sizes = (16, 64, 32, 32, 5)
    activation = FixedType(6, 5, False)
    nodes: list[Node] = []
    layers: list[tuple[Any, Any]] = []
    previous = "x"
    for number, (n_in, n_out) in enumerate(pairwise(sizes)):
        weight = rng.integers(1, 32, (n_in, n_out)) * rng.choice([-1, 1], (n_in, n_out))
        bias = rng.integers(-32, 32, (n_out,))
        layers.append((weight / 16, bias / 16))
        nodes.append(Node(f"dense{number}", Dense(FixedArray.of(weight, -4), FixedArray.of(bias, -4)), (previous,)))
        previous = f"dense{number}"
        if number < len(sizes) - 2:
            requantize = Requantize(FixedTypes.uniform(activation), Rounding.RND, Overflow.SAT)
            nodes += [Node(f"relu{number}", Relu(), (previous,)), Node(f"act{number}", requantize, (f"relu{number}",))]
            previous = f"act{number}"
    x = GraphInput("x", (16,), FixedTypes.uniform(FixedType(6, 3, True)))
    graph = optimize(FixedPointGraph("dense_mlp", 1, (x,), tuple(nodes), (previous,)))

    def interpreter(inputs: Mapping[str, Mantissas]) -> float:
        tracing = import_module("alkaid.trace")
        given = tracing.FVArrayInput((16,))
        values = given.quantize(1, 2, 3)
        for weight, bias in layers[:-1]:
            values = (values @ weight + bias).relu(5, 1, "RND").quantize(0, 5, 1, "SAT", "RND")
        weight, bias = layers[-1]
        return _alkaid_rate(tracing.trace(given, values @ weight + bias), graph, inputs)

    return Model("dense_mlp", graph, interpreter)


def _alkaid_model(path: Path, graph: FixedPointGraph, inputs: Mapping[str, Mantissas]) -> float:
    keras = import_module("keras")
    import_module("hgq")
    model = keras.models.load_model(path, compile=False)
    given, made = import_module("alkaid.converter").trace_model(model)
    return _alkaid_rate(import_module("alkaid.trace").trace(given, made), graph, inputs)


def _alkaid_rate(logic: Any, graph: FixedPointGraph, inputs: Mapping[str, Mantissas]) -> float:
    """Events per second of alkaid's interpreter, one thread, without the making of its byte code."""
    interpret = import_module("alkaid.types").alir_interp_run
    code = logic.to_bytecode()
    columns = [
        np.ldexp(inputs[x.name].astype(np.float64), x.interval.hull_lsb).reshape(len(inputs[x.name]), -1)
        for x in graph.inputs
    ]
    data = np.concatenate(columns, axis=1)
    return _best(lambda: interpret(code, data, 1), len(data))


def _best(act: Callable[[], Any], events: int, turns: int = TURNS) -> float:
    seconds: list[float] = []
    for _ in range(turns):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    return events / min(seconds)


def macs(nodes: Sequence[Node], graph: FixedPointGraph) -> int:
    """Multiplications of one event whose weight is not 0 (of two variables: all)."""
    total = 0
    for node in nodes:
        match node.op:
            case Dense() | EinsumDense() | Conv1D() | Conv2D():
                outputs = int(np.prod(graph.tensors[node.name].shape))
                weight = node.op.weight.mantissa.values
                reused = outputs * _terms(node.op, weight.shape) / max(1, weight.size)
                total += round(np.count_nonzero(weight) * reused)
            case Einsum(equation):
                length = {}
                for letters, name in zip(equation.partition("->")[0].split(","), node.operands, strict=True):
                    length |= dict(zip(letters, graph.tensors[name].shape, strict=True))
                total += int(np.prod(list(length.values())))
            case Map():
                raise AssertionError("maps are inlined before")
            case _:
                pass
    return total


def _terms(op: Dense | EinsumDense | Conv1D | Conv2D, shape: tuple[int, ...]) -> int:
    """Products that make one output."""
    if not isinstance(op, EinsumDense):
        return int(np.prod(shape[:-1]))
    left, _, output = op.equation.partition("->")
    letters = left.split(",")[1]
    return int(np.prod([n for letter, n in zip(letters, shape, strict=True) if letter not in output]))


def peak(folder: Path) -> float:
    """Byte products a second that one core can multiply and add."""
    headers = to_native(_dense_mlp().graph).headers
    for name, text in headers.items():
        (folder / name).write_text(text)
    library = folder / "peak.so"
    command = [*gxx.find(), *FLAGS, "-fvisibility=default", "-march=native", f"-I{folder}", "-shared"]
    subprocess.run([*command, BENCHMARKS / "emulator_peak.cpp", "-o", library], check=True)
    measure = ctypes.CDLL(str(library)).products_per_second
    measure.restype, measure.argtypes = ctypes.c_double, [ctypes.c_int64]
    return max(measure(10_000_000) for _ in range(TURNS))


def _repeated(inputs: Mapping[str, Mantissas], events: int) -> dict[str, Mantissas]:
    return {name: np.resize(values, (events, *values.shape[1:])) for name, values in inputs.items()}


def _native_rates(native: NativeSimulation, inputs: Mapping[str, Mantissas]) -> tuple[float, float, float]:
    """Events per second with int64 arrays on one and two threads, and with int32 arrays on one.

    Turns of one kind follow each other, as the blocks of a long run do; in alternation two threads come to less.
    """
    events = len(next(iter(inputs.values())))
    outputs = {p.name: np.zeros((events, *p.shape), np.int64) for p in native.kernel.outputs}
    short = all(p.interval.hull.width < 32 for p in (*native.kernel.inputs, *native.kernel.outputs))
    kind = np.int32 if short else np.int64
    short_inputs = {name: values.astype(kind) for name, values in inputs.items()}
    short_outputs = {name: np.zeros(values.shape, kind) for name, values in outputs.items()}
    return (
        _best(lambda: native.run(inputs, outputs=outputs), events),
        _best(lambda: native.run(inputs, outputs=outputs, threads=2), events),
        _best(lambda: native.run(short_inputs, outputs=short_outputs), events),
    )


def _csim_rate(graph: FixedPointGraph, inputs: Mapping[str, Mantissas], folder: Path) -> float | None:
    try:
        csim = gxx.compile_csim(write(to_hls(graph, DesignPoint()), folder), timeout_s=CSIM_TIMEOUT_S)
    except (TrigforgeError, ToolFailedError) as error:
        print(f"{graph.name}: no C simulation: {error}", file=sys.stderr)
        return None
    events = len(next(iter(inputs.values())))
    return _best(lambda: csim.run(inputs), events, 3)


def measure(model: Model, peak_rate: float, folder: Path) -> list[Measurement]:
    """All figures of one model; refuses to time an engine that is wrong."""
    graph = model.graph
    start = time.perf_counter()
    kernel = to_native(graph)
    generated = time.perf_counter()
    native = compile_kernel(kernel, folder / "native")
    compiled = time.perf_counter()
    stimuli = random_stimuli(graph, CHECKED_EVENTS)
    expected, found = run(graph, stimuli).outputs, native.run(stimuli).outputs
    wrong = sum(int((expected[name] != found[name]).sum()) for name in expected)
    if wrong:
        raise SystemExit(f"{model.name}: {wrong} outputs differ from the reference emulator")
    inputs = _repeated(stimuli, NATIVE_EVENTS)
    one, two, less = _native_rates(native, inputs)
    slow = {name: values[:SLOW_EVENTS] for name, values in stimuli.items()}
    reference = _best(lambda: run(graph, slow), SLOW_EVENTS, 2)
    csim = _csim_rate(graph, slow, folder / "hls")
    alkaid = None
    if model.interpreter is not None:
        try:
            alkaid = model.interpreter(_repeated(stimuli, 8 * SLOW_EVENTS))
        except Exception as error:
            print(f"{model.name}: no interpreter: {type(error).__name__}: {error}", file=sys.stderr)
    again, two_again, less_again = _native_rates(native, inputs)
    one, two, less = max(one, again), max(two, two_again), max(less, less_again)
    inlined = inline_maps(graph)
    products = macs(inlined.nodes, inlined)
    figures = [
        ("native, int64 arrays", one, "events/s"),
        ("native, int32 arrays", less, "events/s"),
        ("native, two threads over one", two / one, "x"),
        ("generation", generated - start, "s"),
        ("compilation", compiled - generated, "s"),
        ("reference emulator", reference, "events/s"),
        ("multiply-accumulates", float(products), "1/event"),
        ("of the byte multiply-accumulate peak", 100 * products * one / peak_rate, "%"),
    ]
    if csim is not None:
        figures += [("C simulation", csim, "events/s"), ("native over C simulation", one / csim, "x")]
    if alkaid is not None:
        figures += [("alkaid interpreter", alkaid, "events/s"), ("native over alkaid", one / alkaid, "x")]
    return [Measurement(f"{model.name}, {what}", value, unit) for what, value, unit in figures]


def table(results: Path) -> str:
    """The newest run of each model as Markdown, below a sentence on each run that is shown."""
    shown = {subject: found for subject, found in newest(results).items() if subject != PEAK[0]}
    runs: dict[str, tuple[Mapping[str, Any], list[str]]] = {}
    for model, (made, _) in shown.items():
        runs.setdefault(made["time"], (made, []))[1].append(model)
    lines = [
        f"Measured on {made['time'][:10]}, {made['machine']['processor']}, commit {made['commit']}; peak "
        f"{_peak(made) / 1e9:.0f} billion byte products a second on one core"
        + (f": {', '.join(names)}." if len(runs) > 1 else ".")
        for made, names in runs.values()
    ]
    lines += [
        "",
        "| model | native, events/s | int32 arrays | two threads | C simulation | alkaid | of peak | made in |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for model, (_, figures) in shown.items():
        made_in = figures["generation"] + figures["compilation"]
        lines.append(
            f"| {model} | {figures['native, int64 arrays']:,.0f} | {figures['native, int32 arrays']:,.0f} "
            f"| {figures['native, two threads over one']:.2f} x "
            f"| {_versus(figures, 'C simulation')} | {_versus(figures, 'alkaid interpreter', 'alkaid')} "
            f"| {figures['of the byte multiply-accumulate peak']:.1f} % | {made_in:.1f} s |"
        )
    return "\n".join(lines)


def _peak(made: Mapping[str, Any]) -> float:
    return next(entry["value"] for entry in made["measurements"] if entry["name"] == ", ".join(PEAK))


def _versus(found: Mapping[str, float], what: str, short: str | None = None) -> str:
    if what not in found:
        return "-"
    return f"{found[what]:,.0f} ({found[f'native over {short or what}']:,.0f} x)"


def main(*wanted: str) -> None:
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as scratch:
        folder = Path(scratch)
        rate = peak(folder)
        measured = [Measurement(", ".join(PEAK), rate, "1/s")]
        for model in models(wanted):
            print(f"{model.name} ...", flush=True)
            place = folder / model.name
            place.mkdir()
            measured += measure(model, rate, place)
    fill(DOCUMENT, {"benchmark": table(record("emulator", measured))})


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except TrigforgeError as error:
        sys.exit(f"error: {error}")
