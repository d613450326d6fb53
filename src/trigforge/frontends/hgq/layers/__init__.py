"""What each layer and operation becomes, by package and class name."""

from collections.abc import Callable

from trigforge.frontends.hgq.layers.attention import ATTENTION_LAYERS
from trigforge.frontends.hgq.layers.linear import LINEAR_LAYERS
from trigforge.frontends.hgq.layers.merge import MERGE_LAYERS
from trigforge.frontends.hgq.layers.operations import OPERATIONS
from trigforge.frontends.hgq.layers.pooling import POOLING_LAYERS
from trigforge.frontends.hgq.layers.structure import STRUCTURE_LAYERS
from trigforge.frontends.hgq.layers.tables import TABLE_LAYERS
from trigforge.frontends.hgq.lowering import Call, Tensor

Handler = Callable[[Call], Tensor]

HANDLERS: dict[tuple[str, str], Handler] = {
    **LINEAR_LAYERS,
    **MERGE_LAYERS,
    **POOLING_LAYERS,
    **STRUCTURE_LAYERS,
    **TABLE_LAYERS,
    **ATTENTION_LAYERS,
    **OPERATIONS,
}
"""(top-level package, class name) to the function that lowers one call"""

_FLOAT_WEIGHTS = "its weights are floating-point numbers"
_FLOAT_VALUES = "its values have no exact fixed-point form"

REASONS: dict[str, tuple[str, str]] = {
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
}
"""what was found and what to do, for layers often met; others get ``UNKNOWN``"""

UNKNOWN = ("this class has no exact fixed-point form here", "replace it by a layer that docs/frontends.md lists")
