"""The table of ops: the handler of each, the attributes that it reads, and reasons why others are refused."""

from dataclasses import replace
from typing import Any

from trigforge.frontends.qonnx import conditions, elementwise, indexing, linear, pooling, quantizers, structure
from trigforge.frontends.qonnx.call import Reader, reads
from trigforge.frontends.qonnx.constants import MOVING

DOMAINS = frozenset(
    (
        "",
        "ai.onnx",
        "com.microsoft",
        "onnx.brevitas",
        "finn.custom_op.general",
        "qonnx.custom_op.general",
        "qonnx.custom_op.channels_last",
        "onnx.brevitas.custom_op.general",
    )
)
QUANTIZERS = frozenset("Quant IntQuant BipolarQuant Trunc QuantizeLinear DequantizeLinear FloatQuant".split())
"""ops that also quantize constants, which is not left to the package onnx"""

_QUANT = "signed narrow rounding_mode"
_WINDOWS = "kernel_shape strides pads dilations auto_pad"
_ARITHMETIC = reads(elementwise.arithmetic)
_UNUSED: dict[str, list[Any]] = {
    "antialias": [0],
    "cubic_coeff_a": [-0.75],
    "exclude_outside": [0],
    "extrapolation_value": [0.0],
}
"""options of a resize that say nothing where it takes nearest neighbours"""

HANDLERS: dict[str, Reader] = {
    "Quant": reads(quantizers.quant, _QUANT),
    "IntQuant": reads(quantizers.quant, _QUANT),
    "BipolarQuant": reads(quantizers.bipolar),
    "Trunc": reads(quantizers.trunc, _QUANT),
    "QuantizeLinear": reads(
        quantizers.quantize_linear, "axis saturate", block_size=[0], output_dtype=[0], precision=[0]
    ),
    "DequantizeLinear": reads(quantizers.dequantize_linear, "axis", block_size=[0], output_dtype=[0]),
    "Sign": reads(quantizers.sign),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _ARITHMETIC),
    "Max": reads(elementwise.extremes),
    "Min": reads(elementwise.extremes),
    **dict.fromkeys(("Round", "Floor", "Ceil"), reads(quantizers.whole_numbers)),
    **dict.fromkeys(("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"), reads(conditions.comparison)),
    **dict.fromkeys(("Not", "And", "Or"), reads(conditions.logic)),
    "Where": reads(conditions.where),
    "Neg": reads(elementwise.negative),
    "Abs": reads(elementwise.absolute),
    "Pow": reads(elementwise.square),
    "Relu": reads(elementwise.relu_op),
    "Clip": reads(elementwise.clip_op, "min max"),
    "LeakyRelu": reads(elementwise.leaky, "alpha"),
    "PRelu": reads(elementwise.leaky),
    "BatchNormalization": reads(
        elementwise.batch_normalization, "epsilon momentum", training_mode=[0], spatial=[1], is_test=[1]
    ),
    **{
        name: reads(
            function.handler,
            " ".join(key for key, _ in function.parameters),
        )
        for name, function in elementwise.FUNCTIONS.items()
    },
    "Gelu": reads(elementwise.FUNCTIONS["Gelu"].handler, approximate=[b"none"]),
    "MatMul": reads(linear.matmul),
    "Gemm": reads(linear.gemm, "alpha beta transB", transA=[0]),
    "Conv": reads(linear.conv, f"{_WINDOWS} group"),
    "Einsum": reads(linear.einsum_op, "equation"),
    "MaxPool": reads(pooling.pool, f"{_WINDOWS} ceil_mode", storage_order=[0]),
    "AveragePool": reads(pooling.pool, f"{_WINDOWS} ceil_mode count_include_pad"),
    "GlobalMaxPool": reads(pooling.global_pool),
    "GlobalAveragePool": reads(pooling.global_pool),
    **dict.fromkeys(
        ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin"),
        reads(pooling.reduction, "axes keepdims noop_with_empty_axes"),
    ),
    "Shape": reads(structure.shape_of, "start end"),
    "Reshape": reads(structure.reshape_op, "shape allowzero"),
    "Flatten": reads(structure.flatten, "axis"),
    "Squeeze": reads(structure.squeeze, "axes"),
    "Unsqueeze": reads(structure.unsqueeze, "axes"),
    "Transpose": reads(indexing.transpose_op, "perm"),
    "Concat": reads(structure.concat_op, "axis"),
    "Slice": reads(structure.slice_op, "starts ends axes steps"),
    "Gather": reads(structure.gather, "axis"),
    "GatherND": reads(indexing.gather_nd, "batch_dims"),
    "GatherElements": reads(indexing.gather_elements, "axis"),
    "CumSum": reads(linear.cumulative_sum, exclusive=[0], reverse=[0]),
    "Split": reads(structure.split, "axis split num_outputs"),
    "Pad": reads(structure.pad, "pads value mode"),
    "Expand": reads(structure.expand),
    "Resize": reads(
        structure.resize, "mode coordinate_transformation_mode nearest_mode keep_aspect_ratio_policy", **_UNUSED
    ),
    "Upsample": reads(structure.resize, "mode scales"),
    "Identity": reads(structure.identity),
    "Dropout": reads(structure.identity, "ratio seed"),
    "Cast": reads(conditions.cast, "to saturate round_mode"),
}
HANDLERS.update(
    (name, replace(HANDLERS[name], handler=conditions.of_conditions(HANDLERS[name].handler)))
    for name in sorted(MOVING & {*HANDLERS})
)

_FLOATING = "its values have no exact fixed-point form"
REASONS: dict[str, tuple[str, str]] = {
    "FloatQuant": ("makes floating-point numbers", "use Quant or IntQuant"),
    "LogSoftmax": (_FLOATING, "end the model at its logits"),
    "LayerNormalization": (
        _FLOATING,
        "use batch normalization in its place, or train in Keras with trigforge.layers.QLayerNormalization and HGQ2",
    ),
    "InstanceNormalization": (_FLOATING, "use batch normalization in its place"),
    "TopK": ("sorts", "sort in front of the model"),
    **dict.fromkeys(
        ("QLinearConv", "QLinearMatMul", "QLinearAdd", "QLinearMul", "QGemm", "ConvInteger", "MatMulInteger"),
        ("computes on integers of its own", "quantize with quant_format=QuantFormat.QDQ"),
    ),
    **dict.fromkeys(
        ("Im2Col", "MultiThreshold", "XnorPopcountMatMul", "StreamingDataflowPartition"),
        ("is of FINN's own form", "give the model as it was exported, before it is lowered"),
    ),
    "ConvTranspose": ("is a transposed convolution, which is not read", "use a convolution"),
}
"""faults and remedies of ops that are refused"""
