"""Opening ``.onnx`` files: one protocol buffer, nothing beside it, and nothing in it that runs code."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trigforge.errors import ModelFileError
from trigforge.foreign_files import check_size, reading, reason
from trigforge.frontends.qonnx.framework import onnx

_MOST_NODES = 20_000


def open_model(path: Path) -> Any:
    """The model of a file, its weights inside.

    Raises ``ModelFileError`` where the file is missing, damaged, no ONNX model or too large, where it names other files
    or where it holds functions, control flow or training.
    """
    if not path.is_file():
        raise ModelFileError(f"model file {path} does not exist; give the path of an .onnx file")
    package, where = onnx(), f"model file {path}"
    with reading(lambda error: _damaged(where, error)):
        check_size(path.stat().st_size)
        model = package.ModelProto()
        model.ParseFromString(path.read_bytes())
        check_model(model, where)
    return model


def check_model(model: Any, where: str) -> None:
    """``ModelFileError`` for a model that is empty, or is more than one graph with its weights."""
    graph = model.graph
    if not graph.node or not graph.output:
        raise ModelFileError(f"{where} is no ONNX model, or an empty one; export it again")
    if len(graph.node) > _MOST_NODES:
        raise ModelFileError(
            f"{where} has {len(graph.node)} nodes, at most {_MOST_NODES} are read; export a smaller one"
        )
    parts = {"functions": model.functions, "training": model.training_info, "sparse weights": graph.sparse_initializer}
    found = [name for name, part in parts.items() if len(part)]
    if found:
        raise ModelFileError(
            f"{where} holds {' and '.join(found)}, which are not read; export the plain inference graph"
        )
    for name in _names(graph):
        if not isinstance(name, str) or not name.isprintable():  # protobuf gives bytes for what is no UTF-8
            raise ModelFileError(f"{where} is damaged: it has the name {name!r:.60}; copy or export it again")
    for name, tensor in _tensors(graph):
        if tensor.data_location or len(tensor.external_data):
            raise ModelFileError(f"{where}: tensor {name!r} is stored in another file; save the model with its weights")
        _check_shape(name, tensor)


def _names(graph: Any) -> Iterable[object]:
    """Every name in a graph."""
    yield from (graph.name, *(entry.name for entry in (*graph.input, *graph.output, *graph.initializer)))
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)


def _check_shape(name: str, tensor: Any) -> None:
    """``ValueError`` for a tensor of which the shape is far larger than what is stored."""
    size = 1
    for length in tensor.dims:
        if length < 0:
            raise ValueError(f"tensor {name!r} has a negative length")
        size *= max(length, 1)
    check_size(8 * size)


def _tensors(graph: Any) -> Iterable[tuple[str, Any]]:
    """All tensors of a graph; ``ModelFileError`` for a graph inside a node."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g") or len(attribute.graphs):
                name = node.name or node.op_type
                raise ModelFileError(f"node {name!r} ({node.op_type}) holds a graph; export it without control flow")
            if attribute.HasField("t"):
                yield node.name, attribute.t


def _damaged(where: str, error: Exception) -> ModelFileError:
    return ModelFileError(f"{where} is truncated or no ONNX file ({reason(error)}); copy or export it again")
