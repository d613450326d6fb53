"""Masks of a softmax: wherever minus infinity stands in front of one, the choice that puts it there is made plain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trigforge.frontends.qonnx.constants import MOVING, Array
from trigforge.frontends.qonnx.framework import onnx, set_nodes
from trigforge.frontends.qonnx.typed import known_constants, layer_names

_LOWEST = float(np.finfo(np.float32).min)
"""a number that every quantizer clips, as minus infinity"""
_QUANTIZERS = frozenset("Quant IntQuant QuantizeLinear".split())


@dataclass(frozen=True)
class Masked:
    """A tensor that is minus infinity where the condition ``hidden`` holds, and ``rest`` elsewhere; both by name."""

    hidden: str
    rest: str


def masks_made_plain(model: Any) -> tuple[Any, dict[str, Masked]]:
    """The model with every mask as ``Where(hidden, -inf, rest)``, and these choices by the tensor that they make.

    A mask is added to scores (0 and minus infinity), or chosen in any order, once or twice; a quantizer behind it
    makes minus infinity its least number, so that it is no mask any more. A model without masks is returned as it is.
    """
    constants = known_constants(model)
    if not any(_infinite(array).any() for array in constants.values()):
        return model, {}
    copy = onnx().ModelProto()
    copy.CopyFrom(model)
    plain = _Plain(copy.graph, constants)
    nodes = [
        made
        for node, name in zip(copy.graph.node, layer_names(model.graph), strict=True)
        for made in plain.of(node, name)
    ]
    used = {operand for node in nodes for operand in node.input} | {entry.name for entry in copy.graph.output}
    set_nodes(copy.graph, [node for node in nodes if node.output[0] in used or node.output[0] not in plain.masked])
    return copy, plain.masked


def _infinite(array: Array) -> Array:
    return np.isneginf(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)


@dataclass(frozen=True)
class _Plain:
    """The nodes of a graph, one after the other, and the masks found so far."""

    graph: Any
    constants: dict[str, Array]
    masked: dict[str, Masked] = field(default_factory=dict[str, Masked])

    def of(self, node: Any, name: str) -> Iterator[Any]:
        """A node as it was, or the nodes that take its place."""
        operands = [*node.input]
        if all(output in self.constants for output in node.output):
            yield node
            return
        match node.op_type:
            case "Where" if self._hides(operands[1]):
                yield from self._where(node, name, operands[0], operands[2])
            case "Where" if self._hides(operands[2]):
                seen = f"{name}.hidden"
                yield _node("Not", [operands[0]], seen)
                yield from self._where(node, name, seen, operands[1])
            case "Add" if any(operand in self.masked or self._has_mask(operand) for operand in operands):
                yield from self._added(node, name, [self._part(operand, name) for operand in operands])
            case kind if kind in MOVING and operands[0] in self.masked and self._is_zero(self.masked[operands[0]].rest):
                yield from self._moved(node, name, self.masked[operands[0]])
            case kind if kind in _QUANTIZERS and operands[0] in self.masked:
                yield from self._quantized(node, name, self.masked[operands[0]])
            case _:
                yield node

    def _hides(self, operand: str) -> bool:
        return operand in self.constants and bool(_infinite(self.constants[operand]).all())

    def _has_mask(self, operand: str) -> bool:
        """True for a constant of which a part is minus infinity, and the rest numbers."""
        array = self.constants.get(operand)
        return array is not None and bool(_infinite(array).any() and (np.isfinite(array) | _infinite(array)).all())

    def _constant(self, name: str, values: Any) -> str:
        self.constants[name] = np.asarray(values)
        self.graph.initializer.append(onnx().numpy_helper.from_array(self.constants[name], name))
        return name

    def _part(self, operand: str, name: str) -> Masked:
        """An operand of a sum, hidden by nothing ("") if it is no mask."""
        if operand in self.masked or not self._has_mask(operand):
            return self.masked.get(operand) or Masked("", operand)
        hidden = _infinite(self.constants[operand])
        rest = np.where(hidden, 0, self.constants[operand]).astype(self.constants[operand].dtype)
        return Masked(self._constant(f"{name}.hidden", hidden), self._constant(f"{name}.mask", rest))

    def _where(self, node: Any, name: str, hidden: str, rest: str) -> Iterator[Any]:
        """The choice that ``node`` is; of two masks on each other one."""
        before = self.masked.get(rest)
        if before is not None:
            both, rest = f"{name}.both", before.rest
            yield _node("Or", [hidden, before.hidden], both)
            hidden = both
        (result,) = node.output
        self.masked[result] = Masked(hidden, rest)
        infinity = self._constant(f"{name}.infinity", np.float32(-np.inf))
        yield onnx().helper.make_node("Where", [hidden, infinity, rest], [result], node.name)

    def _added(self, node: Any, name: str, parts: Sequence[Masked]) -> Iterator[Any]:
        """A sum in which a mask takes part; what the mask adds elsewhere stays added."""
        hidden, *more = [part.hidden for part in parts if part.hidden]
        if more:
            both = f"{name}.both"
            yield _node("Or", [hidden, *more], both)
            hidden = both
        rest, *others = [part.rest for part in parts if not self._is_zero(part.rest)] or [parts[0].rest]
        if others:
            total = f"{name}.sum"
            yield _node("Add", [rest, *others], total)
            rest = total
        yield from self._where(node, name, hidden, rest)

    def _moved(self, node: Any, name: str, mask: Masked) -> Iterator[Any]:
        """A mask that ``node`` has moved, 0 where it hides nothing; the condition gets all its axes first."""
        shape, whole = self.constants[mask.rest].shape, f"{name}.whole"
        yield _node("Or", [mask.hidden, self._constant(f"{name}.none", np.zeros(shape, bool))], whole)
        yield _again(node, whole, f"{name}.hidden", f"{name}.hidden")
        yield from self._where(node, name, f"{name}.hidden", self._constant(f"{name}.rest", np.float32(0)))

    def _is_zero(self, operand: str) -> bool:
        made = self.constants.get(operand)
        return made is not None and not made.any()

    def _quantized(self, node: Any, name: str, mask: Masked) -> Iterator[Any]:
        """The quantized rest, and the quantizer's least number where it is hidden."""
        lowest = self._constant(f"{name}.lowest", np.float32(_LOWEST))
        yield _again(node, mask.rest, node.name, f"{name}.rest")
        yield _again(node, lowest, f"{name}.least", f"{name}.least")
        yield onnx().helper.make_node(
            "Where", [mask.hidden, f"{name}.least", f"{name}.rest"], [*node.output], f"{name}.masked"
        )


def _node(kind: str, operands: list[str], made: str) -> Any:
    return onnx().helper.make_node(kind, operands, [made], made)


def _again(node: Any, operand: str, name: str, result: str) -> Any:
    """A node with the first operand and the result of another name."""
    copy = onnx().NodeProto()
    copy.CopyFrom(node)
    copy.name, copy.input[0], copy.output[0] = name, operand, result
    return copy
