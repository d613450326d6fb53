"""The native engine against the reference, on a sample, before it is believed for millions of events."""

from collections.abc import Callable, Mapping

import numpy as np

from trigforge.emulator.reference import run
from trigforge.emulator.stimuli import random_stimuli
from trigforge.errors import BitMismatch
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas, SimulationResult

SAMPLE = 1024


def check_sample(
    graph: FixedPointGraph,
    simulate: Callable[[Mapping[str, Mantissas]], SimulationResult],
    inputs: Mapping[str, Mantissas] | None = None,
    events: int = SAMPLE,
) -> int:
    """Compare ``simulate`` with the reference emulator on so many random events, and on as many of ``inputs``.

    Returns how many events were compared. Raises ``BitMismatch`` with the first output that differs.
    """
    compared = 0
    for what, sample in (("random", random_stimuli(graph, events)), ("given", _first(inputs or {}, events))):
        if not sample:
            continue
        expected, found = run(graph, sample), simulate(sample)
        for name, mantissas in expected.outputs.items():
            differs = np.argwhere(mantissas != found.outputs[name])
            if len(differs):
                event, *element = (int(n) for n in differs[0])
                raise BitMismatch(
                    f"{found.simulator} disagrees with the reference emulator: {what} event {event}, "
                    f"output {name!r}{element}: {int(found.outputs[name][tuple(differs[0])]):#x}, "
                    f"expected {int(mantissas[tuple(differs[0])]):#x}; report it, and use the reference emulator"
                )
        compared += len(next(iter(expected.outputs.values())))
    return compared


def _first(inputs: Mapping[str, Mantissas], events: int) -> dict[str, Mantissas]:
    return {name: values[:events] for name, values in inputs.items()}
