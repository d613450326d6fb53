"""Verilog text of stages, regions and modules, named after the graph's tensors."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from trigforge.rtl.cells import Writing, statement, vector
from trigforge.rtl.circuit import Gate
from trigforge.rtl.gates import Input, Literal, Rom, width_of
from trigforge.rtl.plan import PlannedRegion
from trigforge.rtl.regions import Region
from trigforge.rtl.schedule import StagePlan

_WORDS = frozenset(
    """always and assign begin buf case default defparam disable edge else end endcase endfunction endmodule for force
    forever fork function generate genvar if initial inout input integer join localparam module nand negedge nor not or
    output parameter posedge real reg release repeat scalared signed specify supply0 supply1 table task time tri
    unsigned wait wand while wire wor xnor xor bit byte int logic final clk probe""".split()
)


def identifier(text: str) -> str:
    """A name of Verilog from a name of the graph.

    >>> identifier("jet.iq"), identifier("case"), identifier("a__b")
    ('jet_iq', 'case_', 'a_b')
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "x"
    plain = f"x{plain}" if plain[0].isdigit() else plain
    return f"{plain}_" if plain in _WORDS else plain


def distinct(names: Iterable[str]) -> list[str]:
    """The same names, with numbers behind those that come again."""
    seen: Counter[str] = Counter()
    out: list[str] = []
    taken: set[str] = set()
    for name in names:
        candidate = name
        while candidate in taken:
            seen[name] += 1
            candidate = f"{name}_{seen[name]}x"
        taken.add(candidate)
        out.append(candidate)
    return out


def gate_names(region: Region) -> list[str]:
    """One name a gate: tensor and element, or the tensor it is on the way to and a number."""
    counts: Counter[str] = Counter()
    names: list[str] = []
    for number, gate in enumerate(region.circuit.gates):
        if number in region.names:
            tensor, element = region.names[number]
            names.append(f"{identifier(tensor)}_{element}")
        else:
            names.append(f"{identifier(gate.tensor)}_t{counts[gate.tensor]}")
            counts[gate.tensor] += 1
    return distinct(names)


def module(name: str, comment: str, ports: Sequence[str], body: Sequence[str]) -> str:
    """A module of Verilog-2001 with its header; ``body`` lines are indented here."""
    lines = [f"// {line}" if line else "//" for line in comment.splitlines()]
    listed = ",\n".join(f"    {port}" for port in ports)
    inside = [f"    {line}" if line else "" for line in body]
    opening = ["`default_nettype none", "", f"module {name} (", listed, ");"]
    return "\n".join([*lines, *opening, *inside, "endmodule", "", "`default_nettype wire", ""])


def stage_text(name: str, comment: str, writing: Writing, plan: StagePlan) -> str:
    """One pipeline stage: logic and the registers behind it."""
    gates, names = writing.circuit.gates, writing.names
    ports = ["input wire clk"]
    ports += [f"input wire {vector(gates[gate].width)}{names[gate]}" for gate in plan.entering]
    ports += [f"output reg {vector(gates[gate].width)}{names[gate]}_q" for gate in plan.registered]
    body = _statements(writing, plan.computed)
    body += ["", "always @(posedge clk) begin"]
    body += [f"    {names[gate]}_q <= {names[gate]};" for gate in plan.registered]
    return module(name, comment, ports, [*body, "end"])


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
    gates = region.circuit.gates
    entering, leaving = region_ports(region, [names[n] for n in range(len(gates))])
    ports = [
        "input wire clk",
        *(f"input wire {vector(width)}{port}" for port, width in entering),
        *(f"output wire {vector(width)}{port}" for port, width in leaving),
    ]
    body: list[str] = []
    held = {number: names[number] for number, gate in enumerate(gates) if isinstance(gate.op, Input)}
    for number, (stage, stage_module) in enumerate(zip(plan.schedule.stages, stage_modules, strict=True), start=1):
        now = {gate: f"s{number}_{names[gate]}" for gate in stage.registered}
        body += ["", *(f"wire {vector(gates[gate].width)}{wire};" for gate, wire in now.items())]
        wired = [f".{names[gate]}({held[gate]})" for gate in stage.entering]
        wired += [f".{names[gate]}_q({wire})" for gate, wire in now.items()]
        body += [f"{stage_module} stage{number} (", *_listed([".clk(clk)", *wired]), ");"]
        held = {gate: wire for gate, wire in held.items() if gate in region.static} | now
    body += _statements(writing, plan.schedule.wires)
    held |= {gate: names[gate] for gate in plan.schedule.wires}
    body.append("")
    for gate, (port, _) in zip(region.outputs, leaving, strict=True):
        value = writing.value(gate) if isinstance(gates[gate].op, Literal) else held[gate]
        body.append(f"assign {port} = {value};")
    if probed:
        registers = [
            f"s{number}_{names[gate]}"
            for number, stage in enumerate(plan.schedule.stages, start=1)
            for gate in stage.registered
        ]
        bits = sum(gates[gate].width for stage in plan.schedule.stages for gate in stage.registered)
        if bits:
            ports.append(f"output wire {vector(bits)}probe")
            body += ["assign probe = {", *_listed(list(reversed(registers))), "};"]
    return module(name, comment, ports, body)


def _listed(entries: Sequence[str]) -> list[str]:
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
    return module(name, comment, ports, body)


def tables_of(region: Region) -> Mapping[tuple[Rom, int], Gate]:
    """The tables of a region, by content and width of the address, with a gate that is looked up."""
    found: dict[tuple[Rom, int], Gate] = {}
    for gate in region.circuit.gates:
        if isinstance(gate.op, Rom):
            x = region.circuit.gates[gate.operands[0]]
            found.setdefault((gate.op, x.width), x)
    return found


def listed(entries: Sequence[str]) -> list[str]:
    """Entries of a port list, a line each, commas between."""
    return _listed(entries)
