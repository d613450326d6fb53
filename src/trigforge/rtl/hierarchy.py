"""The hierarchy: regions of logic between ``Map``s, bodies of ``Map``s as modules that are built once, accumulators.

Two words: a *slice* is one application of a content to its operands, an *instance* is one piece of hardware. An item
has a source for every input of every slice, and a ``Fold`` that says which instance works on which slice, and when.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar, assert_never

from trigforge.rtl.circuit import Circuit
from trigforge.rtl.fold import Fold
from trigforge.rtl.gates import Bits, Input, width_of
from trigforge.rtl.signals import Ends

T = TypeVar("T")


@dataclass(frozen=True)
class Element:
    """One element of a tensor at the boundary of a module: all that it can be, and whether it is a register.

    Of an input that arrives in several clock cycles, an element comes in cycle ``beat``, on the port of element
    ``port`` of the module's inputs, which comes in the first; None is a port of its own.
    """

    tensor: str
    number: int
    ends: Ends
    static: bool = False
    beat: int = 0
    port: int | None = None

    @property
    def width(self) -> int:
        return width_of(self.ends.lo, self.ends.hi)[0]


@dataclass(frozen=True)
class Net:
    """Output ``port`` of slice ``slice`` of item ``item``; item -1 is the module's own inputs.

    Where a reduction is fed by more instances than have a slice in the last slot, slices beyond the last are named too:
    their value is of no matter.
    """

    item: int
    slice: int
    port: int


Source = Net | Ends
"""the place that an input comes from; ``Ends`` with one value is a constant"""


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

    def in_circuit(self, circuit: Circuit, numbers: Mapping[int, int]) -> "Region":
        """The region with another circuit, in which a gate has the number ``numbers[gate]``, or is gone with its name.

        Of gates that have become one, the first gives the name.
        """
        names: dict[int, tuple[str, int]] = {}
        for gate, name in self.names.items():
            if gate in numbers:
                names.setdefault(numbers[gate], name)
        outputs = tuple(numbers[output] for output in self.outputs)
        return replace(self, circuit=circuit, outputs=outputs, names=names)


class Joining(StrEnum):
    """The way in which an accumulator takes each further value."""

    ADD = "add"
    LARGER = "larger"
    SMALLER = "smaller"


@dataclass(frozen=True)
class Accumulator:
    """A reduction over the slots of its item: ``inputs`` are all elements of the first slot, of the second and so on.

    Sums are taken modulo a power of two that holds each of ``outputs``, so that sums on the way need no bits of their
    own.
    """

    joining: Joining
    inputs: tuple[Element, ...]
    outputs: tuple[Ends, ...]


@dataclass(frozen=True)
class Item:
    """One or more slices of a content; ``inputs[slice]`` are the sources of its inputs in order.

    An accumulator has one slice, on which it works in all slots of the fold.
    """

    name: str
    content: "Region | Module | Accumulator"
    inputs: tuple[tuple[Source, ...], ...]
    fold: Fold

    def feeds(self) -> Iterator[tuple[int, int, tuple[Source, ...]]]:
        """Every port of every instance, and its source in each slot in which the instance has a slice."""
        if isinstance(self.content, Accumulator):
            width, (sources,) = len(self.content.outputs), self.inputs
            for port in range(width):
                yield 0, port, sources[port::width]
            return
        for instance in range(self.fold.instances):
            slices = self.inputs[instance :: self.fold.instances]
            for port in range(len(slices[0])):
                yield instance, port, tuple(own[port] for own in slices)

    def place(self, slice_: int) -> tuple[int, int]:
        """The instance and the slot in which a slice leaves."""
        if isinstance(self.content, Accumulator):
            return 0, self.fold.slots - 1
        return slice_ % self.fold.instances, slice_ // self.fold.instances


@dataclass(frozen=True)
class Module:
    """Items in an order in which sources come first. ``outputs`` are nets, or constants where an element is one."""

    name: str
    inputs: tuple[Element, ...]
    items: tuple[Item, ...]
    outputs: tuple[Source, ...]


def ends_of_net(module: Module, net: Net) -> tuple[int, int]:
    """The least and the greatest integer on a net."""
    if net.item < 0:
        ends = module.inputs[net.port].ends
        return ends.lo, ends.hi
    content = module.items[net.item].content
    match content:
        case Region():
            gate = content.circuit.gates[content.outputs[net.port]]
            return gate.lo, gate.hi
        case Accumulator():
            return content.outputs[net.port].lo, content.outputs[net.port].hi
        case Module():
            output = content.outputs[net.port]
            assert isinstance(output, Net)
            return ends_of_net(content, output)
        case _:
            assert_never(content)


def with_regions(module: Module, rewrite: Callable[[Region], Region]) -> Module:
    """A module with all its regions rewritten, those of modules within it too.

    A region that is rewritten has the outputs that it had, in order; two of them may have become the same gate.
    """
    items: list[Item] = []
    ports: dict[int, list[int]] = {}

    def moved(source: Source) -> Source:
        if isinstance(source, Net) and source.item in ports:
            return replace(source, port=ports[source.item][source.port])
        return source

    for number, item in enumerate(module.items):
        inputs = tuple(tuple(moved(source) for source in slice_) for slice_ in item.inputs)
        match item.content:
            case Region():
                content, ports[number] = _with_distinct_outputs(rewrite(item.content))
                items.append(replace(item, content=content, inputs=inputs))
            case Module():
                items.append(replace(item, content=with_regions(item.content, rewrite), inputs=inputs))
            case Accumulator():
                items.append(replace(item, inputs=inputs))
            case _:
                assert_never(item.content)
    return replace(module, items=tuple(items), outputs=tuple(moved(output) for output in module.outputs))


def once_for_each(make: Callable[[Region], T]) -> Callable[[Region], T]:
    """A function that gives what ``make`` gives, which it calls once for all regions that are equal."""
    made: dict[tuple[object, ...], T] = {}

    def known(region: Region) -> T:
        key = (region.name, *region.circuit.gates, region.inputs, region.outputs, *region.names.items())
        if key not in made:
            made[key] = make(region)
        return made[key]

    return known


def _with_distinct_outputs(region: Region) -> tuple[Region, list[int]]:
    """The region with each gate handed out once, and its new port for every old one."""
    distinct = tuple(dict.fromkeys(region.outputs))
    same = distinct == region.outputs
    return region if same else replace(region, outputs=distinct), [distinct.index(gate) for gate in region.outputs]
