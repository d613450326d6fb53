"""The trained model, run by the packages of its format: what a graph is compared with when it has been read.

Quantizers of QONNX are computed by the functions of the package qonnx itself, other ops by onnxruntime where a model
has no quantizers of QONNX, else by the reference implementation of the package onnx.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trigforge.building import Floats
from trigforge.errors import UnsupportedModelError
from trigforge.foreign_files import reading, reason
from trigforge.frontends.qonnx.constants import Array, computed
from trigforge.frontends.qonnx.framework import onnx, opset_of, optional, set_nodes
from trigforge.frontends.scales.outputs import Output

_CUSTOM = frozenset("Quant IntQuant BipolarQuant Trunc".split())
_WRAPPED = "qonnx.custom_op.channels_last"
_FLOAT, _DOUBLE = 1, 11
_PRECISE = np.longdouble
"""64 bits of mantissa on x86: products of two numbers of 8 bits with scales of 24 bits are exact"""


def runnable(model: Any) -> bool:
    """True where the packages are here that compute all ops of a model."""
    quantizers = any(node.op_type in _CUSTOM for node in model.graph.node)
    return not quantizers or optional("qonnx.custom_op.general.intquant") is not None


@dataclass(frozen=True)
class OnnxModel:
    """An ONNX model for any number of events at once; its graph's inputs by the model's names, and its outputs.

    ``results`` are, by layer, results and their names in the model. ``constants`` are the quantized
    weights in float64, as the graph holds them.
    """

    model: Any
    inputs: Mapping[str, str]
    results: Mapping[str, tuple[Output, str]]
    finals: Mapping[str, Output]
    constants: Mapping[str, Array]
    framework: str = "ONNX"

    def outputs(self, events: Mapping[str, Floats], *, precise: bool) -> list[Floats]:
        """Every output: in float32; in extended precision if ``precise``.

        The number that such a result stands for replaces it, as ``Output`` says.

        Raises ``UnsupportedModelError`` for a model that the packages themselves cannot run.
        """
        names = [entry.name for entry in self.model.graph.output]
        if not precise:
            found = self._run(events, names, np.float32)
            return [found[name] for name in names]
        found = self._run(events, names, _PRECISE)
        return [self.finals[name].meant(found[name]) for name in names]

    def layers(self, events: Mapping[str, Floats]) -> Sequence[tuple[str, str, Floats]]:
        """The results of nodes that the graph holds, in float64: those of quantizers without their scales."""
        found = self._run(events, [own for _, own in self.results.values()], _PRECISE)
        return [
            (layer, result.value.tensor.name, result.integers(found[own]))
            for layer, (result, own) in self.results.items()
        ]

    def _run(self, events: Mapping[str, Floats], names: Sequence[str], kind: Any) -> dict[str, Floats]:
        given = {own: events[name].astype(kind) for name, own in self.inputs.items()}
        with reading(self._failed):
            if kind is np.float32:
                return run_single(self.model, given, names)
            model = _doubled(batched(self.model), self.constants)
            evaluator = onnx().reference.ReferenceEvaluator(model, new_ops=_custom_ops(self.model))
            evaluator.rt_inits_ = {name: _widened(array) for name, array in evaluator.rt_inits_.items()}
            with np.errstate(all="ignore"):
                every: Any = evaluator.run(None, given, intermediate=True)
        return {name: np.asarray(every[name]).astype(np.float64) for name in names}

    def _failed(self, error: Exception) -> UnsupportedModelError:
        return UnsupportedModelError(
            f"model {self.model.graph.name!r} cannot be compared with its graph, as the packages of ONNX do not "
            f"run it ({reason(error)}); correct the model, or read it with check=False"
        )


def run_single(model: Any, events: Mapping[str, Array], names: Sequence[str]) -> dict[str, Floats]:
    """Tensors of a model in float32 for its inputs, both by their names in it; with onnxruntime where that will do.

    With it, tensors must be outputs of the model.
    """
    given = {name: values.astype(np.float32) for name, values in events.items()}
    plain = not any(node.op_type in _CUSTOM or node.domain == _WRAPPED for node in model.graph.node)
    runtime = optional("onnxruntime") if plain else None
    if runtime is not None:
        options = runtime.SessionOptions()
        options.log_severity_level, options.intra_op_num_threads = 4, 1
        session = runtime.InferenceSession(batched(model).SerializeToString(), options)
        found = session.run(list(names), given)
        return {name: np.asarray(array, np.float64) for name, array in zip(names, found, strict=True)}
    evaluator = onnx().reference.ReferenceEvaluator(batched(model), new_ops=_custom_ops(model))
    with np.errstate(all="ignore"):
        every: Any = evaluator.run(None, given, intermediate=True)
    return {name: np.asarray(every[name]).astype(np.float64) for name in names}


def batched(model: Any) -> Any:
    """A copy for any number of events: no lengths of the first axis, and shapes that copy it."""
    copy = onnx().ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    del graph.value_info[:]
    imported = {entry.domain for entry in copy.opset_import}
    for domain in sorted({node.domain for node in graph.node} - imported):
        copy.opset_import.append(onnx().helper.make_opsetid(domain, 1))
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for entry in graph.input:
        if entry.name not in weights:
            entry.type.tensor_type.shape.dim[0].dim_param = "events"
    for entry in graph.output:
        entry.type.tensor_type.ClearField("shape")
    for node in graph.node:
        node.ClearField("name")  # those of a torch module are not unique
        if node.op_type in ("Reshape", "Expand") and len(node.input) > 1 and node.input[1] in weights:
            _copy_events(graph, weights[node.input[1]], node)
    return copy


def _copy_events(graph: Any, tensor: Any, node: Any) -> None:
    """The shape of a reshape with 0 in place of the number of events, which copies it."""
    shape = onnx().numpy_helper.to_array(tensor).copy()
    if shape.size and shape.reshape(-1)[0] == 1 and node.op_type == "Reshape":
        shape.reshape(-1)[0] = 0
        name = f"{tensor.name}.events"
        if not any(entry.name == name for entry in graph.initializer):
            graph.initializer.append(onnx().numpy_helper.from_array(shape, name))
        node.input[1] = name
        for entry in [entry for entry in node.attribute if entry.name == "allowzero"]:
            node.attribute.remove(entry)


def _doubled(model: Any, constants: Mapping[str, Array]) -> Any:
    """A model whose numbers are float64, its quantized weights among the constants."""
    graph, helper = model.graph, onnx().numpy_helper
    set_nodes(graph, [node for node in graph.node if not any(name in constants for name in node.output)])
    for tensor in graph.initializer:
        if tensor.data_type == _FLOAT:
            tensor.CopyFrom(helper.from_array(helper.to_array(tensor).astype(np.float64), tensor.name))
    own = [tensor for tensor in graph.initializer if tensor.name not in constants]
    del graph.initializer[:]
    graph.initializer.extend([*own, *(helper.from_array(array, name) for name, array in constants.items())])
    for entry in (*graph.input, *graph.output):
        if entry.type.tensor_type.elem_type == _FLOAT:
            entry.type.tensor_type.elem_type = _DOUBLE
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t") and attribute.t.data_type == _FLOAT:
                attribute.t.CopyFrom(helper.from_array(helper.to_array(attribute.t).astype(np.float64)))
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == _FLOAT:
                attribute.i = _DOUBLE
    return model


def _widened(array: Array) -> Array:
    return array.astype(_PRECISE) if array.dtype == np.float64 else array


def _custom_ops(model: Any) -> list[Any]:
    """The ops of a model that are not ONNX's own, or not as its reference implementation has them, as its classes.

    Quantizers call the functions of qonnx.
    """
    wanted = sorted({(node.domain, node.op_type) for node in model.graph.node if node.op_type in _CUSTOM})
    wrapped = sorted({node.op_type for node in model.graph.node if node.domain == _WRAPPED})
    opset = opset_of(model)
    return [
        *(_custom_op(domain, kind) for domain, kind in wanted),
        *(_channels_last(kind, opset) for kind in wrapped),
        _batch_normalization(),
        *_linear_quantizers(),
    ]


def _channels_last(kind: str, opset: int) -> Any:
    """An op of ONNX between transpositions, as qonnx wraps it; the weights of a convolution are transposed too."""
    base: Any = onnx().reference.op_run.OpRun

    def run(self: Any, *operands: Array, **_: Any) -> tuple[Array]:
        moved = [
            np.moveaxis(array, -1, 1) if n == 0 or (n == 1 and kind == "Conv") else array
            for n, array in enumerate(operands)
        ]
        node = onnx().NodeProto()
        node.CopyFrom(self.onnx_node)
        node.domain = ""
        (found,) = computed(node, moved, opset, [_batch_normalization()])
        return (np.moveaxis(found, 1, -1),)

    return type(kind, (base,), {"op_domain": _WRAPPED, "_run": run})


def _linear_quantizers() -> list[Any]:
    """The quantizers of ONNX as its specification has them: the reference implementation lacks versions before 19."""

    def per_axis(x: Array, values: Array, axis: int) -> Array:
        return values.reshape([-1 if n == axis % x.ndim else 1 for n in range(x.ndim)]) if values.ndim else values

    def quantize(self: Any, x: Array, scale: Array, *zero: Array, axis: int = 1, **_: Any) -> tuple[Array]:
        point = zero[0] if zero else np.zeros((), np.uint8)
        limits = np.iinfo(point.dtype)
        found = np.rint(x / per_axis(x, scale, axis)) + per_axis(x, point, axis)
        return (np.clip(found, limits.min, limits.max).astype(point.dtype),)

    def dequantize(self: Any, x: Array, scale: Array, *zero: Array, axis: int = 1, **_: Any) -> tuple[Array]:
        point = per_axis(x, zero[0].astype(np.int64), axis) if zero else 0
        return ((x.astype(np.int64) - point).astype(scale.dtype) * per_axis(x, scale, axis),)

    base, both = onnx().reference.op_run.OpRun, {"QuantizeLinear": quantize, "DequantizeLinear": dequantize}
    return [type(name, (base,), {"op_domain": "", "_run": run}) for name, run in both.items()]


def _batch_normalization() -> Any:
    """Batch normalization at inference: before version 14, the reference implementation takes it for training."""
    module = importlib.import_module("onnx.reference.ops.op_batch_normalization")

    def run(self: Any, x: Array, *parameters: Array, epsilon: float = 1e-5, **_: Any) -> tuple[Array]:
        return (module._batchnorm_test_mode(x, *parameters, epsilon=epsilon),)

    return type("BatchNormalization", (onnx().reference.op_run.OpRun,), {"op_domain": "", "_run": run})


def _custom_op(domain: str, kind: str) -> Any:
    base: Any = onnx().reference.op_run.OpRun

    def run(self: Any, x: Array, *rest: Array, **_: Any) -> tuple[Array]:
        attributes = {entry.name: onnx().helper.get_attribute_value(entry) for entry in self.onnx_node.attribute}
        return (np.asarray(_quantized(kind, x, rest, attributes), dtype=x.dtype),)

    return type(kind, (base,), {"op_domain": domain, "_run": run})


def _quantized(kind: str, x: Array, rest: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    mode = attributes.get("rounding_mode") or ("FLOOR" if kind == "Trunc" else "ROUND")
    mode = mode.decode() if isinstance(mode, bytes) else mode
    signed, narrow = attributes.get("signed", 1), attributes.get("narrow", int(kind != "Trunc"))
    if kind == "BipolarQuant":
        return optional("qonnx.custom_op.general.bipolar_quant").binary_quant(x, *rest)
    if kind != "Trunc":
        return optional("qonnx.custom_op.general.intquant").int_quant(x, *rest, signed, narrow, mode)
    module = optional("qonnx.custom_op.general.trunc")
    if len(rest) > 4:
        return module.trunc_v2(x, *rest[:3], narrow, signed, *rest[3:], mode)
    return module.trunc_v1(x, *rest, mode)
