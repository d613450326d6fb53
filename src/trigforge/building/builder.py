"""``Builder``: collects the nodes of a graph, names them, and knows which layer of the user's model each comes from."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import prod
from typing import TypeVar

import numpy as np

from trigforge.building.inputs import Demand, Indices, RawInput, resolve_input, with_units
from trigforge.building.model_types import NO_TYPES, LayerTypes, ModelTypes
from trigforge.building.quantization import ONE, Quantization
from trigforge.building.refusals import Refusal, RefusedLayer, raise_refusals
from trigforge.building.structure import MOST_ELEMENTS
from trigforge.building.tensor import Draft, Scope, Tensor, identifier, tensor_name
from trigforge.errors import GraphError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Interval
from trigforge.graph import (
    Approximation,
    Concat,
    FixedPointGraph,
    GraphInput,
    HostUnits,
    InputEncoding,
    InputKind,
    Lookup,
    Map,
    Op,
    Rearrangement,
    Requantize,
    Reshape,
    UserLayer,
    joined_layers,
    rearrange,
)
from trigforge.graph.infer import infer_outputs
from trigforge.suggestions import known_names

T = TypeVar("T")
_GIVE_A_TYPE = "quantize it first, or give the input a type"
_NO_TYPES = ModelTypes()
_STAND_IN = FixedTypes.uniform(FixedType(8, 4, True))


@dataclass
class OpenLayer:
    """A layer while its nodes are made. ``result`` bears the layer's name in the end; None stands for the last node.

    ``left_out`` is a function of it that no node computes, ``types`` are those that a table gives to it.
    """

    name: str
    result: Tensor | None = None
    left_out: str = ""
    types: LayerTypes = NO_TYPES


class Builder:
    """A graph that grows, word by word. Words are functions on ``Tensor``s; ``graph`` ends it.

    ``input_remedy`` says what to do about an input that is used before it is quantized; ``types`` is the table of what
    the model leaves in floating point. With ``inexact``, approximations whose bound is proven stand in for refusals.

    >>> from trigforge.building import Builder, Quantization, dense, quantize, relu
    >>> from trigforge.fixed import FixedArray
    >>> build = Builder("tagger")
    >>> x = build.input("x", (3,), "ap_fixed<6,3>")
    >>> with build.layer("hidden"):
    ...     sums = dense(x, FixedArray.of([[1, -2], [0, 3], [5, 1]]))
    ...     hidden = quantize(relu(sums), Quantization.of("ap_ufixed<6,4>"))
    >>> [(node.name, *node.layers) for node in build.graph([hidden]).nodes]
    [('hidden.dense', 'hidden'), ('hidden.relu', 'hidden'), ('hidden', 'hidden')]
    """

    def __init__(
        self,
        name: str,
        version: int = 1,
        input_remedy: str = _GIVE_A_TYPE,
        types: ModelTypes = _NO_TYPES,
        inexact: bool = False,
    ) -> None:
        self.name, self.version, self.input_remedy, self.types = name, version, input_remedy, types
        self.inexact = inexact
        self._approximated: list[tuple[Tensor, Tensor | None, Approximation]] = []
        self.refused: list[RefusedLayer] = []
        self._inputs: list[RawInput | GraphInput] = []
        self._demands: list[Demand] = []
        self._scopes = [Scope()]
        self._names: set[str] = set()
        self._reserved: set[str] = set()
        self._expected: dict[str, None] = {}
        self._layers: dict[str, UserLayer] = {}
        self._open: list[OpenLayer] = []
        self._reloaded: set[str] = set()
        self._prefix: tuple[str, ...] = ()

    def input(
        self,
        wanted: str,
        shape: tuple[int, ...],
        types: FixedTypes | str | None = None,
        encoding: InputEncoding | None = None,
        kind: InputKind = InputKind.EVENT,
    ) -> Tensor:
        """A graph input. Without ``types`` they are found when all quantizers that consume it are known."""
        name = self._unique(wanted, own=wanted)
        if types is None:
            raw = RawInput(name, shape, sum(raw.elements.size for raw in self._inputs if isinstance(raw, RawInput)))
            self._inputs.append(raw)
            return self._owned(Tensor(self, name, shape, None, raw.elements))
        own = FixedTypes.uniform(FixedType.parse(types)) if isinstance(types, str) else types
        self._inputs.append(GraphInput(name, shape, own, encoding or InputEncoding(), kind))
        return self._owned(Tensor(self, name, shape, Interval.of_types(own, shape)))

    def register(self, wanted: str, shape: tuple[int, ...], types: FixedTypes | str) -> Tensor:
        """An input that holds weights, reloaded at run time."""
        return self.input(wanted, shape, types, kind=InputKind.REGISTER)

    def reloaded(self, constant: FixedArray, part: str) -> Tensor | None:
        """A register in place of constants of the open layer, which are its default; None where the table of types asks
        for none. ``part`` is weight or bias. ``Refusal`` where its type does not hold the constants."""
        layer = self._open[-1].name if self._open else ""
        quantization = self.types.registers.get(layer, NO_TYPES).parts.get(part)
        if quantization is None:
            return None
        self._reloaded.add(layer)
        types, shape = quantization.types_of(constant.shape), constant.shape
        name = self._unique(f"{layer}.{part}")
        made = GraphInput(name, shape, types, kind=InputKind.REGISTER, default=constant)
        if made.fault is not None:
            raise Refusal(
                f"has a {part} that its register, {quantization.spelt}, does not hold",
                "give the register more bits, before or behind the point",
            )
        self._inputs.append(made)
        tensor = Tensor(self, name, shape, made.interval)
        self._scopes[0].own.add(tensor)
        return tensor

    @contextmanager
    def layer(self, name: str, kind: str = "") -> Generator[OpenLayer]:
        """The layer of the user's model from which all nodes come that are made within; its result bears its name."""
        opened, outer = OpenLayer(name, types=self.types.layer(name)), self._prefix
        since, scope = len(self._scopes[-1].drafts), self._scopes[-1]
        self._layers.setdefault(name, UserLayer(name, kind))
        self._open.append(opened)
        self._prefix = tuple(identifier(part) for part in name.split("."))
        try:
            yield opened
        finally:
            self._open.pop()
            prefix, self._prefix = self._prefix, outer
        self._layers[name] = replace(self._layers[name], left_out=opened.left_out, typed=opened.types != NO_TYPES)
        made = [tensor for draft in scope.drafts[since:] for tensor in draft.outputs if len(draft.outputs) == 1]
        result = opened.result or (made[-1] if made else None)
        if result is not None and any(result is tensor for tensor in made):
            self._names.discard(result.name)
            result.name = self._unique(".".join(prefix), own=name)

    @contextmanager
    def part(self, name: str) -> Generator[None]:
        """A part of a layer: nodes that are made within have its name in theirs."""
        outer, self._prefix = self._prefix, (*self._prefix, name)
        try:
            yield
        finally:
            self._prefix = outer

    def add(self, suffix: str, op: Op, *operands: Tensor) -> Tensor:
        """A node, called after the open layer and ``suffix``; ``Refusal`` where the op does not fit its operands."""
        seen = tuple(self._seen(operand) for operand in operands)
        if isinstance(op, Rearrangement | Concat) and any(tensor.known_interval is None for tensor in seen):
            elements = _moved(op, [_elements(tensor) for tensor in seen])
            return self._drafted(suffix, op, seen, [(elements.shape, None, elements)])[0]
        (made,) = self.add_outputs(suffix, op, seen)
        return made

    def add_outputs(self, suffix: str, op: Op, operands: Sequence[Tensor]) -> list[Tensor]:
        """The tensors of a node that may have several."""
        seen = tuple(self._seen(operand) for operand in operands)
        unfinished = next((tensor for tensor in seen if tensor.unfinished is not None), None)
        if unfinished is not None and not _keeps(op, unfinished):
            assert unfinished.unfinished is not None
            raise unfinished.unfinished
        try:
            intervals = infer_outputs(op, [tensor.interval for tensor in seen])
        except GraphError as error:
            raise Refusal(f"gives a {type(op).__name__} that cannot be built ({error})", "change the layer") from None
        made = self._drafted(suffix, op, seen, [(interval.shape, interval, None) for interval in intervals])
        if unfinished is not None and isinstance(op, Rearrangement):
            made[0].divisor, made[0].deferred = unfinished.divisor, unfinished.deferred
        return made

    def requantize(self, suffix: str, x: Tensor, quantization: Quantization, gain: FixedArray = ONE) -> Tensor:
        """The requantization alone. On what comes from graph inputs without types it decides them.

        Those are then multiplied by ``gain`` (one number) before they are rounded.
        """
        op = Requantize(quantization.types, quantization.rounding, quantization.overflow)
        if x.elements is None:
            return self.add(suffix, op, x)
        layer = self._open[-1].name if self._open else suffix
        self._demands.append(Demand(x.elements, quantization, layer, gain))
        (interval,) = infer_outputs(op, [Interval.of_types(quantization.types, x.shape)])
        return self._drafted(suffix, op, (self._seen(x),), [(x.shape, interval, None)])[0]

    def exactly_or(self, exact: Callable[[], T], nearly: Callable[[], T]) -> T:
        """The result of ``exact``; of ``nearly`` where that refuses and approximations are allowed."""
        made = self._tried(exact)
        if not isinstance(made, Refusal):
            return made
        if not self.inexact:
            raise made.or_inexactly() from None
        return nearly()

    def _tried(self, make: Callable[[], T]) -> T | Refusal:
        """The result of ``make``, or its refusal, of which nothing stays."""
        scope = self._scopes[-1]
        nodes, demands = len(scope.drafts), len(self._demands)
        try:
            return make()
        except Refusal as refusal:
            del scope.drafts[nodes:], self._demands[demands:]
            return refusal

    def approximate(
        self, tensor: Tensor, units: int, differing: int = 0, values: int = 0, operand: Tensor | None = None
    ) -> Tensor:
        """``tensor``, of which the graph tells that it is an ``Approximation`` of the open layer."""
        if units:
            layer = self._open[-1].name if self._open else tensor.name
            bits = tensor.interval.hull.width
            entry = Approximation(layer, tensor.name, units, bits, differing, values)
            self._approximated.append((tensor, operand, entry))
        return tensor

    @contextmanager
    def body(self, operands: Sequence[tuple[str, Interval]]) -> Generator[tuple[Scope, tuple[Tensor, ...]]]:
        """The inside of a loop: a scope of its own, and handles on one slice of each operand."""
        scope = Scope()
        self._scopes.append(scope)
        inputs = (Tensor(self, self._unique(name), interval.shape, interval) for name, interval in operands)
        try:
            yield scope, tuple(self._owned(tensor) for tensor in inputs)
        finally:
            self._scopes.pop()

    def attempt(
        self, where: str, shapes: Sequence[tuple[int, ...]], make: Callable[[], Sequence[Tensor]]
    ) -> list[Tensor]:
        """The tensors that ``make`` makes; stand-ins of ``shapes``, and a refusal noted, where it refuses.

        ``UnsupportedModelError`` with all refusals so far where a stand-in would be larger than any tensor may be.
        """
        made = self._tried(make)
        if not isinstance(made, Refusal):
            return [*made]
        self.refused.append(RefusedLayer(where, str(made)))
        if any(prod(shape) > MOST_ELEMENTS for shape in shapes):
            raise_refusals(self.name, self.refused)
        return [self._stand_in(shape) for shape in shapes]

    def graph(self, outputs: Sequence[Tensor], units: Mapping[str, HostUnits] | None = None) -> FixedPointGraph:
        """The finished graph; ``UnsupportedModelError`` with all refusals, if there were any."""
        for tensor in outputs:
            if tensor.known_interval is None:
                where = f"output {tensor.name!r}"
                self.refused.append(RefusedLayer(where, "passes an input on unquantized; put a Quantizer behind it"))
            elif tensor.unfinished is not None:
                self.refused.append(RefusedLayer(f"output {tensor.name!r}", str(tensor.unfinished)))
        distinct, inputs = self._distinct(outputs), self._resolved_inputs()
        self._refuse_unknown_names([tensor.name for tensor in inputs])
        raise_refusals(self.name, self.refused)
        nodes = tuple(draft.node() for draft in self._scopes[0].drafts)
        names = tuple(tensor.name for tensor in distinct)
        layers = tuple(self._layers.values())
        inexact = tuple(
            replace(entry, tensor=tensor.name, operand=operand.name if operand else "")
            for tensor, operand, entry in self._approximated
        )
        given = with_units(inputs, units)
        return FixedPointGraph(identifier(self.name), self.version, given, nodes, names, layers, inexact)

    def _refuse_unknown_names(self, inputs: list[str]) -> None:
        """Note names in the table of types that the model does not have."""
        types, layers = self.types, [*self._layers, *self._expected]
        for where, what, given, known in (
            ("its types", "input", types.inputs, inputs),
            ("its types", "layer", types.layers, layers),
            ("its registers", "layer", types.registers, layers),
        ):
            for name in given:
                if name not in known:
                    text = f"the model has no {what} {name!r}; {known_names(name, known)}"
                    self.refused.append(RefusedLayer(where, text))
        if not self.refused:
            text = "has no weights that can be reloaded; name a dense layer or a convolution"
            self.refused += [RefusedLayer(name, text) for name in types.registers if name not in self._reloaded]

    def _distinct(self, outputs: Sequence[Tensor]) -> list[Tensor]:
        """The outputs, with a copy in place of a tensor that is listed again."""
        found: list[Tensor] = []
        for tensor in outputs:
            again = tensor in found and tensor.known_interval is not None
            found.append(self.add(f"{tensor.name}.again", Reshape(tensor.shape), tensor) if again else tensor)
        return found

    def _resolved_inputs(self) -> tuple[GraphInput, ...]:
        """The inputs with their types; refusals are noted."""
        inputs: list[GraphInput] = []
        for raw in self._inputs:
            try:
                inputs.append(resolve_input(raw, self._demands) if isinstance(raw, RawInput) else raw)
            except Refusal as refusal:
                self.refused.append(RefusedLayer(f"input {raw.name!r}", str(refusal)))
        return tuple(inputs)

    def expect(self, names: Iterable[str]) -> None:
        """Layers that the model has, whether they are made or stand behind one that is refused."""
        self._expected.update(dict.fromkeys(names))

    def reserve(self, names: Iterable[str]) -> None:
        """Keep names of layers for these layers: another one of which only the identifier is the same gets a number."""
        self._reserved.update(names)

    def _unique(self, wanted: str, own: str | None = None) -> str:
        """A name of identifiers and dots that no tensor bears yet, and that no layer but ``own`` has."""
        name = tensor_name(wanted)
        count, others = 1, self._reserved - {own}
        while (found := name if count == 1 else f"{name}_{count}") in self._names or found in others:
            count += 1
        self._names.add(found)
        return found

    def _owned(self, tensor: Tensor) -> Tensor:
        self._scopes[-1].own.add(tensor)
        return tensor

    def _seen(self, tensor: Tensor, depth: int = -1) -> Tensor:
        """The handle on a tensor in the open scope: a body sees tensors from outside whole."""
        scope = self._scopes[depth]
        if tensor in scope.own or len(self._scopes) + depth == 0:
            return tensor
        if tensor not in scope.captured:
            outer = self._seen(tensor, depth - 1)
            name = self._unique(f"{outer.name}.whole")
            inner = replace(outer, name=name, known_interval=outer.interval, elements=None)
            scope.own.add(inner)
            scope.captured[tensor] = inner
        return scope.captured[tensor]

    def _drafted(
        self,
        suffix: str,
        op: Op,
        operands: tuple[Tensor, ...],
        outputs: Sequence[tuple[tuple[int, ...], Interval | None, Indices | None]],
    ) -> list[Tensor]:
        name = self._unique(".".join((*self._prefix, suffix)))
        made = [self._owned(Tensor(self, name, *output)) for output in outputs]
        layers = tuple(layer.name for layer in self._open[-1:])
        if isinstance(op, Map):
            layers = joined_layers(*op.body.nodes) or layers
        draft = Draft(name, op, operands, tuple(made), layers)
        for tensor, own in zip(made, draft.node().tensors if len(made) > 1 else (name,), strict=True):
            tensor.name = own
        self._scopes[-1].drafts.append(draft)
        return made

    def _stand_in(self, shape: tuple[int, ...]) -> Tensor:
        """A tensor in place of a refused layer's output, with which later layers are checked."""
        name = self._unique(".".join((*self._prefix, "refused")))
        return self._owned(Tensor(self, name, shape, Interval.of_types(_STAND_IN, shape)))


def _keeps(op: Op, x: Tensor) -> bool:
    """True where the op looks up what is not finished in ``x``, or moves it."""
    uniform = x.deferred is None or x.deferred.uniform
    return isinstance(op, Lookup) or (isinstance(op, Rearrangement) and (uniform or op == Reshape(x.shape)))


def _elements(tensor: Tensor) -> Indices:
    """The input elements that a tensor rearranges, or -1 for each of its zeros; else its ``Refusal``."""
    if tensor.elements is not None:
        return tensor.elements
    if not bool(tensor.interval.is_zero.all()):
        raise Refusal(f"joins {tensor.name!r} and an input that is not quantized", _GIVE_A_TYPE)
    return np.full(tensor.shape, -1)


def _moved(op: Op, elements: list[Indices]) -> Indices:
    if isinstance(op, Rearrangement):
        return rearrange(op, elements[0])
    assert isinstance(op, Concat)
    return np.concatenate(elements, axis=op.axis)
