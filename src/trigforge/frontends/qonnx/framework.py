"""The packages ``onnx``, ``onnxruntime`` and ``qonnx``, imported on first use."""

import importlib
from functools import cache
from typing import Any

from trigforge.errors import ToolMissingError
from trigforge.frameworks import quiet


@cache
def onnx() -> Any:
    """The package ``onnx``, which reads files and computes constants; ``ToolMissingError`` where it is missing."""
    try:
        with quiet():
            for part in ("onnx.numpy_helper", "onnx.helper", "onnx.reference"):
                importlib.import_module(part)
            return importlib.import_module("onnx")
    except ModuleNotFoundError as error:
        raise ToolMissingError(
            f"reading an ONNX model needs the package {error.name!r}, which is not installed; "
            "install trigforge with the extra [onnx], here: make setup-frameworks"
        ) from None


def optional(name: str) -> Any:
    """A module, None where its package is not installed."""
    try:
        with quiet():
            return importlib.import_module(name)
    except ModuleNotFoundError:
        return None
