"""The results of a hierarchy of modules, gate by gate: the truth that Verilog registers are compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import assert_never

import numpy as np

from trigforge.design import DesignPoint
from trigforge.fixed import exact
from trigforge.fixed.exact import IntArray
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas
from trigforge.project import Probe
from trigforge.rtl.choosing import plan_graph
from trigforge.rtl.gates import Input, evaluate
from trigforge.rtl.hierarchy import Accumulator, Item, Joining, Module, Region, Source, ends_of_net
from trigforge.rtl.signals import Ends

Path = tuple[tuple[str, int], ...]
"""names of items and numbers of slices, from the outside in"""


@dataclass(frozen=True)
class Values:
    """``gates[path][gate]`` are the values of a region's gates over all events."""

    outputs: list[IntArray]
    gates: Mapping[Path, list[IntArray]] = field(default_factory=dict[Path, list[IntArray]])


def run_module(module: Module, inputs: Sequence[IntArray], path: Path = ()) -> Values:
    """All outputs (constants too) and all gates for arrays of events at the module's ports.

    Raises ``AssertionError`` where a value leaves its gate's interval.
    """
    results: dict[tuple[int, int], list[IntArray]] = {(-1, 0): list(inputs)}
    gates: dict[Path, list[IntArray]] = {}

    def value(source: Source) -> IntArray:
        if isinstance(source, Ends):
            return np.asarray(source.lo)
        found = results.get((source.item, source.slice))
        return np.asarray(ends_of_net(module, source)[0]) if found is None else found[source.port]

    for number, item in enumerate(module.items):
        for slice_, sources in enumerate(item.inputs):
            found = _run_item(item, slice_, [value(source) for source in sources], path)
            results[number, slice_] = found.outputs
            gates.update(found.gates)
    return Values([value(output) for output in module.outputs], gates)


def _run_item(item: Item, slice_: int, inputs: Sequence[IntArray], path: Path) -> Values:
    where = (*path, (item.name, slice_))
    match item.content:
        case Module():
            return run_module(item.content, inputs, where)
        case Region():
            values = run_region(item.content, inputs)
            return Values([values[gate] for gate in item.content.outputs], {where: values})
        case Accumulator():
            return Values(_accumulated(item.content, inputs))
        case _:
            assert_never(item.content)


def _accumulated(content: Accumulator, inputs: Sequence[IntArray]) -> list[IntArray]:
    """The values of accumulators after the last slot."""
    width = len(content.outputs)
    return [_joined(content.joining, inputs[port::width]) for port in range(width)]


def _joined(joining: Joining, values: Sequence[IntArray]) -> IntArray:
    match joining:
        case Joining.ADD:
            return reduce(exact.add, values)
        case Joining.LARGER:
            return reduce(np.maximum, values)
        case Joining.SMALLER:
            return reduce(np.minimum, values)
        case _:
            assert_never(joining)


def run_region(region: Region, inputs: Sequence[IntArray]) -> list[IntArray]:
    """The values of all gates."""
    values: list[IntArray] = []
    for number, gate in enumerate(region.circuit.gates):
        if isinstance(gate.op, Input):
            made = inputs[gate.op.port]
        else:
            made = evaluate(gate.op, [values[operand] for operand in gate.operands])
        inside = bool(np.all(made >= gate.lo)) and bool(np.all(made <= gate.hi))
        assert inside, f"region {region.name!r}: gate {number} ({gate.op}) leaves {gate.lo} to {gate.hi}"
        values.append(made)
    return values


def run_graph(graph: FixedPointGraph, module: Module, inputs: Mapping[str, Mantissas]) -> Values:
    """As ``run_module``, on mantissas at the scale of each graph input's hull, ``(events, *shape)``."""
    flat = {name: values.reshape(len(values), -1) for name, values in inputs.items()}
    hulls = {tensor.name: tensor.interval.hull_lsb for tensor in graph.inputs}
    ports = [
        flat[element.tensor][:, element.number] >> element.ends.lsb - hulls[element.tensor] for element in module.inputs
    ]
    return run_module(module, ports)


def expected_probes(
    graph: FixedPointGraph, design: DesignPoint, probes: Sequence[Probe], inputs: Mapping[str, Mantissas]
) -> list[IntArray]:
    """The value that the register of each probe must hold, for every event."""
    values = run_graph(graph, plan_graph(graph, design).module, inputs)
    events = max(len(array) for array in inputs.values())
    return [np.broadcast_to(values.gates[probe.path][probe.gate], events) for probe in probes]
