"""The packages ``onnx``, ``onnxruntime`` and ``qonnx``, imported on first use."""

import copy
import importlib
from collections.abc import Iterable
from functools import cache
from typing import Any

from trigforge.frameworks import needing, quiet


@cache
def onnx() -> Any:
    """The package ``onnx``, which reads files and computes constants; ``ToolMissingError`` where it is missing."""
    with needing("reading an ONNX model", "onnx", more=", in a checkout make setup-frameworks"), quiet():
        for part in ("onnx.numpy_helper", "onnx.helper", "onnx.reference"):
            importlib.import_module(part)
        return importlib.import_module("onnx")


def opset_of(model: Any) -> int:
    """The version of ONNX's own ops that a model uses."""
    return next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 13)


def set_nodes(graph: Any, nodes: Iterable[Any]) -> None:
    """Put ``nodes``, some of them the graph's own, into the place of all that it has."""
    kept = [copy.deepcopy(node) for node in nodes]
    del graph.node[:]
    graph.node.extend(kept)


def optional(name: str) -> Any:
    """A module, None where its package is not installed."""
    try:
        with quiet():
            return importlib.import_module(name)
    except ModuleNotFoundError:
        return None
