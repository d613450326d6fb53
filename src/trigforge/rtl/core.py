"""Verilog text of modules made of items, and of the core that packs their ports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trigforge.fixed import Interval
from trigforge.project import RtlPort
from trigforge.rtl.cells import constant_text, vector
from trigforge.rtl.gates import width_of
from trigforge.rtl.names import distinct, identifier
from trigforge.rtl.plan import PlannedModule, ends_of_net
from trigforge.rtl.regions import Module, Net
from trigforge.rtl.signals import ends_of
from trigforge.rtl.verilog import listed, module, unused


@dataclass(frozen=True)
class Block:
    """A module that has been written: its name, the names of its ports (None for an output that is a constant and has
    none), and the bits of its port ``probe``."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str | None, ...]
    probe_bits: int = 0


def input_names(owner: Module) -> list[str]:
    """The names of a module's input ports."""
    return distinct(f"{identifier(element.tensor)}_{element.number}" for element in owner.inputs)


def module_text(
    name: str, comment: str, plan: PlannedModule, blocks: Sequence[Block], outputs: Sequence[str], *, probed: bool
) -> tuple[str, Block]:
    """Items, the wires between them and the registers in which early values wait.

    ``blocks`` are the modules of the items, ``outputs`` the names of the ports for what the module hands out.
    """
    inputs = input_names(plan.module)
    wires = {(-1, 0, port): wire for port, wire in enumerate(inputs)}
    titles = _titles(plan, [*inputs, *outputs])
    body: list[str] = []
    for number, (item, block) in enumerate(zip(plan.items, blocks, strict=True)):
        for copy in range(len(item.item.inputs)):
            for port, output in _handed(block):
                wires[number, copy, port] = f"{titles[number, copy]}__{output}"
    waits, delays = _delays(plan, wires)
    body += delays

    def at(net: Net, cycle: int) -> str:
        available = plan.available_cycle(net)
        early = 0 if available is None else cycle - available
        return waits[net, early] if early else wires[net.item, net.copy, net.port]

    probes: list[tuple[str, int]] = []
    for number, (item, block) in enumerate(zip(plan.items, blocks, strict=True)):
        for copy, nets in enumerate(item.item.inputs):
            title = titles[number, copy]
            body.append("")
            for port, _ in _handed(block):
                width = plan.width(Net(number, copy, port))
                body.append(f"wire {vector(width)}{wires[number, copy, port]};")
            elements = item.item.content.inputs
            wired = [
                f".{port}({_extended(at(net, item.start_cycle), *ends_of_net(plan.module, net), element.width)})"
                for port, net, element in zip(block.inputs, nets, elements, strict=True)
            ]
            wired += [f".{port}({wires[number, copy, n]})" for n, port in _handed(block)]
            if probed and block.probe_bits:
                probes.append((f"{title}__probe", block.probe_bits))
                body.append(f"wire {vector(block.probe_bits)}{title}__probe;")
                wired.append(f".probe({title}__probe)")
            body += [f"{block.name} {title} (", *listed([".clk(clk)", *wired]), ");"]
    body.append("")
    ports = ["input wire clk"]
    widths = [element.width for element in plan.module.inputs]
    ports += [f"input wire {vector(width)}{port}" for port, width in zip(inputs, widths, strict=True)]
    for port, output in zip(outputs, plan.module.outputs, strict=True):
        if isinstance(output, Net):
            ports.append(f"output wire {vector(plan.width(output))}{port}")
            body.append(f"assign {port} = {at(output, plan.latency_cycles)};")
    bits = sum(width for _, width in probes)
    if bits:
        ports.append(f"output wire {vector(bits)}probe")
        body += ["assign probe = {", *listed([title for title, _ in reversed(probes)]), "};"]
    body += unused([*_idle_ports(plan, inputs), *_idle_wires(plan, blocks, wires)])
    handed = tuple(
        port if isinstance(output, Net) else None for port, output in zip(outputs, plan.module.outputs, strict=True)
    )
    return module(name, comment, ports, body), Block(name, tuple(inputs), handed, bits)


def _delays(
    plan: PlannedModule, wires: Mapping[tuple[int, int, int], str]
) -> tuple[dict[tuple[Net, int], str], list[str]]:
    """The wire of each net so many cycles later, and the registers between."""
    waits: dict[tuple[Net, int], str] = {}
    lines: list[str] = []
    for net, cycles in plan.delays():
        source = wires[net.item, net.copy, net.port]
        waits[net, cycles] = f"{source}__after{cycles}"
        size = f"#(.W({plan.width(net)}), .CYCLES({cycles}))"
        lines += [
            f"wire {vector(plan.width(net))}{waits[net, cycles]};",
            f"tf_delay {size} {source}__wait{cycles} (.clk(clk), .d({source}), .q({waits[net, cycles]}));",
        ]
    return waits, lines


def _handed(block: Block) -> Iterator[tuple[int, str]]:
    """Number and name of the output ports."""
    return ((number, port) for number, port in enumerate(block.outputs) if port is not None)


def _extended(wire: str, lo: int, hi: int, width: int) -> str:
    """A value at the width of a port: all slices of a ``Map`` share the port that the widest of them needs."""
    own, signed = width_of(lo, hi)
    if own == width:
        return wire
    top = f"{wire}[{own - 1}]" if own > 1 else wire
    return f"{{{{{width - own}{{{top}}}}}, {wire}}}" if signed else f"{{{width - own}'d0, {wire}}}"


def _titles(plan: PlannedModule, taken: Sequence[str]) -> dict[tuple[int, int], str]:
    """The name of the instance that is copy ``copy`` of item ``item``."""
    names: dict[tuple[int, int], str] = {}
    for number, item in enumerate(plan.items):
        title, copies = identifier(item.item.name), len(item.item.inputs)
        names |= {(number, copy): title if copies == 1 else f"{title}_{copy}" for copy in range(copies)}
    return dict(zip(names, distinct(names.values(), taken), strict=True))


def _idle_ports(plan: PlannedModule, inputs: Sequence[str]) -> list[str]:
    """Input ports of a module that nothing reads."""
    nets = [net for item in plan.items for own in item.item.inputs for net in own]
    nets += [net for net in plan.module.outputs if isinstance(net, Net)]
    read = {net.port for net in nets if net.item < 0}
    clocked = bool(plan.items) or any(True for _ in plan.delays())
    return ([] if clocked else ["clk"]) + [port for number, port in enumerate(inputs) if number not in read]


def _idle_wires(
    plan: PlannedModule, blocks: Sequence[Block], wires: Mapping[tuple[int, int, int], str]
) -> Iterator[str]:
    """Outputs of the copies of a ``Map``'s body that nothing reads in this slice."""
    read = {net for item in plan.items for own in item.item.inputs for net in own}
    read |= {net for net in plan.module.outputs if isinstance(net, Net)}
    for number, (item, block) in enumerate(zip(plan.items, blocks, strict=True)):
        for copy in range(len(item.item.inputs)):
            yield from (wires[number, copy, n] for n, _ in _handed(block) if Net(number, copy, n) not in read)


def core_text(
    name: str,
    comment: str,
    plan: PlannedModule,
    block: Block,
    inputs: Mapping[str, tuple[RtlPort, Interval]],
    outputs: Sequence[tuple[RtlPort, Interval]],
) -> str:
    """The core: every tensor of the graph as one packed vector at the scale of its hull."""
    ports = ["input wire clk"]
    ports += [f"input wire {vector(port.bits)}{port.name}" for port, _ in inputs.values()]
    ports += [f"output wire {vector(port.bits)}{port.name}" for port, _ in outputs]
    body: list[str] = []
    wired: list[str] = []
    for element, entry in zip(plan.module.inputs, block.inputs, strict=True):
        port, interval = inputs[element.tensor]
        first = element.number * port.width + element.ends.lsb - interval.hull_lsb
        wired.append(f".{entry}({_cut(port, first, element.width)})")
    handed = zip(plan.module.outputs, block.outputs, strict=True)
    assignments: list[str] = []
    for port, interval in outputs:
        for number, ends in enumerate(ends_of(interval)):
            output, wire = next(handed)
            if isinstance(output, Net):
                body.append(f"wire {vector(plan.width(output))}{wire}__y;")
                wired.append(f".{wire}({wire}__y)")
                zeros = ends.lsb - interval.hull_lsb
                value = _packed(f"{wire}__y", *ends_of_net(plan.module, output), zeros, port.width)
            else:
                value = constant_text(output.lo << output.lsb - interval.hull_lsb if output.lo else 0, port.width)
            assignments.append(f"assign {_cut(port, number * port.width, port.width)} = {value};")
    if block.probe_bits:
        ports.append(f"output wire {vector(block.probe_bits)}probe")
        wired.append(".probe(probe)")
    body += [f"{block.name} graph (", *listed([".clk(clk)", *wired]), ");", "", *assignments]
    body += ["", "// bits of the hull that an element of its own type does not have"]
    body.append(f"wire unused = &{{1'b0, {', '.join(port.name for port, _ in inputs.values())}}};")
    return module(name, comment, ports, body)


def _cut(port: RtlPort, first: int, width: int) -> str:
    if port.bits == width:
        return port.name
    return f"{port.name}[{first}]" if width == 1 else f"{port.name}[{first + width - 1}:{first}]"


def _packed(wire: str, lo: int, hi: int, zeros: int, total: int) -> str:
    """A value from ``lo`` to ``hi`` with ``zeros`` below it, extended by its sign to ``total`` bits."""
    width, signed = width_of(lo, hi)
    above = total - zeros - width
    parts: list[str] = []
    if above > 0:
        top = f"{wire}[{width - 1}]" if width > 1 else wire
        parts.append(f"{{{above}{{{top}}}}}" if signed else f"{above}'d0")
    parts.append(wire)
    if zeros:
        parts.append(f"{zeros}'d0")
    return parts[0] if len(parts) == 1 else f"{{{', '.join(parts)}}}"
