"""Trained models to graphs. A framework is imported only when a model of its kind is read."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trigforge.building import with_encodings
from trigforge.errors import ModelFileError, UnsupportedModelError
from trigforge.frontends.reading import FrameworkModel, Reading
from trigforge.graph import FixedPointGraph, InputEncoding, load_graph

__all__ = ["MODEL_SUFFIXES", "FrameworkModel", "Reading", "read", "read_with_model"]

_GRAPH, _KERAS = (".json",), (".keras", ".h5", ".hdf5")
MODEL_SUFFIXES = (*_KERAS, *_GRAPH)
"""endings of the names of files that are read"""


def read(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    encodings: Mapping[str, InputEncoding] | None = None,
) -> FixedPointGraph:
    """The graph of a model object, a model file (``.keras``, ``.h5``) or a graph file (``.json``).

    A graph file keeps its name, version and encodings unless others are given. Raises ``ModelFileError``,
    ``GraphFormatError`` or ``UnsupportedModelError``.
    """
    return read_with_model(model_or_path, name=name, version=version, encodings=encodings).graph


def read_with_model(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    encodings: Mapping[str, InputEncoding] | None = None,
) -> Reading:
    """As ``read``, beside the model that the framework itself can run."""
    if isinstance(model_or_path, FixedPointGraph):
        return Reading(_renamed(model_or_path, name, version, encodings))
    if isinstance(model_or_path, str | Path):
        path = Path(model_or_path)
        suffix = path.suffix.lower()
        if suffix in _GRAPH:
            return Reading(_renamed(load_graph(path), name, version, encodings))
        if suffix not in _KERAS:
            kind = f"of the unknown kind {suffix!r}" if suffix else "without a suffix"
            raise ModelFileError(f"model file {path} is {kind}; give a .keras or .h5 model or a graph's .json")
    elif not any(cls.__module__.partition(".")[0] == "keras" for cls in type(model_or_path).__mro__):
        raise UnsupportedModelError(
            f"cannot read an object of type {type(model_or_path).__name__}; give a Keras model or the path of a model"
        )
    from trigforge.frontends import hgq

    return hgq.read(model_or_path, name=name, version=version, encodings=encodings)


def _renamed(
    graph: FixedPointGraph, name: str | None, version: int, encodings: Mapping[str, InputEncoding] | None
) -> FixedPointGraph:
    """The graph under another name; of ``encodings``, scale and NaN policy are taken: rounding and overflow stay."""
    if name is not None:
        graph = replace(graph, name=name, version=version)
    return replace(graph, inputs=with_encodings(graph.inputs, encodings))
