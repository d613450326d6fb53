"""Graphs that were read, optimized and compared with their model before: a framework starts for new ones only."""

from collections.abc import Callable
from pathlib import Path

from trigforge import cache
from trigforge.flow.workspace import ModelSource
from trigforge.graph import FixedPointGraph, load_graph, save_graph

_ROOMS = ("fixed", "graph", "building", "frontends", "passes", "emulator")
_FILE = "graph.json"
_PACKAGES = ("numpy", "keras", "hgq2", "tensorflow-cpu", "tensorflow", "onnx", "onnxruntime", "qonnx", "torch")


def kept_or_read(source: ModelSource, read: Callable[[], FixedPointGraph]) -> FixedPointGraph:
    """The graph that ``read`` gives for ``source``; from the cache where the same was read before.

    The same is: the bytes of the checkpoint, name, version, units, types, words and trigger, this package's reading
    code, and the versions of the frameworks. A damaged piece is read anew.
    """
    piece = _place(source)
    if piece is None:
        return read()
    return cache.remembered(
        piece, lambda kept: load_graph(kept / _FILE), read, lambda graph, folder: save_graph(graph, folder / _FILE)
    )


def _place(source: ModelSource) -> Path | None:
    """The piece that holds the graph; None for a checkpoint that is a graph itself, or that cannot be read."""
    try:
        content = source.checkpoint.read_bytes()
    except OSError:
        return None
    if source.checkpoint.suffix.lower() == ".json":
        return None
    fronts = sorted(source.candidates.items()), sorted(source.normalised.items())
    given = repr((sorted(source.units.items()), source.types, *fronts, source.trigger, source.allow_inexact))
    return cache.place(
        "graphs",
        content,
        source.checkpoint.suffix.lower(),
        f"{source.name} {source.version}",
        given,
        cache.digest_of_rooms(*_ROOMS),
        repr(cache.installed(*_PACKAGES)),
    )
