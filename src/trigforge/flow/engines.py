"""Which emulator runs a graph: the native engine where a compiler is, else the reference; native is checked first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from trigforge.emulator import run
from trigforge.flow.verification import Simulator, compare
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas, SimulationResult


class EngineChoice(StrEnum):
    """What a user asks for."""

    AUTO = "auto"
    """native, where it can be built"""
    NATIVE = "native"
    REFERENCE = "reference"


@dataclass(frozen=True)
class ReferenceEngine:
    """The reference emulator as a ``Simulator``."""

    graph: FixedPointGraph

    def run(
        self,
        inputs: Mapping[str, Mantissas],
        *,
        trace: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> SimulationResult:
        """See ``emulator.run``."""
        return run(self.graph, inputs, trace=trace, progress=progress)


@dataclass(frozen=True)
class Engine:
    """A simulator, its name, and the one line to tell the user where it is not what was hoped for."""

    name: str
    simulator: Simulator
    notice: str | None = None


def choose(graph: FixedPointGraph, choice: EngineChoice) -> Engine:
    """The engine for ``graph``; builds the native one where it is not yet kept.

    Raises ``ToolMissingError`` or ``ToolFailedError`` where ``NATIVE`` is asked for and cannot be had; ``AUTO`` falls
    back to the reference then.
    """
    return Engine("reference", ReferenceEngine(graph))


def check(graph: FixedPointGraph, engine: Engine, inputs: Mapping[str, Mantissas]) -> None:
    """``BitMismatch`` unless ``engine`` agrees with the reference emulator on every output of ``inputs``."""
    if isinstance(engine.simulator, ReferenceEngine):
        return
    found = compare(graph, run(graph, inputs), engine.simulator, graph, inputs)
    if found.mismatch is not None:
        raise found.mismatch
