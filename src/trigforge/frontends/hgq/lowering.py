"""``Lowering`` collects the nodes of a graph; ``Call`` is one layer's view of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from trigforge.errors import GraphError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Integers, Interval
from trigforge.frontends.hgq.inputs import Demand, Indices, RawInput
from trigforge.frontends.hgq.quantizers import QuantizerSpec, read_quantizer
from trigforge.frontends.hgq.refusal import Refusal, RefusedLayer
from trigforge.graph import (
    Add,
    Concat,
    Constant,
    Gather,
    Mul,
    Node,
    Op,
    Requantize,
    Reshape,
    Shift,
    Slice,
    Transpose,
    rearrange,
)
from trigforge.graph.infer import infer

_STAND_IN = FixedTypes.uniform(FixedType(8, 4, True))


@dataclass(frozen=True)
class Tensor:
    """A tensor of the graph, without the event axis.

    ``interval`` is None while the tensor only rearranges graph inputs; ``elements`` then numbers the input elements.
    """

    name: str
    shape: tuple[int, ...]
    interval: Interval | None
    elements: Indices | None = None


@dataclass
class Lowering:
    """The graph so far. ``calibrated`` says whether any layer of the model has seen data."""

    calibrated: bool
    inputs: list[RawInput] = field(default_factory=list[RawInput])
    nodes: list[Node] = field(default_factory=list[Node])
    demands: list[Demand] = field(default_factory=list[Demand])
    refused: list[RefusedLayer] = field(default_factory=list[RefusedLayer])
    names: set[str] = field(default_factory=set[str])

    def unique(self, wanted: str) -> str:
        """A name of identifiers and dots that no tensor bears yet."""
        name = ".".join(identifier(part) for part in wanted.split("."))
        count = 1
        while (found := name if count == 1 else f"{name}_{count}") in self.names:
            count += 1
        self.names.add(found)
        return found

    def add_input(self, wanted: str, shape: tuple[int, ...]) -> Tensor:
        """A graph input; its types are found when all its consumers are known."""
        first = sum(raw.elements.size for raw in self.inputs)
        raw = RawInput(self.unique(wanted), shape, first)
        self.inputs.append(raw)
        return Tensor(raw.name, shape, None, raw.elements)

    def add(self, wanted: str, op: Op, operands: Sequence[Tensor]) -> Tensor:
        """A node; ``Refusal`` where the op does not fit its operands or would compute on unquantized inputs."""
        operand_names = tuple(operand.name for operand in operands)
        if operands and all(operand.interval is None for operand in operands) and _moves(op):
            elements = _move(op, [operand.elements for operand in operands if operand.elements is not None])
            name = self.unique(wanted)
            self.nodes.append(Node(name, op, operand_names))
            return Tensor(name, elements.shape, None, elements)
        intervals: list[Interval] = []
        for operand in operands:
            if operand.interval is None:
                raise Refusal(
                    f"takes the input {operand.name!r}, which is not quantized",
                    "put a Quantizer layer behind the input, or set enable_iq=True",
                )
            intervals.append(operand.interval)
        try:
            interval = infer(op, intervals)
        except GraphError as error:
            raise Refusal(f"gives a {type(op).__name__} that cannot be built ({error})", "change the layer") from None
        name = self.unique(wanted)
        self.nodes.append(Node(name, op, operand_names))
        return Tensor(name, interval.shape, interval)

    def requantize(self, wanted: str, spec: QuantizerSpec, x: Tensor) -> Tensor:
        """The quantization of ``spec`` alone. On what comes from graph inputs it decides their types."""
        op = Requantize(spec.types, spec.rounding, spec.overflow)
        if x.elements is None:
            return self.add(wanted, op, [x])
        self.demands.append(Demand(x.elements, spec))
        interval = infer(op, [Interval.of_types(spec.types, x.shape)])
        name = self.unique(wanted)
        self.nodes.append(Node(name, op, (x.name,)))
        return Tensor(name, x.shape, interval)

    def rename(self, tensor: Tensor, wanted: str, since: int) -> Tensor:
        """Give a tensor made by a node from position ``since`` on another name."""
        made = {node.name for node in self.nodes[since:]}
        if tensor.name not in made:
            return tensor
        name = self.unique(wanted)
        self.names.discard(tensor.name)
        for position in range(since, len(self.nodes)):
            node = self.nodes[position]
            own, *operands = (name if old == tensor.name else old for old in (node.name, *node.operands))
            self.nodes[position] = replace(node, name=own, operands=tuple(operands))
        return replace(tensor, name=name)

    def stand_in(self, wanted: str, shape: tuple[int, ...]) -> Tensor:
        """What later layers are checked with in place of a refused layer's output."""
        return Tensor(self.unique(wanted), shape, Interval.of_types(_STAND_IN, shape))


@dataclass(frozen=True)
class Call:
    """One call of one layer: its arguments, with tensors of the graph in place of Keras's, and where nodes go."""

    lowering: Lowering
    layer: Any
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    output_shape: tuple[int, ...]

    @property
    def tensors(self) -> list[Tensor]:
        """All tensors among the arguments, in order."""
        return _flatten((*self.args, *self.kwargs.values()))

    @property
    def x(self) -> Tensor:
        """The one tensor of a layer that takes one."""
        tensors = self.tensors
        if len(tensors) != 1:
            raise Refusal(f"is called with {len(tensors)} tensors", "call it with one, without a mask")
        return tensors[0]

    @property
    def dtype(self) -> str:
        """What the layer computes in: float32 or float64."""
        return str(self.layer.compute_dtype)

    def of(self, layer: Any, name: str, *args: Tensor) -> "Call":
        """The call of a layer inside this layer."""
        return replace(self, layer=layer, name=f"{self.name}.{name}", args=args, kwargs={})

    def emit(self, suffix: str, op: Op, *operands: Tensor) -> Tensor:
        """A node called ``layer.suffix``; the last one of a layer is renamed to ``layer``."""
        return self.lowering.add(f"{self.name}.{suffix}", op, operands)

    def constant(self, suffix: str, value: FixedArray) -> Tensor:
        """A tensor that never changes."""
        return self.emit(suffix, Constant(value))

    def reshape(self, suffix: str, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        """``x`` in another shape; no node where it has it already."""
        return x if x.shape == shape else self.emit(suffix, Reshape(shape), x)

    def shift(self, suffix: str, x: Tensor, places: int) -> Tensor:
        """``x * 2**places``; no node for 0 places."""
        return self.emit(suffix, Shift(Integers(places)), x) if places else x

    def spec(self, quantizer: Any, shape: tuple[int, ...]) -> QuantizerSpec | None:
        """What ``quantizer`` does to a tensor of ``shape``."""
        seen = self.lowering.calibrated
        if getattr(self.layer, "enable_ebops", False):
            seen = int(self.layer.ebops) > 0
        return read_quantizer(quantizer, shape, calibrated=seen)

    def quantize(self, suffix: str, quantizer: Any, x: Tensor) -> Tensor:
        """``x`` through an HGQ2 quantizer, its affine transformation included."""
        spec = self.spec(quantizer, x.shape)
        return x if spec is None else self.apply(suffix, spec, x)

    def apply(self, suffix: str, spec: QuantizerSpec, x: Tensor) -> Tensor:
        """``x`` through a quantizer that is known already."""
        y = self.lowering.requantize(f"{self.name}.{suffix}", spec, x)
        if spec.factor != FixedArray.of(1):
            y = self.emit(f"{suffix}.affine", Mul(), y, self.constant(f"{suffix}.factor", spec.factor))
        if spec.offset != FixedArray.of(0):
            y = self.emit(f"{suffix}.affine", Add(), y, self.constant(f"{suffix}.offset", spec.offset))
        return y

    def input_quantized(self, x: Tensor) -> Tensor:
        """``x`` through the layer's input quantizer, if it has one."""
        return self.quantize("iq", self.layer.iq, x) if getattr(self.layer, "enable_iq", False) else x

    def output_quantized(self, x: Tensor) -> Tensor:
        """``x`` through the layer's output quantizer, if it has one."""
        return self.quantize("oq", self.layer.oq, x) if getattr(self.layer, "enable_oq", False) else x


def identifier(text: str) -> str:
    """``text`` as an identifier of C and Python."""
    word = re.sub(r"\W", "_", text, flags=re.ASCII)
    return word if word and not word[0].isdigit() else f"n{word}"


def _flatten(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [tensor for item in cast(Sequence[Any], value) for tensor in _flatten(item)]
    return []


def _moves(op: Op) -> bool:
    return isinstance(op, Reshape | Transpose | Slice | Gather | Concat)


def _move(op: Op, elements: list[Indices]) -> Indices:
    match op:
        case Reshape() | Transpose() | Slice() | Gather():
            return rearrange(op, elements[0])
        case Concat(axis):
            return np.concatenate(elements, axis=axis)
        case _:
            raise TypeError(f"{type(op).__name__} computes")
