"""The intermediate representation: ``FixedPointGraph``, which says what is computed, its ops, text and files."""

from trigforge.graph.block import (
    Block,
    BodyBlock,
)
from trigforge.graph.codec import (
    from_plain,
    to_plain,
)
from trigforge.graph.compose import (
    chained,
)
from trigforge.graph.encoding import (
    MAX_INPUT_BITS,
    HostUnits,
    InputEncoding,
    NanPolicy,
)
from trigforge.graph.equation import (
    Equation,
)
from trigforge.graph.file import (
    FORMAT_VERSION,
    load_graph,
    save_graph,
)
from trigforge.graph.graph import (
    FixedPointGraph,
    UserLayer,
)
from trigforge.graph.infer import (
    arity,
    body_tensors,
    infer_nodes,
    slices_of,
)
from trigforge.graph.infer_elementwise import (
    MAX_TABLE_ENTRIES,
)
from trigforge.graph.infer_structure import (
    rearrange,
)
from trigforge.graph.inputs import (
    GraphInput,
    InputKind,
)
from trigforge.graph.layers import (
    joined_layers,
    map_name,
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
    Linear,
    Lookup,
    Map,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Node,
    Op,
    Pairwise,
    PairwiseOp,
    Rearrangement,
    Reduction,
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
    Unary,
    Weighted,
    only_wires,
)
from trigforge.graph.origin import (
    Approximation,
    Comparison,
    reservations,
)
from trigforge.graph.parse import (
    parse_graph,
)
from trigforge.graph.simulation import (
    HostEvents,
    Mantissas,
    SimulationResult,
    by_input,
    encode_events,
    first_events,
    host_values,
    some_events,
)
from trigforge.graph.text import (
    print_graph,
)
from trigforge.graph.verify import (
    Route,
    verify,
)
from trigforge.graph.windows import (
    Windows,
)

__all__ = [
    "FORMAT_VERSION",
    "MAX_INPUT_BITS",
    "MAX_TABLE_ENTRIES",
    "Add",
    "Approximation",
    "Block",
    "Body",
    "BodyBlock",
    "Comparison",
    "Concat",
    "Constant",
    "Conv1D",
    "Conv2D",
    "Dense",
    "Einsum",
    "EinsumDense",
    "Equation",
    "FixedPointGraph",
    "Gather",
    "GraphInput",
    "HostEvents",
    "HostUnits",
    "InputEncoding",
    "InputKind",
    "LeadingOne",
    "Linear",
    "Lookup",
    "Mantissas",
    "Map",
    "Max",
    "Maximum",
    "Min",
    "Minimum",
    "Mul",
    "NanPolicy",
    "Node",
    "Op",
    "Pairwise",
    "PairwiseOp",
    "Rearrangement",
    "Reduction",
    "Relu",
    "Requantize",
    "Reshape",
    "Route",
    "Select",
    "Shift",
    "ShiftBy",
    "SimulationResult",
    "Slice",
    "Sub",
    "Sum",
    "Table",
    "Transpose",
    "Unary",
    "UserLayer",
    "Weighted",
    "Windows",
    "arity",
    "body_tensors",
    "by_input",
    "chained",
    "encode_events",
    "first_events",
    "from_plain",
    "host_values",
    "infer_nodes",
    "joined_layers",
    "load_graph",
    "map_name",
    "only_wires",
    "parse_graph",
    "print_graph",
    "rearrange",
    "reservations",
    "save_graph",
    "slices_of",
    "some_events",
    "to_plain",
    "verify",
]
