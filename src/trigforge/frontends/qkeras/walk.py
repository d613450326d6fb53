"""From a saved Keras 2 model to a graph: every call of every layer, without Keras."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, cast

from trigforge.building import Builder, ModelTypes, Refusal, Tensor, each, quantize
from trigforge.errors import ModelFileError
from trigforge.frontends.keras.call import Call, Handler, Handlers
from trigforge.frontends.keras.options import Reader
from trigforge.frontends.qkeras.configurations import LayerEntry, entries, outputs, plain_name, references
from trigforge.frontends.qkeras.saved import SavedLayer, SavedWeights, numbered_names
from trigforge.frontends.qkeras.shapes import Shape, reshaped, result_shape
from trigforge.frontends.qkeras.spelling import quantizer
from trigforge.graph import FixedPointGraph, HostUnits

_MODELS = ("Functional", "Model", "Sequential")
_LAST_AXIS = ("Dense", "QDense", "Activation", "QActivation", "Dropout", "BatchNormalization", "QBatchNormalization")
_MOST_ELEMENTS = 2**21
_DEEPEST = 32
_UNKNOWN = ("this class is not read from files", "replace it by one that docs/frontends.md lists")
_REMEDY = (
    "begin the model with QActivation('quantized_bits(...)'), or give the input a type: "
    "type = 'ap_fixed<16,6>' in [inputs.NAME] of its model.toml"
)

Results = dict[tuple[str, int], list[Tensor | None]]
"""tensors by layer and number of its call; None stands for one of unknown shape, behind a refusal"""


@dataclass(frozen=True)
class Place:
    """The place of a layer in nested models: names of layers outside, and of the same in an archive."""

    path: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    final: bool = True


class Walk:
    """The way through the calls of a saved model, and of the models inside of it."""

    def __init__(self, builder: Builder, handlers: Handlers, weights: SavedWeights) -> None:
        self.builder, self.handlers, self.weights = builder, handlers, weights

    @classmethod
    def begun(cls, name: str, version: int, handlers: Handlers, weights: SavedWeights, types: ModelTypes) -> "Walk":
        """A walk with an empty graph."""
        return cls(Builder(name, version, _REMEDY, types), handlers, weights)

    def model(self, config: Mapping[str, Any], operands: Sequence[Tensor | None] | None, place: Place) -> list[Any]:
        """The outputs of a model; ``operands`` are None for the outermost, whose inputs are made."""
        if len(place.path) > _DEEPEST:
            raise ModelFileError(f"models are nested more than {_DEEPEST} deep; save a flatter one")
        listed = entries(config)
        known: Results = {}
        given = [name for name, _ in references(config.get("input_layers"), listed, "input")]
        for name in given:
            tensor = self._input(listed[name]) if operands is None else operands[given.index(name)]
            known[name, 0] = [tensor]
        ends = outputs(config, listed)
        consumed = {reference.key for entry in listed.values() for call in entry.calls for reference in call.operands}
        names = numbered_names([entry.class_name for entry in listed.values()])
        places = {
            name: Place(
                (*place.path, name),
                (*place.numbers, number),
                place.final and all((name, n) not in consumed for n in range(len(entry.calls))),
            )
            for (name, entry), number in zip(listed.items(), names, strict=True)
        }
        waiting = [
            (name, n) for name, entry in listed.items() for n in range(len(entry.calls)) if (name, n) not in known
        ]
        while waiting:
            ready = [key for key in waiting if all(r.key in known for r in listed[key[0]].calls[key[1]].operands)]
            if not ready:
                raise ModelFileError(f"layer {waiting[0][0]!r} of the model takes what no layer gives; save it again")
            for name, n in ready:
                known[name, n] = self._called(listed[name], n, known, places[name])
            waiting = [key for key in waiting if key not in known]
        return [reference.of(known) for reference in ends]

    def graph(self, outputs: Sequence[Tensor | None], units: Mapping[str, HostUnits] | None) -> FixedPointGraph:
        """The finished graph; ``UnsupportedModelError`` with all refusals, if there were any."""
        known = [tensor for tensor in outputs if tensor is not None]
        return self.builder.graph(known, units)

    def _input(self, entry: LayerEntry) -> Tensor | None:
        shape = entry.config.get("batch_input_shape", entry.config.get("batch_shape"))
        where = f"input {entry.name!r}"
        if not isinstance(shape, list) or not all(isinstance(n, int) and 0 < n for n in cast(list[Any], shape)[1:]):
            text = f"has the shape {shape!r}".replace("None", "?")
            self._refuse(where, Refusal(text, "give every axis but the first a length"))
            return None
        own = tuple(int(n) for n in cast(list[int], shape)[1:])
        if prod(own) > _MOST_ELEMENTS:
            self._refuse(where, Refusal(f"has {prod(own)} elements", f"give it at most {_MOST_ELEMENTS}"))
            return None
        x = self.builder.input(entry.name, own)
        return quantize(x, self.builder.types.inputs.get(x.name), "input")

    def _refuse(self, where: str, refusal: Refusal) -> None:
        def refuse() -> list[Tensor]:
            raise refusal

        self.builder.attempt(where, [], refuse)

    def _called(self, entry: LayerEntry, n: int, known: Results, place: Place) -> list[Tensor | None]:
        """The outputs of one call of a layer or of a model."""
        call = entry.calls[n]
        operands = [reference.of(known) for reference in call.operands]
        if entry.class_name in _MODELS:
            return self.model(entry.config, operands, place)
        name = ".".join(place.path)
        self.builder.expect([name])
        where = f"layer {name!r} ({entry.class_name})"
        layer = SavedLayer(entry.class_name, entry.config)
        shapes = [tensor.shape for tensor in operands if tensor is not None]
        if len(shapes) < len(operands) or not shapes:
            self.builder.attempt(where, [], lambda: self._only_checked(layer))
            return [None]
        shape = result_shape(layer, shapes)
        found = [tensor for tensor in operands if tensor is not None]
        stand_ins = [] if shape is None or prod(shape) > _MOST_ELEMENTS else [shape]
        made = self.builder.attempt(
            where, stand_ins, lambda: [self._layer(layer, name, found, call.kwargs, place, shape)]
        )
        return [*made] or [None]

    def _only_checked(self, layer: SavedLayer) -> list[Tensor]:
        """A layer behind a refusal of unknown shape: class, options and quantizers, which need no operands."""
        inner, _ = _unwrapped(layer)
        handler = self.handlers.by_class.get(("keras", inner.class_name))
        if handler is None:
            raise self._unknown(inner)
        if isinstance(handler, Reader):
            handler.check_options(inner.get_config())
        for option, found in inner.config.items():
            if option == "activation" or option.endswith("_quantizer"):
                quantizer(found)
        return []

    def _layer(
        self,
        layer: SavedLayer,
        name: str,
        operands: list[Tensor],
        kwargs: dict[str, Any],
        place: Place,
        shape: Shape | None,
    ) -> Tensor:
        inner, timed = _unwrapped(layer)
        inner = replace(inner, weights=self._weights(inner, place))
        if inner.compute_dtype not in ("float32", "float64"):
            raise Refusal(f"computes in {inner.compute_dtype}", "use float32 or float64")
        handler = self.handlers.by_class.get(("keras", inner.class_name))
        if handler is None:
            raise self._unknown(inner)
        if inner.class_name == "Reshape":
            shape = reshaped(operands[0].shape, inner.target_shape)
        call = Call(self.builder, None, inner, tuple(operands), kwargs, shape or operands[0].shape, place.final)
        with self.builder.layer(name, layer.class_name) as opened:
            opened.result = self._typed(handler, replace(call, types=opened.types, opened=opened), timed)
        return opened.result

    def _typed(self, handler: Handler, call: Call, timed: bool) -> Tensor:
        """The result of a call in the type that a table gives to it."""
        self.handlers.check_types(("keras", call.layer.class_name), call.types)
        each_apart = timed and call.layer.class_name not in _LAST_AXIS
        result = each(call.args, lambda *slices: handler(replace(call, args=slices))) if each_apart else handler(call)
        return quantize(result, call.types.result, "result")

    def _weights(self, inner: SavedLayer, place: Place) -> Mapping[str, Any]:
        found = self.weights.of(place.path, place.numbers, inner)
        own = str(inner.config.get("name", place.path[-1]))
        return found or self.weights.of((*place.path[:-1], own), place.numbers, inner)

    def _unknown(self, layer: SavedLayer) -> Refusal:
        return Refusal(*self.handlers.reasons.get(layer.class_name, _UNKNOWN))


def _unwrapped(layer: SavedLayer) -> tuple[SavedLayer, bool]:
    """The layer inside wrappers for pruning and for every entry of an axis, and whether the latter was there."""
    timed = False
    while layer.class_name in ("PruneLowMagnitude", "TimeDistributed"):
        found: Any = layer.config.get("layer")
        if not isinstance(found, dict):
            raise Refusal("wraps no layer", "save the model again")
        entry = cast(dict[str, Any], found)
        timed = timed or layer.class_name == "TimeDistributed"
        layer = SavedLayer(plain_name(entry), entry.get("config", {}))
    return layer, timed
