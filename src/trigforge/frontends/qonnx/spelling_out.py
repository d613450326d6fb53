"""Functions of several numbers, spelt out in ONNX's own ops, as the standard defines them: what types are given to."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trigforge.building import NO_TYPES, LayerTypes
from trigforge.frontends.qonnx.framework import onnx, opset_of, set_nodes
from trigforge.frontends.qonnx.masking import Masked, masks_made_plain
from trigforge.frontends.qonnx.typed import layer_names

_WHOLE_AXIS = 13
"""the version of ONNX's ops from which a softmax is one along its axis"""
_LEAST = 0.5
_PARTS = ("distance", "exp", "sum", "least", "inverse")
_TABLES = ("exp", "inverse")
"""the parts that have no exact form without a type for their results"""
_AXES_GIVEN = {"ReduceSum": 13, "ReduceMax": 18}
"""the version from which axes are an operand"""


def spelt_out(model: Any, types: Mapping[str, LayerTypes] | None = None) -> Any:
    """The model with each softmax as its steps, each a node: ``NAME.distance``, the largest entry less each, at least
    0; ``NAME.exp`` of its negative; ``NAME.sum``, where ``NAME.least`` takes it for at least a half, since the largest
    entry gives 1; ``NAME.inverse``; and ``NAME``, the product.

    The exponential and the inverse become tables in the quantizers behind them, as any function of one number. Where
    ``types`` (None: they are still to be found) hold no result of one of these, a softmax stays, and so do those of
    older ops, which mix axes: ``unspelt`` says why.

    A mask in front (``masks_made_plain``) stands in no distance: entries that it hides are left out of the largest, and
    ``NAME.kept`` is the exponential with 0 in their place. So all results of a row that is hidden whole are 0.
    """
    model, masks = masks_made_plain(model)
    opset = opset_of(model)
    copy = onnx().ModelProto()
    copy.CopyFrom(model)
    nodes: list[Any] = []
    for node, name in zip(copy.graph.node, layer_names(model.graph), strict=True):
        known = types is None or all(types.get(part, NO_TYPES).result for part in table_names(name))
        spelt = node.op_type == "Softmax" and opset >= _WHOLE_AXIS and known
        nodes += _softmax(copy.graph, node, name, opset, masks.get(node.input[0])) if spelt else [node]
    if len(nodes) == len(copy.graph.node):
        return model
    set_nodes(copy.graph, nodes)
    return copy


def table_names(name: str) -> list[str]:
    """The names of the parts of a softmax that need types."""
    return [f"{name}.{part}" for part in _TABLES]


def part_names(graph: Any) -> list[str]:
    """The names that types have for the parts of every softmax that stayed one."""
    stayed = [name for node, name in zip(graph.node, layer_names(graph), strict=True) if node.op_type == "Softmax"]
    return [f"{name}.{part}" for name in stayed for part in _PARTS]


def unspelt(name: str, opset: int) -> tuple[str, str]:
    """The fault and the remedy of a softmax that stayed one."""
    if opset < _WHOLE_AXIS:
        return (
            f"is a softmax of ONNX's ops before {_WHOLE_AXIS}, which may mix axes",
            f"export the model with opset {_WHOLE_AXIS} or a later one, or end it at its logits",
        )
    tables = " and ".join(f"[layers.{part}]" for part in table_names(name))
    return (
        "its exponential and its inverse have no exact form without types",
        f"let trigforge quantize find them, give {tables} a result in a file of types, or end the model at its logits",
    )


def _softmax(graph: Any, node: Any, name: str, opset: int, mask: Masked | None) -> Iterator[Any]:
    axis = next((entry.i for entry in node.attribute if entry.name == "axis"), -1)
    (x,), (result,) = node.input, node.output

    def reduced(kind: str, operand: str, made: str) -> Any:
        if opset < _AXES_GIVEN[kind]:
            return onnx().helper.make_node(kind, [operand], [made], made, axes=[axis], keepdims=1)
        axes = f"{made}.axes"
        graph.initializer.append(onnx().numpy_helper.from_array(np.array([axis], np.int64), axes))
        return onnx().helper.make_node(kind, [operand, axes], [made], made, keepdims=1)

    def made(kind: str, operands: list[str], part: str) -> Any:
        return onnx().helper.make_node(kind, operands, [f"{name}.{part}"], f"{name}.{part}")

    def number(value: float, part: str) -> str:
        graph.initializer.append(onnx().numpy_helper.from_array(np.array(value, np.float32), f"{name}.{part}"))
        return f"{name}.{part}"

    yield reduced("ReduceMax", x, f"{name}.max")
    exp = f"{name}.exp"
    if mask is None:
        yield made("Sub", [f"{name}.max", x], "distance")
    else:
        yield made("Sub", [f"{name}.max", mask.rest], "difference")
        yield made("Max", [f"{name}.difference", number(0, "zero")], "distance")
    yield made("Neg", [f"{name}.distance"], "negative")
    yield made("Exp", [f"{name}.negative"], "exp")
    if mask is not None:
        exp = f"{name}.kept"
        yield made("Where", [mask.hidden, f"{name}.zero", f"{name}.exp"], "kept")
    yield reduced("ReduceSum", exp, f"{name}.sum")
    yield made("Max", [f"{name}.sum", number(_LEAST, "one_half")], "least")
    yield made("Reciprocal", [f"{name}.least"], "inverse")
    yield onnx().helper.make_node("Mul", [exp, f"{name}.inverse"], [result], name)
