"""The export of a module to QONNX, by Brevitas and torch, in memory; nodes get the names of the module's layers."""

import ast
import contextlib
import copy
import io
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from trigforge.errors import UnsupportedModelError
from trigforge.foreign_files import reading, reason
from trigforge.frameworks import quiet
from trigforge.frontends.brevitas.attention import attention_in_steps, functions_in_steps
from trigforge.frontends.brevitas.fake_quantizers import spelt_out
from trigforge.frontends.brevitas.framework import package
from trigforge.frontends.brevitas.running import InBatches, Module
from trigforge.frontends.qonnx.framework import onnx, set_nodes

_SCOPES, _CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"
_INSIDE = ("aten", "brevitas.proxy", "brevitas.export", "brevitas.core", "torch.ops", "onnx_symbolic")
"""beginnings of the names of classes that stand inside of a layer"""
_EVENTS = 1


def exported(module: Any, shapes: Sequence[tuple[int, ...]]) -> tuple[Any, Any]:
    """The ``onnx.ModelProto`` of a copy of ``module`` in ``eval()`` on the CPU, and another such copy to be run.

    Raises ``UnsupportedModelError`` where Brevitas or torch cannot export it, ``ToolMissingError`` without them.
    """
    torch, export = package("torch"), package("brevitas.export")
    where = f"the torch module {type(module).__name__}"
    joins = [name for name, part in module.named_modules() if type(part).__name__ == "QuantCat"]
    with reading(lambda error: _refused(where, error, joins)):
        ready, kept = (copy.deepcopy(module).cpu().eval() for _ in range(2))
        events = tuple(torch.zeros(_EVENTS, *shape) for shape in shapes)
        ready = attention_in_steps(ready)
        with quiet(), _silent(), torch.no_grad(), _without_fast_path(torch), functions_in_steps():
            ready(*events)
            model = export.export_qonnx(ready, args=events, export_path=None)
    if not model.graph.node or len(model.functions):
        raise UnsupportedModelError(
            f"{where} becomes a program, no graph of layers, when Brevitas exports it, as recurrent layers do; "
            "leave them out"
        )
    _quantize_as_torch(model.graph)
    _name_layers(model.graph)
    return model, Module(kept)


def exported_program(program: Any) -> tuple[Any, Any]:
    """The ``onnx.ModelProto`` of a ``torch.export.ExportedProgram``, and a module that runs it.

    Raises as ``exported``.
    """
    torch = package("torch")
    where = "the exported program"
    with reading(lambda error: _refused(where, error)), quiet(), _silent(), torch.no_grad():
        events = tuple(torch.zeros(shape) for shape in _example_shapes(program))
        spelt = spelt_out(program)
        model = torch.onnx.export(spelt, events, dynamo=True, verbose=False, optimize=True).model_proto
    _quantize_as_torch(model.graph)
    _name_layers(model.graph)
    return model, InBatches(spelt, _example_shapes(program)[0][0])


def _example_shapes(program: Any) -> list[list[int]]:
    """The shapes of a program's inputs; a length that it leaves open is 2."""
    names = program.graph_signature.user_inputs
    given = {node.name: node.meta["val"] for node in program.graph.nodes if node.op == "placeholder"}
    return [[length if isinstance(length, int) else 2 for length in given[name].shape] for name in names]


def _refused(where: str, error: Exception, joins: Sequence[str] = ()) -> UnsupportedModelError:
    if joins:
        return UnsupportedModelError(
            f"{where} cannot be exported by torch ({reason(_cause(error))}), and its layer {joins[0]!r} is a QuantCat, "
            "which Brevitas cannot always run; join with torch.cat what one QuantIdentity has quantized"
        )
    return UnsupportedModelError(
        f"{where} cannot be exported by torch ({reason(_cause(error))}); check that it runs on zeros of the given "
        "shapes, and that forward only calls torch and layers, without branches on values"
    )


def _cause(error: BaseException) -> Exception:
    """The first of the exceptions that led to one: exporters wrap it in advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error if isinstance(error, Exception) else RuntimeError(str(error))


@contextlib.contextmanager
def _silent() -> Any:
    """torch's exporter prints what it is at, and logs what other packages lack."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _without_fast_path(torch: Any) -> Any:
    """Transformers of torch call their layers, not one kernel for all."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _quantize_as_torch(graph: Any) -> None:
    """Let torch's fake quantizers multiply by the float32 inverse of their scale, as they do, where ONNX divides."""
    numpy_helper, helper = onnx().numpy_helper, onnx().helper
    known = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[Any] = []
    for node in graph.node:
        own = any("fake_quantize" in entry.value for entry in node.metadata_props if entry.key == _CLASSES)
        if own and node.op_type == "QuantizeLinear" and node.input[1] in known:
            scale = numpy_helper.to_array(known[node.input[1]])
            inverse, one = (f"{node.output[0]}.{name}" for name in ("inverse", "one"))
            graph.initializer.append(numpy_helper.from_array(np.float32(1) / scale, inverse))
            graph.initializer.append(numpy_helper.from_array(np.ones_like(scale), one))
            nodes.append(helper.make_node("Mul", [node.input[0], inverse], [f"{inverse}.scaled"], name=node.name))
            nodes[-1].metadata_props.extend(node.metadata_props)
            node.input[0], node.input[1] = f"{inverse}.scaled", one
        nodes.append(node)
    if len(nodes) > len(graph.node):
        set_nodes(graph, nodes)


def _name_layers(graph: Any) -> None:
    """Name each node after the layer of the module that calls it; ops that ``forward`` calls keep torch's names."""
    for node in graph.node:
        notes = {entry.key: entry.value for entry in node.metadata_props}
        if _SCOPES in notes and _CLASSES in notes:
            node.name = _layer(ast.literal_eval(notes[_SCOPES]), ast.literal_eval(notes[_CLASSES])) or node.name


def _layer(scopes: Sequence[str], classes: Sequence[str]) -> str:
    """The innermost layer of a path of scopes, or the op's own name where the model itself calls it."""
    layer = ""
    for scope, kind in zip(scopes, classes, strict=False):
        if kind.startswith(_INSIDE):
            break
        layer = scope or layer
    return layer or scopes[-1]
