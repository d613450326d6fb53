"""Trained models to graphs. A framework is imported only when a model of its kind is read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trigforge.building import ModelTypes, with_units
from trigforge.errors import ModelFileError, UnsupportedModelError
from trigforge.frontends.keras.saved import is_of_keras_2
from trigforge.frontends.reading import FrameworkModel, Reading, behind_types
from trigforge.frontends.survey import FloatModel, Place, Span
from trigforge.graph import FixedPointGraph, HostUnits, load_graph

__all__ = [
    "MODEL_SUFFIXES",
    "FloatModel",
    "FrameworkModel",
    "Place",
    "Reading",
    "Span",
    "read",
    "read_with_model",
    "refuse_pickle",
    "survey",
]

_GRAPH, _KERAS, _ONNX = (".json",), (".keras", ".h5", ".hdf5"), (".onnx",)
_TORCH, _PICKLES = (".pt2",), (".pt", ".pth", ".pkl", ".pickle", ".ckpt")
MODEL_SUFFIXES = (*_KERAS, *_ONNX, *_TORCH, *_GRAPH)
"""endings of the names of files that are read"""


def read(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: ModelTypes | None = None,
    shapes: Sequence[tuple[int, ...]] | None = None,
) -> FixedPointGraph:
    """The graph of a model object, a model file or a graph file.

    Files are Keras 3 models with HGQ2's layers and Keras 2 models with QKeras' (``.keras``, ``.h5``; architectures in
    ``.json`` with weights beside them), ONNX models (``.onnx``), archives of ``torch.export`` (``.pt2``), and graphs
    (``.json``): the content decides. ``types`` are those of inputs, weights and results that the model leaves in
    floating point. A torch module needs the ``shapes`` of its inputs, without events.

    A graph file keeps its name, version and encodings, but for what ``name``, ``version`` and ``units`` (by input)
    replace. Raises ``ModelFileError``, ``GraphFormatError`` or ``UnsupportedModelError``.
    """
    return read_with_model(model_or_path, name=name, version=version, units=units, types=types, shapes=shapes).graph


def read_with_model(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: ModelTypes | None = None,
    shapes: Sequence[tuple[int, ...]] | None = None,
) -> Reading:
    """As ``read``, beside the model that the framework itself can run."""
    given = types or ModelTypes()
    if _is_of(model_or_path, "torch"):
        from trigforge.frontends import brevitas

        reading = brevitas.read(model_or_path, shapes, name=name, version=version, units=units, types=given)
    else:
        reading = _read(model_or_path, name, version, units, given)
    return behind_types(reading, given)


def _read(
    model_or_path: Any,
    name: str | None,
    version: int,
    units: Mapping[str, HostUnits] | None,
    types: ModelTypes,
) -> Reading:
    if isinstance(model_or_path, FixedPointGraph):
        return _graph(model_or_path, name, version, units, types)
    if isinstance(model_or_path, str | Path):
        path = Path(model_or_path)
        suffix = path.suffix.lower()
        refuse_pickle(path)
        if suffix in _ONNX or _begins_as_onnx(path):
            from trigforge.frontends import qonnx

            return qonnx.read(path, name=name, version=version, units=units, types=types)
        if suffix in _TORCH:
            from trigforge.frontends import brevitas

            return brevitas.read(path, name=name, version=version, units=units, types=types)
        if suffix in MODEL_SUFFIXES and is_of_keras_2(path):
            from trigforge.frontends import qkeras

            return qkeras.read(path, name=name, version=version, units=units, types=types)
        if suffix in _GRAPH:
            return _graph(load_graph(path), name, version, units, types)
        if suffix not in _KERAS:
            kind = f"of the unknown kind {suffix!r}" if suffix else "without a suffix"
            raise ModelFileError(f"model file {path} is {kind}; give a .keras, .h5, .onnx or .pt2 file, or a graph")
    elif _is_of(model_or_path, "onnx"):
        from trigforge.frontends import qonnx

        return qonnx.read(model_or_path, name=name, version=version, units=units, types=types)
    elif not _is_of(model_or_path, "keras"):
        raise UnsupportedModelError(
            f"cannot read an object of type {type(model_or_path).__name__}; "
            "give a Keras, torch or ONNX model, or its path"
        )
    from trigforge.frontends import hgq

    return hgq.read(model_or_path, name=name, version=version, units=units, types=types)


def survey(model_or_path: Any, *, shapes: Sequence[tuple[int, ...]] | None = None) -> FloatModel:
    """A model as its framework computes it, and the places in it that need types; ``shapes`` as for ``read``.

    A file of Keras 2 is run by Keras 3, where that knows all its layers. Raises ``ModelFileError``,
    ``UnsupportedModelError`` or ``ToolMissingError``.
    """
    path = Path(model_or_path) if isinstance(model_or_path, str | Path) else None
    if path is not None:
        refuse_pickle(path)
    if _is_of(model_or_path, "torch") or (path and path.suffix.lower() in _TORCH):
        from trigforge.frontends import brevitas

        return brevitas.survey(path or model_or_path, shapes)
    if _is_of(model_or_path, "onnx") or (path and (path.suffix.lower() in _ONNX or _begins_as_onnx(path))):
        from trigforge.frontends.qonnx.files import open_model
        from trigforge.frontends.qonnx.surveying import survey as survey_onnx

        return survey_onnx(model_or_path if path is None else open_model(path))
    from trigforge.frontends.keras.files import open_model as open_keras
    from trigforge.frontends.keras.surveying import survey as survey_keras

    if path is None and not _is_of(model_or_path, "keras"):
        raise UnsupportedModelError(
            f"cannot find types for an object of type {type(model_or_path).__name__}; "
            "give a Keras, torch or ONNX model in floating point"
        )
    if path is None:
        return survey_keras(model_or_path)
    return survey_keras(open_keras(path), path if is_of_keras_2(path) else None)


def refuse_pickle(path: Path) -> None:
    """``ModelFileError`` for a file of torch, with the way to export what it holds."""
    if path.suffix.lower() in _PICKLES:
        raise ModelFileError(
            f"model file {path} is a file of torch, which can run code when it is opened; load it yourself and give "
            "the module to trigforge.read, or save it: "
            "torch.export.save(torch.export.export(module.eval(), (events,)), 'model.pt2')"
        )


def _is_of(model: Any, package: str) -> bool:
    """True for an object of a class of ``package``, or of one that inherits from it."""
    return any(cls.__module__.partition(".")[0] == package for cls in type(model).__mro__)


def _begins_as_onnx(path: Path) -> bool:
    """True for a file that begins with a version number in a protocol buffer, as no other format read here does."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(1) == b"\x08"


def _graph(
    graph: FixedPointGraph,
    name: str | None,
    version: int,
    units: Mapping[str, HostUnits] | None,
    types: ModelTypes,
) -> Reading:
    """The graph under another name and in other units; types, rounding and overflow of its inputs stay."""
    for what, names in (("input", types.inputs), ("layer", types.layers)):
        for own in names:
            raise UnsupportedModelError(
                f"a type is given to the {what} {own!r} of a graph, which has one; leave it out"
            )
    if name is not None:
        graph = replace(graph, name=name, version=version)
    return Reading(replace(graph, inputs=with_units(graph.inputs, units)))
