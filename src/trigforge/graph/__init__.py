"""The intermediate representation: what is computed (``FixedPointGraph``) and how it is built (``DesignPoint``)."""

from trigforge.graph.codec import (
    from_plain,
    to_plain,
)
from trigforge.graph.design import (
    Backend,
    DesignPoint,
    LayerDesign,
    Multipliers,
    Strategy,
    load_design,
)
from trigforge.graph.encoding import (
    MAX_INPUT_BITS,
    InputEncoding,
    NanPolicy,
)
from trigforge.graph.file import (
    FORMAT_VERSION,
    load_graph,
    save_graph,
)
from trigforge.graph.graph import (
    FixedPointGraph,
    GraphInput,
    InputKind,
)
from trigforge.graph.infer import (
    arity,
    body_tensors,
    infer_nodes,
)
from trigforge.graph.infer_elementwise import (
    MAX_TABLE_ENTRIES,
)
from trigforge.graph.infer_structure import (
    rearrange,
)
from trigforge.graph.ops import (
    Add,
    Body,
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Gather,
    LeadingOne,
    Lookup,
    Map,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Node,
    Op,
    Relu,
    Requantize,
    Reshape,
    Select,
    Shift,
    ShiftBy,
    Slice,
    Sub,
    Sum,
    Table,
    Transpose,
)
from trigforge.graph.parse import (
    parse_graph,
)
from trigforge.graph.simulation import (
    Mantissas,
    SimulationResult,
    some_events,
)
from trigforge.graph.text import (
    digest,
    print_graph,
)
from trigforge.graph.verify import (
    Route,
    verify,
)
from trigforge.graph.windows import (
    Windows,
    conv_windows,
)

__all__ = [
    "FORMAT_VERSION",
    "MAX_INPUT_BITS",
    "MAX_TABLE_ENTRIES",
    "Add",
    "Backend",
    "Body",
    "Concat",
    "Constant",
    "Conv1D",
    "Conv2D",
    "Dense",
    "DesignPoint",
    "Einsum",
    "EinsumDense",
    "FixedPointGraph",
    "Gather",
    "GraphInput",
    "InputEncoding",
    "InputKind",
    "LayerDesign",
    "LeadingOne",
    "Lookup",
    "Mantissas",
    "Map",
    "Max",
    "Maximum",
    "Min",
    "Minimum",
    "Mul",
    "Multipliers",
    "NanPolicy",
    "Node",
    "Op",
    "Relu",
    "Requantize",
    "Reshape",
    "Route",
    "Select",
    "Shift",
    "ShiftBy",
    "SimulationResult",
    "Slice",
    "Strategy",
    "Sub",
    "Sum",
    "Table",
    "Transpose",
    "Windows",
    "arity",
    "body_tensors",
    "conv_windows",
    "digest",
    "from_plain",
    "infer_nodes",
    "load_design",
    "load_graph",
    "parse_graph",
    "print_graph",
    "rearrange",
    "save_graph",
    "some_events",
    "to_plain",
    "verify",
]
