"""The paths through the cells of a netlist: the nets that each net is computed from, and the ends of paths.

Two CARRY4 of Yosys, one above the other in a chain, are one CARRY8 of the device, counted from the start of the chain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from trigforge.timing.delays import Delays
from trigforge.timing.netlist import CARRY4, CONSTANT, LUT6_2, LUT_OUTPUTS, LUTS, MULTIPLEXERS, REGISTERS, Cell, Netlist

HALF = 4
"""bits of one CARRY4"""
_SMALL_PINS = ("I0", "I1", "I2", "I3", "I4")
"""the pins that both outputs of a LUT6_2 may depend on"""


@dataclass(frozen=True)
class Arc:
    """From a net to the output of a cell, or into a register: ``cell`` in ps, and whether a wire leads there."""

    net: int
    cell: float
    wired: bool


@dataclass(frozen=True)
class LutNode:
    """A LUT: its inputs take its pins in the order in which they arrive, the last one the fastest."""

    kind: str
    nets: tuple[int, ...]


@dataclass(frozen=True)
class ArcNode:
    """Another output of a cell."""

    kind: str
    arcs: tuple[Arc, ...]


Node = LutNode | ArcNode


@dataclass(frozen=True)
class Ways:
    """``nodes`` maps each net that logic drives to what it is computed from; ``ends`` are the ways into registers, with
    the kind of the register and the net that it drives.

    ``unmodelled`` names the types of cells whose delay is not known (block RAM, DSP slices): paths end and begin there
    as at a register.
    """

    nodes: dict[int, Node]
    ends: tuple[tuple[str, Arc, int], ...]
    unmodelled: frozenset[str]


def ways(netlist: Netlist, delays: Delays) -> Ways:
    """All ways of a netlist."""
    drivers = (*LUT_OUTPUTS, "CO")
    kinds = {net: cell.type for cell in netlist.cells for pin in drivers for net in cell.pins.get(pin, ())}
    nodes: dict[int, Node] = {}
    ends: list[tuple[str, Arc, int]] = []
    unmodelled: set[str] = set()
    for cell in netlist.cells:
        if cell.type in LUTS:
            nodes |= {
                net: LutNode(cell.type, tuple(_read_by(cell, pin)))
                for pin, (net,) in cell.pins.items()
                if pin in LUT_OUTPUTS
            }
        elif cell.type in MULTIPLEXERS:
            nodes[cell.pins["O"][0]] = ArcNode(cell.type, tuple(_multiplexer(cell, kinds, delays)))
        elif cell.type in REGISTERS:
            ends += [(cell.type, arc, cell.pins["Q"][0]) for arc in _register(cell, kinds, delays)]
        elif cell.type != CARRY4:
            unmodelled.add(cell.type)
            ends += [
                (cell.type, Arc(net, 0.0, True), net) for nets in cell.pins.values() for net in nets if net in kinds
            ]
    for lower, upper in _blocks(netlist):
        nodes |= _carry8(lower, upper, kinds, delays)
    ends += [("register", _into_register(net, kinds, delays), net) for net in netlist.outputs if net in nodes]
    return Ways(nodes, tuple(ends), frozenset(unmodelled))


def _read_by(cell: Cell, output: str) -> Iterator[int]:
    """The nets that an output of a LUT depends on: of one with two outputs, not always those of all pins."""
    half = cell.table >> 32 if output == "O6" else cell.table
    for pin, (net,) in cell.pins.items():
        if pin in LUT_OUTPUTS or net == CONSTANT:
            continue
        if cell.type == LUT6_2 and pin in _SMALL_PINS:
            step = 1 << _SMALL_PINS.index(pin)
            if all((half >> n ^ half >> n + step) & 1 == 0 for n in range(32) if not n & step):
                continue
        yield net


def _multiplexer(cell: Cell, kinds: dict[int, str], delays: Delays) -> Iterator[Arc]:
    data = delays.multiplexer_data[MULTIPLEXERS.index(cell.type)]
    for pin in ("I0", "I1"):
        (net,) = cell.pins[pin]
        kind = kinds.get(net)
        if kind in MULTIPLEXERS:
            yield Arc(net, data, False)
        elif kind in LUTS:
            yield Arc(net, delays.multiplexer_beside_lut + data, False)
        elif net != CONSTANT:
            yield Arc(net, delays.lut[0] + delays.multiplexer_beside_lut + data, True)
    (select,) = cell.pins["S"]
    if select != CONSTANT:
        yield Arc(select, delays.multiplexer_select, True)


def _register(cell: Cell, kinds: dict[int, str], delays: Delays) -> Iterator[Arc]:
    for pin, (net,) in cell.pins.items():
        if pin in ("C", "Q") or net == CONSTANT:
            continue
        yield _into_register(net, kinds, delays) if pin == "D" else Arc(net, delays.control_setup, True)


def _into_register(net: int, kinds: dict[int, str], delays: Delays) -> Arc:
    """A register stands in the slice of the cell that drives it."""
    beside = kinds.get(net) in LUTS or kinds.get(net) == CARRY4 or kinds.get(net) in MULTIPLEXERS
    return Arc(net, (delays.register_beside_lut if beside else delays.register_from_wire) + delays.setup, not beside)


def _blocks(netlist: Netlist) -> Iterator[tuple[Cell, Cell | None]]:
    """The CARRY4 of each chain, two by two from its start."""
    carries = [cell for cell in netlist.cells if cell.type == CARRY4]
    ends = {cell.pins["CO"][HALF - 1] for cell in carries if len(cell.pins.get("CO", ())) == HALF}
    following = {cell.pins["CI"][0]: cell for cell in carries if cell.pins["CI"][0] in ends}
    for start in carries:
        if start.pins["CI"][0] in ends:
            continue
        lower: Cell | None = start
        while lower is not None:
            upper = following.get(_end(lower))
            yield lower, upper
            lower = None if upper is None else following.get(_end(upper))


def _end(cell: Cell) -> int:
    """The net of the last carry; CONSTANT, which starts no chain, where it is not connected."""
    nets = cell.pins.get("CO", ())
    return nets[HALF - 1] if len(nets) == HALF else CONSTANT


def _carry8(lower: Cell, upper: Cell | None, kinds: dict[int, str], delays: Delays) -> dict[int, Node]:
    """Every output of one CARRY8 with all pins that reach it."""
    carry, halves = delays.carry, (lower,) if upper is None else (lower, upper)
    pins: list[tuple[int, float, bool, tuple[float, ...]]] = []
    (start,), (initial,) = lower.pins["CI"], lower.pins["CYINIT"]
    if start != CONSTANT and kinds.get(start) == CARRY4:
        pins.append((start, carry.next_block, False, carry.cin))
    elif start != CONSTANT:
        pins.append((start, carry.bypass, True, carry.ax))
    if initial != CONSTANT:
        pins.append((initial, carry.bypass, True, carry.ax))
    for half, cell in enumerate(halves):
        for bit in range(HALF):
            selected, data = cell.pins["S"][bit], cell.pins["DI"][bit]
            if selected != CONSTANT:
                beside = kinds.get(selected) in LUTS
                pins.append((selected, 0.0 if beside else delays.lut[0], not beside, carry.s[half * HALF + bit]))
            if data != CONSTANT:
                pins.append((data, carry.bypass, True, carry.di[half * HALF + bit]))
    found: dict[int, Node] = {}
    for half, cell in enumerate(halves):
        for name, offset in (("O", 0), ("CO", 2 * HALF)):
            for bit, net in enumerate(cell.pins.get(name, ())):
                column = offset + half * HALF + bit
                arcs = (Arc(pin, ps + row[column], wired) for pin, ps, wired, row in pins if row[column] >= 0)
                found[net] = ArcNode("CARRY8", tuple(arcs))
    return found
