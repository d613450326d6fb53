"""Models in floating point that round as a table says: each layer by its own framework in float64, each type by NumPy.

A second opinion on what a graph with such types is: nothing here comes from the package. Curves of ONNX and torch are
those of float32, the precision of their models: 1 - 1e-11 is 1 there, which matters where a type rounds down.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.frontends.drawn_types import Drawn
from tests.frontends.rounding import Floats, Spelt, rounded

_LEFT_OUT = ("softmax", "sigmoid")
_CURVES = ("Tanh", "Sigmoid", "Elu", "Softplus", "HardSigmoid", "ELU", "SELU", "GELU")


def keras_outputs(model: Any, types: Drawn, x: Floats) -> Floats:
    """The output of a Keras model of one input that computes in float64; its weights are rounded for good."""
    last = model.layers[-1]
    last = last.layers[-1] if hasattr(last, "layers") else last
    return np.asarray(_keras_graph(model, types, rounded(x, types.inputs.get("x")), "", last))


def _keras_graph(model: Any, types: Drawn, x: Any, above: str, last: Any) -> Any:
    def operation(layer: Any) -> Any:
        name = f"{above}{layer.name}"
        if hasattr(layer, "layers"):
            return lambda given, **_: _keras_graph(layer, types, given, f"{name}.", last)
        return lambda *given, **more: _keras_layer(layer, types.of(name), given, more, final=layer is last)

    return (getattr(model, "_functional", None) or model)._run_through_graph(x, operation_fn=operation)


def _keras_layer(layer: Any, own: Mapping[str, Spelt], given: tuple[Any, ...], more: Any, *, final: bool) -> Any:
    kind, function = type(layer).__name__, getattr(layer, "activation", None)
    curve = getattr(function, "__name__", "")
    if kind == "BatchNormalization":
        slope = np.asarray(layer.gamma) / np.sqrt(np.asarray(layer.moving_variance) + layer.epsilon)
        shift = np.asarray(layer.beta) - np.asarray(layer.moving_mean) * slope
        y = np.asarray(given[0]) * rounded(slope, own.get("weight")) + rounded(shift, own.get("bias"))
    elif kind.startswith("Q") or function is None:
        y = layer(*given, **more)
    else:
        for name in ("kernel", "depthwise_kernel", "pointwise_kernel", "bias"):
            variable = getattr(layer, name, None)
            if variable is not None:
                variable.assign(_kernel(kind, np.asarray(variable), own.get("bias" if name == "bias" else "weight")))
        layer.activation = lambda values: values
        y = layer(*given, **more)
        if not (final and curve in _LEFT_OUT and "result" not in own):
            y = function(rounded(y, own["sum"])) if "sum" in own else function(y)
    return rounded(y, own["result"]) if "result" in own else y


def _kernel(kind: str, values: Floats, own: Spelt | None) -> Floats:
    """A rounded kernel; the channels of a depthwise one are its last two axes."""
    if kind.startswith("Depthwise") and values.ndim > 1:
        return rounded(values.reshape(*values.shape[:-2], -1), own).reshape(values.shape)
    return rounded(values, own)


def onnx_outputs(model: Any, types: Drawn, x: Floats) -> Floats:
    """The output of an ONNX model of one input, node by node by the reference implementation of onnx in float64."""
    from onnx import numpy_helper

    constants = {one.name: numpy_helper.to_array(one).astype(np.float64) for one in model.graph.initializer}
    known = {model.graph.input[0].name: rounded(x, types.inputs.get("x"))}
    for node in model.graph.node:
        own = types.of(node.name)
        final = node.output[0] == model.graph.output[0].name
        if final and node.op_type.lower() in _LEFT_OUT and "result" not in own:
            known[node.output[0]] = known[node.input[0]]
            continue
        given: list[Floats] = []
        for n, name in enumerate(node.input):
            part = "bias" if node.op_type == "Add" or n == 2 else "weight"
            given.append(known[name] if name in known else _constant(node, constants[name], own.get(part), part))
        known[node.output[0]] = rounded(_computed(node, given, model.opset_import), own.get("result"))
    return known[model.graph.output[0].name]


def _constant(node: Any, values: Floats, own: Spelt | None, part: str) -> Floats:
    transposed = part == "weight" and any(entry.name == "transB" and entry.i for entry in node.attribute)
    return rounded(values.T, own).T if transposed else rounded(values, own)


def _computed(node: Any, given: Sequence[Floats], opsets: Any) -> Floats:
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    if node.op_type == "ReduceMean":
        return given[0].mean(axis=1)
    names = [f"x{n}" for n in range(len(given))]
    one = copy.deepcopy(node)
    one.input[:] = names
    kind, dtype = (TensorProto.FLOAT, np.float32) if node.op_type in _CURVES else (TensorProto.DOUBLE, np.float64)
    inputs = [helper.make_tensor_value_info(name, kind, None) for name in names]
    output = helper.make_tensor_value_info(node.output[0], kind, None)
    model = helper.make_model(helper.make_graph([one], "one", inputs, [output]), opset_imports=opsets)
    events = {name: values.astype(dtype) for name, values in zip(names, given, strict=True)}
    return np.asarray(ReferenceEvaluator(model).run(None, events)[0], np.float64)


def torch_outputs(module: Any, types: Drawn, x: Floats) -> Floats:
    """The output of nested ``Sequential`` by torch in float64, batch norms folded into layers in front."""
    import torch

    layers = [(f"0.{name}", layer) for name, layer in module[0].named_children()]
    layers += [(name, layer) for name, layer in list(module.named_children())[1:]]
    y = torch.tensor(rounded(x, types.inputs.get("input")))
    layers = [(name, copy.deepcopy(layer).double()) for name, layer in layers]
    for n, (name, layer) in enumerate(layers):
        kind = type(layer).__name__
        final = n == len(layers) - 1
        if final and kind.lower() in _LEFT_OUT and "result" not in types.of(name):
            continue
        norm = layers[n + 1] if n + 1 < len(layers) and _folds(layer) else ("", None)
        if type(norm[1]).__name__.startswith("BatchNorm"):
            own, fusion = types.of(norm[0]), torch.nn.utils.fusion
            fuse = fusion.fuse_linear_bn_eval if kind == "Linear" else fusion.fuse_conv_bn_eval
            y, result = _torch_weighted(fuse(layer, norm[1]), own, own)(y), own.get("result")
        elif kind.startswith("BatchNorm"):
            if n and _folds(layers[n - 1][1]):
                continue
            y, result = _torch_norm(layer, types.of(name))(y), types.of(name).get("result")
        elif hasattr(layer, "weight"):
            apart = (
                types.of(f"{name}_2") if kind == "Linear" and y.dim() > 2 and layer.bias is not None else types.of(name)
            )
            y, result = _torch_weighted(layer, types.of(name), apart)(y), apart.get("result")
        else:
            if kind == "LeakyReLU":
                layer.negative_slope = float(np.float32(layer.negative_slope))
            y = layer(y.float()).double() if kind in _CURVES else layer(y)
            result = types.of(name).get("result")
        y = y if result is None else torch.tensor(rounded(y.detach().numpy(), result))
    return y.detach().numpy()


def _folds(layer: Any) -> bool:
    return type(layer).__name__ in ("Linear", "Conv1d", "Conv2d")


def _torch_weighted(layer: Any, own: Mapping[str, Spelt], behind: Mapping[str, Spelt]) -> Any:
    """The layer with rounded weights, of which rows are the channels."""
    import torch

    with torch.no_grad():
        rows = np.moveaxis(layer.weight.numpy(), 0, -1)
        layer.weight.copy_(torch.tensor(np.moveaxis(rounded(rows, own.get("weight")), -1, 0).copy()))
        if layer.bias is not None:
            layer.bias.copy_(torch.tensor(rounded(layer.bias.numpy(), behind.get("bias"))))
    return layer


def _torch_norm(layer: Any, own: Mapping[str, Spelt]) -> Any:
    import torch

    slope = (layer.weight / torch.sqrt(layer.running_var + layer.eps)).detach()
    shift = (layer.bias - layer.running_mean * slope).detach()
    axes = (1, -1) if isinstance(layer, torch.nn.BatchNorm1d) else (1, -1, 1, 1)
    parts = [torch.tensor(rounded(part.numpy(), own.get(name))) for part, name in ((slope, "weight"), (shift, "bias"))]
    return lambda x: x * parts[0].reshape(axes[: x.dim()]) + parts[1].reshape(axes[: x.dim()])
