"""PyTorch models to graphs: modules, with the quantizers of Brevitas or any others, and archives of ``torch.export``.

Both are exported to ONNX in memory, read as such, and compared with what torch itself computes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trigforge.building import UNTYPED, ModelTypes, identifier
from trigforge.errors import UnsupportedModelError
from trigforge.frontends import qonnx
from trigforge.frontends.brevitas.archives import open_archive
from trigforge.frontends.brevitas.exporting import exported, exported_program
from trigforge.frontends.brevitas.running import TorchModel
from trigforge.frontends.qonnx.running import OnnxModel
from trigforge.frontends.qonnx.surveying import survey as survey_onnx
from trigforge.frontends.reading import Reading
from trigforge.frontends.survey import FloatModel
from trigforge.graph import HostUnits


def read(
    model_or_path: Any,
    shapes: Sequence[tuple[int, ...]] | None = None,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: ModelTypes = UNTYPED,
    allow_inexact: bool = False,
) -> Reading:
    """The graph of a ``torch.nn.Module`` as it computes in ``eval()``, or of what ``torch.export`` made, beside it.

    A module needs the ``shapes`` of its inputs without the axis of the events; a ``torch.export.ExportedProgram``, or
    the path of a ``.pt2`` archive of one, knows them. Layers keep the names that they have in the module; ops that
    ``forward`` calls by itself have those of torch's own graph. ``name`` defaults to the module's class, or the file's
    name; ``types`` are those of what the model does not quantize; ``allow_inexact`` as for ``frontends.qonnx.read``.

    What the export gets wrong shows in the comparison with torch. Raises ``ModelFileError`` for an archive that is
    damaged or would run code, ``UnsupportedModelError`` for a model that cannot be exported, and else as
    ``frontends.qonnx.read``.
    """
    own, model, runner = _exported(model_or_path, shapes)
    reading = qonnx.read(
        model, name=name or own, version=version, units=units, types=types, allow_inexact=allow_inexact
    )
    export = reading.model
    names = tuple(entry.name for entry in model.graph.output)
    if types.layers or not isinstance(export, OnnxModel):
        return reading  # with types from a table it is the export that rounds
    return Reading(reading.graph, TorchModel(runner, export, names))


def survey(model_or_path: Any, shapes: Sequence[tuple[int, ...]] | None) -> FloatModel:
    """A model of torch as a ``FloatModel``: its export, which is read in its place."""
    _, model, _ = _exported(model_or_path, shapes)
    return replace(survey_onnx(model), framework="torch")


def _exported(model_or_path: Any, shapes: Sequence[tuple[int, ...]] | None) -> tuple[str, Any, Any]:
    """A name, the ONNX model, and what torch runs in its place."""
    if isinstance(model_or_path, Path):
        return identifier(model_or_path.stem), *exported_program(open_archive(model_or_path))
    if hasattr(model_or_path, "graph_signature"):
        return "program", *exported_program(model_or_path)
    if shapes is None:
        raise UnsupportedModelError(
            f"a torch module ({type(model_or_path).__name__}) does not know the shapes of its inputs; "
            "give them, as in trigforge.read(model, shapes=[(16, 3)])"
        )
    return type(model_or_path).__name__.lower(), *exported(model_or_path, shapes)
