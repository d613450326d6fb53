"""``analyse``: the longest paths of a netlist by the delay tables of its library, from register to register.

Arrival times and slews go forward through the gates, each by the tables of its cell at the load of its net and the slew
of its input (the non-linear delay model of Liberty); of several inputs the latest arrival and the largest slew count. A
path begins at a rising clock edge with the flip-flop's own delay and ends with its setup time. The clock is ideal: it
has no skew, and the smallest slew of the library's tables. Inputs of the core come from flip-flops, outputs go to some.
Wires have no resistance.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.asic.library import Cell, Edges, Library, Sense
from trigforge.asic.netlist import CellGroup, Netlist, Nets

Floats = npt.NDArray[np.float64]
RISE, FALL = 0, 1
_FROM = {Sense.POSITIVE: ((RISE,), (FALL,)), Sense.NEGATIVE: ((FALL,), (RISE,)), Sense.NON_UNATE: ((0, 1), (0, 1))}
_BEGINNING = -1
_NOTHING = (np.zeros(0),) * 5


@dataclass(frozen=True)
class Step:
    """One cell of a path, by its kind, the net that it drives, and when that changes, in ns from the clock edge."""

    cell: str
    net: str
    at_ns: float


@dataclass(frozen=True)
class Timing:
    """The longest path of a netlist, setup included, and that of each stage (0 for one without registers).

    ``slews`` [ns] are those of each net, of the slower edge. ``steps`` is the longest path, ``setup_ns`` what ends it.
    """

    critical_path_ns: float
    stage_ns: Floats
    slews: Floats
    steps: tuple[Step, ...]
    setup_ns: float


def clock_slew_ns(cell: Cell) -> float:
    """The smallest slew of the clock in the delay tables of a flip-flop."""
    (arc, *_), *_ = (output.arcs for output in cell.outputs.values())
    return float(arc.delay.rise.second[0])


def register_overhead_ns(library: Library, load_fF: float) -> float:
    """The delay of the usual flip-flop at a load, and its setup time at the slew that it has there itself."""
    cell = library.flip_flop
    clock, register = clock_slew_ns(cell), cell.register
    assert register is not None
    output = next(iter(cell.outputs.values()))
    delays = [float(table.at(load_fF, clock)) for arc in output.arcs for table in arc.delay.both]
    slews = [float(table.at(load_fF, clock)) for arc in output.arcs for table in arc.slew.both]
    setups = [float(table.at(clock, max(slews))) for edges in register.setup.values() for table in edges.both]
    return max(delays) + max(setups)


def analyse(netlist: Netlist, library: Library, load_fF: Floats) -> Timing:
    """The longest paths of a netlist with these loads of its nets."""
    state = _State(netlist.nets, load_fF)
    usual = library.flip_flop
    for nets in netlist.inputs.values():
        state.launch(usual, next(iter(usual.outputs)), nets)
    for group in netlist.registers:
        for pin in group.cell.outputs:
            state.launch(group.cell, pin, group.pins[pin])
    for number, group in enumerate(netlist.gates):
        state.through(number, group)
    ends = _ends(netlist, state)
    stage_ns = np.zeros(len(netlist.stages))
    for arrival, _, _, _, stage in ends:
        known = stage >= 0
        np.maximum.at(stage_ns, stage[known], arrival[known])
    arrival, setup, nets, edge, _ = max(ends, key=lambda end: float(end[0].max(initial=-np.inf)), default=_NOTHING)
    if not np.isfinite(arrival).any():  # constants alone
        return Timing(0.0, stage_ns, state.slew.max(axis=1), (), 0.0)
    worst = int(arrival.argmax())
    steps = state.path(netlist, int(nets[worst]), int(edge[worst]))
    return Timing(float(arrival[worst]), stage_ns, state.slew.max(axis=1), steps, float(setup[worst]))


class _State:
    """Arrival [ns] and slew [ns] of both edges of each net, and where its latest arrival comes from."""

    def __init__(self, nets: int, load_fF: Floats) -> None:
        self.arrival = np.full((nets, 2), -np.inf)
        self.slew = np.zeros((nets, 2))
        self._load = load_fF
        self._from = np.full((nets, 2), _BEGINNING, np.int64)
        """net and edge in one number"""
        self._cell = np.full(nets, _BEGINNING, np.int64)
        self._kinds: list[str] = []

    def launch(self, cell: Cell, pin: str, nets: Nets) -> None:
        """Nets that a flip-flop drives."""
        clock = clock_slew_ns(cell)
        for arc in cell.outputs[pin].arcs:
            for edge in (RISE, FALL):
                load = self._load[nets]
                found = arc.delay.both[edge].at(load, clock)
                self.arrival[nets, edge] = np.maximum(self.arrival[nets, edge], found)
                self.slew[nets, edge] = np.maximum(self.slew[nets, edge], arc.slew.both[edge].at(load, clock))
        self._cell[nets] = len(self._kinds)
        self._kinds.append(cell.name)

    def through(self, number: int, group: CellGroup) -> None:
        """Nets that gates drive."""
        for pin, output in group.cell.outputs.items():
            out = group.pins[pin]
            load = self._load[out]
            for arc in output.arcs:
                source = group.pins[arc.source]
                for edge in (RISE, FALL):
                    for before in _FROM[arc.sense][edge]:
                        slew = self.slew[source, before]
                        arrival = self.arrival[source, before] + arc.delay.both[edge].at(load, slew)
                        later = arrival > self.arrival[out, edge]
                        self.arrival[out[later], edge] = arrival[later]
                        self._from[out[later], edge] = 2 * source[later] + before
                        self.slew[out, edge] = np.maximum(self.slew[out, edge], arc.slew.both[edge].at(load, slew))
            self._cell[out] = len(self._kinds)
            self._kinds.append(group.cell.name)

    def path(self, netlist: Netlist, net: int, edge: int) -> tuple[Step, ...]:
        """The cells of the latest arrival at a net, the first first."""
        steps: list[Step] = []
        while True:
            name = netlist.names.get(net, f"net {net}")
            steps.append(Step(self._kinds[int(self._cell[net])], name, float(self.arrival[net, edge])))
            before = int(self._from[net, edge])
            if before < 0:
                return tuple(reversed(steps))
            net, edge = divmod(before, 2)


def _ends(netlist: Netlist, state: _State) -> list[tuple[Any, Any, Any, Any, Any]]:
    """Arrival with setup, setup, net, edge and stage of all ends: data pins of registers, and outputs of the core."""
    found: list[tuple[Any, Any, Any, Any, Any]] = []
    for group in netlist.registers:
        register = group.cell.register
        assert register is not None
        for pin, setup in register.setup.items():
            for edge in (RISE, FALL):
                nets = group.pins[pin]
                needed = _setup(setup, edge, clock_slew_ns(group.cell), state.slew[nets, edge])
                found.append((state.arrival[nets, edge] + needed, needed, nets, np.full(len(nets), edge), group.stage))
    for nets in netlist.outputs.values():
        for edge in (RISE, FALL):
            none = np.zeros(len(nets))
            found.append((state.arrival[nets, edge], none, nets, np.full(len(nets), edge), np.full(len(nets), -1)))
    return found


def _setup(setup: Edges, edge: int, clock_slew: float, slews: Floats) -> Floats:
    return setup.both[edge].at(clock_slew, slews)
