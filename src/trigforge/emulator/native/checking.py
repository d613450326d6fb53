"""The native engine against the reference, on a sample: the proof that each kernel carries, and checks of one's own."""

from collections.abc import Callable, Mapping

from trigforge.emulator.reference import run
from trigforge.emulator.stimuli import random_stimuli
from trigforge.errors import BitMismatch
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import InputKind
from trigforge.graph.simulation import Mantissas, Proof, SimulationResult, first_difference

SAMPLE = 1024
PROOF_EVENTS = 100


def proof_of(graph: FixedPointGraph) -> Proof:
    """Random events that reach the ends of all input ranges, with the outputs of the reference emulator."""
    stimuli = random_stimuli(graph, PROOF_EVENTS)
    for tensor in graph.inputs:
        if tensor.kind is InputKind.REGISTER:
            stimuli[tensor.name] = stimuli[tensor.name][-1:]
    return Proof(stimuli, run(graph, stimuli).outputs)


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
        difference = first_difference(expected.outputs, found.outputs)
        if difference is not None:
            raise BitMismatch(
                f"{found.simulator} disagrees with the reference emulator: {what} {difference}; "
                "report it, and use the reference emulator"
            )
        compared += len(next(iter(expected.outputs.values())))
    return compared


def _first(inputs: Mapping[str, Mantissas], events: int) -> dict[str, Mantissas]:
    return {name: values[:events] for name, values in inputs.items()}
