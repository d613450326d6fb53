"""The canonical text form of a graph, for people to read and for the digest.

    graph tagger version 1

    input %x: ap_fixed<8,3>[4] {shape = [4], types = ap_fixed<8,3>}

    %scores: ap_fixed<11,4>[2] = Dense(%x) {weight = fixed[4,2] lsb -1 (1 -1 1 0 2 1 0 1)}

    output %scores

The type after a colon is derived, the hull of the tensor; it may be left out, and where it stands it must be right.
``#`` begins a comment. ``lsb`` is left out where it is 0.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import prod
from typing import Protocol, cast

from trigforge.fixed import FixedArray, FixedTypes, Integers, Interval
from trigforge.graph.block import Block
from trigforge.graph.codec import OP_KEY, Plain, to_plain
from trigforge.graph.infer import body_tensors
from trigforge.graph.inputs import GraphInput
from trigforge.graph.kinds import kind_of
from trigforge.graph.ops import Map, Node
from trigforge.graph.origin import Approximation

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*", re.ASCII)
"""names of tensors: an identifier, or several joined by dots; other names are printed as JSON strings"""

NONE = "none"
_WIDTH = 120
_SHORTEST_ROW = 4


class PrintableGraph(Block, Protocol):
    """A graph as its text tells it."""

    @property
    def name(self) -> str:
        """An identifier of C."""
        ...

    @property
    def version(self) -> int:
        """A number from 0 on."""
        ...

    @property
    def approximations(self) -> tuple[Approximation, ...]:
        """The layers that are not computed to the bit."""
        ...

    @property
    def inputs(self) -> tuple[GraphInput, ...]:
        """The inputs, in order."""
        ...


def print_graph(graph: PrintableGraph) -> str:
    """The canonical text; ``parse_graph`` gives back an equal graph. ``GraphError`` where a tensor is undefined."""
    tensors = graph.tensors
    lines = [f"graph {_name(graph.name)} version {graph.version}", ""]
    for entry in graph.approximations:
        lines += _laid_out("inexact ", cast(dict[str, Plain], to_plain(entry)), "", 0)
    for tensor in graph.inputs:
        fields = cast(dict[str, Plain], to_plain(tensor))
        head = f"input {_annotated(tensor.name, tensors[tensor.name])} "
        lines += _laid_out(head, {key: fields[key] for key in fields if key != "name"}, "", 0)
    lines += ["", *_node_lines(graph.nodes, tensors, 0), ""]
    lines += [f"output {_tensor(name)}" for name in graph.outputs]
    return "\n".join(lines) + "\n"


def _node_lines(nodes: Sequence[Node], tensors: Mapping[str, Interval], indent: int) -> list[str]:
    lines: list[str] = []
    for node in nodes:
        operands = ", ".join(_tensor(name) for name in node.operands)
        made = f"{_tensor(node.name)}" if len(node.tensors) > 1 else _annotated(node.name, tensors[node.name])
        head = f"{made} = {kind_of(node.op)}({operands})"
        fields = cast(dict[str, Plain], to_plain(node.op))
        fields = {key: fields[key] for key in fields if key not in (OP_KEY, "body")}
        if isinstance(node.op, Map):
            body = node.op.body
            inside = body_tensors(node.op, [tensors[name] for name in node.operands])
            inputs = ", ".join(_annotated(name, inside[name]) for name in body.inputs)
            lines += _laid_out(f"{head} ", fields, f" each ({inputs}) {{", indent)
            lines += _node_lines(body.nodes, inside, indent + 2)
            lines += [f"{' ' * (indent + 2)}output {_tensor(output)}" for output in body.outputs]
            lines.append(f"{' ' * indent}}}")
        else:
            lines += _laid_out(f"{head} ", fields, "", indent) if fields else [" " * indent + head]
    return lines


def _laid_out(head: str, value: Plain, tail: str, indent: int) -> list[str]:
    """Lines of text: one where that is not too long, else one or more for each entry of ``value``."""
    pad = " " * indent
    match value:
        case dict():
            entries = [(f"{key} = ", item) for key, item in value.items()]
            opening, closing = "{", "}"
        case list():
            entries, opening, closing = [("", item) for item in value], "[", "]"
        case Integers() | FixedArray() | FixedTypes():
            return _laid_out_array(pad + head, value, tail, indent)
        case _:
            return [pad + head + _scalar(value) + tail]
    if (flat := _flat(value)) is not None and len(pad + head + flat + tail) <= _WIDTH:
        return [pad + head + flat + tail]
    lines = [pad + head + opening]
    for n, (key, item) in enumerate(entries, 1):
        lines += _laid_out(key, item, "," if n < len(entries) else "", indent + 2)
    return [*lines, pad + closing + tail]


def _laid_out_array(head: str, value: Integers | FixedArray | FixedTypes, tail: str, indent: int) -> list[str]:
    if (flat := _flat(value)) is not None and len(head + flat + tail) <= _WIDTH:
        return [head + flat + tail]
    title, words = _array(value)
    row = value.shape[-1] if len(value.shape) > 1 and value.shape[-1] >= _SHORTEST_ROW else len(words)
    lines = [f"{head}{title} ("]
    for start in range(0, len(words), row):
        lines += _filled(words[start : start + row], indent + 2)
    return [*lines, f"{' ' * indent}){tail}"]


def _filled(words: list[str], indent: int) -> list[str]:
    lines: list[str] = []
    line: list[str] = []
    length = indent
    for word in words:
        if line and length + len(word) > _WIDTH:
            lines.append(" " * indent + " ".join(line))
            line, length = [], indent
        line.append(word)
        length += len(word) + 1
    return [*lines, " " * indent + " ".join(line)]


def _flat(value: Plain) -> str | None:
    """The text on one line, or None where that is certainly too long."""
    match value:
        case dict():
            parts = [_flat(item) for item in value.values()]
            known = [f"{key} = {part}" for key, part in zip(value, parts, strict=True) if part is not None]
            return None if None in parts else "{" + ", ".join(known) + "}"
        case list():
            parts = [_flat(item) for item in value]
            return None if None in parts else "[" + ", ".join(part for part in parts if part is not None) + "]"
        case FixedTypes() if not value.shape:
            return _array(value)[1][0]
        case Integers() | FixedArray() | FixedTypes():
            if prod(value.shape) > _WIDTH:
                return None
            title, words = _array(value)
            return f"{title} ({' '.join(words)})"
        case _:
            return _scalar(value)


def _array(value: Integers | FixedArray | FixedTypes) -> tuple[str, list[str]]:
    shape = f"[{','.join(map(str, value.shape))}]"
    match value:
        case Integers():
            return f"integers{shape}", [str(n) for n in value.values.reshape(-1).tolist()]
        case FixedArray():
            lsb = f" lsb {value.lsb}" if value.lsb else ""
            return f"fixed{shape}{lsb}", [str(n) for n in value.mantissa.values.reshape(-1).tolist()]
        case FixedTypes():
            columns = (part.values.reshape(-1).tolist() for part in (value.signed, value.width, value.integer_bits))
            words = [f"ap_{'' if s else 'u'}fixed<{w},{i}>" for s, w, i in zip(*columns, strict=True)]
            return f"types{shape}", words


def _scalar(value: int | str | None) -> str:
    if value is None:
        return NONE
    return str(value) if isinstance(value, int | StrEnum) else json.dumps(value)


def _annotated(name: str, interval: Interval) -> str:
    return f"{_tensor(name)}: {annotation(interval)}"


def annotation(interval: Interval) -> str:
    """Hull and shape of a tensor, as ``ap_fixed<8,3>[16,3]``."""
    return f"{interval.hull}[{','.join(map(str, interval.shape))}]"


def _tensor(name: str) -> str:
    return f"%{_name(name)}"


def _name(name: str) -> str:
    return name if NAME.fullmatch(name) else json.dumps(name)
