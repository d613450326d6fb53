"""The particulars of a model: its tensors, encodings and types, as C++ and as a table."""

from collections.abc import Iterator, Sequence
from math import ldexp
from typing import Literal

import numpy as np

from trigforge.fixed import FixedType, Interval
from trigforge.graph.encoding import NanPolicy
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput, InputKind
from trigforge.graph.simulation import Mantissas, Proof, count_events

Side = Literal["input", "output"]


def outputs_of(graph: FixedPointGraph) -> dict[str, Interval]:
    """The output tensors, each once."""
    return {name: graph.tensors[name] for name in graph.outputs}


def print_model(graph: FixedPointGraph) -> str:
    """``model.cpp``: the definitions that ``engine.h`` declares."""
    lines = [
        f"// {graph.name} version {graph.version}, graph {graph.digest}: its tensors, written by trigforge.",
        '#include "engine.h"',
        "",
        f"namespace trigforge_{graph.name}_v{graph.version} {{",
        "",
        "namespace {",
    ]
    for n, tensor in enumerate(graph.inputs):
        lines += _input_arrays(n, tensor)
    found = outputs_of(graph)
    for n, interval in enumerate(found.values()):
        lines.append(_array("int64_t", f"output{n}_shape", [str(length) for length in interval.shape] or ["1"]))
    ins = [_input(n, tensor) for n, tensor in enumerate(graph.inputs)]
    outs = [_tensor(name, interval, f"output{n}_shape") for n, (name, interval) in enumerate(found.items())]
    lines += [
        "} // namespace",
        "",
        f"const char model[] = {_quoted(graph.name)}, graph_digest[] = {_quoted(graph.digest)};",
        f"const int version = {graph.version}, input_count = {len(ins)}, output_count = {len(outs)};",
        f"const Input inputs[] = {{{', '.join(ins)}}};",
        f"const Tensor outputs[] = {{{', '.join(outs)}}};",
        "",
        f"}} // namespace trigforge_{graph.name}_v{graph.version}",
        "",
    ]
    return "\n".join(lines)


def print_proof(name: str, proof: Proof) -> str:
    """``proof.cpp`` of the package ``name``: the events that ``engine.h`` declares."""
    sides = {"input": list(proof.inputs.values()), "output": list(proof.outputs.values())}
    lines = [
        "// Events and what the model must answer, by trigforge's reference emulator.",
        '#include "engine.h"',
        "",
        f"namespace trigforge_{name} {{",
        "",
        "namespace {",
    ]
    lines += [_integers(f"{side}{n}", array) for side, arrays in sides.items() for n, array in enumerate(arrays)]
    lines += ["} // namespace", "", f"const int64_t proof_events = {count_events(proof.outputs.values())};"]
    for side, arrays in sides.items():
        names = ", ".join(f"{side}{n}" for n in range(len(arrays)))
        lines.append(f"const int64_t *const proof_{side}s[] = {{{names}}};")
    return "\n".join([*lines, "", f"}} // namespace trigforge_{name}", ""])


def _integers(name: str, mantissas: Mantissas) -> str:
    return _array("int64_t", name, [f"INT64_C({m})" for m in mantissas.reshape(-1).tolist()])


def _input_arrays(number: int, tensor: GraphInput) -> Iterator[str]:
    types = tensor.types.broadcast(tensor.shape)
    units = {"offset": tensor.encoding.offset.to_float(), "scale": tensor.encoding.factor}
    kinds = zip(
        types.width.values.reshape(-1).tolist(),
        types.signed.values.reshape(-1).tolist(),
        types.lsb.reshape(-1).tolist(),
        strict=True,
    )
    yield _array("int64_t", f"input{number}_shape", [str(length) for length in tensor.shape] or ["1"])
    for what, given in units.items():
        values: list[float] = np.broadcast_to(given, tensor.shape).reshape(-1).tolist()
        yield _array("double", f"input{number}_{what}", [value.hex() for value in values])
    entries = [
        f"{{{width}, {'true' if signed else 'false'}, {lsb}, {_per_lsb(lsb).hex()}}}" for width, signed, lsb in kinds
    ]
    yield _array("ElementType", f"input{number}_types", entries)


def _per_lsb(lsb: int) -> float:
    """``2**-lsb``; 0 where that is no double."""
    return ldexp(1.0, -lsb) if -1074 <= -lsb <= 1023 else 0.0


def _input(number: int, tensor: GraphInput) -> str:
    encoding = tensor.encoding
    flags = [tensor.kind is InputKind.REGISTER, encoding.nan_policy is NanPolicy.ZERO]
    register, nan_is_zero = ("true" if flag else "false" for flag in flags)
    return (
        f"{{{_tensor(tensor.name, tensor.interval, f'input{number}_shape')}, {register}, "
        f"Round::{encoding.rounding.value}, Overflow::{encoding.overflow.value}, {nan_is_zero}, "
        f"input{number}_offset, input{number}_scale, input{number}_types}}"
    )


def _tensor(name: str, interval: Interval, shape: str) -> str:
    hull = interval.hull
    signed = "true" if hull.signed else "false"
    rank = len(interval.shape)
    return f"{{{_quoted(name)}, {interval.lo.size}, {rank}, {shape}, {hull.lsb}, {hull.width}, {signed}}}"


def _quoted(text: str) -> str:
    """A C string of any text."""
    return '"' + "".join(c if c.isascii() and c.isprintable() and c not in '"\\?' else _escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode())


def _array(kind: str, name: str, entries: Sequence[str]) -> str:
    rows = [", ".join(entries[start : start + 12]) for start in range(0, len(entries), 12)]
    return f"const {kind} {name}[] = {{\n    " + ",\n    ".join(rows) + "};"


def sides(graph: FixedPointGraph) -> Iterator[tuple[Side, int, str, Interval]]:
    """Inputs and outputs with their numbers, names and intervals."""
    for n, tensor in enumerate(graph.inputs):
        yield "input", n, tensor.name, tensor.interval
    for n, (name, interval) in enumerate(outputs_of(graph).items()):
        yield "output", n, name, interval


def tensor_table(graph: FixedPointGraph) -> str:
    """Inputs and outputs as a table of Markdown."""
    kinds = {tensor.name: "register" for tensor in graph.registers}
    lines = ["| | tensor | shape | type | value of mantissa 1 |", "|---|---|---|---|---|"]
    for side, number, name, interval in sides(graph):
        hull: FixedType = interval.hull
        role = f"{kinds[name]} {number}" if side == "input" and name in kinds else f"{side} {number}"
        shape = ", ".join(map(str, interval.shape))
        lines.append(f"| {role} | `{name}` | [{shape}] | `{hull}` | 2^{hull.lsb} |")
    return "\n".join(lines)
