"""The module itself, run by torch: what the graph is compared with."""

import copy
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from trigforge.building import Floats
from trigforge.errors import UnsupportedModelError
from trigforge.foreign_files import reading, reason
from trigforge.frameworks import quiet
from trigforge.frontends.qonnx.running import OnnxModel


@dataclass(frozen=True)
class TorchModel:
    """A module in ``eval()``, and its export, which knows the numbers that results stand for and the layers.

    ``names`` are those of the module's outputs. Where the graph ends in front of a softmax, the export ends there too,
    under another name, and stands for the module.
    """

    module: Any
    export: OnnxModel
    names: Sequence[str]
    framework: str = "torch"

    def outputs(self, events: Mapping[str, Floats], *, precise: bool) -> list[Floats]:
        """Every output in float32; if ``precise`` in float64, and the numbers that these stand for.

        Raises ``UnsupportedModelError`` where torch cannot run the module.
        """
        torch = importlib.import_module("torch")
        kind = torch.float64 if precise else torch.float32
        module = copy.deepcopy(self.module).to(kind)
        given = [torch.tensor(events[name], dtype=kind) for name in self.export.inputs]
        with reading(self._failed), quiet(), torch.no_grad():
            found = module(*given)
        arrays = [np.asarray(_plain(part), np.float64) for part in _parts(found, torch)]
        own = dict(zip(self.names, arrays, strict=True))
        if precise:
            own = {name: self.export.finals[name].meant(own[name]) for name in own.keys() & self.export.finals.keys()}
        names = [entry.name for entry in self.export.model.graph.output]
        ended = {} if own.keys() >= set(names) else self._ended(events, names, precise)
        return [own[name] if name in own else ended[name] for name in names]

    def _ended(self, events: Mapping[str, Floats], names: Sequence[str], precise: bool) -> dict[str, Floats]:
        """The outputs of the export, where a softmax stands behind one of them in the module."""
        return dict(zip(names, self.export.outputs(events, precise=precise), strict=True))

    def layers(self, events: Mapping[str, Floats]) -> Sequence[tuple[str, str, Floats]]:
        """As of the export: where it differs from the module itself, no layer is at fault but the export."""
        return self.export.layers(events)

    def _failed(self, error: Exception) -> UnsupportedModelError:
        return UnsupportedModelError(f"torch cannot run the module {type(self.module).__name__} ({reason(error)})")


def _parts(found: Any, torch: Any) -> list[Any]:
    """The outputs of ``forward``, tensors and quantized tensors, in their order."""
    if isinstance(found, torch.Tensor) or hasattr(found, "bit_width"):
        return [found]
    parts: Any = cast(Any, found).values() if isinstance(found, Mapping) else found
    return [part for entry in parts for part in _parts(entry, torch)]


def _plain(tensor: Any) -> Any:
    """The values of a tensor; a quantized tensor of Brevitas carries its scale beside them."""
    values = tensor.value if hasattr(tensor, "bit_width") else tensor
    return values.detach().cpu().numpy()
