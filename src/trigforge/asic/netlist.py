"""``Netlist``: a mapped core as arrays, its gates in an order in which each comes after those that drive it."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from trigforge.asic.library import Cell, Library
from trigforge.errors import LibraryError, ReportFormatError

Nets = npt.NDArray[np.int64]
ZERO, ONE = 0, 1
"""the nets that are always low and always high"""
_CONSTANT = {"0": ZERO, "1": ONE, "x": ZERO, "z": ZERO}


@dataclass(frozen=True)
class CellGroup:
    """Cells of one kind that can be evaluated at once: the net of each of their pins, and the number of the stage that
    each belongs to."""

    cell: Cell
    pins: Mapping[str, Nets]
    stage: Nets

    @property
    def count(self) -> int:
        return len(self.stage)


@dataclass(frozen=True)
class Netlist:
    """Nets ``0 .. nets - 1``, of which ``ZERO`` and ``ONE`` are constants.

    ``inputs`` and ``outputs`` are the ports of the core, lowest bit first, without the clock, whose net is ``clock``.
    ``gates`` come level by level: all that drives a group stands in groups before it. ``stages`` names the modules that
    cells were mapped in, ``names`` those nets that have a name.
    """

    nets: int
    clock: int
    inputs: Mapping[str, Nets]
    outputs: Mapping[str, Nets]
    gates: tuple[CellGroup, ...]
    registers: tuple[CellGroup, ...]
    stages: tuple[str, ...]
    names: Mapping[int, str]

    @property
    def groups(self) -> Iterator[CellGroup]:
        """Gates, then registers."""
        yield from self.gates
        yield from self.registers

    @property
    def driven(self) -> int:
        """The nets that cells or inputs of the core drive, without the clock."""
        cells = sum(group.count * len(group.cell.outputs) for group in self.groups)
        return cells + sum(len(nets) for nets in self.inputs.values())

    @cached_property
    def fanout(self) -> Nets:
        """The number of input pins of cells on each net."""
        found = np.zeros(self.nets, np.int64)
        for group in self.groups:
            for pin in group.cell.inputs:
                np.add.at(found, group.pins[pin], 1)
        return found

    def load_fF(self, register_input_fF: float, wire_fF: float = 0.0) -> npt.NDArray[np.float64]:
        """The capacitance of each net: of the input pins on it, of ``wire_fF`` for each, and of ``register_input_fF``
        for each output of the core, which a register takes."""
        found: npt.NDArray[np.float64] = np.multiply(wire_fF, self.fanout, dtype=np.float64)
        for group in self.groups:
            for pin, entry in group.cell.inputs.items():
                np.add.at(found, group.pins[pin], entry.capacitance_fF)
        for nets in self.outputs.values():
            np.add.at(found, nets, register_input_fF + wire_fF)
        return found


def read_netlist(path: Path, library: Library, clock: str = "clk", stage: str = "stage") -> Netlist:
    """The netlist that Yosys wrote as JSON (gzip), of one module with the port ``clock``.

    Raises ``LibraryError`` for cells that cannot be used, combinational loops, and registers on other clocks;
    ``ReportFormatError`` where the file is damaged.
    """
    try:
        module = cast(dict[str, Any], json.loads(gzip.decompress(path.read_bytes())))["modules"]
        return _netlist(
            next(iter(entry for entry in module.values() if entry["cells"] or "top" in entry["attributes"])),
            library,
            clock,
            stage,
        )
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, OSError, StopIteration) as error:
        raise ReportFormatError(f"{path} is no netlist ({error}); run trigforge cache --clear to map again") from None


def _netlist(module: dict[str, Any], library: Library, clock: str, stage: str) -> Netlist:
    ports: dict[str, dict[str, Any]] = module["ports"]
    nets = {name: _nets(port["bits"]) for name, port in ports.items()}
    inputs = {name: nets[name] for name, port in ports.items() if port["direction"] == "input" and name != clock}
    outputs = {name: nets[name] for name, port in ports.items() if port["direction"] == "output"}
    clock_net = int(nets[clock][0]) if clock in nets else ZERO
    stages: dict[str, int] = {}
    cells: list[tuple[Cell, dict[str, int], int]] = []
    most = max([ONE, *(int(bits.max()) for bits in nets.values() if len(bits))])
    for entry in module["cells"].values():
        cell = library.cell(entry["type"])
        pins = {pin: _net(bits[0]) for pin, bits in entry["connections"].items()}
        for pin in cell.inputs:
            pins.setdefault(pin, ZERO)
        for pin in cell.outputs:
            if pin not in pins:
                pins[pin] = -1
        most = max(most, *pins.values())
        own = str(entry["attributes"].get(stage, ""))
        cells.append((cell, pins, stages.setdefault(own, len(stages))))
        if cell.register is not None and pins[cell.register.clock] != clock_net:
            raise LibraryError(f"a {cell.name} of {own or 'the core'} is clocked by a net other than {clock!r}")
    spare = most + 1  # outputs that nothing takes
    for _, pins, _ in cells:
        for pin, net in pins.items():
            if net < 0:
                pins[pin], spare = spare, spare + 1
    names: dict[int, str] = {}
    for name, entry in module.get("netnames", {}).items():
        for bit, net in enumerate(entry["bits"]):
            if isinstance(net, int) and (net not in names or not entry.get("hide_name")):
                names[net] = name if len(entry["bits"]) == 1 else f"{name}[{bit}]"
    gates, registers = _grouped(cells, spare)
    return Netlist(spare, clock_net, inputs, outputs, gates, registers, tuple(stages), names)


def _net(bit: int | str) -> int:
    return bit if isinstance(bit, int) else _CONSTANT[bit]


def _nets(bits: list[int | str]) -> Nets:
    return np.array([_net(bit) for bit in bits], np.int64)


def _grouped(
    cells: list[tuple[Cell, dict[str, int], int]], nets: int
) -> tuple[tuple[CellGroup, ...], tuple[CellGroup, ...]]:
    """Gates by level and kind, registers by kind."""
    gates = [entry for entry in cells if entry[0].register is None]
    driver = np.full(nets, -1, np.int64)
    takers: defaultdict[int, list[int]] = defaultdict(list)
    for number, (cell, pins, _) in enumerate(gates):
        for pin in cell.outputs:
            driver[pins[pin]] = number
    waits = np.zeros(len(gates), np.int64)
    for number, (cell, pins, _) in enumerate(gates):
        for pin in cell.inputs:
            source = int(driver[pins[pin]])
            if source >= 0:
                takers[source].append(number)
                waits[number] += 1
    ready = [number for number in range(len(gates)) if not waits[number]]
    level = dict.fromkeys(ready, 0)
    while ready:
        number = ready.pop()
        for taker in takers[number]:
            level[taker] = max(level.get(taker, 0), level[number] + 1)
            waits[taker] -= 1
            if not waits[taker]:
                ready.append(taker)
    if waits.any():
        raise LibraryError(f"the netlist has a loop of gates, through a {gates[int(np.flatnonzero(waits)[0])][0].name}")
    grouped: defaultdict[tuple[int, str], list[tuple[Cell, dict[str, int], int]]] = defaultdict(list)
    for number, entry in enumerate(gates):
        grouped[level[number], entry[0].name].append(entry)
    clocked: defaultdict[str, list[tuple[Cell, dict[str, int], int]]] = defaultdict(list)
    for entry in cells:
        if entry[0].register is not None:
            clocked[entry[0].name].append(entry)
    return (
        tuple(_group(grouped[key]) for key in sorted(grouped)),
        tuple(_group(clocked[key]) for key in sorted(clocked)),
    )


def _group(entries: list[tuple[Cell, dict[str, int], int]]) -> CellGroup:
    cell = entries[0][0]
    pins = {pin: np.array([pins[pin] for _, pins, _ in entries], np.int64) for pin in (*cell.inputs, *cell.outputs)}
    return CellGroup(cell, pins, np.array([stage for _, _, stage in entries], np.int64))
