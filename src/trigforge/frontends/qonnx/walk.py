"""From an ONNX graph to one of ours: every node in order, refusals collected."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from trigforge.building import NO_TYPES, Builder, Refusal, identifier, quantize
from trigforge.building.refusals import RefusedLayer
from trigforge.errors import ModelFileError
from trigforge.fixed import FixedArray
from trigforge.frontends.qonnx.call import Call, settled
from trigforge.frontends.qonnx.constants import Array, Constant, folded
from trigforge.frontends.qonnx.framework import onnx, opset_of
from trigforge.frontends.qonnx.handlers import DOMAINS, HANDLERS, QUANTIZERS, REASONS
from trigforge.frontends.qonnx.recovered import recovered
from trigforge.frontends.qonnx.spelling_out import part_names, unspelt
from trigforge.frontends.qonnx.typed import layer_names
from trigforge.frontends.scales.nearly import nearest_multiple
from trigforge.frontends.scales.outputs import Output
from trigforge.frontends.scales.tables import looked_up
from trigforge.frontends.scales.values import Value, by_scale, exact_lattice, exactly, lattice

_UNKNOWN = ("has no exact form here", "replace it by an op that docs/frontends.md lists")
_FLOATS = (1, 11)
_MOST_ELEMENTS = 2**22


class Walk:
    """The tensors of a model by name, while its nodes are translated."""

    def __init__(
        self,
        model: Any,
        builder: Builder,
        where: str,
        left_out: Mapping[str, tuple[str, str]],
    ) -> None:
        self.graph, self.builder, self.where = model.graph, builder, where
        self.opset = opset_of(model)
        self.left_out = left_out
        self.known: dict[str, Any] = {}
        self.names: list[str] = layer_names(self.graph)
        self.results: dict[str, tuple[Output, str]] = {}
        self.finals: dict[str, Output] = {}
        self.quantized: dict[str, Array] = {}
        self.inputs: dict[str, str] = {}
        self.events = 1

    def run(self) -> list[Any]:
        """The outputs of the graph that is being built; refusals are noted in the builder."""
        weights = {tensor.name: tensor for tensor in self.graph.initializer}
        for tensor in weights.values():
            self._learn(tensor.name, recovered(np.asarray(onnx().numpy_helper.to_array(tensor))))
        given = [entry for entry in self.graph.input if entry.name not in weights]
        self._add_inputs(given)
        for node, name in zip(self.graph.node, self.names, strict=True):
            self._node(node, name)
        outputs = [self._output(entry.name) for entry in self.graph.output]
        return [tensor for tensor in outputs if tensor is not None]

    def _add_inputs(self, entries: list[Any]) -> None:
        shapes = {entry.name: self._shape(entry) for entry in entries}
        first = {shape[0] for shape in shapes.values()}
        if len(first) > 1:
            raise ModelFileError(
                f"{self.where}: its inputs have {first} events; let the first axis be that of the events"
            )
        self.events = next(iter(first), 1) or 1
        self.builder.reserve(self.names)
        self.builder.expect([*self.names, *part_names(self.graph)])
        for name, shape in shapes.items():
            own = self.builder.input(name, tuple(shape[1:]))
            self.inputs[own.name] = name
            self.known[name] = Value(quantize(own, self.builder.types.inputs.get(own.name), f"{own.name}.type"))

    def _shape(self, entry: Any) -> list[int]:
        """The full shape of an input; 0 for a number of events that is not given."""
        kind = entry.type.tensor_type
        shape = [int(axis.dim_value) for axis in kind.shape.dim]
        if not shape or min(shape[1:], default=1) < 1 or kind.elem_type not in _FLOATS or shape[0] < 0:
            raise ModelFileError(
                f"{self.where}: input {entry.name!r} is no float tensor of known shape (found {shape}); "
                "give every axis but the first a length"
            )
        if prod(shape[1:]) > _MOST_ELEMENTS:
            raise ModelFileError(f"{self.where}: input {entry.name!r} has the shape {shape}; give it fewer elements")
        return shape

    def _node(self, node: Any, name: str) -> None:
        """The outputs of one node among the known tensors: None where it, or one in front, is refused."""
        operands = [self.known.get(operand) if operand else None for operand in node.input]
        missing = [operand for operand in node.input if operand and operand not in self.known]
        if missing:
            raise ModelFileError(
                f"{self.where}: node {name!r} takes {missing[0]!r}, which nobody makes; export it again"
            )
        try:
            found = self._translated(node, name, operands)
        except Refusal as refusal:
            self.builder.refused.append(RefusedLayer(f"node {name!r} ({node.op_type})", str(refusal)))
            found = [None] * len(node.output)
        for output, made in zip(node.output, found, strict=False):
            self._learn(output, made)

    def _learn(self, tensor: str, found: Any) -> None:
        self.known[tensor] = found
        if isinstance(found, Constant) and found.integers is not None:
            self.quantized[tensor] = found.exact().astype(np.float64)

    def _translated(self, node: Any, name: str, operands: list[Any]) -> list[Any]:
        package = node.domain in DOMAINS
        reader = HANDLERS.get(node.op_type) if package else None
        constants = all(isinstance(operand, Constant | None) for operand in operands)
        refused = any(operand is None for operand, own in zip(operands, node.input, strict=True) if own)
        attributes = {entry.name: onnx().helper.get_attribute_value(entry) for entry in node.attribute}
        if constants and not refused and package and node.op_type not in QUANTIZERS:
            return list(folded(_standard(node), operands, self.opset))  # type: ignore[arg-type]
        if reader is None:
            softmax = unspelt(name, self.opset) if node.op_type == "Softmax" else None
            raise Refusal(*(softmax or REASONS.get(node.op_type, _UNKNOWN)))
        faults = reader.faults(attributes)
        if faults:
            raise Refusal(
                "; ".join(found for found, _ in faults), "; ".join(dict.fromkeys(remedy for _, remedy in faults))
            )
        if refused:
            return [None] * len(node.output)
        last = "channels_last" in node.domain
        call = Call(self.builder, node.op_type, operands, attributes, self.opset, self.events, len(node.output), last)
        with self.builder.layer(name, node.op_type) as opened:
            found = reader.handler(call)
            short = opened.types != NO_TYPES and node.op_type != "Div"  # its rounded constants; no inverse is
            if short and isinstance(found, Value) and found.ramp is not None:
                found = Value(exactly(found))
        made: list[Any] = [*found] if isinstance(found, list) else [found]
        if len(made) == 1 and isinstance(made[0], Value):
            result = Output(made[0], single=False)
            if result.countable and (not made[0].steps or node.op_type in QUANTIZERS):
                self.results[name] = (result, node.output[0])
        return made

    def _output(self, name: str) -> Any:
        """An output as an exact tensor; None, and a refusal noted, where it has no exact form."""
        value = self.known.get(name)
        if value is None:
            if name not in self.known:
                raise ModelFileError(f"{self.where}: output {name!r} is made by no node; export it again")
            return None
        try:
            layer, kind = self.left_out.get(name, (identifier(name), "output"))
            with self.builder.layer(layer, kind) as opened:
                opened.left_out = kind if name in self.left_out else ""
                return self._exact(value, name)
        except Refusal as refusal:
            self.builder.refused.append(RefusedLayer(f"output {name!r}", str(refusal)))
            return None

    def _exact(self, value: Any, name: str) -> Any:
        value = settled(value)
        if isinstance(value, Constant):
            raise Refusal("never changes", "leave it out")
        if value.ramp is None or value.tensor.known_interval is None:
            return by_scale(*lattice(value))
        try:
            tensor, kept = by_scale(*exact_lattice(value)), Output(value, single=False)
        except Refusal:
            tensor, kept = self._rounded(value)
        self.finals[name] = kept
        return tensor

    def _rounded(self, value: Value) -> tuple[Any, Output]:
        """An output that is no binary number: what float32 makes of it; within a bound where that is allowed."""

        def nearly() -> tuple[Any, Output]:
            tensor = nearest_multiple(*lattice(value))
            return tensor, Output(Value(tensor), single=False)

        return self.builder.exactly_or(lambda: (looked_up(value, _single), Output(value, single=True)), nearly)


def _single(found: Array) -> FixedArray:
    """Float32 numbers as they are."""
    if not bool(np.isfinite(found).all()):
        raise Refusal("has NaN or infinity among its values", "put a quantizer in front")
    return FixedArray.from_float(found)


def _standard(node: Any) -> Any:
    """A node in the domain of ONNX itself."""
    copy = onnx().NodeProto()
    copy.CopyFrom(node)
    copy.domain = ""
    return copy
