"""Functions at the end of a model that keep the order of its results: the graph ends in front of them."""

from collections.abc import Collection
from typing import Any

from trigforge.frontends.qonnx.framework import onnx, set_nodes
from trigforge.frontends.qonnx.spelling_out import table_names
from trigforge.frontends.qonnx.typed import layer_names

_KEEP_ORDER = frozenset(("Softmax", "LogSoftmax", "Sigmoid"))


def without_endings(model: Any, typed: Collection[str] = ()) -> tuple[Any, dict[str, tuple[str, str]]]:
    """A model without such functions, and their names and kinds by the output that is left.

    Those with types, ``typed`` names them, stay.
    """
    used = {name for node in model.graph.node for name in node.input}
    outputs = {entry.name for entry in model.graph.output}
    last = [
        node
        for node, name in zip(model.graph.node, layer_names(model.graph), strict=True)
        if node.op_type in _KEEP_ORDER and node.output[0] in outputs - used and node.input[0] not in outputs
        if {name, *table_names(name)}.isdisjoint(typed)
    ]
    if not last or len({node.input[0] for node in last}) < len(last):
        return model, {}
    copy = onnx().ModelProto()
    copy.CopyFrom(model)
    ended = {node.output[0]: node.input[0] for node in last}
    set_nodes(
        copy.graph, [node for node in copy.graph.node if node.op_type not in _KEEP_ORDER or node.output[0] not in ended]
    )
    for entry in copy.graph.output:
        entry.name = ended.get(entry.name, entry.name)
    return copy, {node.input[0]: (node.name or node.op_type, node.op_type) for node in last}
