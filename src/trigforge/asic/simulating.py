"""``NetlistSimulation``: events through a mapped netlist, cycle by cycle, and how often each net toggles.

Gates have no delay: a net toggles in a clock cycle if it settles at another value than in the one before. Glitches on
the way are not counted. The events go round in an endless stream without gaps, and toggles are counted over one round
of it. Lanes, 64 a word, each play a part of the round, beginning early enough that the pipeline is full; so counts do
not depend on their number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trigforge.asic.expression import Words
from trigforge.asic.netlist import ONE, CellGroup, Netlist, Nets
from trigforge.graph import SimulationResult
from trigforge.graph.simulation import Mantissas, checked_inputs
from trigforge.project import RtlPort, RtlProject

START = "start"
MOST_LANES = 256
_FULL = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class Activity:
    """Toggles of every net over ``cycles`` clock cycles, in which ``events`` events came."""

    toggles: Nets
    cycles: int
    events: int


@dataclass(frozen=True)
class Simulated(SimulationResult):
    """Outputs for every event, and the activity of the nets meanwhile."""

    activity: Activity = Activity(np.zeros(0, np.int64), 0, 0)


@dataclass(frozen=True)
class NetlistSimulation:
    """A netlist of the core of a project, ready to run. Inputs and outputs are named by their tensors in the graph."""

    netlist: Netlist
    project: RtlProject
    lanes: int = MOST_LANES

    def run(self, inputs: Mapping[str, Mantissas], *, progress: Callable[[int], None] | None = None) -> Simulated:
        """Every output for every event, and toggles; conventions and errors as of ``RtlSimulation.run``, but that
        registers hold their first event. ``progress`` is called with the number of events since the last call."""
        project = self.project
        arrays, events = checked_inputs({port.tensor: port.shape for port in project.inputs}, inputs)
        lanes = min(self.lanes, events)
        each = -(-events // lanes)
        lanes = -(-events // each)
        interval, latency = project.initiation_interval, project.latency_cycles
        early = -(-latency // interval) + 2
        beats = {port.name: _beats(port, array) for port, array in zip(project.inputs, arrays, strict=True)}
        first = each * np.arange(lanes)
        length = np.minimum(first + each, events) - first
        stream = _Stream(self.netlist, lanes)
        outputs = {port.name: np.zeros((events, port.bits), np.uint8) for port in project.outputs}
        toggles = np.zeros(self.netlist.nets, np.int64)
        told = 0
        for cycle in range(-early * interval, each * interval + latency + 1):
            number, slot = divmod(cycle, interval)
            stream.clock()
            if START in self.netlist.inputs:
                stream.apply(START, np.full((lanes, 1), slot == 0, np.uint8))
            for port in project.inputs:
                own = beats[port.name]
                event = np.zeros(lanes, np.int64) if port.register else (first + number) % events
                beat = min(slot, own.shape[1] - 1)
                stream.apply(port.name, own[event % len(own), beat])
            counted = (number >= 0) & (number < length)
            stream.settle(toggles, counted)
            done, rest = divmod(cycle - latency, interval)
            if rest == 0 and 0 <= done < each:
                out = done < length
                for port in project.outputs:
                    outputs[port.name][(first + done)[out]] = stream.read(port.name)[out]
                if progress is not None:
                    total = min(events, (done + 1) * lanes)
                    progress(total - told)
                    told = total
        named = {port.tensor: _mantissas(port, outputs[port.name]) for port in project.outputs}
        return Simulated("standard cells", named, activity=Activity(toggles, events * interval, events))


class _Stream:
    """The values of all nets in all lanes."""

    def __init__(self, netlist: Netlist, lanes: int) -> None:
        self._netlist, self._lanes = netlist, lanes
        words = -(-lanes // 64)
        self._values: Words = np.zeros((netlist.nets, words), np.uint64)
        self._values[ONE] = _FULL
        self._before = self._values.copy()

    def clock(self) -> None:
        """The rising edge: registers take their next state, all at once."""
        following: list[tuple[CellGroup, Words]] = []
        for group in self._netlist.registers:
            register = group.cell.register
            assert register is not None
            pins = {pin: self._values[group.pins[pin]] for pin in register.setup}
            following.append((group, register.next_state.evaluate(pins)))
        np.copyto(self._before, self._values)
        for group, value in following:
            register = group.cell.register
            assert register is not None
            for pin, output in group.cell.outputs.items():
                self._values[group.pins[pin]] = output.function.evaluate(
                    {register.state: value, register.inverse: ~value}
                )

    def apply(self, port: str, bits: npt.NDArray[np.uint8]) -> None:
        """Set an input to ``bits`` (lanes, bits)."""
        padded = np.zeros((bits.shape[1], 64 * self._values.shape[1]), np.uint8)
        padded[:, : self._lanes] = bits.T
        words = np.packbits(padded, axis=1, bitorder="little").view("<u8")
        self._values[self._netlist.inputs[port]] = words

    def settle(self, toggles: Nets, counted: npt.NDArray[np.bool_]) -> None:
        """Evaluate every gate, and add the toggles since the cycle before in the lanes that are ``counted``."""
        for group in self._netlist.gates:
            pins = {pin: self._values[group.pins[pin]] for pin in group.cell.inputs}
            for pin, output in group.cell.outputs.items():
                self._values[group.pins[pin]] = output.function.evaluate(pins)
        if counted.any():
            padded = np.zeros(64 * self._values.shape[1], np.uint8)
            padded[: self._lanes] = counted
            mask = np.packbits(padded, bitorder="little").view("<u8")
            toggles += np.bitwise_count((self._values ^ self._before) & mask).sum(axis=1, dtype=np.int64)

    def read(self, port: str) -> npt.NDArray[np.uint8]:
        """The bits of an output, (lanes, bits)."""
        words = np.ascontiguousarray(self._values[self._netlist.outputs[port]].astype("<u8"))
        return np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, : self._lanes].T


def _beats(port: RtlPort, array: Mantissas) -> npt.NDArray[np.uint8]:
    """The bits of a port (events, beats, bits), 0 for rows that are not there."""
    events = len(array)
    shifts = np.arange(port.width)
    bits = (array.reshape(events, port.elements, 1) >> shifts & 1).astype(np.uint8).reshape(events, -1)
    whole = np.zeros((events, port.bits + port.missing_bits), np.uint8)
    whole[:, : port.bits] = bits
    return whole.reshape(events, port.beats, -1)


def _mantissas(port: RtlPort, bits: npt.NDArray[np.uint8]) -> Mantissas:
    elements = bits.reshape(len(bits), port.elements, port.width).astype(np.int64)
    weights = np.array(weights_of(port), np.int64)
    return (elements * weights).sum(axis=2).reshape(len(bits), *port.shape)


def weights_of(port: RtlPort) -> Sequence[int]:
    """The weight of each bit of an element in two's complement; the highest is negative where it is signed."""
    weights = [1 << bit for bit in range(port.width)]
    return [*weights[:-1], -weights[-1]] if port.signed else weights
