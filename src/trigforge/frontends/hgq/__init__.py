"""HGQ2 0.2 / Keras 3 models to graphs, bit for bit what the model computes at inference."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trigforge.building import ModelTypes, Tensor, add, identifier, power_of_two, shift, sum_over
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.hgq import linear, tables
from trigforge.frontends.hgq.quantizing import lower_quantizer, quantized
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call, Handlers
from trigforge.frontends.keras.files import open_model
from trigforge.frontends.keras.framework import keras
from trigforge.frontends.keras.operations import OPERATIONS
from trigforge.frontends.keras.options import Reader, options
from trigforge.frontends.keras.plain import PLAIN
from trigforge.frontends.keras.structure import LAYERS, MERGING, POOLING
from trigforge.frontends.keras.walk import lower_model
from trigforge.frontends.reading import Reading
from trigforge.graph import HostUnits

_NO_TYPES = ModelTypes()


def read(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: ModelTypes = _NO_TYPES,
) -> Reading:
    """The graph of a Keras model, or of a ``.keras`` or ``.h5`` file, beside the model.

    The graph's outputs equal the model's for every event wherever the model itself is exact: Keras computes in
    float32, so while each accumulator fits 24 bits, and in float64 up to 53 bits. Weights are those of the model's
    own precision. ``name`` defaults to the file's or model's own. ``units`` are those of host values, by input name;
    rounding and overflow are those of the model's first quantizers. ``types`` quantize what it leaves in floating
    point.

    Raises ``ModelFileError`` for a file that cannot be opened or is not safe to open, ``UnsupportedModelError`` with
    every layer that cannot be represented exactly, ``ToolMissingError`` without Keras or HGQ2.
    """
    if isinstance(model_or_path, str | Path):
        path = Path(model_or_path)
        own = identifier(path.stem) if name is None else name
        return lower_model(open_model(path), HANDLERS, own, version, units, types)
    if not isinstance(model_or_path, keras().Model):
        raise UnsupportedModelError(
            f"an object of type {type(model_or_path).__name__} is no Keras model; give a model or the path of one"
        )
    own = str(model_or_path.name) if name is None else name
    return lower_model(model_or_path, HANDLERS, own, version, units, types)


def _sum(call: Call) -> Tensor:
    """``QSum`` and ``QMeanPow2``: a sum over axes, times a power of two."""
    x, layer = call.x, call.layer
    axes = [without_event_axis(axis, x, "reduces") for axis in layer.axes]
    total = sum_over(x, axes, bool(layer.keepdims))
    return shift(total, power_of_two(float(layer.scale)), "scaled")


def _average(call: Call) -> Tensor:
    """``QAveragePow2``: a sum times a power of two."""
    return shift(add(*call.tensors, name="merged"), power_of_two(float(call.layer._scale)), "scaled")


_QUANTIZERS = "enable_iq iq_conf iq_confs enable_oq oq_conf"
_COSTS = "beta0 ebops_factor enable_ebops parallelization_factor"
_TABLES = "allow_heterogeneous_table allow_heterogeneous_input"
_WEIGHTS = f"{_QUANTIZERS} {_COSTS} kq_conf bq_conf activation use_bias bias_axes"
_BATCH_NORM = "scale center epsilon axis"
_CONV = f"{_WEIGHTS} filters kernel_size strides padding dilation_rate groups"
_ATTENTION = (
    f"{_QUANTIZERS} {_COSTS} {_TABLES} num_heads key_dim value_dim use_bias output_shape attention_axes "
    "qkvo_iq_conf qkvo_kq_conf qkvo_bq_conf qkvo_oq_conf softmax_iq_conf softmax_exp_iq_conf softmax_exp_oq_conf "
    "softmax_inv_iq_conf softmax_inv_oq_conf softmax_oq_conf softmax_allow_heterogeneous_table stable_softmax fuse"
)
_PLAIN = {"quantization_config": [None]}
_WHOLE = {"use_gate": [False], "sliding_window": [None]}
_NO_SCORES = {"use_causal_mask": (None, False), "return_attention_scores": (None, False)}


def _between_quantizers(reader: Reader) -> Reader:
    """A layer of Keras with quantizers before and behind."""
    return replace(reader, handler=quantized(reader.handler), reads=reader.reads | {*f"{_QUANTIZERS} {_COSTS}".split()})


_OWN: dict[str, Reader] = {
    **{f"Q{name}": _between_quantizers(reader) for name, reader in (MERGING | POOLING).items()},
    "QAveragePow2": _between_quantizers(Reader(_average)),
    "QSum": _between_quantizers(Reader(_sum, **options("axes scale keepdims"))),
    "QMeanPow2": _between_quantizers(Reader(_sum, **options("axes scale keepdims"))),
    "QDense": Reader(linear.lower_dense, **options(f"{_WEIGHTS} units", _PLAIN)),
    "QBatchNormDense": Reader(linear.lower_dense, **options(f"{_WEIGHTS} {_BATCH_NORM} units", _PLAIN)),
    "QEinsumDense": Reader(linear.lower_einsum_dense, **options(f"{_WEIGHTS} equation output_shape", _PLAIN)),
    "QEinsumDenseBatchnorm": Reader(
        linear.lower_einsum_dense,
        **options(f"{_WEIGHTS} {_BATCH_NORM} equation output_shape normalize_axes", _PLAIN),
    ),
    "QConv1D": Reader(linear.lower_conv, **options(_CONV, {"data_format": ["channels_last"]})),
    "QConv2D": Reader(linear.lower_conv, **options(_CONV, {"data_format": ["channels_last"]})),
    "QBatchNormalization": Reader(
        linear.lower_batch_normalization, **options(f"{_WEIGHTS} {_BATCH_NORM}", {"renorm": [False]})
    ),
    "QEinsum": Reader(linear.lower_einsum, **options(f"{_QUANTIZERS} {_COSTS} equation")),
    "QMultiHeadAttention": Reader(linear.lower_attention, **options(_ATTENTION, _WHOLE), called_with=_NO_SCORES),
    "QLinformerAttention": Reader(
        linear.lower_linformer_attention,
        **options(f"{_ATTENTION} lin_kv_proj_dim share_kv_proj", _WHOLE | {"lin_kv_proj_mode": ["dense"]}),
        called_with=_NO_SCORES,
    ),
    "QUnaryFunctionLUT": Reader(tables.lower_unary_function, **options(f"{_QUANTIZERS} {_COSTS} {_TABLES} activation")),
    "QAffinedUnaryFunctionLUT": Reader(
        tables.lower_affined_unary_function, **options(f"{_QUANTIZERS} {_COSTS} {_TABLES} activation")
    ),
    "QSoftmax": Reader(
        tables.lower_softmax,
        **options(
            f"{_QUANTIZERS} {_COSTS} {_TABLES} axes stable input_scaler exp_iq_conf exp_oq_conf inv_iq_conf inv_oq_conf"
        ),
    ),
    "Quantizer": Reader(lower_quantizer, **options("config")),
}

HANDLERS = Handlers(
    {
        **{("keras", name): handler for name, handler in {**LAYERS, **PLAIN}.items()},
        **{("keras.ops", name): handler for name, handler in OPERATIONS.items()},
        **{("hgq", name): reader for name, reader in _OWN.items()},
    },
    {
        "MultiHeadAttention": ("its weights are floating-point numbers", "use hgq.layers.QMultiHeadAttention"),
        "LayerNormalization": (
            "its values have no exact fixed-point form",
            "use hgq.layers.QEinsumDenseBatchnorm in front of it",
        ),
    },
    frozenset(("keras", name) for name in PLAIN),
)
