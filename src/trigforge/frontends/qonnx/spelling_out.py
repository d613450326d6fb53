"""Functions of several numbers, spelt out in ONNX's own ops, as the standard defines them: what types are given to."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from trigforge.frontends.qonnx.framework import onnx, opset_of, set_nodes
from trigforge.frontends.qonnx.typed import layer_names

_WHOLE_AXIS = 13
"""the version of ONNX's ops from which a softmax is one along its axis"""
_LEAST = 0.5
_AXES_GIVEN = {"ReduceSum": 13, "ReduceMax": 18}
"""the version from which axes are an operand"""


def spelt_out(model: Any) -> Any:
    """The model with every softmax as its steps, each a node: ``NAME.distance``, the largest entry less each, at least
    0; ``NAME.exp`` of its negative; ``NAME.sum``, where ``NAME.least`` takes it for at least a half, since the largest
    entry gives 1; ``NAME.inverse``; and ``NAME``, the product.

    The exponential and the inverse become tables in the quantizers behind them, as any function of one number. Models
    of older ops, whose softmax mixes axes, keep it.
    """
    opset = opset_of(model)
    if opset < _WHOLE_AXIS or all(node.op_type != "Softmax" for node in model.graph.node):
        return model
    copy = onnx().ModelProto()
    copy.CopyFrom(model)
    nodes: list[Any] = []
    for node, name in zip(copy.graph.node, layer_names(model.graph), strict=True):
        nodes += _softmax(copy.graph, node, name, opset) if node.op_type == "Softmax" else [node]
    set_nodes(copy.graph, nodes)
    return copy


def _softmax(graph: Any, node: Any, name: str, opset: int) -> Iterator[Any]:
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

    yield reduced("ReduceMax", x, f"{name}.max")
    yield made("Sub", [f"{name}.max", x], "distance")
    yield made("Neg", [f"{name}.distance"], "negative")
    yield made("Exp", [f"{name}.negative"], "exp")
    yield reduced("ReduceSum", f"{name}.exp", f"{name}.sum")
    graph.initializer.append(onnx().numpy_helper.from_array(np.array(_LEAST, np.float32), f"{name}.one_half"))
    yield made("Max", [f"{name}.sum", f"{name}.one_half"], "least")
    yield made("Reciprocal", [f"{name}.least"], "inverse")
    yield onnx().helper.make_node("Mul", [f"{name}.exp", f"{name}.inverse"], [result], name)
