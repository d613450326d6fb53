"""A Keras model in floating point, looked at for the types that it needs."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trigforge.building import EXACT, Floats, tensor_name
from trigforge.frontends.keras.call import LEFT_OUT
from trigforge.frontends.keras.framework import QUANTIZED, function_name, keras, origin, to_numpy
from trigforge.frontends.keras.plain import KERNELS, PLAIN, normalizing
from trigforge.frontends.keras.running import run
from trigforge.frontends.keras.typed import Watcher, typed_copy
from trigforge.frontends.keras.walk import ends_of, functional
from trigforge.frontends.survey import (
    FloatModel,
    Place,
    Span,
    Step,
    Watched,
    blocks,
    channel_span,
    input_spans,
    results,
    untyped_inputs,
)

_GROWING = frozenset("Multiply Dot Average Mean Sum Matmul Einsum Dot Square".split())
_POOLED = "AveragePooling"


def survey(model: Any, readable: Any = None) -> FloatModel:
    """A built Keras model as a ``FloatModel``; ``readable`` is what is read in its place, if another thing is."""
    function = functional(model)
    found = _Survey()
    outputs = found.function(function, [id(t) for t in function.inputs], "", final=True)
    names = [tensor_name(str(t.name)) for t in function.inputs]
    wanted = set(results(found.steps, outputs))
    inputs = {name: id(t) for name, t in zip(names, function.inputs, strict=True)}
    places = [Place(name, "type") for name in untyped_inputs(found.steps, inputs)]
    weights: dict[Place, Floats] = {}
    for name, layer in found.layers.items():
        own = _weights(layer)
        weights.update({Place(name, part): values for part, values in own.items()})
        places += [Place(name, part) for part in own]
        if name in found.summed:
            places.append(Place(name, "sum"))
        if name in wanted:
            places.append(Place(name, "result"))
    return FloatModel(
        model if readable is None else readable,
        "Keras",
        {name: tuple(t.shape[1:]) for name, t in zip(names, function.inputs, strict=True)},
        places,
        weights,
        [found.left_out.get(tensor, "") for tensor in outputs],
        _watching(function, places, found.ended, names),
    )


@dataclass
class _Survey:
    """Findings on the way through the calls of a model."""

    steps: list[Step] = field(default_factory=list[Step])
    layers: dict[str, Any] = field(default_factory=dict[str, Any])
    summed: set[str] = field(default_factory=set[str])
    ended: list[str] = field(default_factory=list[str])
    left_out: dict[Hashable, str] = field(default_factory=dict[Hashable, str])

    def function(self, function: Any, operands: Sequence[Hashable], prefix: str, *, final: bool) -> list[Hashable]:
        """The tensors that a graph of calls gives for its operands."""
        known = {id(t): operand for t, operand in zip(function.inputs, operands, strict=True)}
        ends = ends_of(function) if final else frozenset[int]()
        for depth in sorted(function._nodes_by_depth, reverse=True):
            for node in function._nodes_by_depth[depth]:
                if node.is_input or any(id(t) not in known for t in node.input_tensors):
                    continue
                takes, layer = tuple(known[id(t)] for t in node.input_tensors), node.operation
                name = f"{prefix}{layer.name}"
                if isinstance(layer, keras().Model):
                    gives = self.function(functional(layer), takes, f"{name}.", final=id(node) in ends)
                else:
                    gives = [(prefix, id(t)) for t in node.outputs]
                    self._step(layer, name, takes, tuple(gives), final=id(node) in ends)
                known.update(zip(map(id, node.outputs), gives, strict=True))
        return [known[id(t)] for t in function.outputs]

    def _step(
        self, layer: Any, name: str, takes: tuple[Hashable, ...], gives: tuple[Hashable, ...], *, final: bool
    ) -> None:
        package, kind = origin(layer.__class__)
        self.layers[name] = layer
        if package in QUANTIZED:
            quantizes = kind == "Quantizer" or bool(getattr(layer, "enable_iq", False))
            grows = kind != "Quantizer" and not getattr(layer, "enable_oq", False)
            self.steps.append(Step(name, takes, gives, grows=grows, quantizes=quantizes))
            return
        function = "softmax" if kind == "Softmax" else function_name(getattr(layer, "activation", None))
        plain, exact = kind in PLAIN, function in EXACT
        if plain and final and function in LEFT_OUT:
            self.ended.append(name)
            self.left_out[gives[0]], exact = function, True
        if plain and not exact and kind not in ("Activation", "Softmax"):
            self.summed.add(name)
        self.steps.append(
            Step(
                name,
                takes,
                gives,
                grows=bool(_weights(layer)) or _POOLED in kind or (kind in _GROWING and len(takes) != 0),
                waits=kind in ("ReLU", "Relu", "BatchNormalization") or (kind == "Activation" and exact),
                table=plain and not exact,
            )
        )


def _weights(layer: Any) -> dict[str, Floats]:
    """The numbers of a layer of Keras that have types, by part; channels of kernels are their last axis."""
    package, kind = origin(layer.__class__)
    if package != "keras" or kind not in PLAIN:
        return {}
    if kind == "BatchNormalization":
        return dict(zip(("weight", "bias"), normalizing(layer), strict=True))
    kernels = [to_numpy(getattr(layer, name)).reshape(-1) for name in KERNELS if getattr(layer, name, None) is not None]
    found = {"weight": np.concatenate(kernels)} if kernels else {}
    bias = getattr(layer, "bias", None)
    return found if bias is None else {**found, "bias": to_numpy(bias)}


def _watching(function: Any, places: Sequence[Place], ended: Sequence[str], names: Sequence[str]) -> Any:
    spans: dict[Place, Span] = {}

    def watcher(name: str) -> Watcher:
        def told(part: str, values: Floats) -> None:
            place = Place(name, part)
            if place in wanted:
                spans[place] = channel_span(values).joined(spans.get(place))

        return told

    wanted = {place for place in places if place.part in ("sum", "result")}
    copy = typed_copy(function, {}, ended, {place.name: watcher(place.name) for place in wanted})

    def watch(events: Mapping[str, Floats]) -> Watched:
        spans.clear()
        found = [run(copy, [block[name] for name in names]) for block in blocks(events)]
        return [np.concatenate(parts) for parts in zip(*found, strict=True)], {**input_spans(places, events), **spans}

    return watch
