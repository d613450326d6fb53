"""``verify``: the check that a graph is sound, and within the limits of the route that it takes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain

from trigforge.errors import GraphError, WidthError
from trigforge.fixed import Interval
from trigforge.graph.encoding import MAX_INPUT_BITS
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Body, Map, Node
from trigforge.graph.text import NAME

_C_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Route(StrEnum):
    """The ways to run or build a graph. All carry tensors of up to 63 bits; only HLS takes no ``Map``."""

    REFERENCE = "the reference emulator"
    HLS = "the HLS route"
    RTL = "the RTL route"


_TENSOR_BITS = 63
_NAME_LETTERS = 100


def verify(graph: FixedPointGraph, route: Route | None = None) -> None:
    """Return if the graph is sound and, where a route is given, within its limits.

    Raises ``GraphError`` with one line for each fault (``WidthError`` where all are tensors that are too wide). A node
    behind a faulty one is not looked at.
    """
    found = graph.inferred
    faults = [*_name_faults(graph), *chain.from_iterable(_input_faults(tensor) for tensor in graph.inputs)]
    faults += [str(fault.error) for fault in found.faults]
    defined = found.tensors.keys() | found.broken
    faults += [
        f"output {name!r} is not a tensor of the graph; name an input or a node"
        for name in graph.outputs
        if name not in defined
    ]
    wide: list[str] = []
    if route is not None:
        nodes = [node for node in graph.nodes if found.broken.isdisjoint(node.tensors)]
        faults += _map_faults(nodes, route)
        wide = list(_width_faults(nodes, found.tensors, "", route))
    if faults or wide:
        raise (GraphError if faults else WidthError)("\n".join([*faults, *wide]))


def _name_faults(graph: FixedPointGraph) -> Iterator[str]:
    if len(graph.name) > _NAME_LETTERS:
        letters = len(graph.name)
        yield f"graph name {graph.name[:20]}... has {letters} letters; at most {_NAME_LETTERS} fit into files' names"
    if not _C_IDENTIFIER.fullmatch(graph.name):
        yield f"graph name {graph.name!r} is not an identifier of C; use letters, digits and underscores"
    if graph.version < 0:
        yield f"graph version {graph.version} is negative; count versions from 0"
    if not graph.inputs or not graph.outputs:
        yield f"the graph has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs; both are needed"
    for what, names in (("input", [tensor.name for tensor in graph.inputs]), ("output", list(graph.outputs))):
        yield from (f"{what} {name!r} is listed twice; list it once" for name in _repeated(names))
    yield from _tensor_name_faults([*(tensor.name for tensor in graph.inputs), *_node_names(graph.nodes)])


def _node_names(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        yield node.name
        if isinstance(node.op, Map):
            body: Body = node.op.body
            yield from body.inputs
            yield from _node_names(body.nodes)


def _tensor_name_faults(names: Sequence[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if not NAME.fullmatch(name):
            yield f"tensor name {name!r} is not made of identifiers joined by dots; rename it"


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def _input_faults(tensor: GraphInput) -> Iterator[str]:
    if tensor.fault is not None:
        yield tensor.fault
        return
    widest = int(tensor.types.width.values.max(initial=0))
    bits = widest if widest > MAX_INPUT_BITS else tensor.interval.hull.width
    if bits > MAX_INPUT_BITS:
        yield (
            f"input {tensor.name!r} needs {bits} bits, at most {MAX_INPUT_BITS} are possible; give it narrower types"
        )


def _map_faults(nodes: Sequence[Node], route: Route) -> Iterator[str]:
    for node in nodes:
        if isinstance(node.op, Map) and route is Route.HLS:
            yield f"node {node.name!r} is a Map, which {route} does not take; run the pass inline_maps first"


def _width_faults(nodes: Sequence[Node], tensors: Mapping[str, Interval], scope: str, route: Route) -> Iterator[str]:
    for node in nodes:
        for name in node.tensors:
            hull = tensors[name].hull
            if hull.width > _TENSOR_BITS:
                yield (
                    f"tensor {scope + name!r} needs {hull.width} bits ({hull}), {route} carries "
                    f"{_TENSOR_BITS}; put a Requantize before it"
                )
        if isinstance(node.op, Map):
            inside = body_tensors(node.op, [tensors[name] for name in node.operands])
            yield from _width_faults(node.op.body.nodes, inside, f"{scope}{node.name}/", route)
