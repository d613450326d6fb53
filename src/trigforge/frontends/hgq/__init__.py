"""HGQ2 0.2 / Keras 3 models to graphs, bit for bit what the model computes at inference."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trigforge.building import Tensor, add, identifier, power_of_two, shift, sum_over
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.hgq import linear, tables
from trigforge.frontends.hgq.quantizing import lower_quantizer, quantized
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call, Handler, Handlers
from trigforge.frontends.keras.files import open_model
from trigforge.frontends.keras.framework import keras
from trigforge.frontends.keras.operations import OPERATIONS
from trigforge.frontends.keras.structure import LAYERS, MERGING, POOLING
from trigforge.frontends.keras.walk import lower_model
from trigforge.graph import FixedPointGraph, InputEncoding


def read(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    encodings: Mapping[str, InputEncoding] | None = None,
) -> FixedPointGraph:
    """The graph of a Keras model, or of a ``.keras`` or ``.h5`` file.

    The graph's outputs equal the model's for every event wherever the model itself is exact: Keras computes in
    float32, so while each accumulator fits 24 bits, and in float64 up to 53 bits. Weights are those of the model's
    own precision. ``name`` defaults to the file's or model's own. Of ``encodings`` (by input name), scale and NaN
    policy are taken; rounding and overflow are those of the model's first quantizers.

    Raises ``ModelFileError`` for a file that cannot be opened or is not safe to open, ``UnsupportedModelError`` with
    every layer that cannot be represented exactly, ``ToolMissingError`` without Keras or HGQ2.
    """
    if isinstance(model_or_path, str | Path):
        path = Path(model_or_path)
        own = identifier(path.stem) if name is None else name
        return lower_model(open_model(path), HANDLERS, own, version, encodings)
    if not isinstance(model_or_path, keras().Model):
        raise UnsupportedModelError(
            f"an object of type {type(model_or_path).__name__} is no Keras model; give a model or the path of one"
        )
    own = str(model_or_path.name) if name is None else name
    return lower_model(model_or_path, HANDLERS, own, version, encodings)


def _sum(call: Call) -> Tensor:
    """``QSum`` and ``QMeanPow2``: a sum over axes, times a power of two."""
    x, layer = call.x, call.layer
    axes = [without_event_axis(axis, x, "reduces") for axis in layer.axes]
    total = sum_over(x, axes, bool(layer.keepdims))
    return shift(total, power_of_two(float(layer.scale)), "scaled")


def _average(call: Call) -> Tensor:
    """``QAveragePow2``: a sum times a power of two."""
    return shift(add(*call.tensors, name="merged"), power_of_two(float(call.layer._scale)), "scaled")


_BETWEEN_QUANTIZERS: dict[str, Handler] = {
    **{f"Q{name}": handler for name, handler in (MERGING | POOLING).items()},
    "QAveragePow2": _average,
    "QSum": _sum,
    "QMeanPow2": _sum,
}

_OWN: dict[str, Handler] = {
    "QDense": linear.lower_dense,
    "QBatchNormDense": linear.lower_dense,
    "QEinsumDense": linear.lower_einsum_dense,
    "QEinsumDenseBatchnorm": linear.lower_einsum_dense,
    "QConv1D": linear.lower_conv,
    "QConv2D": linear.lower_conv,
    "QBatchNormalization": linear.lower_batch_normalization,
    "QEinsum": linear.lower_einsum,
    "QMultiHeadAttention": linear.lower_attention,
    "QLinformerAttention": linear.lower_linformer_attention,
    "QUnaryFunctionLUT": tables.lower_unary_function,
    "QAffinedUnaryFunctionLUT": tables.lower_affined_unary_function,
    "QSoftmax": tables.lower_softmax,
    "Quantizer": lower_quantizer,
}

_FLOAT_WEIGHTS = "its weights are floating-point numbers"
_FLOAT_VALUES = "its values have no exact fixed-point form"

HANDLERS = Handlers(
    {
        **{("keras", name): handler for name, handler in LAYERS.items()},
        **{("keras.ops", name): handler for name, handler in OPERATIONS.items()},
        **{("hgq", name): quantized(handler) for name, handler in _BETWEEN_QUANTIZERS.items()},
        **{("hgq", name): handler for name, handler in _OWN.items()},
    },
    {
        **{
            name: (_FLOAT_WEIGHTS, f"use hgq.layers.Q{name}")
            for name in ("Dense", "EinsumDense", "Conv1D", "Conv2D", "MultiHeadAttention")
        },
        "BatchNormalization": (
            "its scale and offset are floating-point numbers",
            "use hgq.layers.QEinsumDenseBatchnorm, QBatchNormDense or QBatchNormalization",
        ),
        "Softmax": (_FLOAT_VALUES, "end the model at its logits, or use hgq.layers.QSoftmax"),
        "LayerNormalization": (_FLOAT_VALUES, "use hgq.layers.QEinsumDenseBatchnorm in front of it"),
    },
)
