"""Verilog of what stands between instances that are shared: choices of operands slot by slot, and accumulators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import assert_never

from trigforge.design import Redundancy
from trigforge.rtl.cells import constant_text, register_text, vector
from trigforge.rtl.connections import Chosen, Held, Switched
from trigforge.rtl.fold import Fold
from trigforge.rtl.gates import width_of
from trigforge.rtl.hierarchy import Accumulator, Joining, Net, Source, ends_of_net
from trigforge.rtl.names import distinct, identifier
from trigforge.rtl.plan import PlannedItem, PlannedModule
from trigforge.rtl.verilog import listed, module, unused

COUNTED_BITS = 128
"""bits of operands or sums that one counter of slots serves: the wires of one that serves many are long"""


@dataclass(frozen=True)
class SharedInputs:
    """The module in front of the instances of an item: its name, its ports for what it reads, with the cycle in which
    it reads it, and its ports for each ``(instance, port)`` that it feeds."""

    name: str
    inputs: tuple[tuple[str, Net, int], ...]
    outputs: tuple[tuple[tuple[int, int], str], ...]


def shared_inputs_text(
    name: str, comment: str, plan: PlannedModule, planned: PlannedItem, redundancy: Redundancy
) -> tuple[str, SharedInputs]:
    """Registers in which operands wait for their slot, and the choice among them."""
    elements, fold = planned.item.content.inputs, planned.item.fold
    read = _Read(plan, planned)
    handed = [f"{identifier(elements[port].tensor)}_{elements[port].number}_{n}_q" for (n, port), _ in planned.waiting]
    widths = [elements[port].width for (_, port), _ in planned.waiting]
    counters, more = _Counters(fold, planned.start_cycle - 1, widths, redundancy), register_text(redundancy)
    body: list[str] = []
    for ((_, port), found), output, counted in zip(planned.waiting, handed, counters.serving, strict=True):
        width = elements[port].width
        match found:
            case Held(source):
                cell = f"tf_hold #(.W({width}){more}) {output}_hold (.clk(clk), .load({counted.first})"
                body.append(f"{cell}, .d({read.value(source, 0, width)}), .q({output}));")
                continue
            case Chosen(sources):
                cell, first = "tf_choose", [f".first({counted.first})"]
                values = [read.value(source, 0, width) for source in sources]
            case Switched(sources):
                cell, first = "tf_switch", []
                values = [read.value(source, slot, width) for slot, source in enumerate(sources)]
            case _:
                assert_never(found)
        wired = [".clk(clk)", *first, f".step({counted.step})", f".slot({counted.slot})"]
        size = f".W({width}), .SLOTS({len(values)}), .WS({_slot_bits(fold)}){more}"
        body.append(f"{cell} #({size}) {output}_{cell[3:]} (")
        body += [*listed([*wired, f".d({{{', '.join(reversed(values))}}})", f".q({output})"]), ");"]
    ports = ["input wire clk", "input wire start"]
    ports += [f"input wire {vector(plan.width(plan.arrival(net).wire))}{title}" for title, net, _ in read.inputs]
    ports += [f"output wire {vector(width)}{output}" for width, output in zip(widths, handed, strict=True)]
    text = [*counters.text(), "", *body, *unused(counters.wires)]
    outputs = tuple(zip((at for at, _ in planned.waiting), handed, strict=True))
    return module(name, comment, ports, text), SharedInputs(name, tuple(read.inputs), outputs)


class _Read:
    """The reading side of the module in front of an item: a port for each value and cycle, named after its source."""

    def __init__(self, plan: PlannedModule, planned: PlannedItem) -> None:
        self._plan = plan
        self._planned = planned
        self._known: dict[tuple[tuple[int, int, int], int | None], str] = {}
        self.inputs: list[tuple[str, Net, int]] = []

    def value(self, source: Source, slot: int, width: int) -> str:
        """A value that is read in the cycle before a slot, at the width of the port that it is for."""
        if not isinstance(source, Net):
            return constant_text(source.lo, width)
        arrival, cycle = self._plan.arrival(source), self._planned.cycle_before(slot)
        key = arrival.wire, None if arrival.cycle is None else cycle - arrival.cycle
        if key not in self._known:
            (self._known[key],) = distinct([self._title(source)], self._known.values())
            self.inputs.append((self._known[key], source, cycle))
        return extended_text(self._known[key], *ends_of_net(self._plan.module, source), width)

    def _title(self, net: Net) -> str:
        if net.item < 0:
            element = self._plan.module.inputs[net.port]
            return f"{identifier(element.tensor)}_{element.number}"
        return f"{identifier(self._plan.items[net.item].item.name)}_{net.slice}_{net.port}"


def accumulator_text(
    name: str, comment: str, planned: PlannedItem, content: Accumulator, redundancy: Redundancy
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The accumulators of an item; the names of their inputs and outputs."""
    width = len(content.outputs)
    inputs = tuple(f"{identifier(element.tensor)}_{element.number}" for element in content.inputs[:width])
    outputs = tuple(f"{entry}_y" for entry in inputs)
    ports = ["input wire clk", "input wire start"]
    widths = [width_of(ends.lo, ends.hi)[0] for ends in content.outputs]
    counters, more = _Counters(planned.item.fold, planned.start_cycle, widths, redundancy), register_text(redundancy)
    body = [*counters.text(), ""]
    for entry, output, element, own, counted in zip(
        inputs, outputs, content.inputs, widths, counters.serving, strict=False
    ):
        signed = element.ends.lo < 0
        ports += [f"input wire {vector(element.width)}{entry}", f"output wire {vector(own)}{output}"]
        size = f".JOINING({_number(content.joining)}), .WX({element.width}), .SIGNED({int(signed)}), .WY({own}){more}"
        wired = f".clk(clk), .first({counted.first}), .step({counted.step}), .x({entry}), .y({output})"
        body.append(f"tf_accumulate #({size}) {output}_sum ({wired});")
    body += unused(counters.wires)
    return module(name, comment, ports, body), inputs, outputs


def counter_start(cycle: int) -> int:
    """The cycle in which a counter must get its ``start`` whose first slot begins in ``cycle``."""
    return max(cycle - 1, 0)


def counter_text(title: str, fold: Fold, cycle: int, start: str, step: str, redundancy: Redundancy) -> list[str]:
    """A counter whose only use is a pulse at the beginning of every slot."""
    idle = f".first({title}__first), .slot({title}__slot)"
    return [
        f"wire {title}__first;",
        f"wire {vector(_slot_bits(fold))}{title}__slot;",
        f"wire {title}__unused = &{{1'b0, {title}__first, {title}__slot}};",
        f"tf_slots #({_size(fold, cycle, redundancy)}) {title} (.clk(clk), .start({start}), .step({step}), {idle});",
    ]


def extended_text(wire: str, lo: int, hi: int, width: int) -> str:
    """A value at the width of a port: all slices of a ``Map`` share the port that the widest of them needs."""
    own, signed = width_of(lo, hi)
    if own == width:
        return wire
    top = f"{wire}[{own - 1}]" if own > 1 else wire
    return f"{{{{{width - own}{{{top}}}}}, {wire}}}" if signed else f"{{{width - own}'d0, {wire}}}"


@dataclass(frozen=True)
class _Counter:
    """The wires of one counter of slots."""

    first: str
    step: str
    slot: str


class _Counters:
    """The counters of a module, each for values of ``COUNTED_BITS`` or, the last, fewer; ``serving`` has one a value.

    They count alike; ``keep_hierarchy`` in the cell keeps synthesis from making one of them.
    """

    def __init__(self, fold: Fold, cycle: int, widths: Sequence[int], redundancy: Redundancy) -> None:
        self._fold, self._cycle, self._redundancy = fold, cycle, redundancy
        numbers = [below // COUNTED_BITS for below in accumulate(widths, initial=0)][: len(widths)]
        order = {number: n for n, number in enumerate(dict.fromkeys(numbers))}
        self._all = [_Counter("first", "step", "slot")]
        self._all += [_Counter(f"slots{n}_first", f"slots{n}_step", f"slots{n}_slot") for n in range(1, len(order))]
        self.serving = [self._all[order[number]] for number in numbers]

    @property
    def wires(self) -> list[str]:
        """The wires of all."""
        return [wire for counter in self._all for wire in (counter.first, counter.step, counter.slot)]

    def text(self) -> Iterator[str]:
        """The counters and their wires."""
        size = _size(self._fold, self._cycle, self._redundancy)
        for n, counter in enumerate(self._all):
            title = f"slots{n or ''}"
            yield f"wire {counter.first};"
            yield f"wire {counter.step};"
            yield f"wire {vector(_slot_bits(self._fold))}{counter.slot};"
            wired = f".first({counter.first}), .step({counter.step}), .slot({counter.slot})"
            yield f"tf_slots #({size}) {title} (.clk(clk), .start(start), {wired});"


def _size(fold: Fold, cycle: int, redundancy: Redundancy) -> str:
    """The parameters of a counter whose first slot begins in a cycle."""
    more = register_text(redundancy)
    return f".SPACING({fold.spacing}), .EARLY({int(cycle > 0)}), .W({_slot_bits(fold)}){more}"


def _slot_bits(fold: Fold) -> int:
    return max((fold.slots - 1).bit_length(), 1)


def _number(joining: Joining) -> int:
    match joining:
        case Joining.ADD:
            return 0
        case Joining.LARGER:
            return 1
        case Joining.SMALLER:
            return 2
        case _:
            assert_never(joining)
