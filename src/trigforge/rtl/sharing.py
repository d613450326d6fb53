"""Verilog of what stands between instances that are shared: choices of operands slot by slot, and accumulators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from trigforge.rtl.cells import constant_text, vector
from trigforge.rtl.connections import Chosen, Held
from trigforge.rtl.fold import Fold
from trigforge.rtl.gates import width_of
from trigforge.rtl.hierarchy import Accumulator, Joining, Module, Net, Source, ends_of_net
from trigforge.rtl.names import distinct, identifier
from trigforge.rtl.plan import PlannedItem, PlannedModule
from trigforge.rtl.verilog import listed, module, unused


@dataclass(frozen=True)
class SharedInputs:
    """The module in front of the instances of an item: its name, its ports for what it reads in the cycle before the
    first slot, and its ports for each ``(instance, port)`` that it feeds."""

    name: str
    inputs: tuple[tuple[str, Net], ...]
    outputs: tuple[tuple[tuple[int, int], str], ...]


def shared_inputs_text(name: str, comment: str, plan: PlannedModule, planned: PlannedItem) -> tuple[str, SharedInputs]:
    """Registers in which operands wait for their slot, and the choice among them."""
    elements = planned.item.content.inputs
    nets = list(dict.fromkeys(net for _, found in planned.chosen for net in _nets(found)))
    titles = [f"{identifier(elements[port].tensor)}_{elements[port].number}_{n}" for (n, port), _ in planned.chosen]
    read, handed = _names(plan.module, nets), [f"{title}_q" for title in titles]
    entering = distinct(read, handed)
    value = dict(zip(nets, entering, strict=True))
    fold, widths = (
        planned.item.fold,
        {net: plan.width((net.item, plan.arrival(net).instance, net.port)) for net in nets},
    )
    body = [*_counter(fold, planned.start_cycle - 1), ""]
    ports = ["input wire clk", "input wire start"]
    ports += [f"input wire {vector(widths[net])}{value[net]}" for net in nets]

    def extended(source: Source, width: int) -> str:
        if isinstance(source, Net):
            return extended_text(value[source], *ends_of_net(plan.module, source), width)
        return constant_text(source.lo, width)

    for ((_, port), found), output in zip(planned.chosen, handed, strict=True):
        width = elements[port].width
        ports.append(f"output wire {vector(width)}{output}")
        match found:
            case Held(source):
                cell = f"tf_hold #(.W({width})) {output}_hold (.clk(clk), .load(first)"
                body.append(f"{cell}, .d({extended(source, width)}), .q({output}));")
            case Chosen(sources):
                size = f".W({width}), .SLOTS({len(sources)}), .WS({_slot_bits(fold)})"
                body.append(f"tf_choose #({size}) {output}_choose (")
                wired = [".clk(clk)", ".first(first)", ".step(step)", ".slot(slot)"]
                values = ", ".join(extended(source, width) for source in reversed(sources))
                body += [*listed([*wired, f".d({{{values}}})", f".q({output})"]), ");"]
            case _:
                assert_never(found)
    body += unused(["first", "step", "slot"])
    outputs = tuple(zip((at for at, _ in planned.chosen), handed, strict=True))
    return module(name, comment, ports, body), SharedInputs(name, tuple(zip(entering, nets, strict=True)), outputs)


def accumulator_text(
    name: str, comment: str, planned: PlannedItem, content: Accumulator
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The accumulators of an item; the names of their inputs and outputs."""
    width = len(content.outputs)
    inputs = tuple(f"{identifier(element.tensor)}_{element.number}" for element in content.inputs[:width])
    outputs = tuple(f"{entry}_y" for entry in inputs)
    ports = ["input wire clk", "input wire start"]
    body = [*_counter(planned.item.fold, planned.start_cycle), ""]
    for entry, output, element, ends in zip(inputs, outputs, content.inputs, content.outputs, strict=False):
        own, _ = width_of(ends.lo, ends.hi)
        signed = element.ends.lo < 0
        ports += [f"input wire {vector(element.width)}{entry}", f"output wire {vector(own)}{output}"]
        size = f".JOINING({_number(content.joining)}), .WX({element.width}), .SIGNED({int(signed)}), .WY({own})"
        wired = f".clk(clk), .first(first), .step(step), .x({entry}), .y({output})"
        body.append(f"tf_accumulate #({size}) {output}_sum ({wired});")
    body += unused(["slot"])
    return module(name, comment, ports, body), inputs, outputs


def counter_start(cycle: int) -> int:
    """The cycle in which a counter must get its ``start`` whose first slot begins in ``cycle``."""
    return max(cycle - 1, 0)


def counter_text(title: str, fold: Fold, cycle: int, start: str, step: str) -> list[str]:
    """A counter whose only use is a pulse at the beginning of every slot."""
    size = f".SPACING({fold.spacing}), .EARLY({int(cycle > 0)}), .W({_slot_bits(fold)})"
    return [f"tf_slots #({size}) {title} (.clk(clk), .start({start}), .first(), .step({step}), .slot());"]


def extended_text(wire: str, lo: int, hi: int, width: int) -> str:
    """A value at the width of a port: all slices of a ``Map`` share the port that the widest of them needs."""
    own, signed = width_of(lo, hi)
    if own == width:
        return wire
    top = f"{wire}[{own - 1}]" if own > 1 else wire
    return f"{{{{{width - own}{{{top}}}}}, {wire}}}" if signed else f"{{{width - own}'d0, {wire}}}"


def _counter(fold: Fold, cycle: int) -> list[str]:
    size = f".SPACING({fold.spacing}), .EARLY({int(cycle > 0)}), .W({_slot_bits(fold)})"
    return [
        "wire first;",
        "wire step;",
        f"wire {vector(_slot_bits(fold))}slot;",
        f"tf_slots #({size}) slots (.clk(clk), .start(start), .first(first), .step(step), .slot(slot));",
    ]


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


def _nets(found: Held | Chosen) -> list[Net]:
    match found:
        case Held(source):
            return [source]
        case Chosen(sources):
            return [source for source in sources if isinstance(source, Net)]
        case _:
            assert_never(found)


def _names(owner: Module, nets: Sequence[Net]) -> list[str]:
    """A name for each net, after the tensor or the item that it comes from."""
    names: list[str] = []
    for net in nets:
        if net.item < 0:
            element = owner.inputs[net.port]
            names.append(f"{identifier(element.tensor)}_{element.number}")
        else:
            names.append(f"{identifier(owner.items[net.item].name)}_{net.slice}_{net.port}")
    return distinct(names)
