"""The table of all layers and operations that models are drawn from."""

from __future__ import annotations

from collections.abc import Mapping

from tests.hunt import more_makers as more
from tests.hunt.dice import activation
from tests.hunt.makers import (
    Kind,
    attention,
    axes,
    constant_first,
    constant_operand,
    conv,
    curve,
    dense,
    dot,
    einsum,
    einsum_dense,
    einsum_dense_norm,
    index,
    joined,
    linformer,
    nothing,
    one_axis,
    own_quantizer,
    permuted,
    pooling,
    ranks,
    rate,
    reduced,
    reshaped,
    softmax,
    summed,
    taken,
    transposed,
)

SELDOM = 0.1
"""weight of layers that are refused, or that take long"""
_PAIR = {"operands": (2, 2), "packing": "list"}
_QUERY = {"operands": (1, 2), "packing": "arguments"}
_SET = {"operands": (2, 3), "packing": "list", "alike": True}


def _merging(prefix: str) -> dict[str, Kind]:
    names = ("Add", "Multiply", "Maximum", "Minimum", "AveragePow2" if prefix == "hgq.Q" else "Average")
    return {
        **{prefix + name: Kind(nothing, **_SET) for name in names},
        prefix + "Subtract": Kind(nothing, operands=(2, 2), packing="list", alike=True),
        prefix + "Dot": Kind(dot, **_PAIR),
    }


def _pooling(prefix: str) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for rank, weight in ((1, 0.7), (2, 0.7), (3, 0.25)):
        for name in ("Max", "Average"):
            kinds[f"{prefix}{name}Pooling{rank}D"] = Kind(pooling(rank), weight=weight)
            kinds[f"{prefix}Global{name}Pooling{rank}D"] = Kind(ranks(rank + 1, rank + 1), weight=weight)
    return kinds


KINDS: Mapping[str, Kind] = {
    "hgq.QDense": Kind(dense, weight=3),
    "hgq.QBatchNormDense": Kind(dense),
    "hgq.QEinsumDense": Kind(einsum_dense, weight=2),
    "hgq.QEinsumDenseBatchnorm": Kind(einsum_dense_norm, weight=2),
    "hgq.QConv1D": Kind(conv(1), weight=2),
    "hgq.QConv2D": Kind(conv(2), weight=2),
    "hgq.QBatchNormalization": Kind(one_axis, weight=1.5),
    "trigforge.QLayerNormalization": Kind(ranks(1, 3)),
    "trigforge.QRMSNormalization": Kind(ranks(1, 3)),
    "hgq.QEinsum": Kind(einsum, **_PAIR, weight=2),
    "hgq.QMultiHeadAttention": Kind(ranks(2, 3, attention), operands=(1, 3), packing="arguments", weight=1.5),
    "hgq.QLinformerAttention": Kind(ranks(2, 2, linformer), operands=(1, 2), packing="arguments", weight=1.2),
    "hgq.QUnaryFunctionLUT": Kind(curve, weight=2),
    "hgq.QAffinedUnaryFunctionLUT": Kind(curve),
    "hgq.QSoftmax": Kind(softmax, weight=2),
    "hgq.QSum": Kind(summed),
    "hgq.QMeanPow2": Kind(axes("axes")),
    "hgq.Quantizer": Kind(own_quantizer, weight=2),
    **_merging("hgq.Q"),
    **_merging("keras."),
    **_pooling("hgq.Q"),
    **_pooling("keras."),
    "hgq.QConv3D": Kind(conv(3), weight=0.5),
    "hgq.QDenseT": Kind(more.dense_table, weight=1.5),
    "hgq.QEinsumDenseT": Kind(more.einsum_dense_table),
    "hgq.QConvT1D": Kind(more.conv_table(1), weight=0.7),
    "hgq.QConvT2D": Kind(more.conv_table(2), weight=0.5),
    "hgq.QMultiHeadAttentionT": Kind(
        ranks(2, 2, more.attention_table), operands=(1, 2), packing="arguments", weight=0.5
    ),
    "hgq.QLinformerAttentionT": Kind(
        ranks(2, 2, more.linformer_table), operands=(1, 2), packing="arguments", weight=0.5
    ),
    "hgq.QSimpleRNN": Kind(ranks(2, 2, more.recurrent), weight=0.7),
    "hgq.QGRU": Kind(ranks(2, 2, more.recurrent), weight=0.7),
    "hgq.QLIF": Kind(ranks(2, 2, more.spiking), weight=0.5),
    "hgq.QSimpleSNN": Kind(ranks(2, 2, more.spiking), weight=0.5),
    "keras.Dropout": Kind(rate, weight=0.4),
    "keras.SpatialDropout1D": Kind(ranks(2, 2, rate), weight=0.3),
    "keras.SpatialDropout2D": Kind(ranks(3, 3, rate), weight=0.3),
    "keras.SpatialDropout3D": Kind(ranks(4, 4, rate), weight=0.1),
    "keras.AlphaDropout": Kind(rate, weight=0.3),
    "keras.GaussianDropout": Kind(rate, weight=0.3),
    "keras.GaussianNoise": Kind(lambda dice, shapes: {"stddev": 0.5}, weight=0.3),
    "keras.ActivityRegularization": Kind(lambda dice, shapes: {"l1": 0.1}, weight=0.3),
    "keras.Identity": Kind(nothing, weight=0.3),
    "keras.Concatenate": Kind(joined, operands=(2, 3), packing="list"),
    "keras.Reshape": Kind(reshaped("target_shape")),
    "keras.Flatten": Kind(nothing, weight=0.6),
    "keras.Permute": Kind(permuted),
    "keras.Activation": Kind(lambda dice, shapes: {"activation": activation(dice) or "linear"}, weight=0.6),
    "keras.ReLU": Kind(nothing, weight=0.6),
    **{f"keras.{name}": Kind(nothing, weight=0.3) for name in ("LeakyReLU", "ELU", "PReLU")},
    "keras.Rescaling": Kind(
        lambda dice, shapes: {"scale": dice.one(0.5, 0.3), "offset": dice.one(0.0, 0.1)}, weight=0.3
    ),
    "keras.Normalization": Kind(more.normalization, weight=0.3),
    "keras.TimeDistributed": Kind(ranks(2, 4, more.timed), weight=0.6),
    "keras.RepeatVector": Kind(ranks(1, 1, lambda dice, shapes: {"n": dice.between(1, 3)}), weight=0.3),
    **{
        f"keras.{name}{rank}D": Kind(ranks(rank + 1, rank + 1, maker(rank)), weight=0.2)
        for rank in (1, 2, 3)
        for name, maker in (
            ("ZeroPadding", more.border("padding")),
            ("Cropping", more.border("cropping")),
            ("UpSampling", more.up_sampling),
            ("AdaptiveMaxPooling", more.adaptive),
            ("AdaptiveAveragePooling", more.adaptive),
        )
    },
    "index": Kind(index),
    **{f"ops.{name}": Kind(constant_operand, weight=0.3) for name in ("add", "subtract", "multiply")},
    "ops.maximum": Kind(constant_operand, weight=0.3),
    "ops.minimum": Kind(constant_first, packing="x2", weight=0.3),
    "ops.negative": Kind(nothing, weight=0.3),
    "ops.relu": Kind(nothing, weight=0.3),
    **{f"ops.{name}": Kind(reduced, weight=0.3) for name in ("sum", "max", "min", "mean")},
    **{
        f"ops.{name}": Kind(nothing, weight=0.15)
        for name in ("abs", "square", "relu6", "tanh", "sigmoid", "exp", "sign", "softplus", "logical_not")
    },
    **{
        f"ops.{name}": Kind(more.comparison, weight=0.15)
        for name in ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "true_divide")
    },
    "ops.clip": Kind(lambda dice, shapes: {"x_min": dice.one(-1, -0.3), "x_max": dice.one(1, 0.7)}, weight=0.2),
    "ops.power": Kind(lambda dice, shapes: {"x2": dice.between(1, 3)}, weight=0.2),
    "ops.leaky_relu": Kind(lambda dice, shapes: {"negative_slope": dice.one(0.25, 0.3)}, weight=0.2),
    "ops.where": Kind(more.mask, operands=(2, 2), packing="x1,x2", weight=0.3, alike=True),
    "ops.matmul": Kind(more.matrices, operands=(2, 2), packing="arguments", weight=0.3),
    "ops.dot": Kind(more.matrix, weight=0.3),
    "ops.tensordot": Kind(lambda dice, shapes: {**more.matrix(dice, shapes), "axes": 1}, weight=0.2),
    "ops.einsum": Kind(more.einsum_operation, operands=(2, 2), packing="einsum", weight=0.4),
    "ops.split": Kind(more.split, weight=0.3),
    "ops.unstack": Kind(one_axis, weight=0.1),
    "ops.stack": Kind(one_axis, operands=(2, 3), packing="list", alike=True, weight=0.3),
    "ops.flip": Kind(axes("axis"), weight=0.2),
    "ops.roll": Kind(lambda dice, shapes: {**one_axis(dice, shapes), "shift": dice.between(-3, 3)}, weight=0.2),
    "ops.repeat": Kind(lambda dice, shapes: {**one_axis(dice, shapes), "repeats": dice.between(1, 3)}, weight=0.2),
    "ops.tile": Kind(more.tiles, weight=0.2),
    "ops.pad": Kind(more.pads, weight=0.3),
    "ops.swapaxes": Kind(ranks(2, 4, lambda dice, shapes: {"axis1": 1, "axis2": dice.one(2, -1)}), weight=0.2),
    "ops.moveaxis": Kind(ranks(2, 4, lambda dice, shapes: {"source": 1, "destination": dice.one(2, -1)}), weight=0.2),
    "ops.reshape": Kind(reshaped("newshape"), weight=0.3),
    "ops.expand_dims": Kind(one_axis, weight=0.3),
    "ops.squeeze": Kind(nothing, weight=0.3),
    "ops.transpose": Kind(transposed, weight=0.3),
    "ops.concatenate": Kind(joined, operands=(2, 3), packing="list", weight=0.3),
    "ops.take": Kind(taken, weight=0.3),
}
"""every layer of HGQ2, and those layers and operations of Keras that are read"""
