"""The module itself, run by torch: what the graph is compared with."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from trigforge.building import Floats
from trigforge.errors import UnsupportedModelError
from trigforge.foreign_files import reading, reason
from trigforge.frameworks import quiet
from trigforge.frontends.brevitas.framework import package
from trigforge.frontends.qonnx.running import OnnxModel


@dataclass(frozen=True)
class Module:
    """A module in ``eval()``, which takes any number of events."""

    module: Any

    def run(self, events: Sequence[Any], kind: Any) -> list[Any]:
        """The outputs for tensors of the type ``kind``."""
        torch = package("torch")
        return _parts(copy.deepcopy(self.module).to(kind)(*events), torch)


@dataclass(frozen=True)
class InBatches:
    """A ``torch.export.ExportedProgram``, which takes ``length`` events at once."""

    program: Any
    length: int

    def run(self, events: Sequence[Any], kind: Any) -> list[Any]:
        """The outputs for tensors of the type ``kind``, whatever type the program was exported for."""
        torch = package("torch")
        module = _in_type(self.program.module(check_guards=False), kind, torch)
        count = len(events[0])
        missing = -count % self.length
        filled = [torch.cat([part, part[:1].expand(missing, *part.shape[1:])]) for part in events]
        batches = [part.reshape(-1, self.length, *part.shape[1:]) for part in filled]

        def one(*batch: Any) -> tuple[Any, ...]:
            return tuple(_parts(module(*batch), torch))

        found = torch.func.vmap(one)(*batches)
        return [part.flatten(0, 1)[:count] for part in found]


def _in_type(module: Any, kind: Any, torch: Any) -> Any:
    """The program's module with tensors of ``kind`` in place of float32."""
    asserted, floats = torch.ops.aten._assert_tensor_metadata.default, (torch.float32, torch.float64)
    for node in list(module.graph.nodes):
        if node.target is asserted:
            module.graph.erase_node(node)
            continue
        node.args = tuple(kind if any(entry is one for one in floats) else entry for entry in node.args)
        node.kwargs = {k: kind if any(entry is one for one in floats) else entry for k, entry in node.kwargs.items()}
    module.recompile()
    return module.to(kind)


@dataclass(frozen=True)
class TorchModel:
    """A model of torch, and its export, which knows the numbers that results stand for and the layers.

    ``names`` are those of the module's outputs. Where the graph ends in front of a softmax, the export ends there too,
    under another name, and stands for the module.
    """

    model: Module | InBatches
    export: OnnxModel
    names: Sequence[str]
    framework: str = "torch"

    def outputs(self, events: Mapping[str, Floats], *, precise: bool) -> list[Floats]:
        """Every output in float32; if ``precise`` in float64, and the numbers that these stand for.

        Raises ``UnsupportedModelError`` where torch cannot run the module.
        """
        torch = package("torch")
        kind = torch.float64 if precise else torch.float32
        given = [torch.tensor(events[name], dtype=kind) for name in self.export.inputs]
        with reading(self._failed), quiet(), torch.no_grad():
            found = self.model.run(given, kind)
        arrays = [np.asarray(_tensor(part).detach().cpu().numpy(), np.float64) for part in found]
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
        return UnsupportedModelError(
            f"torch cannot run the model {self.export.model.graph.name!r} ({reason(error)}); correct it, or read it "
            "with check=False"
        )


def _parts(found: Any, torch: Any) -> list[Any]:
    """The outputs of ``forward``, tensors and quantized tensors, in their order."""
    if isinstance(found, torch.Tensor) or hasattr(found, "bit_width"):
        return [found]
    parts: Any = cast(Any, found).values() if isinstance(found, Mapping) else found
    return [part for entry in parts for part in _parts(entry, torch)]


def _tensor(found: Any) -> Any:
    """A tensor; a quantized tensor of Brevitas carries its scale beside it."""
    return found.value if hasattr(found, "bit_width") else found
