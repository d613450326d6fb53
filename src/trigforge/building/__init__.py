"""The words of a network as a physicist says them, without any framework: what front-ends build graphs of.

A ``Builder`` holds the graph; words are functions on its tensors (``dense``, ``conv``, ``each``, ``softmax``...). Each
says its formula, and is exact: only ``quantize`` and tables round.
"""

from trigforge.building.activation import EXACT, activation, quantize, rounded_constant
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
    select,
    shift,
    subtract,
    sum_over,
)
from trigforge.building.attention import attention, softmax
from trigforge.building.builder import Builder, OpenLayer
from trigforge.building.candidates import (
    Candidates,
    from_candidates,
    read_candidates,
)
from trigforge.building.curves import gelu, silu
from trigforge.building.inputs import with_units
from trigforge.building.linear import batch_norm, conv, dense, einsum_dense
from trigforge.building.model_types import (
    NO_TYPES,
    UNTYPED,
    LayerTypes,
    ModelTypes,
    load_types,
    read_input_types,
    read_registers,
    read_type,
)
from trigforge.building.normalisation import Normalised, from_charges, normalised, read_normalised
from trigforge.building.norms import NormBits, layer_norm, rms_norm
from trigforge.building.pooling import average_pool, global_average_pool, global_max_pool, max_pool, window_sums
from trigforge.building.quantization import Quantization, is_short, power_of_two, short_constant, short_constants
from trigforge.building.refusals import Refusal
from trigforge.building.relations import never_negative
from trigforge.building.sets import each, pairs, top_n
from trigforge.building.structure import check_elements, concat, cut, repeated, reshape, take, transpose
from trigforge.building.tables import Rounder, deferred, table, tables
from trigforge.building.tensor import Floats, Function, Tensor, Weight, identifier, tensor_name
from trigforge.building.trigger import Trigger, read_trigger, with_trigger
from trigforge.building.windows import Steps, padded, patches

__all__ = [
    "EXACT",
    "NO_TYPES",
    "UNTYPED",
    "Builder",
    "Candidates",
    "Floats",
    "Function",
    "LayerTypes",
    "ModelTypes",
    "NormBits",
    "Normalised",
    "OpenLayer",
    "Quantization",
    "Refusal",
    "Rounder",
    "Steps",
    "Tensor",
    "Trigger",
    "Weight",
    "activation",
    "add",
    "attention",
    "average",
    "average_pool",
    "batch_norm",
    "check_elements",
    "concat",
    "constant",
    "conv",
    "cut",
    "deferred",
    "dense",
    "each",
    "einsum",
    "einsum_dense",
    "from_candidates",
    "from_charges",
    "gelu",
    "global_average_pool",
    "global_max_pool",
    "identifier",
    "is_short",
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
    "never_negative",
    "normalised",
    "padded",
    "pairs",
    "pairwise",
    "patches",
    "power_of_two",
    "quantize",
    "read_candidates",
    "read_input_types",
    "read_normalised",
    "read_registers",
    "read_trigger",
    "read_type",
    "reduced",
    "relu",
    "repeated",
    "reshape",
    "rms_norm",
    "rounded_constant",
    "scaled",
    "select",
    "shift",
    "short_constant",
    "short_constants",
    "silu",
    "softmax",
    "subtract",
    "sum_over",
    "table",
    "tables",
    "take",
    "tensor_name",
    "top_n",
    "transpose",
    "window_sums",
    "with_trigger",
    "with_units",
]
