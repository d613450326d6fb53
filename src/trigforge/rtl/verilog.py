"""Verilog text of stages, regions and modules, named after the graph's tensors."""

from collections.abc import Mapping, Sequence

from trigforge.design import Redundancy
from trigforge.rtl.cells import Writing, register_text, statement, vector
from trigforge.rtl.circuit import Gate
from trigforge.rtl.gates import Bits, Input, Literal, Rom, width_of
from trigforge.rtl.hierarchy import Region
from trigforge.rtl.plan import PlannedRegion
from trigforge.rtl.schedule import StagePlan

MAPPED_ONCE_BITS = 8
"""Address bits of tables that are mapped by themselves: four LUTs and multiplexers a bit, whatever stands around."""


def module(name: str, comment: str, ports: Sequence[str], body: Sequence[str], *, map_once: bool = False) -> str:
    """A module of Verilog-2005 with its header; ``body`` lines are indented here.

    One that is ``map_once`` is mapped by itself, however often a stage holds it.
    """
    lines = [f"// {line}" if line else "//" for line in comment.splitlines()]
    declared = ",\n".join(f"    {port}" for port in ports)
    inside = [f"    {line}" if line else "" for line in body]
    mark = ["(* map_once *)"] if map_once else []
    opening = ["`default_nettype none", "", *mark, f"module {name} (", declared, ");"]
    return "\n".join([*lines, *opening, *inside, "endmodule", "", "`default_nettype wire", ""])


def stage_text(name: str, comment: str, writing: Writing, plan: StagePlan) -> str:
    """One pipeline stage: logic and the registers behind it."""
    gates, names = writing.circuit.gates, writing.names
    ports = ["input wire clk"]
    ports += [f"input wire {vector(gates[gate].width)}{names[gate]}" for gate in plan.entering]
    kind = "reg" if writing.redundancy is Redundancy.NONE else "wire"
    ports += [f"output {kind} {vector(gates[gate].width)}{names[gate]}_q" for gate in plan.registered]
    body = [*_statements(writing, plan.computed), "", *_registers(writing, plan.registered)]
    body += unused([names[gate] for gate in _partly_read(writing, plan)])
    return module(name, comment, ports, body)


def _registers(writing: Writing, registered: Sequence[int]) -> list[str]:
    gates, names = writing.circuit.gates, writing.names
    if writing.redundancy is Redundancy.NONE:
        return [
            "always @(posedge clk) begin",
            *(f"    {names[gate]}_q <= {names[gate]};" for gate in registered),
            "end",
        ]
    more = register_text(writing.redundancy)
    return [
        f"tf_register #(.W({gates[gate].width}){more}) {names[gate]}_register "
        f"(.clk(clk), .d({names[gate]}), .q({names[gate]}_q));"
        for gate in registered
    ]


def _partly_read(writing: Writing, plan: StagePlan) -> list[int]:
    """Values that enter a stage as a whole, for fewer registers than their parts take, and have unread bits."""
    gates = writing.circuit.gates
    waiting = {gate: set(range(gates[gate].width)) for gate in plan.entering}
    for number in plan.computed:
        op = gates[number].op
        for operand in waiting.keys() & gates[number].operands:
            top = gates[operand].width - 1
            if isinstance(op, Bits):
                last = op.low + gates[number].width - 1
                waiting[operand] -= set(range(max(op.low, 0), last + 1))
                waiting[operand] -= {top} if last > top and gates[operand].signed else set()
            else:
                waiting[operand].clear()
    return [gate for gate, bits in waiting.items() if bits and gate not in plan.registered]


def _statements(writing: Writing, computed: Sequence[int]) -> list[str]:
    """Statements under a heading for each tensor. Bits that a requantization drops are unused and meant to be."""
    lines: list[str] = ["", "// verilator lint_off UNUSEDSIGNAL"]
    heading = ""
    for gate in computed:
        tensor = writing.circuit.gates[gate].tensor
        if tensor != heading:
            heading = tensor
            lines += ["", f"// {tensor}"]
        lines += statement(writing, gate)
    return [*lines, "", "// verilator lint_on UNUSEDSIGNAL"] if computed else []


def region_ports(region: Region, names: Sequence[str]) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Name and width of inputs, in the order of ``region.inputs``, and of outputs."""
    gates = region.circuit.gates
    inputs = {gate.op.port: number for number, gate in enumerate(gates) if isinstance(gate.op, Input)}
    entering = [(names[inputs[port]], gates[inputs[port]].width) for port in range(len(region.inputs))]
    return entering, [(f"{names[gate]}_o", gates[gate].width) for gate in region.outputs]


def region_text(
    name: str, comment: str, plan: PlannedRegion, writing: Writing, stage_modules: Sequence[str], *, probed: bool
) -> str:
    """The stages of a region, one behind the other; with probes, all their registers as one more port."""
    region, names = plan.region, writing.names
    gates, static = region.circuit.gates, region.static
    entering, leaving = region_ports(region, [names[n] for n in range(len(gates))])
    ports = [
        "input wire clk",
        *(f"input wire {vector(width)}{port}" for port, width in entering),
        *(f"output wire {vector(width)}{port}" for port, width in leaving),
    ]
    body: list[str] = []
    held = {number: names[number] for number, gate in enumerate(gates) if isinstance(gate.op, Input)}
    for number, (stage, stage_module) in enumerate(zip(plan.schedule.stages, stage_modules, strict=True), start=1):
        now = {gate: _stage_wire(number, names[gate]) for gate in stage.registered}
        body += ["", *(f"wire {vector(gates[gate].width)}{wire};" for gate, wire in now.items())]
        wired = [f".{names[gate]}({held[gate]})" for gate in stage.entering]
        wired += [f".{names[gate]}_q({wire})" for gate, wire in now.items()]
        body += [f"{stage_module} stage{number} (", *listed([".clk(clk)", *wired]), ");"]
        held = {gate: wire for gate, wire in held.items() if gate in static} | now
    body += _statements(writing, plan.schedule.wires)
    held |= {gate: names[gate] for gate in plan.schedule.wires}
    body.append("")
    for gate, (port, _) in zip(region.outputs, leaving, strict=True):
        value = writing.value(gate) if isinstance(gates[gate].op, Literal) else held[gate]
        body.append(f"assign {port} = {value};")
    if probed:
        registers = [
            _stage_wire(number, names[gate])
            for number, stage in enumerate(plan.schedule.stages, start=1)
            for gate in stage.registered
        ]
        if plan.register_bits:
            ports.append(f"output wire {vector(plan.register_bits)}probe")
            body += ["assign probe = {", *listed(list(reversed(registers))), "};"]
    body += unused(_idle_ports(plan, names))
    return module(name, comment, ports, body)


def _idle_ports(plan: PlannedRegion, names: Mapping[int, str]) -> list[str]:
    """Input ports of a region that no stage and no wire reads."""
    circuit, stages, wires = plan.region.circuit, plan.schedule.stages, plan.schedule.wires
    read = {gate for stage in stages for gate in stage.entering}
    read |= {operand for gate in wires for operand in circuit.gates[gate].operands}
    entering = [number for number, gate in enumerate(circuit.gates) if isinstance(gate.op, Input)]
    return ([] if stages else ["clk"]) + [names[gate] for gate in entering if gate not in read]


def _stage_wire(stage: int, name: str) -> str:
    return f"s{stage}__{name}"


def unused(names: Sequence[str]) -> list[str]:
    """A statement that reads otherwise unread names, so that linters do not complain; none for no names."""
    return [f"wire unused = &{{1'b0, {', '.join(names)}}};"] if names else []


def listed(entries: Sequence[str]) -> list[str]:
    """Entries of a port list, a line each, commas between."""
    return [f"    {entry}{',' if n + 1 < len(entries) else ''}" for n, entry in enumerate(entries)]


def table_text(name: str, comment: str, rom: Rom, x: Gate) -> str:
    """A table as a module: the address in two's complement, an entry a line."""
    width, _ = width_of(min(rom.values), max(rom.values))
    body = [f"reg {vector(width)}entry;", "assign y = entry;", "", "always @* begin", "    case (x)"]
    for n, value in enumerate(rom.values):
        address = (rom.first + n) % (1 << x.width)
        body.append(f"        {x.width}'d{address}: entry = {width}'d{value % (1 << width)};")
    body += [f"        default: entry = {{{width}{{1'bx}}}};", "    endcase", "end"]
    ports = [f"input wire {vector(x.width)}x", f"output wire {vector(width)}y"]
    return module(name, comment, ports, body, map_once=x.width <= MAPPED_ONCE_BITS)


def tables_of(region: Region) -> Mapping[tuple[Rom, int], Gate]:
    """The tables of a region, by content and width of the address, with a gate that is looked up."""
    found: dict[tuple[Rom, int], Gate] = {}
    for gate in region.circuit.gates:
        if isinstance(gate.op, Rom):
            x = region.circuit.gates[gate.operands[0]]
            found.setdefault((gate.op, x.width), x)
    return found
