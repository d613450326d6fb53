"""Trained models to graphs. A framework is imported only when a model of its kind is read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from trigforge.building import UNTYPED, ModelTypes, with_units
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
    "files_of",
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
    allow_inexact: bool = False,
) -> FixedPointGraph:
    """The graph of a model object, a model file or a graph file.

    Files are Keras 3 models with HGQ2's layers and Keras 2 models with QKeras' (``.keras``, ``.h5``; architectures in
    ``.json`` with weights beside them), ONNX models (``.onnx``), archives of ``torch.export`` (``.pt2``), and graphs
    (``.json``): the content decides. ``types`` are those of inputs, weights and results that the model leaves in
    floating point. A torch module needs the ``shapes`` of its inputs, without events. ``allow_inexact`` lets scales of
    ONNX and torch models that have no exact form become approximations with a proven bound (``graph.approximations``).

    A graph file keeps its name, version and encodings, but for what ``name``, ``version`` and ``units`` (by input)
    replace. Raises ``ModelFileError``, ``GraphFormatError`` or ``UnsupportedModelError``.
    """
    return read_with_model(
        model_or_path,
        name=name,
        version=version,
        units=units,
        types=types,
        shapes=shapes,
        allow_inexact=allow_inexact,
    ).graph


def read_with_model(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: ModelTypes | None = None,
    shapes: Sequence[tuple[int, ...]] | None = None,
    allow_inexact: bool = False,
) -> Reading:
    """As ``read``, beside the model that the framework itself can run."""
    given = types or UNTYPED
    options: dict[str, Any] = {"name": name, "version": version, "units": units, "types": given}
    match _kind(model_or_path):
        case _Kind.GRAPH:
            graph = model_or_path if isinstance(model_or_path, FixedPointGraph) else load_graph(Path(model_or_path))
            reading = _graph(graph, name, version, units, given)
        case _Kind.TORCH:
            from trigforge.frontends import brevitas

            reading = brevitas.read(_opened(model_or_path), shapes, **options, allow_inexact=allow_inexact)
        case _Kind.ONNX:
            from trigforge.frontends import qonnx

            reading = qonnx.read(model_or_path, **options, allow_inexact=allow_inexact)
        case _Kind.KERAS_2:
            from trigforge.frontends import qkeras

            reading = qkeras.read(Path(model_or_path), **options)
        case _Kind.KERAS:
            from trigforge.frontends import hgq

            reading = hgq.read(model_or_path, **options)
        case None:
            raise UnsupportedModelError(
                f"cannot read an object of type {type(model_or_path).__name__}; "
                "give a Keras, torch or ONNX model, or its path"
            )
    return behind_types(reading, given)


def survey(model_or_path: Any, *, shapes: Sequence[tuple[int, ...]] | None = None) -> FloatModel:
    """A model as its framework computes it, and the places in it that need types; ``shapes`` as for ``read``.

    A file of Keras 2 is run by Keras 3, where that knows all its layers. Raises ``ModelFileError``,
    ``UnsupportedModelError`` or ``ToolMissingError``.
    """
    model = _opened(model_or_path)
    match kind := _kind(model_or_path):
        case _Kind.TORCH:
            from trigforge.frontends import brevitas

            return brevitas.survey(model, shapes)
        case _Kind.ONNX:
            from trigforge.frontends.qonnx.files import open_model
            from trigforge.frontends.qonnx.surveying import survey as survey_onnx

            return survey_onnx(open_model(model) if isinstance(model, Path) else model)
        case _Kind.KERAS | _Kind.KERAS_2:
            from trigforge.frontends.keras.files import open_model as open_keras
            from trigforge.frontends.keras.surveying import survey as survey_keras

            if not isinstance(model, Path):
                return survey_keras(model)
            return survey_keras(open_keras(model), model if kind is _Kind.KERAS_2 else None)
        case _Kind.GRAPH | None:
            what = f"the graph {model}" if isinstance(model, Path) else f"an object of type {type(model).__name__}"
            raise UnsupportedModelError(
                f"cannot find types for {what}; give a Keras, torch or ONNX model in floating point"
            )


class _Kind(Enum):
    """The front-ends, by what they read."""

    GRAPH = auto()
    TORCH = auto()
    ONNX = auto()
    KERAS_2 = auto()
    KERAS = auto()


def _opened(model_or_path: Any) -> Any:
    return Path(model_or_path) if isinstance(model_or_path, str | Path) else model_or_path


def _kind(model_or_path: Any) -> _Kind | None:
    """The front-end for an object or a file, by its content; None for an object of another kind.

    Raises ``ModelFileError`` for a pickle, and for a file of another kind.
    """
    if isinstance(model_or_path, str | Path):
        return _kind_of_file(Path(model_or_path))
    if isinstance(model_or_path, FixedPointGraph):
        return _Kind.GRAPH
    packages = {"torch": _Kind.TORCH, "onnx": _Kind.ONNX, "keras": _Kind.KERAS}
    return next((kind for package, kind in packages.items() if _is_of(model_or_path, package)), None)


def _kind_of_file(path: Path) -> _Kind:
    refuse_pickle(path)
    suffix = path.suffix.lower()
    if suffix in _ONNX or _begins_as_onnx(path):
        return _Kind.ONNX
    if suffix in _TORCH:
        return _Kind.TORCH
    if suffix in MODEL_SUFFIXES and is_of_keras_2(path):
        return _Kind.KERAS_2
    if suffix in _GRAPH:
        return _Kind.GRAPH
    if suffix in _KERAS:
        return _Kind.KERAS
    kind = f"of the unknown kind {suffix!r}" if suffix else "without a suffix"
    raise ModelFileError(f"model file {path} is {kind}; give a .keras, .h5, .onnx or .pt2 file, or a graph")


def files_of(path: Path) -> list[Path]:
    """A model file and those that stand beside it and are read with it."""
    from trigforge.frontends.qkeras.saved import weights_beside

    match _kind_of_file(path):
        case _Kind.GRAPH:
            return [path, path.with_suffix(".npz")]
        case _Kind.KERAS_2:
            return [path, *(weights_beside(path) if path.suffix.lower() in _GRAPH else [])]
        case _:
            return [path]


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
