"""The hierarchy: regions of logic between ``Map``s, and the bodies of ``Map``s as modules that are built once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors, slices_of
from trigforge.graph.inputs import InputKind
from trigforge.graph.ops import Map, Node
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.gates import Bits, Input, width_of
from trigforge.rtl.lower import lower_nodes
from trigforge.rtl.signals import Ends, Signal, ends_of


@dataclass(frozen=True)
class Element:
    """One element of a tensor at the boundary of a module: all that it can be, and whether it is a register."""

    tensor: str
    number: int
    ends: Ends
    static: bool = False

    @property
    def width(self) -> int:
        return width_of(self.ends.lo, self.ends.hi)[0]


@dataclass(frozen=True)
class Net:
    """Output ``port`` of copy ``copy`` of item ``item``; item -1 is the module's own inputs."""

    item: int
    copy: int
    port: int


@dataclass(frozen=True)
class Region:
    """Logic that is pipelined as a whole. Input gates carry the number of their entry in ``inputs``.

    ``names`` holds tensor and element of every gate that is one, in the order of the graph.
    """

    name: str
    circuit: Circuit
    inputs: tuple[Element, ...]
    outputs: tuple[int, ...]
    names: Mapping[int, tuple[str, int]]

    @property
    def static(self) -> frozenset[int]:
        """Gates that follow register inputs by wires alone."""
        found: set[int] = set()
        for number, gate in enumerate(self.circuit.gates):
            match gate.op:
                case Input(port) if self.inputs[port].static:
                    found.add(number)
                case Bits() if gate.operands[0] in found:
                    found.add(number)
                case _:
                    pass
        return frozenset(found)


@dataclass(frozen=True)
class Item:
    """One or more copies of a region or a module; ``inputs[copy]`` are the nets of its inputs in order."""

    name: str
    content: "Region | Module"
    inputs: tuple[tuple[Net, ...], ...]


@dataclass(frozen=True)
class Module:
    """Items in an order in which sources come first. ``outputs`` are nets, or constants where an element is one."""

    name: str
    inputs: tuple[Element, ...]
    items: tuple[Item, ...]
    outputs: tuple[Net | Ends, ...]


def module_of_graph(graph: FixedPointGraph) -> Module:
    """The hierarchy of a whole graph; outputs are those of ``graph.outputs``, element by element."""
    build = _Builder(graph.name, graph.tensors)
    for tensor in graph.inputs:
        build.add_input(tensor.name, tensor.kind is InputKind.REGISTER)
    return build.finished(graph.nodes, list(dict.fromkeys(graph.outputs)))


@dataclass(frozen=True)
class _Wire:
    """The source of an element: a net, or gate ``gate`` of the region that is item ``item``."""

    ends: Ends
    net: Net | None = None
    item: int = -1
    gate: int = -1
    static: bool = False

    @property
    def fixed(self) -> bool:
        return self.ends.lo == self.ends.hi


@dataclass
class _Logic:
    """A region that is being built: its circuit, and where its inputs come from."""

    circuit: Circuit
    inputs: list[Element]
    sources: dict[_Wire, int]
    outputs: dict[int, int]
    names: dict[int, tuple[str, int]]

    def enter(self, wire: _Wire, tensor: str, number: int) -> int:
        """The gate of an element from outside."""
        if wire.fixed:
            return self.circuit.literal(wire.ends.lo)
        if wire not in self.sources:
            self.sources[wire] = len(self.inputs)
            self.inputs.append(Element(tensor, number, wire.ends, wire.static))
        gate = self.circuit.input(self.sources[wire], wire.ends.lo, wire.ends.hi)
        self.names.setdefault(gate, (tensor, number))
        return gate


@dataclass(frozen=True)
class _Copies:
    """A body, and where the inputs of each copy come from."""

    name: str
    body: Module
    sources: list[list[_Wire]]


def _ancestors(nodes: Sequence[Node], wanted: set[str]) -> set[str]:
    """The nodes that some of ``wanted`` need, themselves included."""
    needed = set(wanted)
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(node.operands)
    return needed


class _Builder:
    """One module. A level is the number of ``Map``s on the longest way to a node. Each level has a region of what the
    next ``Map``s need, and one of the rest, so that no ``Map`` waits for what it does not read."""

    def __init__(self, name: str, intervals: Mapping[str, Interval]) -> None:
        self._name = name
        self._intervals = intervals
        self._inputs: list[Element] = []
        self._wires: dict[str, Any] = {}
        self._level: dict[str, int] = {}
        self._items: list[_Logic | _Copies] = []

    def add_input(self, name: str, static: bool) -> None:
        """A tensor from outside; constants among its elements have no port."""
        wires: list[_Wire] = []
        for number, ends in enumerate(ends_of(self._intervals[name])):
            if ends.lo == ends.hi:
                wires.append(_Wire(ends))
                continue
            wires.append(_Wire(ends, net=Net(-1, 0, len(self._inputs)), static=static))
            self._inputs.append(Element(name, number, ends, static))
        self._wires[name], self._level[name] = self._shaped(name, wires), 0

    def _shaped(self, name: str, wires: Sequence[_Wire]) -> Any:
        array = np.empty(len(wires), dtype=object)
        array[:] = wires
        return array.reshape(self._intervals[name].shape)

    def finished(self, nodes: Sequence[Node], outputs: Sequence[str]) -> Module:
        """Build all regions and bodies, level by level."""
        for node in nodes:
            level = max((self._level[name] for name in node.operands), default=0)
            self._level |= dict.fromkeys((node.name, *node.tensors), level + isinstance(node.op, Map))
        for level in range(max(self._level.values(), default=0) + 1):
            maps = [node for node in nodes if isinstance(node.op, Map) and self._level[node.name] == level + 1]
            logic = [node for node in nodes if not isinstance(node.op, Map) and self._level[node.name] == level]
            before = _ancestors(logic, {name for node in maps for name in node.operands})
            at, region = self._add_region([node for node in logic if node.name in before])
            for node in maps:
                assert isinstance(node.op, Map)
                self._add_map(at, region, node, node.op)
            self._add_region([node for node in logic if node.name not in before])
        wires = [wire for name in outputs for wire in self._wires[name].reshape(-1)]
        return self._module([wire.ends if wire.fixed else self._net(wire) for wire in wires])

    def _add_region(self, nodes: Sequence[Node]) -> tuple[int, _Logic]:
        region = _Logic(Circuit(), [], {}, {}, {})
        self._items.append(region)
        self._lower(len(self._items) - 1, region, nodes)
        return len(self._items) - 1, region

    def _lower(self, at: int, region: _Logic, nodes: Sequence[Node]) -> None:
        made = {node.name for node in nodes}
        known: dict[str, Any] = {}
        for name in (name for node in nodes for name in node.operands if name not in made):
            if name not in known:
                signals = np.empty(self._wires[name].shape, dtype=object)
                for number, wire in enumerate(self._wires[name].reshape(-1)):
                    signals.reshape(-1)[number] = Signal(region.enter(wire, name, number), wire.ends.lsb)
                known[name] = signals
        tensors = lower_nodes(region.circuit, nodes, known, self._intervals)
        for node in nodes:
            signals = list(tensors[node.name].reshape(-1))
            for number, signal in enumerate(signals):
                region.names.setdefault(signal.gate, (node.name, number))
            self._wires[node.name] = self._shaped(node.name, [self._made(at, region, s) for s in signals])

    def _made(self, at: int, region: _Logic, signal: Signal) -> _Wire:
        gate = region.circuit.gates[signal.gate]
        if isinstance(gate.op, Input):
            source = list(region.sources)[gate.op.port]
            return replace(source, ends=replace(source.ends, lsb=signal.lsb))
        return _Wire(Ends(gate.lo, gate.hi, signal.lsb), item=at, gate=signal.gate)

    def _add_map(self, at: int, region: _Logic, node: Node, op: Map) -> None:
        inside = body_tensors(op, [self._intervals[name] for name in node.operands])
        build = _Builder(node.name, inside)
        operands = dict(zip(op.body.inputs, (self._wires[name] for name in node.operands), strict=True))
        for name, wires in operands.items():
            build.add_input(name, all(wire.static or wire.fixed for wire in wires.reshape(-1)))
        body = build.finished(op.body.nodes, op.body.outputs)
        copies = slices_of(op, [self._intervals[name] for name in node.operands])
        outside = dict(zip(op.body.inputs, zip(node.operands, op.cuts, strict=True), strict=True))
        sources: list[list[_Wire]] = []
        for copy in range(copies):
            own: list[_Wire] = []
            for port in body.inputs:
                (name, cut), wires = outside[port.tensor], operands[port.tensor].reshape(-1)
                numbers = np.arange(len(wires)).reshape(self._intervals[name].shape)
                seen = numbers if cut is None else numbers.take(copy, axis=cut)
                number = int(seen.reshape(-1)[port.number])
                own.append(self._converted(at, region, wires[number], (name, number), port.ends))
            sources.append(own)
        self._items.append(_Copies(node.name, body, sources))
        item, first = len(self._items) - 1, 0
        for tensor, output in zip(node.tensors, op.body.outputs, strict=True):
            ends = ends_of(inside[output])
            results = np.empty((copies, len(ends)), dtype=object)
            for copy in range(copies):
                for number, made in enumerate(body.outputs[first : first + len(ends)]):
                    net = Net(item, copy, first + number)
                    results[copy, number] = _Wire(made) if isinstance(made, Ends) else _Wire(ends[number], net=net)
            first += len(ends)
            self._wires[tensor] = np.moveaxis(results.reshape(copies, *inside[output].shape), 0, op.axis)

    def _converted(self, at: int, region: _Logic, wire: _Wire, element: tuple[str, int], port: Ends) -> _Wire:
        """A wire at the scale of a body's port; where it has fewer bits than the port, its instance extends it."""
        if wire.ends.lsb == port.lsb and not wire.fixed:
            return wire
        gate = wire.gate if wire.item == at else region.enter(wire, *element)
        moved = region.circuit.shifted(gate, wire.ends.lsb - port.lsb)
        found = region.circuit.gates[moved]
        return _Wire(Ends(found.lo, found.hi, port.lsb), item=at, gate=moved, static=wire.static)

    def _net(self, wire: _Wire) -> Net:
        if wire.net is not None:
            return wire.net
        region = self._items[wire.item]
        assert isinstance(region, _Logic)
        return Net(wire.item, 0, region.outputs.setdefault(wire.gate, len(region.outputs)))

    def _module(self, outputs: list["Net | Ends"]) -> Module:
        """Nets are asked for from the last item to the first: asking adds outputs to the region they come from."""
        nets = [
            [[self._net(wire) for wire in sources] for sources in self._sources(item)] for item in reversed(self._items)
        ][::-1]
        kept = [n for n, item in enumerate(self._items) if not isinstance(item, _Logic) or item.outputs]
        number = {-1: -1} | {old: new for new, old in enumerate(kept)}

        def moved(net: Net) -> Net:
            return Net(number[net.item], net.copy, net.port)

        items: list[Item] = []
        for n in kept:
            name, content = self._content(self._items[n], {item.name for item in items})
            items.append(Item(name, content, tuple(tuple(moved(net) for net in own) for own in nets[n])))
        ends = tuple(net if isinstance(net, Ends) else moved(net) for net in outputs)
        return Module(self._name, tuple(self._inputs), tuple(items), ends)

    def _sources(self, item: "_Logic | _Copies") -> list[list[_Wire]]:
        if isinstance(item, _Copies):
            return item.sources
        return [list(item.sources)] if item.outputs else [[]]

    def _content(self, item: "_Logic | _Copies", taken: set[str]) -> tuple[str, Region | Module]:
        """Name and content of an item. A region bears the name of the last tensor that it hands out."""
        if isinstance(item, _Copies):
            return item.name, item.body
        outputs = tuple(item.outputs)
        named = [item.names[gate][0] for gate in outputs if gate in item.names]
        name = max(named, key=list(self._wires).index) if named else f"{self._name}_in"
        while name in taken:
            name += "_again"
        return name, Region(name, item.circuit, tuple(item.inputs), outputs, item.names)
