"""Events that a package carries, to prove itself on the machine where it is compiled."""

import numpy as np
import numpy.typing as npt

from trigforge.emulator.reference import run
from trigforge.emulator.stimuli import random_stimuli
from trigforge.export.tables import outputs_of
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput, InputKind


def host_events(graph: FixedPointGraph, count: int, seed: int = 0) -> dict[str, npt.NDArray[np.float64]]:
    """Host values of every input (of a register: one event): on the grid of its types, between it, and beyond it."""
    stimuli = random_stimuli(graph, count, seed)
    rng = np.random.default_rng(seed + 1)
    return {tensor.name: _values(tensor, stimuli[tensor.name], rng) for tensor in graph.inputs}


def _values(tensor: GraphInput, mantissas: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    hull = tensor.interval.hull
    with np.errstate(over="ignore"):
        values = np.ldexp(mantissas.astype(np.float64), hull.lsb)
    kind = (np.arange(len(values)) % 4).reshape(-1, *(1,) * len(tensor.shape))
    between = values * rng.uniform(0.5, 1.0, values.shape)
    with np.errstate(over="ignore"):
        beyond = values * rng.uniform(0.5, 3.0, values.shape)
    found = tensor.encoding.of_host(np.where(kind < 2, values, np.where(kind == 2, between, beyond)))
    return found[:1] if tensor.kind is InputKind.REGISTER else found


def print_events(graph: FixedPointGraph, count: int) -> str:
    """``events.h``, in C: host values, and the mantissas that the reference emulator gives."""
    host = host_events(graph, count)
    mantissas = {tensor.name: tensor.encode(host[tensor.name]) for tensor in graph.inputs}
    results = run(graph, mantissas).outputs
    outputs = outputs_of(graph)
    lines = [
        "/* Events and what the model must answer, by trigforge's reference emulator. */",
        "#include <stdint.h>",
        "",
    ]
    lines.append(f"enum {{ EVENTS = {count}, INPUTS = {len(graph.inputs)}, OUTPUTS = {len(outputs)} }};")
    for n, tensor in enumerate(graph.inputs):
        lines += _array("double", f"event_input{n}", [value.hex() for value in host[tensor.name].reshape(-1).tolist()])
    for n, name in enumerate(outputs):
        lines += _array("int64_t", f"event_output{n}", [f"INT64_C({m})" for m in results[name].reshape(-1).tolist()])
    registers = [tensor.kind is InputKind.REGISTER for tensor in graph.inputs]
    sizes = [tensor.interval.lo.size for tensor in graph.inputs]
    strides = [0 if register else size for register, size in zip(registers, sizes, strict=True)]
    lines += _array("int64_t", "input_strides", [str(stride) for stride in strides])
    lines += _array("int64_t", "output_elements", [str(interval.lo.size) for interval in outputs.values()])
    lines += _array("double *const", "event_inputs", [f"event_input{n}" for n in range(len(sizes))])
    lines += _array("int64_t *const", "event_outputs", [f"event_output{n}" for n in range(len(outputs))])
    return "\n".join([*lines, ""])


def _array(kind: str, name: str, entries: list[str]) -> list[str]:
    rows = [", ".join(entries[start : start + 10]) for start in range(0, len(entries), 10)]
    return [f"static const {kind} {name}[] = {{", *(f"    {row}," for row in rows), "};"]
