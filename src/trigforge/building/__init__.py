"""The words of a network as a physicist says them, without any framework: what front-ends build graphs of.

A ``Builder`` holds the graph; words are functions on its tensors (``dense``, ``conv``, ``each``, ``softmax``...). Each
says its formula, and is exact: only ``quantize`` and tables round.
"""

from trigforge.building.activation import EXACT, Floats, Function, activation, quantize, rounded_constant, table
from trigforge.building.arithmetic import (
    add,
    average,
    constant,
    einsum,
    max_over,
    maximum,
    mean_over,
    min_over,
    minimum,
    multiply,
    negative,
    pairwise,
    reduced,
    relu,
    scaled,
    shift,
    subtract,
    sum_over,
)
from trigforge.building.attention import attention, layer_norm, softmax
from trigforge.building.builder import Builder, OpenLayer
from trigforge.building.inputs import with_units
from trigforge.building.linear import Steps, batch_norm, conv, dense, einsum_dense
from trigforge.building.model_types import NO_TYPES, LayerTypes, ModelTypes, load_types, read_input_types, read_type
from trigforge.building.pooling import average_pool, global_average_pool, global_max_pool, max_pool, window_sums
from trigforge.building.quantization import Quantization, power_of_two, short_constant
from trigforge.building.refusals import Refusal
from trigforge.building.sets import each, pairs, top_n
from trigforge.building.structure import concat, cut, reshape, take, transpose
from trigforge.building.tensor import Tensor, Weight, identifier, tensor_name

__all__ = [
    "EXACT",
    "NO_TYPES",
    "Builder",
    "Floats",
    "Function",
    "LayerTypes",
    "ModelTypes",
    "OpenLayer",
    "Quantization",
    "Refusal",
    "Steps",
    "Tensor",
    "Weight",
    "activation",
    "add",
    "attention",
    "average",
    "average_pool",
    "batch_norm",
    "concat",
    "constant",
    "conv",
    "cut",
    "dense",
    "each",
    "einsum",
    "einsum_dense",
    "global_average_pool",
    "global_max_pool",
    "identifier",
    "layer_norm",
    "load_types",
    "max_over",
    "max_pool",
    "maximum",
    "mean_over",
    "min_over",
    "minimum",
    "multiply",
    "negative",
    "pairs",
    "pairwise",
    "power_of_two",
    "quantize",
    "read_input_types",
    "read_type",
    "reduced",
    "relu",
    "reshape",
    "rounded_constant",
    "scaled",
    "shift",
    "short_constant",
    "softmax",
    "subtract",
    "sum_over",
    "table",
    "take",
    "tensor_name",
    "top_n",
    "transpose",
    "window_sums",
    "with_units",
]
