"""Verilog text of modules made of items, and of the core that packs their ports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trigforge.design import Redundancy
from trigforge.fixed import Interval
from trigforge.project import RtlPort
from trigforge.rtl.cells import constant_text, register_text, vector
from trigforge.rtl.connections import Direct
from trigforge.rtl.gates import width_of
from trigforge.rtl.hierarchy import Accumulator, Module, Net, Source, ends_of_net
from trigforge.rtl.names import distinct, identifier
from trigforge.rtl.plan import Delay, PlannedItem, PlannedModule
from trigforge.rtl.sharing import SharedInputs, counter_start, counter_text, extended_text
from trigforge.rtl.signals import ends_of
from trigforge.rtl.verilog import listed, module, unused


@dataclass(frozen=True)
class Block:
    """A module that has been written: its name, the names of its ports (None for an output that is a constant and has
    none), the bits of its port ``probe``, and what stands in front of its instances."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str | None, ...]
    probe_bits: int = 0
    shared: SharedInputs | None = None


def input_names(owner: Module) -> dict[int, str]:
    """The names of a module's input ports, by the number of the element that comes on each (first)."""
    own = {port: element for port, element in enumerate(owner.inputs) if element.port is None}
    names = distinct(f"{identifier(element.tensor)}_{element.number}" for element in own.values())
    return dict(zip(own, names, strict=True))


def module_text(
    name: str,
    comment: str,
    plan: PlannedModule,
    blocks: Sequence[Block],
    outputs: Sequence[str],
    redundancy: Redundancy,
    *,
    probed: bool,
) -> tuple[str, Block]:
    """Items, the wires between them and the registers in which early values wait.

    ``blocks`` are the modules of the items, ``outputs`` the names of the ports for what the module hands out.
    """
    return _Body(plan, blocks, outputs, redundancy, probed).written(name, comment)


class _Body:
    """The text of a module, item by item."""

    def __init__(
        self,
        plan: PlannedModule,
        blocks: Sequence[Block],
        outputs: Sequence[str],
        redundancy: Redundancy,
        probed: bool,
    ) -> None:
        self._plan = plan
        self._blocks = blocks
        self._outputs = outputs
        self._redundancy = redundancy
        self._probed = probed
        self._inputs = input_names(plan.module)
        self._titles = _titles(plan, blocks, [*self._inputs.values(), *outputs])
        self._wires = {(-1, 0, port): wire for port, wire in self._inputs.items()}
        for number, instance in self._instances():
            for port, output in _handed(blocks[number]):
                self._wires[number, instance, port] = f"{self._titles[number, instance]}__{output}"
        self._lines: list[str] = []
        self._probes: list[tuple[str, int]] = []

    def _instances(self) -> Iterator[tuple[int, int]]:
        for number, planned in enumerate(self._plan.items):
            yield from ((number, instance) for instance in range(planned.item.fold.instances))

    def written(self, name: str, comment: str) -> tuple[str, Block]:
        """The text of the module, and the module."""
        plan, lines, more = self._plan, self._lines, register_text(self._redundancy)
        for wire, delay in plan.delays.items():
            if not delay.holds:
                lines += _delay(self._wires[wire], plan.width(wire), delay.waits_cycles, more)
        lines += _delay("start", 1, _start_waits(plan), more)
        for wire, delay in plan.delays.items():
            if delay.holds:
                lines += _holds(self._wires[wire], plan.width(wire), delay, more)
        for number, (planned, block) in enumerate(zip(plan.items, self._blocks, strict=True)):
            self._add_item(number, planned, block)
        lines.append("")
        ports = ["input wire clk", *(["input wire start"] if plan.counts else [])]
        elements = plan.module.inputs
        ports += [f"input wire {vector(elements[number].width)}{port}" for number, port in self._inputs.items()]
        for port, output in zip(self._outputs, plan.module.outputs, strict=True):
            if isinstance(output, Net):
                ports.append(f"output wire {vector(width_of(*ends_of_net(plan.module, output))[0])}{port}")
                lines.append(f"assign {port} = {self._at(output, plan.latency_cycles)};")
        bits = sum(width for _, width in self._probes)
        if bits:
            ports.append(f"output wire {vector(bits)}probe")
            lines += ["assign probe = {", *listed([title for title, _ in reversed(self._probes)]), "};"]
        lines += unused([*self._idle_ports(), *self._idle_wires()])
        handed = tuple(
            port if isinstance(output, Net) else None
            for port, output in zip(self._outputs, plan.module.outputs, strict=True)
        )
        return module(name, comment, ports, lines), Block(name, tuple(self._inputs.values()), handed, bits)

    def _at(self, net: Net, cycle: int) -> str:
        """The wire on which a net can be read in a cycle."""
        arrival = self._plan.arrival(net)
        wait = 0 if arrival.cycle is None else cycle - arrival.cycle
        delay = self._plan.delays.get(arrival.wire)
        if delay is not None and delay.holds and wait:
            return f"{self._wires[arrival.wire]}__held{delay.register(wait)}"
        return _after(self._wires[arrival.wire], wait)

    def _add_item(self, number: int, planned: PlannedItem, block: Block) -> None:
        lines, begins = self._lines, _after("start", counter_start(planned.start_cycle))
        fed = self._fed(number, planned, block.shared) if block.shared else {}
        counts = isinstance(planned.content, PlannedModule) and planned.content.counts
        if counts:
            step = f"{self._titles[number, 0]}__step"
            lines += ["", f"wire {step};"]
            lines += counter_text(f"{step}s", planned.item.fold, planned.start_cycle, begins, step, self._redundancy)
            begins = step
        for instance in range(planned.item.fold.instances):
            title = self._titles[number, instance]
            lines.append("")
            for port, _ in _handed(block):
                width = self._plan.width((number, instance, port))
                lines.append(f"wire {vector(width)}{self._wires[number, instance, port]};")
            wired = [".clk(clk)"]
            if counts or isinstance(planned.content, Accumulator):
                wired.append(f".start({begins})")
            for port, entry in enumerate(block.inputs):
                found = planned.connections[instance, port]
                width = planned.item.content.inputs[port].width
                if isinstance(found, Direct):
                    wired.append(f".{entry}({self._direct(found.source, planned.start_cycle, width)})")
                else:
                    wired.append(f".{entry}({fed[instance, port]})")
            wired += [f".{port}({self._wires[number, instance, n]})" for n, port in _handed(block)]
            if self._probed and block.probe_bits:
                self._probes.append((f"{title}__probe", block.probe_bits))
                lines.append(f"wire {vector(block.probe_bits)}{title}__probe;")
                wired.append(f".probe({title}__probe)")
            lines += [f"{block.name} {title} (", *listed(wired), ");"]

    def _direct(self, source: Source, cycle: int, width: int) -> str:
        if isinstance(source, Net):
            return extended_text(self._at(source, cycle), *ends_of_net(self._plan.module, source), width)
        return constant_text(source.lo, width)

    def _fed(self, number: int, planned: PlannedItem, shared: SharedInputs) -> dict[tuple[int, int], str]:
        """The wires behind the module that chooses operands, which is written here."""
        title = f"{self._titles[number, 0]}__slots"
        fed = {at: f"{title}__{port}" for at, port in shared.outputs}
        self._lines.append("")
        for (_, port), wire in fed.items():
            self._lines.append(f"wire {vector(planned.item.content.inputs[port].width)}{wire};")
        wired = [".clk(clk)", f".start({_after('start', counter_start(planned.start_cycle - 1))})"]
        wired += [f".{port}({self._at(net, cycle)})" for port, net, cycle in shared.inputs]
        wired += [f".{port}({fed[at]})" for at, port in shared.outputs]
        self._lines += [f"{shared.name} {title} (", *listed(wired), ");"]
        return fed

    def _read(self) -> set[tuple[int, int, int]]:
        return {arrival.wire for arrival, _ in self._plan.waits()}

    def _idle_ports(self) -> list[str]:
        """Input ports of a module that nothing reads."""
        read = self._read()
        clocked = bool(self._plan.items) or bool(self._plan.delays)
        idle = [port for number, port in self._inputs.items() if (-1, 0, number) not in read]
        return ([] if clocked else ["clk"]) + idle

    def _idle_wires(self) -> Iterator[str]:
        """Outputs of instances that nothing reads."""
        read = self._read()
        for number, instance in self._instances():
            for port, _ in _handed(self._blocks[number]):
                if (number, instance, port) not in read:
                    yield self._wires[number, instance, port]


def _start_waits(plan: PlannedModule) -> list[int]:
    """The cycles that the start of an event waits for the counters of slots, each number once, ascending."""
    found = {counter_start(cycle) for planned in plan.items for cycle in planned.counted_cycles}
    found |= {cycle for delay in plan.delays.values() for cycle in delay.load_cycles}
    return sorted(found - {0})


def _after(wire: str, cycles: int) -> str:
    """A wire so many cycles later."""
    return f"{wire}__after{cycles}" if cycles else wire


def _delay(source: str, width: int, waits: Sequence[int], more: str) -> Iterator[str]:
    """A wire after each of ``waits`` cycles, which ascend: registers, each behind the ones before."""
    before, done = source, 0
    for cycles in waits:
        after, size = _after(source, cycles), f"#(.W({width}), .CYCLES({cycles - done}){more})"
        yield f"wire {vector(width)}{after};"
        yield f"tf_delay {size} {source}__wait{cycles} (.clk(clk), .d({before}), .q({after}));"
        before, done = after, cycles


def _holds(source: str, width: int, delay: Delay, more: str) -> Iterator[str]:
    """Registers that each hold a value for an interval."""
    before = source
    for number, cycle in enumerate(delay.load_cycles, 1):
        held = f"{source}__held{number}"
        wired = f".clk(clk), .load({_after('start', cycle)}), .d({before}), .q({held})"
        yield f"wire {vector(width)}{held};"
        yield f"tf_hold #(.W({width}){more}) {source}__hold{number} ({wired});"
        before = held


def _handed(block: Block) -> Iterator[tuple[int, str]]:
    """Number and name of the output ports."""
    return ((number, port) for number, port in enumerate(block.outputs) if port is not None)


def _titles(plan: PlannedModule, blocks: Sequence[Block], taken: Sequence[str]) -> dict[tuple[int, int], str]:
    """The name of instance ``instance`` of item ``item``, which no port of it bears, as linters mind that."""
    names: dict[tuple[int, int], str] = {}
    for number, (planned, block) in enumerate(zip(plan.items, blocks, strict=True)):
        title, instances = identifier(planned.item.name), planned.item.fold.instances
        titles = [title] if instances == 1 else [f"{title}_{n}" for n in range(instances)]
        ports = {*block.inputs, *block.outputs}
        names |= {(number, n): f"{entry}_inside" if entry in ports else entry for n, entry in enumerate(titles)}
    return dict(zip(names, distinct(names.values(), taken), strict=True))


def core_text(
    name: str,
    comment: str,
    plan: PlannedModule,
    block: Block,
    inputs: Mapping[str, tuple[RtlPort, Interval]],
    outputs: Sequence[tuple[RtlPort, Interval]],
) -> str:
    """The core: every tensor of the graph as one packed vector at the scale of its hull."""
    starting = plan.interval_cycles > 1
    ports = ["input wire clk", *(["input wire start"] if starting else [])]
    ports += [f"input wire {vector(port.wired.bits)}{port.name}" for port, _ in inputs.values()]
    ports += [f"output wire {vector(port.bits)}{port.name}" for port, _ in outputs]
    body: list[str] = []
    wired: list[str] = []
    first = [element for element in plan.module.inputs if element.port is None]
    for element, entry in zip(first, block.inputs, strict=True):
        port, interval = inputs[element.tensor]
        bit = element.number * port.width + element.ends.lsb - interval.hull_lsb
        wired.append(f".{entry}({_cut(port, bit, element.width)})")
    handed = zip(plan.module.outputs, block.outputs, strict=True)
    assignments: list[str] = []
    for port, interval in outputs:
        for number, ends in enumerate(ends_of(interval)):
            output, wire = next(handed)
            if isinstance(output, Net):
                width = width_of(*ends_of_net(plan.module, output))[0]
                body.append(f"wire {vector(width)}{wire}__y;")
                wired.append(f".{wire}({wire}__y)")
                zeros = ends.lsb - interval.hull_lsb
                value = _packed(f"{wire}__y", *ends_of_net(plan.module, output), zeros, port.width)
            else:
                value = constant_text(output.lo << output.lsb - interval.hull_lsb if output.lo else 0, port.width)
            assignments.append(f"assign {_cut(port, number * port.width, port.width)} = {value};")
    if block.probe_bits:
        ports.append(f"output wire {vector(block.probe_bits)}probe")
        wired.append(".probe(probe)")
    clocked = [".clk(clk)", *([".start(start)"] if plan.counts else [])]
    body += [f"{block.name} graph (", *listed([*clocked, *wired]), ");", "", *assignments]
    body += ["", "// bits of the hull that an element of its own type does not have"]
    idle = [*(["start"] if starting and not plan.counts else []), *(port.name for port, _ in inputs.values())]
    body.append(f"wire unused = &{{1'b0, {', '.join(idle)}}};")
    return module(name, comment, ports, body)


def _cut(port: RtlPort, first: int, width: int) -> str:
    if port.wired.bits == width:
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
