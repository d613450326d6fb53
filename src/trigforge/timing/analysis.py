"""Static timing analysis of one mapped pipeline stage: its longest path from register to register."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from trigforge.errors import ReportFormatError
from trigforge.timing.arcs import Arc, ArcNode, LutNode, Node, ways
from trigforge.timing.delays import Delays, delays
from trigforge.timing.model import model
from trigforge.timing.netlist import Netlist

NS = 1e-3
"""of one ps"""


@dataclass(frozen=True)
class PathStep:
    """One cell of a path: the net that it drives, how many pins that net has, the delay of the cell (with its input
    pin), and of the wire that leads to it, unscaled."""

    cell: str
    net: str
    fanout: int
    cell_ns: float
    wire_ns: float


@dataclass(frozen=True)
class StageTiming:
    """The longest path of one stage: the time in cells, and in wires before the factor that is fitted to whole designs.

    ``steps`` runs from the register that launches it to the one that takes it. ``unmodelled`` names cells of the stage
    whose delay is not known; a path that would lead through one of them is cut there.
    """

    stage: str
    cells_ns: float
    wires_ns: float
    steps: tuple[PathStep, ...]
    unmodelled: tuple[str, ...] = ()

    @property
    def logic_ns(self) -> float:
        """Cells and unscaled wires: what ``reports.PipelineStage.logic_ns`` holds."""
        return self.cells_ns + self.wires_ns

    def period_ns(self, wire_factor: float) -> float:
        """The period that the path allows where wires are so many times longer."""
        return self.cells_ns + wire_factor * self.wires_ns

    def __str__(self) -> str:
        cells = ", ".join(f"{step.cell} {step.net} ({step.cell_ns:.2f} + {step.wire_ns:.2f})" for step in self.steps)
        return f"{self.stage}: {self.cells_ns:.2f} ns in cells + {self.wires_ns:.2f} ns in wires: {cells}"


@dataclass(frozen=True)
class _Arrival:
    """The time at which a net settles: ps in cells and wires, and the last step."""

    cells: float
    wires: float
    step: PathStep
    before: "_Arrival | None"


def analyse(netlist: Netlist, wire_factor: float | None = None) -> StageTiming:
    """The longest path of a stage, with wires ``wire_factor`` times as long as the shortest ones of the device.

    Without a factor it is that of a design of typical size (``model().typical_wire_factor``); it decides which path is
    the longest, and does not enter the result. Input ports count as outputs of registers, output ports that logic
    drives as inputs of registers. Raises ``ReportFormatError`` for a loop of logic.
    """
    factor = model().typical_wire_factor if wire_factor is None else wire_factor
    known = delays()
    found = ways(netlist, known)
    settled: dict[int, _Arrival] = {}

    def settles(net: int) -> _Arrival:
        if net not in settled:
            step = PathStep("register", netlist.name(net), netlist.fanout.get(net, 0), known.clock_to_output * NS, 0.0)
            settled[net] = _Arrival(known.clock_to_output, 0.0, step, None)
        return settled[net]

    def wire(arc: Arc) -> float:
        return known.wire(netlist.fanout.get(arc.net, 1)) if arc.wired else 0.0

    def arrives(arc: Arc) -> float:
        before = settles(arc.net)
        return before.cells + arc.cell + factor * (before.wires + wire(arc))

    def through(arc: Arc, kind: str, net: int) -> _Arrival:
        before, way = settles(arc.net), wire(arc)
        step = PathStep(kind, netlist.name(net), netlist.fanout.get(net, 0), arc.cell * NS, way * NS)
        return _Arrival(before.cells + arc.cell, before.wires + way, step, before)

    for net in _in_order(netlist.module, found.nodes):
        node = found.nodes[net]
        arcs = _pinned(node, known, arrives)
        if arcs:
            settled[net] = through(max(arcs, key=arrives), node.kind, net)
    unmodelled = tuple(sorted(found.unmodelled))
    if not found.ends:
        return StageTiming(netlist.module, 0.0, 0.0, (), unmodelled)
    kind, arc, register = max(found.ends, key=lambda end: arrives(end[1]))
    last = through(arc, kind, register)
    return StageTiming(netlist.module, last.cells * NS, last.wires * NS, _steps(last), unmodelled)


def behind_voter(timing: StageTiming) -> StageTiming:
    """The longest path of a stage whose inputs come from triplicated registers, out of the voters of stages before it.

    A stage's netlist holds the voters behind its own registers, so each of its paths is one look-up table and a wire
    longer than it tells: for paths that begin at registers of the stage itself, as in accumulators, that is too long.
    """
    if not timing.steps:
        return timing
    known = delays()
    cell, wire = known.lut[0], known.wire(1)
    first, *rest = timing.steps
    steps = (first, PathStep("LUT3", f"voter of {first.net}", first.fanout, cell * NS, wire * NS), *rest)
    return replace(timing, cells_ns=timing.cells_ns + cell * NS, wires_ns=timing.wires_ns + wire * NS, steps=steps)


def _steps(last: _Arrival) -> tuple[PathStep, ...]:
    steps = [last.step]
    while last.before is not None:
        last = last.before
        steps.append(last.step)
    return tuple(steps[::-1])


def _pinned(node: Node, known: Delays, arrives: Callable[[Arc], float]) -> tuple[Arc, ...]:
    """The arcs of a node; of a LUT, with the fastest pin for the input that arrives last."""
    match node:
        case ArcNode(_, arcs):
            return arcs
        case LutNode(_, nets):
            arcs = sorted((Arc(net, 0.0, True) for net in nets), key=arrives, reverse=True)
            return tuple(Arc(arc.net, known.lut[pin], True) for pin, arc in enumerate(arcs))
        case _:
            assert_never(node)


def _in_order(module: str, nodes: dict[int, Node]) -> list[int]:
    """The nets that logic drives, operands first."""
    waiting: dict[int, int] = {}
    users: dict[int, list[int]] = {}
    for net, node in nodes.items():
        nets = node.nets if isinstance(node, LutNode) else [arc.net for arc in node.arcs]
        operands = {operand for operand in nets if operand in nodes}
        waiting[net] = len(operands)
        for operand in operands:
            users.setdefault(operand, []).append(net)
    order = [net for net, count in waiting.items() if count == 0]
    for net in order:
        for user in users.get(net, ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                order.append(user)
    if len(order) < len(nodes):
        raise ReportFormatError(f"module {module!r}: its mapped logic feeds back into itself; a stage holds no loops")
    return order
