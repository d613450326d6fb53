"""Trained models to graphs. A framework is imported only when a model of its kind is read."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trigforge.errors import ModelFileError, UnsupportedModelError
from trigforge.graph import FixedPointGraph, InputEncoding, load_graph

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")


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
    if isinstance(model_or_path, FixedPointGraph):
        return _renamed(model_or_path, name, version, encodings)
    if isinstance(model_or_path, str | Path):
        path = Path(model_or_path)
        suffix = path.suffix.lower()
        if suffix == ".json":
            return _renamed(load_graph(path), name, version, encodings)
        if suffix not in KERAS_SUFFIXES:
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
    if name is not None:
        graph = replace(graph, name=name, version=version)
    if encodings:
        inputs = tuple(replace(t, encoding=encodings.get(t.name, t.encoding)) for t in graph.inputs)
        graph = replace(graph, inputs=inputs)
    return graph
