"""Stimuli of a build: the events, and for a graph with registers the same under other weight sets, extreme ones too."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trigforge.emulator import random_stimuli, run
from trigforge.graph import FixedPointGraph, Mantissas, first_events, some_events

FEW_EVENTS = 1000
"""Events for each further weight set, for gaps, resets and back-pressure, for the mapped netlist and pattern files."""
_MADE_UP = ("all registers 0", "all registers lowest", "all registers highest", "random registers")
"""weight sets that every graph with registers is verified with: the first rows of ``random_stimuli``"""


@dataclass(frozen=True)
class Stimuli:
    """Mantissas of the inputs, and the reference emulator's outputs.

    ``title`` names the weight set; empty where registers hold what they do in the events themselves.
    """

    inputs: Mapping[str, Mantissas]
    outputs: Mapping[str, Mantissas]
    title: str = ""

    @classmethod
    def of(cls, graph: FixedPointGraph, inputs: Mapping[str, Mantissas], title: str = "") -> "Stimuli":
        """Mantissas, and what the reference emulator makes of them."""
        return cls(inputs, run(graph, inputs).outputs, title)

    def __len__(self) -> int:
        return len(next(iter(self.outputs.values())))

    def simulator(self, name: str) -> str:
        """The name of a simulator that ran on these."""
        return f"{name}, {self.title}" if self.title else name

    def take(self, numbers: npt.NDArray[np.int64]) -> "Stimuli":
        """Some of the events; registers are steady."""
        outputs = {name: values[numbers] for name, values in self.outputs.items()}
        return Stimuli(some_events(self.inputs, numbers), outputs, self.title)


def few(graph: FixedPointGraph, inputs: Mapping[str, Mantissas]) -> Stimuli:
    """The first events, with the registers of the very first held steady, as a stream wants them."""
    return Stimuli.of(graph, first_events(graph, inputs, FEW_EVENTS))


def further_sets(
    graph: FixedPointGraph, inputs: Mapping[str, Mantissas], given: Mapping[str, Mapping[str, Mantissas]]
) -> tuple[Stimuli, ...]:
    """The first events under each of the ``given`` weight sets, by title, and under zeros, both ends of every
    register's range, and random weights; nothing for a graph without registers."""
    if not graph.registers:
        return ()
    made_up = random_stimuli(graph, len(_MADE_UP))
    sets = dict(given) | {
        title: {tensor.name: made_up[tensor.name][row : row + 1] for tensor in graph.registers}
        for row, title in enumerate(_MADE_UP)
    }
    first = first_events(graph, inputs, FEW_EVENTS)
    return tuple(Stimuli.of(graph, {**first, **weights}, title) for title, weights in sets.items())
