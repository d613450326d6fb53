"""ONNX models to graphs: QONNX (Quant, BipolarQuant, Trunc) and QDQ (QuantizeLinear, DequantizeLinear), exactly."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trigforge.building import UNTYPED, Builder, ModelTypes, identifier
from trigforge.errors import ModelFileError, UnsupportedModelError
from trigforge.foreign_files import reading, reason
from trigforge.frontends.qonnx.endings import without_endings
from trigforge.frontends.qonnx.files import check_model, open_model
from trigforge.frontends.qonnx.framework import onnx
from trigforge.frontends.qonnx.running import OnnxModel, runnable
from trigforge.frontends.qonnx.spelling_out import spelt_out
from trigforge.frontends.qonnx.typed import typed_model
from trigforge.frontends.qonnx.walk import Walk
from trigforge.frontends.reading import Reading
from trigforge.graph import HostUnits


def read(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: ModelTypes = UNTYPED,
    allow_inexact: bool = False,
) -> Reading:
    """The graph of an ``onnx.ModelProto``, or of an ``.onnx`` file, beside the model.

    Numbers are those of the file and arithmetic is exact: ``round(x / scale)`` is that of rational numbers, whatever
    float32 makes of them. The first axis of every input is that of the events. ``name`` defaults to the file's or the
    graph's own; ``units`` are those of host values, by input name; ``types`` of what the model does not quantize. With
    ``allow_inexact``, scales without an exact form become approximations, which the graph lists with their bounds.

    Raises ``ModelFileError`` for a file that cannot be opened or is not safe to open, ``UnsupportedModelError`` with
    every node that cannot be represented exactly, ``ToolMissingError`` without the package onnx.
    """
    if isinstance(model_or_path, str | Path):
        path = Path(model_or_path)
        model, where, own = open_model(path), f"model file {path}", identifier(path.stem)
    else:
        model, where = model_or_path, "the ONNX model"
        if not isinstance(model, onnx().ModelProto):
            raise UnsupportedModelError(
                f"an object of type {type(model).__name__} is no ONNX model; give one, or its path"
            )
        check_model(model, where)
        own = identifier(str(model.graph.name) or "onnx_model")
    builder = Builder(own if name is None else name, version, types=types, inexact=allow_inexact)
    with reading(lambda error: ModelFileError(f"{where} contradicts itself ({reason(error)}); export it again")):
        model, left_out = without_endings(model, types.layers)
        model = typed_model(spelt_out(model, types.layers), types.layers)
        walk = Walk(model, builder, where, left_out)
        outputs = walk.run()
    graph = builder.graph(outputs, units)
    own_model = OnnxModel(model, walk.inputs, walk.results, walk.finals, walk.quantized)
    if not runnable(model):
        return Reading(graph, uncompared="the package qonnx, which computes its quantizers, is not installed")
    return Reading(graph, own_model)
