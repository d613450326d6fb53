"""From a Keras model to a graph: every call of every layer, in order."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trigforge.errors import UnsupportedModelError
from trigforge.frontends.hgq.framework import keras, origin, quiet, to_numpy
from trigforge.frontends.hgq.inputs import resolve_input, with_encodings
from trigforge.frontends.hgq.layers import HANDLERS, REASONS, UNKNOWN
from trigforge.frontends.hgq.lowering import Call, Lowering, Tensor, identifier
from trigforge.frontends.hgq.refusal import Refusal, RefusedLayer, raise_refusals
from trigforge.graph import FixedPointGraph, InputEncoding


def lower_model(model: Any, name: str, version: int, encodings: Mapping[str, InputEncoding] | None) -> FixedPointGraph:
    """The graph of a built Keras model; ``UnsupportedModelError`` lists every layer that cannot be exact."""
    function = _function(model)
    lowering = Lowering(_has_seen_data(model))
    operands = [lowering.add_input(str(t.name), _shape(t, f"input {t.name!r}")) for t in function.inputs]
    outputs = _lower_function(lowering, function, operands, "")
    for tensor in outputs:
        if tensor.interval is None:
            lowering.refused.append(
                RefusedLayer(f"output {tensor.name!r}", "passes an input on unquantized; put a Quantizer behind it")
            )
    raise_refusals(name, lowering.refused)
    inputs = tuple(resolve_input(raw, lowering.demands) for raw in lowering.inputs)
    return FixedPointGraph(
        identifier(name),
        version,
        with_encodings(inputs, encodings),
        tuple(lowering.nodes),
        tuple(tensor.name for tensor in outputs),
    )


def _function(model: Any) -> Any:
    """The graph of calls inside a functional or sequential model."""
    function = getattr(model, "_functional", None) if isinstance(model, keras().Sequential) else model
    if function is None or not hasattr(function, "_nodes_by_depth"):
        kind = "is not built" if isinstance(model, keras().Sequential) else f"is a subclass, {type(model).__name__}"
        raise UnsupportedModelError(
            f"model {model.name!r} {kind}, so its layers cannot be followed; "
            "build it with the functional API, or give a Sequential an Input"
        )
    return function


def _has_seen_data(model: Any) -> bool:
    """Whether training or ``trace_minmax`` has run: both count EBOPs."""
    return any(int(layer.ebops) > 0 for layer in _all_layers(model) if getattr(layer, "enable_ebops", False))


def _all_layers(model: Any) -> list[Any]:
    """All layers and layers of layers that are built."""
    return [layer for layer in model._flatten_layers(include_self=False) if layer.built]


def _shape(tensor: Any, what: str) -> tuple[int, ...]:
    """The shape without the event axis."""
    shape: tuple[int | None, ...] = tuple(tensor.shape)
    if not shape or None in shape[1:]:
        raise UnsupportedModelError(
            f"{what} has the shape {[n if n is not None else '?' for n in shape]}; "
            "give every axis but the first a length"
        )
    return tuple(int(n) for n in shape[1:] if n is not None)


def _lower_function(lowering: Lowering, function: Any, operands: list[Tensor], prefix: str) -> list[Tensor]:
    known: dict[int, Tensor] = {id(t): operand for t, operand in zip(function.inputs, operands, strict=True)}
    depths: dict[int, list[Any]] = function._nodes_by_depth
    for depth in sorted(depths, reverse=True):
        for node in depths[depth]:
            if node.is_input or any(id(t) not in known for t in node.input_tensors):
                continue
            args, kwargs = node.arguments.fill_in(known)
            results = _lower_call(lowering, node, args, kwargs, prefix)
            known.update((id(t), result) for t, result in zip(node.outputs, results, strict=True))
    return [known[id(t)] for t in function.outputs]


def _lower_call(
    lowering: Lowering, node: Any, args: tuple[Any, ...], kwargs: dict[str, Any], prefix: str
) -> list[Tensor]:
    """The outputs of one call; stand-ins, and a refusal noted, where it cannot be lowered."""
    layer = node.operation
    name = prefix + identifier(str(layer.name))
    shapes = [_shape(t, f"layer {layer.name!r}") for t in node.outputs]
    if isinstance(layer, keras().Model):
        call = Call(lowering, layer, name, args, kwargs, ())
        return _lower_function(lowering, _function(layer), call.tensors, f"{name}.")
    call = Call(lowering, layer, name, args, {k: v for k, v in kwargs.items() if v is not None}, shapes[0])
    since, demands = len(lowering.nodes), len(lowering.demands)
    try:
        _check_layer(layer)
        handler = HANDLERS.get(_key(layer))
        if handler is None or len(shapes) != 1:
            raise Refusal(*_reason(layer))
        with quiet():
            result = handler(call)
        if result.shape != shapes[0]:
            raise Refusal(f"has the shape {list(shapes[0])} in Keras and {list(result.shape)} here", "report this")
    except Refusal as refusal:
        where = f"layer {prefix + str(layer.name)!r} ({type(layer).__name__})"
        lowering.refused.append(RefusedLayer(where, str(refusal)))
        del lowering.nodes[since:], lowering.demands[demands:]
        return [lowering.stand_in(name, shape) for shape in shapes]
    return [lowering.rename(result, name, since)]


def _key(layer: Any) -> tuple[str, str]:
    package, name = origin(layer.__class__)
    is_layer = isinstance(layer, keras().Layer)
    return (package if is_layer or package != "keras" else "keras.ops", name)


def _reason(layer: Any) -> tuple[str, str]:
    package, name = _key(layer)
    if package not in ("keras", "keras.ops", "hgq"):
        return (f"is a class of its own, {package}.{name}", "build it from layers of HGQ2")
    return REASONS.get(name, UNKNOWN) if package == "keras" else UNKNOWN


def _check_layer(layer: Any) -> None:
    """``Refusal`` for weights that are not finite and for arithmetic in half precision."""
    if not isinstance(layer, keras().Layer):
        return
    if layer.weights and str(layer.compute_dtype) not in ("float32", "float64"):
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
