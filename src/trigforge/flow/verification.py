"""Equal means equal integers: a simulator against the reference emulator, event by event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trigforge.emulator import run
from trigforge.errors import BitMismatch
from trigforge.flow.weight_sets import Stimuli
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas, SimulationResult, some_events
from trigforge.reports import Verification


class Simulator(Protocol):
    """Anything that runs a graph on mantissas (the conventions of ``SimulationResult``)."""

    def run(
        self,
        inputs: Mapping[str, Mantissas],
        *,
        trace: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> SimulationResult: ...


@dataclass(frozen=True)
class Agreement:
    """The count for the report and, unless it is 0, the first mismatch."""

    verification: Verification
    mismatch: BitMismatch | None


Locate = Callable[[Mapping[str, Mantissas]], str]
"""From the inputs of one event to where a simulator first goes wrong on it."""


def compare(
    graph: FixedPointGraph,
    stimuli: Stimuli,
    simulator: Simulator,
    lowered: FixedPointGraph,
    progress: Callable[[int], None] | None = None,
) -> Agreement:
    """Run ``simulator`` on ``stimuli`` and compare every output of every event with the emulator's.

    ``lowered`` is the graph the simulator was made from. On the first event that differs both sides are run again with
    all their tensors, and the mismatch names the first tensor, in the order of the graph, at which they part.
    """
    found = simulator.run(stimuli.inputs, progress=progress)
    outputs = {name: _at_scale_of(graph, lowered, name, found.outputs[name]) for name in stimuli.outputs}
    named = stimuli.simulator(found.simulator)
    return agreement(
        named, stimuli.outputs, outputs, stimuli.inputs, lambda alone: _first_tensor(simulator, lowered, alone)
    )


def agreement(
    simulator: str,
    expected: Mapping[str, Mantissas],
    found: Mapping[str, Mantissas],
    inputs: Mapping[str, Mantissas],
    locate: Locate,
) -> Agreement:
    """Compare outputs of equal scale; for the first event that differs, ``locate`` says where the two part."""
    wrong = {name: np.not_equal(mantissas, found[name]) for name, mantissas in expected.items()}
    mismatches = sum(int(np.count_nonzero(differs)) for differs in wrong.values())
    events = len(next(iter(expected.values())))
    outputs = sum(int(np.prod(differs.shape[1:])) for differs in wrong.values())
    verification = Verification(simulator, events, outputs, mismatches)
    if not mismatches:
        return Agreement(verification, None)
    event = min(int(np.argwhere(differs)[0][0]) for differs in wrong.values() if differs.any())
    name = next(name for name, differs in wrong.items() if differs[event].any())
    output = _first_difference(name, expected[name][event], found[name][event])
    alone = some_events(inputs, slice(event, event + 1))
    message = (
        f"{simulator} disagrees with the reference emulator in {mismatches} of {events * outputs} outputs; "
        f"event {event}, output {output}; {locate(alone)}"
    )
    return Agreement(verification, BitMismatch(message))


def _at_scale_of(graph: FixedPointGraph, lowered: FixedPointGraph, name: str, mantissas: Mantissas) -> Mantissas:
    """At the scale of ``graph``, which can be finer: a ``Map`` knows only the union of its slices."""
    return mantissas << np.int64(lowered.tensors[name].hull.lsb - graph.tensors[name].hull.lsb)


def _first_difference(name: str, expected: Mantissas, found: Mantissas) -> str:
    where = tuple(int(n) for n in np.argwhere(expected != found)[0])
    return f"{name!r}{list(where)}: {hexadecimal(found[where])}, expected {hexadecimal(expected[where])}"


def hexadecimal(mantissa: np.int64) -> str:
    """A mantissa as a mismatch shows it."""
    return f"{int(mantissa):#x}"


def _first_tensor(simulator: Simulator, lowered: FixedPointGraph, inputs: Mapping[str, Mantissas]) -> str:
    expected, found = run(lowered, inputs, trace=True).tensors, simulator.run(inputs, trace=True).tensors
    for name in lowered.tensors:
        if name in found and bool((expected[name] != found[name]).any()):
            return f"first tensor that differs: {_first_difference(name, expected[name][0], found[name][0])}"
    return "first tensor that differs: none when this event is run on its own"
