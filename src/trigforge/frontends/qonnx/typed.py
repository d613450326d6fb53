"""An ONNX model that rounds as a table of types says: rounded weights, and quantizers of QONNX behind results."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trigforge.building import LayerTypes, Quantization, Refusal, rounded_constant
from trigforge.building.refusals import RefusedLayer, raise_refusals
from trigforge.fixed import Overflow, Rounding
from trigforge.frontends.qonnx.constants import Array, Constant, folded
from trigforge.frontends.qonnx.framework import onnx, opset_of, set_nodes
from trigforge.frontends.qonnx.handlers import DOMAINS, QUANTIZERS

_QONNX = "qonnx.custom_op.general"
_MODES = {
    Rounding.RND_CONV: "ROUND",
    Rounding.TRN: "FLOOR",
    Rounding.TRN_ZERO: "DOWN",
    Rounding.RND_INF: "HALF_UP",
    Rounding.RND_ZERO: "HALF_DOWN",
}
_WEIGHTED, _WITH_BIAS = ("Gemm", "MatMul", "Conv", "Mul", "Div", "Einsum", "PRelu"), ("Gemm", "Conv")
_NORM = "BatchNormalization"


def layer_names(graph: Any) -> list[str]:
    """A name for each node: its own, or its kind and number."""
    seen: dict[str, int] = {}
    names: list[str] = []
    for number, node in enumerate(graph.node):
        name = node.name.strip("/").replace("/", ".") or f"{node.op_type}_{number}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names


def known_constants(model: Any) -> dict[str, Array]:
    """The tensors that no event changes, by name: initializers, and what ONNX's own ops make of them alone."""
    opset = opset_of(model)
    found = {tensor.name: np.asarray(onnx().numpy_helper.to_array(tensor)) for tensor in model.graph.initializer}
    for node in model.graph.node:
        own = node.domain in DOMAINS and node.op_type not in QUANTIZERS
        if not own or not all(name in found for name in node.input if name):
            continue
        try:
            made = folded(node, [Constant(found[name]) if name else None for name in node.input], opset)
        except Refusal:
            continue  # the walk refuses the same node, by name
        found.update(zip(node.output, (constant.values for constant in made), strict=False))
    return found


def weights_of(node: Any, constants: Mapping[str, Array]) -> dict[str, int]:
    """The operands of a node that types are for, by part: ``weight`` and ``bias``."""
    operands = [name in constants for name in node.input]
    if node.op_type == _NORM:
        return {"weight": 1, "bias": 2}
    if node.op_type in ("Add", "Sub"):
        return {"bias": operands.index(True)} if any(operands) else {}
    if node.op_type not in _WEIGHTED or not any(operands):
        return {}
    found = {"weight": operands.index(True)}
    if node.op_type in _WITH_BIAS and len(node.input) > 2 and node.input[2]:
        found["bias"] = 2
    return found


def weight_at(node: Any, place: int, constants: Mapping[str, Array]) -> Array:
    """The numbers that the type of operand ``place`` is for, in float64: of a divisor its inverse."""
    values = constants[node.input[place]].astype(np.float64)
    return 1 / values if _divides(node, place, constants) else values


def _divides(node: Any, place: int, constants: Mapping[str, Array]) -> bool:
    return node.op_type == "Div" and place == 1 and bool((constants[node.input[place]] != 0).all())


def normalizing(node: Any, constants: Mapping[str, Array]) -> tuple[Array, Array]:
    """Slope and shift of a batch normalization, in float64."""
    scale, offset, mean, variance = (constants[name].astype(np.float64) for name in node.input[1:5])
    epsilon = next((entry.f for entry in node.attribute if entry.name == "epsilon"), 1e-5)
    slope = scale / np.sqrt(variance + epsilon)
    return slope, offset - mean * slope


def typed_model(model: Any, types: Mapping[str, LayerTypes]) -> Any:
    """A copy with the weights of typed nodes rounded, and a ``Quant`` behind their results; itself without types.

    Raises ``UnsupportedModelError`` for types that a node has no use for.
    """
    if not types:
        return model
    copy = onnx().ModelProto()
    copy.CopyFrom(model)
    constants = known_constants(model)
    nodes, refused = list[Any](), list[RefusedLayer]()
    for node, name in zip(copy.graph.node, layer_names(model.graph), strict=True):
        node.name = name
        nodes.append(node)
        try:
            nodes += _typed(copy.graph, node, types.get(name, LayerTypes()), constants)
        except Refusal as refusal:
            refused.append(RefusedLayer(f"node {name!r} ({node.op_type})", str(refusal)))
    raise_refusals(model.graph.name, refused)
    del copy.graph.value_info[:]
    set_nodes(copy.graph, nodes)
    if not any(entry.domain == _QONNX for entry in copy.opset_import):
        copy.opset_import.append(onnx().helper.make_opsetid(_QONNX, 1))
    return copy


def _typed(graph: Any, node: Any, types: LayerTypes, constants: Mapping[str, Array]) -> list[Any]:
    """Give a node its types; the nodes that follow it."""
    if types.sum is not None:
        raise Refusal("has a type for its sum", "give the node in front a result")
    places = weights_of(node, constants)
    unused = sorted(types.parts.keys() - {"result", *places})
    if unused:
        raise Refusal(f"has no {unused[0]} that a type could be given to", f"leave {unused[0]} out of its types")
    if node.op_type == _NORM and (types.weight or types.bias):
        _type_norm(graph, node, types, constants)
    else:
        for part, place in places.items():
            own: Quantization | None = getattr(types, part)
            if own is not None:
                values = weight_at(node, place, constants)
                if _divides(node, place, constants):
                    node.op_type = "Mul"
                _replace(graph, node, place, part, _rounded(node, values, own, part))
    return [] if types.result is None else [_quantizer(graph, node, types.result)]


def _rounded(node: Any, values: Array, own: Quantization, part: str) -> Array:
    """Rounded weights; channels are the results of the node: rows of a convolution's or a transposed matrix."""
    first = node.op_type == "Conv" or any(entry.name == "transB" and entry.i for entry in node.attribute)
    if part == "weight" and first and own.types.shape:
        return np.moveaxis(_round(np.moveaxis(values, 0, -1), own), -1, 0)
    return _round(values, own)


def _round(values: Array, own: Quantization) -> Array:
    return np.asarray(rounded_constant(values, own).to_float())


def _type_norm(graph: Any, node: Any, types: LayerTypes, constants: Mapping[str, Array]) -> None:
    """Put rounded slope and shift in the place of four parameters."""
    parts = [
        values if own is None else _round(values, own)
        for values, own in zip(normalizing(node, constants), (types.weight, types.bias), strict=True)
    ]
    ones = np.ones(len(parts[0]))
    for place, (part, values) in enumerate(
        {"weight": parts[0], "bias": parts[1], "mean": 0 * ones, "variance": ones}.items(), 1
    ):
        _replace(graph, node, place, part, values)
    for entry in [entry for entry in node.attribute if entry.name == "epsilon"]:
        node.attribute.remove(entry)
    node.attribute.append(onnx().helper.make_attribute("epsilon", 0.0))


def _replace(graph: Any, node: Any, place: int, part: str, values: Array) -> None:
    name = f"{node.name}.{part}.typed"
    graph.initializer.append(onnx().numpy_helper.from_array(values.astype(np.float32), name))
    node.input[place] = name


def _quantizer(graph: Any, node: Any, own: Quantization) -> Any:
    """A ``Quant`` behind a node, which takes over the name of its result."""
    if own.rounding not in _MODES or own.overflow not in (Overflow.SAT, Overflow.SAT_SYM):
        known = ", ".join(_MODES)
        raise Refusal(f"has a result in {own.rounding}, {own.overflow}", f"use one of {known}, and SAT or SAT_SYM")
    if own.types.width.size != 1 or len(node.output) != 1:
        raise Refusal("has several types for its result, or several results", "give it one type")
    result, parts = (
        node.output[0],
        {"scale": np.exp2(float(own.types.lsb)), "zero": 0, "bits": max(int(own.types.width.values), 1)},
    )
    node.output[0] = f"{result}.exact"
    for part, values in parts.items():
        name = f"{node.name}.{part}.typed"
        graph.initializer.append(onnx().numpy_helper.from_array(np.asarray(values, np.float32), name))
    return onnx().helper.make_node(
        "Quant",
        [node.output[0], *(f"{node.name}.{part}.typed" for part in parts)],
        [result],
        f"{node.name}.result",
        domain=_QONNX,
        signed=int(own.types.signed.values),
        narrow=int(own.overflow is Overflow.SAT_SYM),
        rounding_mode=_MODES[own.rounding],
    )
