"""The quantizers of an HGQ2 model: first types from a float network, EBOPs, ranges, the weight of the EBOPs."""

import hashlib
import math
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from trigforge.errors import TrainingError
from trigforge.training.framework import hgq_utils, keras
from trigforge.training.recipe import behind

Floats = npt.NDArray[np.float32]
COVERED = 0.999
"""share of a channel's values that its first range holds; the others saturate until training widens it"""


_WEIGHTS = (("kernel", "kq"), ("bias", "bq"))
"""the weights of a layer, each with the quantizer that gives it its type"""
_OF_A_NORMALIZATION = {"kernel": "gamma", "bias": "beta"}


def start_from_float(quantized: Any, floating: Any, features: Floats) -> None:
    """Copy kernels and biases from the layers of the same names, and fit the trainable quantizers to what they see.

    Layers without quantizers take all that those of the same names and classes have learned. Layers of layers, as
    attention, hand kernels and biases on to the inner ones of the same names; their types stay those the recipe began
    with.

    The integer bits of an activation cover ``COVERED`` of its values on ``features``, those of a weight the weight.
    Bits in all stay those the recipe began with: of an activation each channel's, of a kernel the largest weight's of
    each input, so that smaller ones start with fewer.
    """
    watched = [layer for layer in quantized.layers if getattr(layer, "enable_iq", False) and hasattr(layer, "_iq")]
    inputs = [_as_list(floating.get_layer(layer.name).input) for layer in watched]
    if watched:
        probe = keras().Model(floating.inputs, [tensor for tensors in inputs for tensor in tensors])
        seen = iter(_as_list(probe.predict(features, batch_size=4096, verbose=0)))
        for layer, tensors in zip(watched, inputs, strict=True):
            quantizers = list(layer.iq) if len(tensors) > 1 else [layer.iq]
            for quantizer in quantizers:
                _cover_activation(quantizer.quantizer, next(seen))
    trained = {layer.name: layer for layer in floating.layers}
    for layer in quantized.layers:
        if type(layer) is type(trained.get(layer.name)):
            layer.set_weights(trained[layer.name].get_weights())
            continue
        for own, twin in _parts(layer, trained.get(layer.name)):
            for values, quantizer in _WEIGHTS:
                if getattr(own, quantizer, None) is None or getattr(own, values, None) is None:
                    continue
                found = getattr(twin, values if hasattr(twin, values) else _OF_A_NORMALIZATION[values])
                getattr(own, values).assign(found)
                _cover_weight(getattr(own, quantizer).quantizer, np.asarray(found))


def start_from_trained(model: Any, path: Path) -> str:
    """The SHA-256 of a trained quantized network's file, from which layers of ``model`` take what those of the same
    names have learned: all of it where they are of one class, types too, else kernels and biases; as far as shapes
    agree. So do those of what was cut off behind it, where that file stands beside it.

    Raises ``TrainingError`` for a file that is not there, and where nothing fits.
    """
    if not path.is_file():
        raise TrainingError(f"{path}, which this training begins from, does not exist; train that network first")
    hgq_utils()  # its layers are registered
    files = [path, *(file for file in [behind(path)] if file.is_file())]
    trained = {layer.name: layer for file in files for layer in keras().models.load_model(file, compile=False).layers}
    fitting = [
        (own, found)
        for layer in model.layers
        if layer.name in trained
        for own, found in _learned(layer, trained[layer.name])
        if own.shape == found.shape
    ]
    if not fitting:
        raise TrainingError(
            f"{path}, which this training begins from, shares no layer with the network; name another in recipe.py"
        )
    for own, found in fitting:
        own.assign(found)
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _parts(layer: Any, twin: Any) -> Iterator[tuple[Any, Any]]:
    """A quantized layer beside its twin in float, and so the layers in them that bear the same names."""
    yield layer, twin
    inner = {part.name: part for part in _inside(twin)} if twin is not None else {}
    yield from ((part, inner[part.name]) for part in _inside(layer) if part.name in inner)


def _inside(layer: Any) -> list[Any]:
    return list(layer._flatten_layers(include_self=False))


def _learned(layer: Any, trained: Any) -> list[tuple[Any, Any]]:
    """The variables of a layer, each with the one of another network's layer that it stands for."""
    if type(layer) is type(trained):
        return list(zip(layer.variables, trained.variables, strict=True))
    pairs = [(getattr(layer, name, None), getattr(trained, name, None)) for name in ("kernel", "bias")]
    return [(own, found) for own, found in pairs if own is not None and found is not None]


def _as_list(value: Any) -> list[Any]:
    return list(cast(list[Any], value)) if isinstance(value, list | tuple) else [value]


def _exponent(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """The least whole i with value <= 2**i, at least -20."""
    return np.ceil(np.log2(np.maximum(values, 2.0**-20))).astype(np.float32)


def _cover_activation(quantizer: Any, values: Floats) -> None:
    if not quantizer.trainable:
        return
    axes = tuple(int(axis) for axis in quantizer.bw_mapper.homogeneous_axis)
    largest = np.quantile(np.abs(values), COVERED, axis=axes, keepdims=True)
    bits = np.asarray(quantizer.b)
    integer = _exponent(largest)
    quantizer._k.assign((values < 0).any(axis=axes, keepdims=True))
    quantizer._i.assign(integer)
    quantizer._f.assign(bits - integer)


def _cover_weight(quantizer: Any, values: Floats) -> None:
    if not quantizer.trainable:
        return
    size = np.asarray(quantizer.bw_mapper.x_to_bw_absmax(values))
    largest = _exponent(size.max(axis=-1, keepdims=True) if size.ndim > 1 else size.max(keepdims=True))
    integer = _exponent(size)
    fraction = np.asarray(quantizer.b) - largest
    bits = np.maximum(integer + fraction, 1)
    quantizer._b.assign(bits)
    quantizer._i.assign(bits - fraction)


def set_beta(model: Any, beta: float) -> None:
    """Weigh the EBOPs of every layer by ``beta`` in the loss, those of layers in layers too."""
    for layer in model.layers:
        for part in _counted(layer):
            part._beta.assign(beta)


@contextmanager
def fixed_types(model: Any) -> Generator[None]:
    """The types of all quantizers as they are: nothing is learned of them meanwhile."""
    learned = [variable for q in _quantizers(model) for variable in q.trainable_variables]
    for variable in learned:
        variable.trainable = False
    try:
        yield
    finally:
        for variable in learned:
            variable.trainable = True


def round_weights(model: Any) -> None:
    """Give every kernel and bias the value that its quantizer gives it, which changes no answer."""
    for part in model._flatten_layers(include_self=False):
        for values, quantizer in _WEIGHTS:
            own, typed = getattr(part, values, None), getattr(part, quantizer, None)
            if own is not None and typed is not None:
                own.assign(typed(own))


def calibrate(model: Any, features: Floats) -> dict[str, int]:
    """EBOPs of every layer; quantizers that wrap first get the integer bits that ``features`` need."""
    wraps = any(getattr(q, "overflow_mode", "") == "WRAP" for q in _activation_quantizers(model))
    hgq_utils().trace_minmax(model, features if wraps else features[:1], batch_size=8192)
    parts = {str(layer.name): _counted(layer) for layer in model.layers}
    return {name: sum(int(part.ebops) for part in counted) for name, counted in parts.items() if counted}


def _counted(layer: Any) -> list[Any]:
    """A layer and the layers in it, as attention has them, as far as they count EBOPs: each counts its own."""
    return [part for part in [layer, *_inside(layer)] if getattr(part, "enable_ebops", False)]


def _activation_quantizers(model: Any) -> Iterator[Any]:
    return (quantizer for quantizer in _quantizers(model) if not getattr(quantizer, "_is_weight", False))


def _quantizers(model: Any) -> Iterator[Any]:
    return (layer for layer in model._flatten_layers(include_self=False) if hasattr(layer, "bw_mapper"))


def digest(model: Any) -> str:
    """The SHA-256 of all that a model has learned, its types too."""
    found = hashlib.sha256()
    for variable in model.variables:
        found.update(np.asarray(variable).tobytes())
    return found.hexdigest()


def beta_at(epoch: int, epochs: int, ramp: float, beta: tuple[float, float]) -> float:
    """The weight of the EBOPs in an epoch.

    Logarithmic from ``beta[0]`` at epoch 0 to ``beta[1]`` at ``ramp`` of the epochs, then constant.
    """
    first, last = beta
    done = min(epoch / (ramp * epochs), 1.0) if ramp > 0 else 1.0
    return math.exp((1 - done) * math.log(first) + done * math.log(last))
