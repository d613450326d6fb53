"""Tables that reach as far as intervals that have grown; entries that are added are never looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from trigforge.errors import GraphError
from trigforge.fixed import FixedArray, Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import infer_nodes
from trigforge.graph.infer_structure import union_along
from trigforge.graph.ops import Lookup, Map, Node, Table


def reach_tables(graph: FixedPointGraph) -> FixedPointGraph:
    """The same graph with each table long enough for what its operand can be by its interval, in bodies too.

    Meant for graphs whose intervals a rewriting has widened: no value is new, so no added entry is read. Raises
    ``GraphError`` where a table would become too long, or an operand finer than its table.
    """
    return graph.with_nodes(_reaching(graph.nodes, {tensor.name: tensor.interval for tensor in graph.inputs}))


def _reaching(nodes: Sequence[Node], known: Mapping[str, Interval]) -> list[Node]:
    tensors, made = dict(known), list[Node]()
    for node in nodes:
        operands = [tensors[name] for name in node.operands]
        if isinstance(node.op, Map):
            body, cuts = node.op.body, node.op.cuts
            seen = [x if cut is None else union_along(x, cut) for x, cut in zip(operands, cuts, strict=True)]
            inside = _reaching(body.nodes, dict(zip(body.inputs, seen, strict=True)))
            node = replace(node, op=replace(node.op, body=replace(body, nodes=tuple(inside))))
        elif isinstance(node.op, Lookup):
            node = replace(node, op=_long_enough(node.op, operands[0]))
        tensors = infer_nodes([node], tensors)
        made.append(node)
    return made


def _long_enough(op: Lookup, x: Interval) -> Lookup:
    parts = (np.broadcast_to(op.index.values, x.shape), x.lo.values, x.hi.values, x.lsb.values)
    tables = list(op.tables)
    for entry in np.stack([part.reshape(-1).astype(object) for part in parts], axis=1).tolist():
        number, lo, hi, lsb = map(int, entry)
        table = tables[number]
        places = lsb - table.lsb if lo or hi else 0
        if places < 0:
            raise GraphError(f"an operand is finer than table {number}")
        tables[number] = _extended(table, lo << places, hi << places)
    return Lookup(tuple(tables), op.index)


def _extended(table: Table, lo: int, hi: int) -> Table:
    values = table.values.mantissa.values
    below, above = max(table.first - lo, 0), max(hi - table.first - len(values) + 1, 0)
    if not below and not above:
        return table
    return replace(
        table,
        first=table.first - below,
        values=FixedArray.of(np.pad(values, (below, above), mode="edge"), table.values.lsb),
    )
