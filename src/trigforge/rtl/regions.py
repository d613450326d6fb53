"""From a graph to its hierarchy: regions of logic between ``Map``s, bodies of ``Map``s, and what accumulates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors, slices_of
from trigforge.graph.inputs import InputKind
from trigforge.graph.ops import Map, Node, Reduction
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.fold import ONE_EVENT_A_CLOCK, Fold, Folding
from trigforge.rtl.gates import Input
from trigforge.rtl.hierarchy import Accumulator, Element, Item, Module, Net, Region, Source
from trigforge.rtl.lower import lower_nodes
from trigforge.rtl.reductions import THERE, accumulator, idle_instances, joining_of, partial_region
from trigforge.rtl.signals import Ends, Signal, ends_of


def module_of_graph(
    graph: FixedPointGraph, folding: Folding = ONE_EVENT_A_CLOCK, known: Mapping[str, Interval] | None = None
) -> Module:
    """The hierarchy of a whole graph; outputs are those of ``graph.outputs``, element by element.

    ``known`` are intervals of tensors of these names and shapes that hold although the graph does not show it.
    """
    tensors = graph.tensors
    better = {name: x for name, x in (known or {}).items() if name in tensors and tensors[name].shape == x.shape}
    build = _Builder(graph.name, {**tensors, **better}, folding)
    for tensor in graph.inputs:
        build.add_input(tensor.name, tensor.kind is InputKind.REGISTER)
    return build.finished(graph.nodes, list(dict.fromkeys(graph.outputs)), whole=True)


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
class _Slices:
    """A content, and where the inputs of each slice come from."""

    name: str
    content: Module | Region | Accumulator
    sources: list[list[_Wire]]
    fold: Fold


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

    def __init__(self, name: str, intervals: Mapping[str, Interval], folding: Folding) -> None:
        self._name = name
        self._intervals = intervals
        self._folding = folding
        self._folds: dict[str, tuple[Map, Fold]] = {}
        self._inputs: list[Element] = []
        self._wires: dict[str, Any] = {}
        self._level: dict[str, int] = {}
        self._items: list[_Logic | _Slices] = []

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

    def finished(self, nodes: Sequence[Node], outputs: Sequence[str], *, whole: bool = False) -> Module:
        """Build all regions and bodies, level by level; of a ``whole`` graph, outputs are as its intervals say."""
        for node in nodes:
            level = max((self._level[name] for name in node.operands), default=0)
            self._level |= dict.fromkeys((node.name, *node.tensors), level + self._is_apart(node))
        for level in range(max(self._level.values(), default=0) + 1):
            apart = [node for node in nodes if self._is_apart(node) and self._level[node.name] == level + 1]
            logic = [node for node in nodes if not self._is_apart(node) and self._level[node.name] == level]
            before = _ancestors(logic, {name for node in apart for name in node.operands})
            at, region = self._add_region([node for node in logic if node.name in before])
            for node in apart:
                if isinstance(node.op, Map):
                    self._add_map(at, region, node, node.op)
                else:
                    self._add_reduction(node)
            self._add_region([node for node in logic if node.name not in before])
        if whole:
            self._narrow(outputs)
        wires = [wire for name in outputs for wire in self._wires[name].reshape(-1)]
        return self._module([self._source(wire) for wire in wires])

    def _narrow(self, outputs: Sequence[str]) -> None:
        """Outputs of ``Map``s that are known better outside than inside, at the intervals of the graph."""
        known = {name: ends_of(self._intervals[name]) for name in outputs}
        wide = [name for name in outputs if [wire.ends for wire in self._flat(name)] != known[name]]
        if not wide:
            return
        region = _Logic(Circuit(), [], {}, {}, {})
        self._items.append(region)
        for name in wide:
            region.circuit.tensor = name
            made: list[_Wire] = []
            for number, (wire, ends) in enumerate(zip(self._flat(name), known[name], strict=True)):
                if ends.lo == ends.hi:
                    made.append(_Wire(ends))
                    continue
                gate = region.circuit.shifted(region.enter(wire, name, number), wire.ends.lsb - ends.lsb)
                kept = Signal(region.circuit.narrowed(gate, ends.lo, ends.hi), ends.lsb)
                made.append(self._made(len(self._items) - 1, region, kept))
            self._wires[name] = self._shaped(name, made)

    def _flat(self, name: str) -> list[_Wire]:
        return list(self._wires[name].reshape(-1))

    def _is_apart(self, node: Node) -> bool:
        """True for a ``Map``, and for a reduction of the slices of one that is folded."""
        if isinstance(node.op, Map):
            slices = slices_of(node.op, [self._intervals[name] for name in node.operands])
            fold = self._folding.of(node.name, slices)
            if fold.slots > 1:
                self._folds |= dict.fromkeys(node.tensors, (node.op, fold))
            return True
        if not isinstance(node.op, Reduction):
            return False
        folded = self._folds.get(node.operands[0])
        return folded is not None and node.op.axes == (folded[0].axis,)

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
        slices = slices_of(op, [self._intervals[name] for name in node.operands])
        fold = self._folding.of(node.name, slices)
        build = _Builder(node.name, inside, self._folding.within(fold))
        operands = dict(zip(op.body.inputs, (self._wires[name] for name in node.operands), strict=True))
        for (name, wires), cut in zip(operands.items(), op.cuts, strict=True):
            steady = all(wire.static or wire.fixed for wire in wires.reshape(-1))
            build.add_input(name, steady and (cut is None or fold.slots == 1))
        body = build.finished(op.body.nodes, op.body.outputs)
        fold = replace(fold, spacing=max((item.fold.interval_cycles for item in body.items), default=1))
        outside = dict(zip(op.body.inputs, zip(node.operands, op.cuts, strict=True), strict=True))
        sources: list[list[_Wire]] = []
        for slice_ in range(slices):
            own: list[_Wire] = []
            for port in body.inputs:
                (name, cut), wires = outside[port.tensor], operands[port.tensor].reshape(-1)
                numbers = np.arange(len(wires)).reshape(self._intervals[name].shape)
                seen = numbers if cut is None else numbers.take(slice_, axis=cut)
                number = int(seen.reshape(-1)[port.number])
                own.append(self._converted(at, region, wires[number], (name, number), port.ends))
            sources.append(own)
        self._items.append(_Slices(node.name, body, sources, fold))
        item, first = len(self._items) - 1, 0
        for tensor, output in zip(node.tensors, op.body.outputs, strict=True):
            ends = ends_of(inside[output])
            results = np.empty((slices, len(ends)), dtype=object)
            for slice_ in range(slices):
                for number, made in enumerate(body.outputs[first : first + len(ends)]):
                    net = Net(item, slice_, first + number)
                    results[slice_, number] = _Wire(made) if isinstance(made, Ends) else _Wire(ends[number], net=net)
            first += len(ends)
            self._wires[tensor] = np.moveaxis(results.reshape(slices, *inside[output].shape), 0, op.axis)

    def _add_reduction(self, node: Node) -> None:
        """Accumulators, behind a region that joins what the instances hand out in one slot."""
        source, (op, fold) = self._wires[node.operands[0]], self._folds[node.operands[0]]
        slices = source.shape[op.axis]
        entering = np.moveaxis(source, op.axis, 0).reshape(slices, -1)
        leaving = ends_of(self._intervals[node.name])
        live = [number for number, ends in enumerate(leaving) if ends.lo < ends.hi]
        results = [_Wire(ends) for ends in leaving]
        if live:
            joined = self._in_slots(node, fold, entering[:, live])
            content = accumulator(
                node.name,
                joining_of(node.op),
                [wire.ends for wire in joined[0]],
                [leaving[n] for n in live],
                fold.slots,
            )
            sources = [wire for slot in joined for wire in slot]
            self._items.append(_Slices(node.name, content, [sources], replace(fold, instances=1)))
            for port, number in enumerate(live):
                results[number] = _Wire(leaving[number], net=Net(len(self._items) - 1, 0, port))
        self._wires[node.name] = self._shaped(node.name, results)

    def _in_slots(self, node: Node, fold: Fold, entering: Any) -> list[list[_Wire]]:
        """The elements of a folded ``Map``, slot by slot; those of all instances joined."""
        slices, elements = entering.shape
        if fold.instances == 1:
            return [list(own) for own in entering]
        ends = [wire.ends for wire in entering[0]]
        region = partial_region(node.name, joining_of(node.op), ends, fold, slices)
        idle = idle_instances(fold, slices)
        sources: list[list[_Wire]] = []
        for slot in range(fold.slots):
            first = slot * fold.instances
            own = [self._at_slice(entering, slice_) for slice_ in range(first, first + fold.instances)]
            there = int(slot < fold.slots - 1)
            flags = [_Wire(replace(THERE, lo=there, hi=there)) for _ in idle]
            sources.append([*(wire for one in own for wire in one), *flags])
        self._items.append(_Slices(region.name, region, sources, replace(fold, instances=1)))
        item = len(self._items) - 1
        gates = [region.circuit.gates[gate] for gate in region.outputs]
        made = [Ends(gate.lo, gate.hi, own.lsb) for gate, own in zip(gates, ends, strict=True)]
        return [
            [_Wire(made[port], net=Net(item, slot, port)) for port in range(elements)] for slot in range(fold.slots)
        ]

    def _at_slice(self, entering: Any, slice_: int) -> list[_Wire]:
        """The wires of a slice; beyond the last, those on which it would be."""
        if slice_ < len(entering):
            return list(entering[slice_])
        return [replace(wire, net=replace(wire.net, slice=slice_)) for wire in entering[0]]

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

    def _source(self, wire: _Wire) -> Source:
        return wire.ends if wire.fixed else self._net(wire)

    def _module(self, outputs: list[Source]) -> Module:
        """Nets are asked for from the last item to the first: asking adds outputs to the region they come from."""
        nets = [
            [[self._source(wire) for wire in sources] for sources in self._sources(item)]
            for item in reversed(self._items)
        ][::-1]
        kept = [n for n, item in enumerate(self._items) if not isinstance(item, _Logic) or item.outputs]
        number = {-1: -1} | {old: new for new, old in enumerate(kept)}

        def moved(source: Source) -> Source:
            return replace(source, item=number[source.item]) if isinstance(source, Net) else source

        items: list[Item] = []
        for n in kept:
            made, own = self._items[n], tuple(tuple(moved(net) for net in slice_) for slice_ in nets[n])
            if isinstance(made, _Slices):
                items.append(Item(made.name, made.content, own, made.fold))
            else:
                region = self._region(made, {item.name for item in items})
                items.append(Item(region.name, region, own, Fold(1)))
        return Module(self._name, tuple(self._inputs), tuple(items), tuple(moved(output) for output in outputs))

    def _sources(self, item: "_Logic | _Slices") -> list[list[_Wire]]:
        if isinstance(item, _Slices):
            return item.sources
        return [list(item.sources)] if item.outputs else [[]]

    def _region(self, logic: _Logic, taken: set[str]) -> Region:
        """A region, which bears the name of the last tensor that it hands out."""
        outputs = tuple(logic.outputs)
        named = [logic.names[gate][0] for gate in outputs if gate in logic.names]
        name = max(named, key=list(self._wires).index) if named else f"{self._name}_in"
        while name in taken:
            name += "_again"
        return Region(name, logic.circuit, tuple(logic.inputs), outputs, logic.names)
