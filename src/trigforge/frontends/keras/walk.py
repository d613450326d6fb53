"""From a Keras model to a graph: every call of every layer, in order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from trigforge.building import Builder, ModelTypes, Refusal, Tensor, concat, cut, each, quantize, reshape
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.keras.call import Call, Handlers, Key
from trigforge.frontends.keras.framework import QUANTIZED, keras, origin, quiet, to_numpy
from trigforge.frontends.keras.options import Reader
from trigforge.frontends.keras.running import KerasModel
from trigforge.frontends.reading import Reading
from trigforge.graph import HostUnits

_UNKNOWN = ("this class has no exact fixed-point form here", "replace it by a layer that docs/frontends.md lists")


_INPUT_REMEDY = "put a Quantizer layer behind the input, or set enable_iq=True where a layer has it"


def lower_model(
    model: Any,
    handlers: Handlers,
    name: str,
    version: int,
    units: Mapping[str, HostUnits] | None,
    types: ModelTypes,
) -> Reading:
    """The graph of a built Keras model; ``UnsupportedModelError`` lists every layer that cannot be exact.

    ``types`` quantize inputs before the model does, and what its layers leave in floating point.
    """
    function = functional(model)
    walk = _Walk(Builder(name, version, _INPUT_REMEDY, types), model, handlers)
    walk.builder.reserve({*(str(layer.name) for layer in function.layers), *(str(t.name) for t in function.inputs)})
    operands = [walk.builder.input(str(t.name), _shape(t, f"input {t.name!r}")) for t in function.inputs]
    quantized = [quantize(x, types.inputs.get(x.name), "input") for x in operands]
    graph = walk.builder.graph(walk.function(function, quantized, "", final=True), units)
    results = {layer: tensor.name for layer, tensor in walk.results.items() if tensor.unfinished is None}
    left_out = frozenset(layer.name for layer in graph.layers if layer.left_out)
    own = KerasModel(function, tuple(tensor.name for tensor in operands), results, types.layers, left_out)
    return Reading(graph, own)


def functional(model: Any) -> Any:
    """The graph of calls inside a functional or sequential model."""
    function = getattr(model, "_functional", None) if isinstance(model, keras().Sequential) else model
    if function is None or not hasattr(function, "_nodes_by_depth"):
        kind = "is not built" if isinstance(model, keras().Sequential) else f"is a subclass, {type(model).__name__}"
        raise UnsupportedModelError(
            f"model {model.name!r} {kind}, so its layers cannot be followed; "
            "build it with the functional API, or give a Sequential an Input"
        )
    return function


def ends_of(function: Any) -> frozenset[int]:
    """The calls whose results are outputs of the model, and nothing else."""
    nodes = [node for nodes in function._nodes_by_depth.values() for node in nodes]
    taken = {id(t) for node in nodes for t in node.input_tensors}
    outputs = {id(t) for t in function.outputs} - taken
    return frozenset(id(node) for node in nodes if any(id(t) in outputs for t in node.outputs))


def _shape(tensor: Any, what: str) -> tuple[int, ...]:
    """The shape without the event axis."""
    shape: tuple[int | None, ...] = tuple(tensor.shape)
    if not shape or None in shape[1:]:
        raise UnsupportedModelError(
            f"{what} has the shape {[n if n is not None else '?' for n in shape]}; "
            "give every axis but the first a length"
        )
    return tuple(int(n) for n in shape[1:] if n is not None)


def _operands(function: Any, call: Call) -> list[Tensor]:
    """The tensors with which a model inside the model is called, in the order of its inputs."""
    given = call.args[0] if call.args else None
    if isinstance(given, dict) and not isinstance(function._inputs_struct, dict):
        table = cast(dict[str, Tensor], given)
        return [table[str(t.name)] for t in function.inputs]
    return call.tensors


class _Walk:
    """The way through the calls of a model, and of the models inside of it."""

    def __init__(self, builder: Builder, model: Any, handlers: Handlers) -> None:
        self.builder, self.model, self.handlers = builder, model, handlers
        self.results: dict[str, Tensor] = {}

    def function(self, function: Any, operands: list[Tensor], prefix: str, *, final: bool) -> list[Tensor]:
        """The outputs of a graph of calls. ``prefix`` begins the names of its layers; ``final``: nothing follows it."""
        ends = ends_of(function) if final else frozenset[int]()
        known: dict[int, Tensor] = {id(t): operand for t, operand in zip(function.inputs, operands, strict=True)}
        depths: dict[int, list[Any]] = function._nodes_by_depth
        for depth in sorted(depths, reverse=True):
            for node in depths[depth]:
                if node.is_input or any(id(t) not in known for t in node.input_tensors):
                    continue
                args, kwargs = node.arguments.fill_in(known)
                results = self._call(node, args, kwargs, prefix, final=id(node) in ends)
                known.update((id(t), result) for t, result in zip(node.outputs, results, strict=True))
        return [known[id(t)] for t in function.outputs]

    def _call(
        self, node: Any, args: tuple[Any, ...], kwargs: dict[str, Any], prefix: str, *, final: bool
    ) -> list[Tensor]:
        """The outputs of one call; stand-ins, and a refusal noted, where it cannot be lowered."""
        layer = node.operation
        name = prefix + str(layer.name)
        shapes = [_shape(t, f"layer {layer.name!r}") for t in node.outputs]
        given = {key: value for key, value in kwargs.items() if value is not None}
        call = Call(self.builder, self.model, layer, args, given, shapes[0], final)
        if isinstance(layer, keras().Model):
            inner = functional(layer)
            return self.function(inner, _operands(inner, call), f"{name}.", final=final)
        where = f"layer {name!r} ({type(layer).__name__})"
        return self.builder.attempt(where, shapes, lambda: self._layer(call, name, shapes))

    def _layer(self, call: Call, name: str, shapes: list[tuple[int, ...]]) -> list[Tensor]:
        calls = [replace(call, output=n, output_shape=shape) for n, shape in enumerate(shapes)]
        results: list[Tensor] = []
        for one in calls:
            with self.builder.layer(name, type(call.layer).__name__) as opened, quiet():
                typed = replace(one, types=opened.types, opened=opened)
                result = self._lowered(typed, len(shapes) > 1)
                if result.shape != one.output_shape:
                    found = f"has the shape {list(one.output_shape)} in Keras and {list(result.shape)} here"
                    raise Refusal(found, "report this")
                opened.result = result
            results.append(result)
        if len(results) == 1:
            self.results[name] = results[0]
        return results

    def _lowered(self, call: Call, several: bool) -> Tensor:
        """One output of a layer, or of the layer inside a ``TimeDistributed``."""
        _check_layer(call.layer)
        if _key(call.layer) == ("keras", "TimeDistributed"):
            return self._timed(call)
        handler = self.handlers.by_class.get(_key(call.layer))
        if handler is None or several > (isinstance(handler, Reader) and handler.several):
            raise Refusal(*self._reason(call.layer))
        self.handlers.check_types(_key(call.layer), call.types)
        return quantize(handler(call), call.types.result, "result")

    def _timed(self, call: Call) -> Tensor:
        """A layer on each entry of the first axis; a loop, unless the input has no type yet."""
        x, inner = call.x, call.layer.layer
        if isinstance(inner, keras().Model):
            raise Refusal("wraps a model", "wrap its layers one by one")

        def step(entry: Tensor) -> Tensor:
            own = replace(call.on(entry, layer=inner), output_shape=call.output_shape[1:])
            return self._lowered(own, False)

        if x.known_interval is not None and x.unfinished is None:
            return each(x, step)
        entries = [reshape(cut(x, 0, n), x.shape[1:], "entry") for n in range(x.shape[0])]
        return concat(*(reshape(step(entry), (1, *call.output_shape[1:]), "row") for entry in entries), axis=0)

    def _reason(self, layer: Any) -> tuple[str, str]:
        package, name = _key(layer)
        if package not in ("keras", "keras.ops", *QUANTIZED):
            return (f"is a class of its own, {package}.{name}", "build it from layers of HGQ2")
        return self.handlers.reasons.get(name, _UNKNOWN) if package == "keras" else _UNKNOWN


def _key(layer: Any) -> Key:
    package, name = origin(layer.__class__)
    is_layer = isinstance(layer, keras().Layer)
    return (package if is_layer or package != "keras" else "keras.ops", name)


def _check_layer(layer: Any) -> None:
    """``Refusal`` for weights that are not finite and for arithmetic in half precision."""
    if not isinstance(layer, keras().Layer):
        return
    if str(layer.compute_dtype) not in ("float32", "float64"):
        raise Refusal(f"computes in {layer.compute_dtype}", "use float32 or float64")
    for weight in layer.weights:
        if weight.name == "i_decay_speed" or "float" not in str(weight.dtype):
            continue
        values = to_numpy(weight)
        wrong = int((~np.isfinite(values)).sum())
        if wrong:
            raise Refusal(
                f"weight {weight.name!r} holds NaN or infinity in {wrong} of {values.size} places",
                "restore an earlier checkpoint",
            )
