"""Energy of a netlist from the toggles of its nets and the tables of its library; the model of ``docs/asic.md``.

- switching: 1/2 C V^2 a toggle of a net of capacitance C;
- internal: the library's energy of an edge of an output, and of an edge of an input pin that has its own, each the mean
  of rise and fall (nets rise as often as they fall), at the load of the net and the slew of the input, the mean over
  the inputs that the output has tables for;
- clock: each clock cycle two edges of every clock pin, C V^2, and the internal energy of both;
- leakage: the library's power of each cell, for the time from one event to the next.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from trigforge.asic.library import Library, Power
from trigforge.asic.netlist import CellGroup, Netlist
from trigforge.asic.paths import clock_slew_ns
from trigforge.asic.simulating import Activity

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Energy:
    """Energy for one event by what takes it."""

    switching_pJ: float
    internal_pJ: float
    clock_pJ: float
    leakage_pJ: float

    @property
    def dynamic_pJ(self) -> float:
        """All that depends on edges."""
        return self.switching_pJ + self.internal_pJ + self.clock_pJ

    @property
    def total_pJ(self) -> float:
        """All four."""
        return self.dynamic_pJ + self.leakage_pJ

    @staticmethod
    def total_of(entries: Iterable["Energy"]) -> "Energy":
        """Their sum."""
        all_of = list(entries)
        return Energy(*(sum(getattr(entry, own.name) for entry in all_of) for own in fields(Energy)))


def energies(
    netlist: Netlist,
    library: Library,
    activity: Activity,
    load_fF: Floats,
    slews_ns: Floats,
    clock_period_ns: float,
) -> tuple[Energy, ...]:
    """The energy of each stage of a netlist, of nets that its cells drive; those that the core's inputs drive count for
    a stage that takes them."""
    events, cycles = activity.events, activity.cycles
    per_event = activity.toggles / events
    found = np.zeros((len(netlist.stages) or 1, 4))
    charging = 0.5 * load_fF * library.voltage_V**2 * per_event  # fF V^2 = fJ
    time_ns = clock_period_ns * cycles / events
    owner = _owners(netlist)
    driven = np.flatnonzero(per_event)
    np.add.at(found[:, 0], owner[driven], charging[driven])
    for group in netlist.groups:
        clock = "" if group.cell.register is None else group.cell.register.clock
        np.add.at(found[:, 1], group.stage, _internal(group, clock, per_event, load_fF, slews_ns))
        leaking = group.cell.leakage_nW * time_ns * 1e-3  # nW ns = 1e-18 J
        np.add.at(found[:, 3], group.stage, leaking)
        if clock:
            pin = group.cell.inputs[clock]
            slew = clock_slew_ns(group.cell)
            edges = sum(float(table.at(0.0, slew)) for power in pin.powers for table in power.energy.both)
            each = (pin.capacitance_fF * library.voltage_V**2 + edges) * cycles / events
            np.add.at(found[:, 2], group.stage, each)
    return tuple(Energy(*(float(value) for value in row)) for row in found * 1e-3)


def _internal(group: CellGroup, clock: str, per_event: Floats, load_fF: Floats, slews_ns: Floats) -> Floats:
    """Internal energy [fJ] of each cell of a group for one event, without that of clock pins."""
    found = np.zeros(group.count)
    slews: Mapping[str, Floats | float] = {
        pin: clock_slew_ns(group.cell) if pin == clock else slews_ns[group.pins[pin]] for pin in group.cell.inputs
    }
    for pin, output in group.cell.outputs.items():
        nets = group.pins[pin]
        powers = [power for power in output.powers if power.source in slews]
        each = [_mean(power, load_fF[nets], slews[power.source]) for power in powers]
        if each:
            found += per_event[nets] * np.mean(each, axis=0)
    for pin, entry in group.cell.inputs.items():
        if pin != clock:
            nets = group.pins[pin]
            for power in entry.powers:
                found += per_event[nets] * _mean(power, 0.0, slews[pin])
    return found


def _mean(power: Power, load_fF: Floats | float, slew_ns: Floats | float) -> Floats:
    rise, fall = (table.at(load_fF, slew_ns) for table in power.energy.both)
    return (rise + fall) / 2


def _owners(netlist: Netlist) -> npt.NDArray[np.int64]:
    """The stage of the cell that drives each net; of inputs of the core, that of a cell that takes it."""
    found = np.zeros(netlist.nets, np.int64)
    for group in netlist.groups:
        for pin in group.cell.inputs:
            found[group.pins[pin]] = group.stage
    for group in netlist.groups:
        for pin in group.cell.outputs:
            found[group.pins[pin]] = group.stage
    return found
