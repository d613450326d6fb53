"""A copy of a Keras model that rounds as a table of types says: a graph with such types is compared with it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any, cast

import numpy as np

from trigforge.building import Floats, LayerTypes, Quantization, rounded_constant
from trigforge.frontends.keras.framework import keras, quiet, to_numpy, to_tensor
from trigforge.frontends.keras.plain import KERNELS, normalizing

_NO_LAYERS: Mapping[str, LayerTypes] = {}
Watcher = Callable[[str, Floats], None]
"""Told what an activation of the layer takes (``sum``) and what the layer gives (``result``), with the event axis."""


def typed_copy(
    model: Any,
    types: Mapping[str, LayerTypes] = _NO_LAYERS,
    left_out: Collection[str] = (),
    watched: Mapping[str, Watcher] | None = None,
) -> Any:
    """A copy whose layers round as ``types`` says and end before activations of ``left_out``; all by layer.

    It runs eagerly, event by event as Keras does; weights are rounded once, here. ``watched`` are layers whose values
    are told.
    """
    names = {*types, *left_out, *(watched or {})}
    found = keras().saving.serialize_keras_object(model)["config"]
    with quiet():
        wrapped = _wrapped(found, "", lambda name: name in names, types, left_out)
        copy: Any = model.__class__.from_config(wrapped, custom_objects={"trigforge>Typed": _typed_class()})
        copy.set_weights(model.get_weights())
    for name, layer in _layers(copy, ""):
        if name in names:
            layer.round_weights()
            layer.watcher = (watched or {}).get(name)
    return copy


def _layers(model: Any, above: str) -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        name = f"{above}{layer.name}"
        yield name, layer
        if isinstance(layer, keras().Model):
            yield from _layers(layer, f"{name}.")


def _wrapped(
    config: dict[str, Any],
    above: str,
    chosen: Callable[[str], bool],
    types: Mapping[str, LayerTypes],
    left_out: Collection[str],
) -> dict[str, Any]:
    """The configuration of a model with chosen layers inside ``Typed``."""

    def entry(layer: dict[str, Any]) -> dict[str, Any]:
        own = cast(dict[str, Any], layer.get("config", {}))
        name = f"{above}{layer.get('name', own.get('name'))}"
        if "layers" in own:
            return {**layer, "config": _wrapped(own, f"{name}.", chosen, types, left_out)}
        if not chosen(name):
            return layer
        inner = {key: value for key, value in layer.items() if key not in ("name", "inbound_nodes")}
        spelt = types[name].spelt if name in types else {}
        outer = {"name": own["name"], "dtype": own.get("dtype"), "layer": inner, "types": spelt}
        kept = {key: layer[key] for key in ("name", "inbound_nodes") if key in layer}
        wrapper = {"class_name": "Typed", "config": {**outer, "left_out": name in left_out}}
        return {**kept, **wrapper, "module": None, "registered_name": "trigforge>Typed"}

    return {**config, "layers": [entry(layer) for layer in config["layers"]]}


def _rounded(values: Any, own: Quantization | None, like: Any) -> Any:
    """A tensor rounded, in the precision of ``like``; itself without a type."""
    if own is None:
        return values
    return to_tensor(rounded_constant(to_numpy(values), own).to_float(), _precision(like))


@cache
def _typed_class() -> Any:
    framework = keras()

    @framework.saving.register_keras_serializable(package="trigforge")
    class Typed(framework.layers.Layer):
        """A layer whose weights, sums and results are rounded; ``layer`` is its configuration."""

        def __init__(self, layer: Any, types: Mapping[str, Any], left_out: bool, **more: Any) -> None:
            framework.layers.Layer.__init__(self, **more)
            self.given, self.types, self.watcher = layer, LayerTypes.of(types), None
            self.left_out = left_out
            self.inner = framework.saving.deserialize_keras_object(layer)
            self.function = getattr(self.inner, "activation", None)
            if self.function is not None:
                self.inner.activation = framework.activations.linear
            self.built = True

        def get_config(self) -> dict[str, Any]:
            """See ``keras.layers.Layer``."""
            own = {"layer": self.given, "types": self.types.spelt, "left_out": self.left_out}
            return {**framework.layers.Layer.get_config(self), **own}

        def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
            """Those of the layer inside, whose weights this builds."""
            return self.inner(*args, **kwargs)

        def call(self, *args: Any, **kwargs: Any) -> Any:
            """The layer inside, on NumPy between rounded weights and rounded results."""
            y = self._linear(*args, **kwargs)
            self._tell("sum", y)
            if self.function is not None and not self.left_out:
                y = self.function(_rounded(y, self.types.sum, y))
            self._tell("result", y)
            return _rounded(y, self.types.result, y)

        def _linear(self, *args: Any, **kwargs: Any) -> Any:
            if type(self.inner).__name__ == "Softmax" and self.left_out:
                return args[0]
            if type(self.inner).__name__ != "BatchNormalization" or self.types.weight is None:
                return self.inner(*args, **kwargs)
            x, shape = args[0], [1] * len(args[0].shape)
            shape[self.inner.axis] = -1
            parts = zip(normalizing(self.inner), (self.types.weight, self.types.bias), strict=True)
            scale, offset = (to_tensor(_constant(values, own).reshape(shape), _precision(x)) for values, own in parts)
            return x * scale + offset

        def _tell(self, part: str, values: Any) -> None:
            if self.watcher is not None:
                self.watcher(part, to_numpy(values))

        def round_weights(self) -> None:
            """Put rounded kernels and biases into the place of the trained ones."""
            for name in (*KERNELS, "bias"):
                own = self.types.bias if name == "bias" else self.types.weight
                variable = getattr(self.inner, name, None)
                if variable is not None and own is not None:
                    variable.assign(_kernel(name, to_numpy(variable), own))

    return Typed


def _precision(tensor: Any) -> str:
    return str(keras().backend.standardize_dtype(tensor.dtype))


def _constant(values: Floats, own: Quantization | None) -> Floats:
    return values if own is None else np.asarray(rounded_constant(values, own).to_float())


def _kernel(name: str, values: Floats, own: Quantization) -> Floats:
    """Rounded weights; the last two axes of a depthwise kernel are one of channels, as its results have them."""
    if name != "depthwise_kernel":
        return _constant(values, own)
    flat = values.reshape(*values.shape[:-2], 1, -1)
    return _constant(flat, own).reshape(values.shape)
