"""Which emulator runs a graph: the native engine where a compiler is, else the reference; native is checked first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from trigforge import cache
from trigforge.emulator import run
from trigforge.emulator.native import to_native
from trigforge.errors import BitMismatch, ToolFailedError, ToolMissingError, WidthError
from trigforge.flow.verification import agreement
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas
from trigforge.toolchain.native import NativeSimulation, compile_kernel

Outputs = dict[str, npt.NDArray[Any]]
"""Mantissas by output, ``(events, *shape)`` in the narrowest of int16, int32, int64."""

Progress = Callable[[int], None]
"""Called with the number of events emulated since the last call."""


class EngineChoice(StrEnum):
    """The engine that a user asks for."""

    AUTO = "auto"
    """native, where it can be built"""
    NATIVE = "native"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Engine:
    """An emulator of one graph, ready to run, and the line to tell where it is not what was hoped for.

    ``run`` takes mantissas ``(events, *shape)`` by input (one event is enough for a register) and the number of
    threads.
    """

    name: str
    run: Callable[[Mapping[str, Mantissas], int, Progress], Outputs]
    notice: str | None = None


def output_dtype(graph: FixedPointGraph, name: str) -> np.dtype[np.signedinteger[Any]]:
    """The narrowest of int16, int32, int64 for an output's mantissas."""
    hull = graph.tensors[name].hull
    bits = hull.width + (0 if hull.signed else 1)
    return np.dtype(np.int16 if bits <= 16 else np.int32 if bits <= 32 else np.int64)


def choose(graph: FixedPointGraph, choice: EngineChoice) -> Engine:
    """The engine for ``graph``; builds the native one where it is not yet kept.

    Raises ``ToolMissingError``, ``ToolFailedError``, ``WidthError``, or ``BitMismatch`` for a kernel that the compiler
    got wrong, where ``NATIVE`` is asked for; ``AUTO`` is the reference then.
    """
    match choice:
        case EngineChoice.REFERENCE:
            return _reference(graph)
        case EngineChoice.NATIVE:
            return _native(graph)
        case EngineChoice.AUTO:
            try:
                return _native(graph)
            except ToolMissingError:
                return _reference(graph, "reference engine, slow: no C++ compiler (install g++, or set TRIGFORGE_GXX)")
            except (ToolFailedError, WidthError, BitMismatch) as error:
                return _reference(graph, f"reference engine, slow: {error}")
        case _:
            assert_never(choice)


def check(graph: FixedPointGraph, engine: Engine, inputs: Mapping[str, Mantissas]) -> None:
    """``BitMismatch`` unless ``engine`` agrees with the reference emulator on every output of ``inputs``."""
    if engine.name == "reference":
        return
    found = engine.run(inputs, 1, lambda events: None)
    found = {name: mantissas.astype(np.int64) for name, mantissas in found.items()}
    result = agreement(
        f"{engine.name} engine", run(graph, inputs).outputs, found, inputs, lambda alone: "use --engine reference"
    )
    if result.mismatch is not None:
        raise result.mismatch


def _reference(graph: FixedPointGraph, notice: str | None = None) -> Engine:
    def emulate(inputs: Mapping[str, Mantissas], threads: int, progress: Progress) -> Outputs:
        found = run(graph, inputs, progress=progress).outputs
        return {name: mantissas.astype(output_dtype(graph, name)) for name, mantissas in found.items()}

    return Engine("reference", emulate, notice)


def _native(graph: FixedPointGraph) -> Engine:
    kernel = to_native(graph)
    simulation: NativeSimulation = compile_kernel(kernel, cache.root() / "kernels")

    def emulate(inputs: Mapping[str, Mantissas], threads: int, progress: Progress) -> Outputs:
        events = max(len(values) for values in inputs.values())
        outputs: Outputs = {
            name: np.empty((events, *graph.tensors[name].shape), output_dtype(graph, name)) for name in graph.outputs
        }
        simulation.run(inputs, threads=threads, outputs=outputs)
        progress(events)
        return outputs

    return Engine("native", emulate, simulation.notice)
