"""Brevitas models (PyTorch modules) to graphs: exported to QONNX in memory, read as such, compared with the module."""

from collections.abc import Mapping, Sequence
from typing import Any

from trigforge.building import Quantization
from trigforge.errors import UnsupportedModelError
from trigforge.frontends import qonnx
from trigforge.frontends.brevitas.exporting import exported
from trigforge.frontends.brevitas.running import TorchModel
from trigforge.frontends.qonnx.running import OnnxModel
from trigforge.frontends.reading import Reading
from trigforge.graph import HostUnits


def read(
    module: Any,
    shapes: Sequence[tuple[int, ...]] | None,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: Mapping[str, Quantization] | None = None,
) -> Reading:
    """The graph of a ``torch.nn.Module`` with the quantizers of Brevitas, as it computes in ``eval()``, beside it.

    ``shapes`` are those of its inputs without the axis of the events. Layers keep the names that they have in the
    module; ops that ``forward`` calls by itself have those of torch's own graph. ``name`` defaults to the module's
    class; ``types`` are those of inputs that it does not quantize, by name.

    The export is that of Brevitas and torch; what it gets wrong shows in the comparison with the module itself. Raises
    ``UnsupportedModelError`` for a module that cannot be exported, and else as ``frontends.qonnx.read``.
    """
    if shapes is None:
        raise UnsupportedModelError(
            f"a torch module ({type(module).__name__}) does not know the shapes of its inputs; "
            "give them, as in trigforge.read(model, shapes=[(16, 3)])"
        )
    model, copy = exported(module, shapes)
    own = name or type(module).__name__.lower()
    reading = qonnx.read(model, name=own, version=version, units=units, types=types)
    export = reading.model
    names = tuple(entry.name for entry in model.graph.output)
    return Reading(reading.graph, TorchModel(copy, export, names) if isinstance(export, OnnxModel) else None)
