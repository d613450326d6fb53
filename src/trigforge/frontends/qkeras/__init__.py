"""QKeras and HGQ 1 models to graphs, from their files alone: neither framework nor TensorFlow is needed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trigforge.building import UNTYPED, ModelTypes, identifier
from trigforge.frontends.keras import borders
from trigforge.frontends.keras.activations import lower_relu
from trigforge.frontends.keras.call import Handlers
from trigforge.frontends.keras.options import Reader, options
from trigforge.frontends.keras.plain import PLAIN
from trigforge.frontends.keras.saved import refusing, saved_model
from trigforge.frontends.keras.structure import LAYERS, lower_flatten
from trigforge.frontends.qkeras import activations, hgq, linear, operations
from trigforge.frontends.qkeras.saved import opened_weights
from trigforge.frontends.qkeras.walk import Place, Walk
from trigforge.frontends.reading import Reading
from trigforge.graph import HostUnits

_UNCOMPARED = "files of Keras 2 are read without QKeras and HGQ, and nothing here runs them"


def read(
    path: Path,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: ModelTypes = UNTYPED,
) -> Reading:
    """The graph of a ``.h5`` or ``.keras`` file of Keras 2, or of an architecture in JSON with weights beside it.

    The graph's outputs equal the model's for every event while its float32 sums are exact: accumulators of at most 24
    bits. ``types`` quantize inputs, weights and results that no quantizer of the model does. A softmax or sigmoid at
    the end is left out; the layer of the graph says so.

    Raises ``ModelFileError`` for a file that cannot be read, ``UnsupportedModelError`` with every layer that cannot be
    represented exactly.
    """
    saved = saved_model(path)
    own = identifier(path.stem) if name is None else name
    with refusing(f"model file {path}", "cannot be followed", "save it again"), opened_weights(path) as weights:
        walk = Walk.begun(own, version, HANDLERS, weights, types)
        config: Any = saved.config.get("config")
        outputs = walk.model({"layers": config} if isinstance(config, list) else config, None, Place())
        return Reading(walk.graph(outputs, units), uncompared=_UNCOMPARED)


_PRUNED = {"kernel_range": [None], "bias_range": [None], "depthwise_range": [None], "pointwise_range": [None]}
_LAST = {"data_format": ["channels_last"], **_PRUNED}
_WEIGHTS = "activation use_bias kernel_quantizer bias_quantizer"
_CONV = f"{_WEIGHTS} filters kernel_size strides padding dilation_rate groups"
_DEPTHWISE = "depthwise_quantizer pointwise_quantizer depth_multiplier"
_NORM = "axis epsilon center scale"
_NO_RENORM = {"renorm": [False], "fused": [None, True, False], "virtual_batch_size": [None], "adjustment": [None]}
_STATISTICS = "gamma_quantizer beta_quantizer mean_quantizer variance_quantizer"


_DENSE = Reader(linear.lower_dense, **options(f"{_WEIGHTS} units", _PRUNED))
_CONVOLUTION = Reader(linear.lower_conv, **options(_CONV, _LAST))
_DEPTHWISE_CONV = Reader(linear.lower_depthwise_conv, **options(f"{_CONV} {_DEPTHWISE}", _LAST))
_SEPARABLE_CONV = Reader(linear.lower_separable_conv, **options(f"{_CONV} {_DEPTHWISE}", _LAST))
_NORMALIZATION = Reader(
    linear.lower_batch_normalization,
    **options(
        f"{_NORM} {_STATISTICS}",
        _NO_RENORM | {"beta_range": [None], "gamma_range": [None], "inverse_quantizer": [None], "activation": [None]},
    ),
)
_FOLDED = Reader(
    linear.lower_folded,
    **options(
        f"{_CONV} {_DEPTHWISE} {_NORM} units ema_freeze_delay",
        _LAST | _NO_RENORM | {"folding_mode": ["ema_stats_folding", "batch_stats_folding"], "dilation_rate": [[1, 1]]},
    ),
)
_ACTIVATION = Reader(activations.lower_activation, **options("activation"))

_OWN: dict[str, Reader] = {
    **dict.fromkeys(("QDense", "Dense"), _DENSE),
    **dict.fromkeys(("QConv1D", "QConv2D", "Conv1D", "Conv2D"), _CONVOLUTION),
    **dict.fromkeys(("QDepthwiseConv2D", "DepthwiseConv2D"), _DEPTHWISE_CONV),
    **dict.fromkeys(("QSeparableConv1D", "QSeparableConv2D", "SeparableConv1D", "SeparableConv2D"), _SEPARABLE_CONV),
    **dict.fromkeys(("QBatchNormalization", "BatchNormalization"), _NORMALIZATION),
    **dict.fromkeys(("QConv2DBatchnorm", "QDenseBatchnorm", "QDepthwiseConv2DBatchnorm"), _FOLDED),
    **dict.fromkeys(("QActivation", "Activation"), _ACTIVATION),
    "QAveragePooling2D": Reader(
        activations.lower_average_pool, **options("pool_size strides padding average_quantizer activation", _LAST)
    ),
    "QGlobalAveragePooling2D": Reader(
        activations.lower_global_average_pool, **options("keepdims average_quantizer activation", _LAST)
    ),
    "Softmax": Reader(activations.lower_softmax, **options("", {"axis": [-1]})),
    "LeakyReLU": Reader(activations.lower_leaky_relu, **options("alpha negative_slope")),
    "NodeEdgeProjection": Reader(linear.lower_projection, **options("receiving node_to_edge")),
    "ReLU": Reader(lower_relu, **options("max_value", {"negative_slope": [0.0], "threshold": [0.0]})),
    "Flatten": Reader(lower_flatten, **options("", _LAST)),
}
_CODE = ("carries code, which is not run", "replace it by layers of Keras")
_FLOAT = ("its values have no exact fixed-point form", "replace it by layers of QKeras")
_UNROLLED = ("is recurrent, which is not read", "use dense or convolutional layers")

HANDLERS = Handlers(
    {
        **{("keras", name): reader for name, reader in {**LAYERS, **borders.LAYERS, **hgq.LAYERS, **_OWN}.items()},
        ("keras", "SlicingOpLambda"): operations.lower_slice,
        ("keras", "TFOpLambda"): operations.lower_operation,
    },
    {
        "Lambda": _CODE,
        **dict.fromkeys(("LayerNormalization", "ELU", "Attention", "MultiHeadAttention"), _FLOAT),
        **dict.fromkeys(("QLSTM", "QGRU", "QSimpleRNN", "LSTM", "GRU", "SimpleRNN", "Bidirectional"), _UNROLLED),
        "QAdaptiveActivation": ("its range is no part of the file", "use QActivation with the range that was found"),
    },
    frozenset(("keras", name) for name in _OWN if name in PLAIN),
)
