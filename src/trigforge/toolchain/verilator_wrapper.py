"""The Verilog module between a design and the C++ harness; whatever the design's ports, its own are always alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.errors import ProjectError
from trigforge.project import RtlPort, RtlProject, Shell

FIELD = np.dtype(
    [("offset", np.int64), ("width", np.int32), ("is_signed", np.int32), ("held", np.int32), ("cycle", np.int32)]
)
"""``trigforge::Field`` of ``firmware/simulation/harness.h``."""

REGISTER = tuple(f"cells/tf_{name}.v" for name in ("register", "register_copy", "vote"))
"""the cell of a register, and what it is made of"""
BEATS = ("shell/tf_beats.v", *REGISTER)
"""the module that hands events on beat by beat, and its cells"""


def check_widths(project: RtlProject) -> None:
    """``ProjectError`` for ports whose elements no mantissa of 64 bits holds."""
    wide = [p for p in [*project.inputs, *project.outputs] if p.width > (64 if p.signed else 63)]
    if wide:
        raise ProjectError(
            f"port {wide[0].name!r} has elements of {wide[0].width} bits, and simulations carry 64-bit mantissas; "
            "requantize its tensor"
        )


def check_shell(project: RtlProject, shell: Shell) -> None:
    """``ProjectError`` for a shell that the project does not hold."""
    held = {shell for shell, _ in project.shells}
    if shell not in held:
        has = ", ".join(sorted(held)) or "none"
        raise ProjectError(f"project {project.name!r} holds no shell {shell.value!r}; it has {has}")


@dataclass(frozen=True)
class Dut:
    """The part of a project to simulate: one of its shells, its core (no shell), or its core with probes."""

    project: RtlProject
    shell: Shell | None
    probes: bool = False

    def __post_init__(self) -> None:
        check_widths(self.project)
        if self.probes and not self.project.probed:
            raise ProjectError(f"project {self.project.name!r} holds no core with probes; generate it with probes")
        if self.probes or self.shell is None:
            return
        check_shell(self.project, self.shell)
        if self.shell not in (Shell.VALID, Shell.AXIS):
            raise ProjectError(
                f"the shell {self.shell.value!r} takes words, objects or images, no events; simulate 'valid' or 'axis'"
            )

    @property
    def module(self) -> str:
        """The module that is instantiated."""
        core = self.project.core
        return f"{core}_probed" if self.probes else core if self.shell is None else f"{core}_{self.shell.value}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Every Verilog file, as paths inside the project, each once."""
        beats = BEATS if self._in_beats else ()
        if self.probes:
            return tuple(dict.fromkeys([*self.project.probed, *beats]))
        extra = dict(self.project.shells)[self.shell] if self.shell is not None else ()
        return tuple(dict.fromkeys([*self.project.sources, *extra, *beats]))

    @property
    def _in_beats(self) -> tuple[RtlPort, ...]:
        """The ports to which events must be handed on beat by beat."""
        whole = not self.probes and self.shell is Shell.AXIS
        return () if whole else tuple(port for port in self.project.inputs if port.beats > 1)

    @property
    def has_valid(self) -> bool:
        return not self.probes and self.shell is not None

    def wrapper(self, name: str) -> str:
        """The Verilog of a module ``name`` around this."""
        project = self.project
        stimulus, response = bits(project.inputs), bits(project.outputs)
        probe_bits = project.probe_bits if self.probes else 0
        inputs = slices("stimulus", project.inputs)
        outputs = slices("response", project.outputs)
        lines = [
            f"// trigforge: generated; fixed ports around {self.module}",
            f"module {name} (",
            "    input  wire clk, rst, in_valid, out_ready,",
            "    output wire in_ready, out_valid,",
            f"    input  wire [{max(1, stimulus) - 1}:0] stimulus,",
            f"    output wire [{self.response_bits - 1}:0] response",
            ");",
        ]
        for port in self._in_beats:
            lines += handed_on(port, dict(inputs)[port.name])
        in_beats = {port.name: f"{port.name}__beat" for port in self._in_beats}
        inputs = [(name, in_beats.get(name, place)) for name, place in inputs]
        match None if self.probes else self.shell:
            case None:
                start = [("start", "in_valid")] if project.initiation_interval > 1 else []
                connections = [("clk", "clk"), *start, *inputs, *outputs]
                if probe_bits:
                    connections.append(("probe", f"response[{response} +: {probe_bits}]"))
                lines += ["    assign in_ready = 1'b1, out_valid = 1'b0;"]
            case Shell.VALID:
                control = [("clk", "clk"), ("rst", "rst"), ("in_valid", "in_valid"), ("out_valid", "out_valid")]
                connections = [*control, *inputs, *outputs]
                lines += ["    assign in_ready = 1'b1;"]
            case Shell.AXIS:
                events = [port for port in project.inputs if not port.register]
                pad_in, pad_out = -bits(events) % 8, -response % 8
                parts = [place for port, (_, place) in zip(project.inputs, inputs, strict=True) if not port.register]
                data = ", ".join([*([f"{pad_in}'b0"] if pad_in else []), *reversed(parts)])
                lines += [
                    f"    wire [{response + pad_out - 1}:0] m_axis_tdata;",
                    f"    assign response = m_axis_tdata[{response - 1}:0];",
                ]
                connections = [
                    ("aclk", "clk"),
                    ("aresetn", "!rst"),
                    ("s_axis_tvalid", "in_valid"),
                    ("s_axis_tready", "in_ready"),
                    ("s_axis_tdata", f"{{{data}}}"),
                    ("m_axis_tvalid", "out_valid"),
                    ("m_axis_tready", "out_ready"),
                    ("m_axis_tdata", "m_axis_tdata"),
                    *(pair for port, pair in zip(project.inputs, inputs, strict=True) if port.register),
                ]
            case Shell.TMUX | Shell.SEQUENCER | Shell.RELOADABLE:
                raise AssertionError("refused when this was made")
            case _ as unreachable:
                assert_never(unreachable)
        lines.append(f"    {self.module} dut (")
        lines.append(",\n".join(f"        .{port}({signal})" for port, signal in connections))
        return "\n".join([*lines, "    );", "endmodule", ""])

    @property
    def response_bits(self) -> int:
        """The bits that its wrapper gives."""
        return max(1, bits(self.project.outputs) + (self.project.probe_bits if self.probes else 0))

    def input_fields(self) -> npt.NDArray[np.void]:
        """Every element of every input."""
        return fields(self.project.inputs, 0)

    def output_fields(self, latency_cycles: int) -> npt.NDArray[np.void]:
        """Every element of every output, read ``latency_cycles`` after its event."""
        return fields(self.project.outputs, latency_cycles)

    def probe_fields(self) -> npt.NDArray[np.void]:
        """Every probe, read in its own cycle; of more than 64 bits the lowest 64."""
        first = bits(self.project.outputs)
        rows = [(first + p.offset, min(p.width, 64), p.signed, 0, p.cycle) for p in self.project.probes]
        return np.array(rows, FIELD)


def wrapper(duts: Sequence[Dut], name: str) -> str:
    """The Verilog of a module ``name`` with the ports of ``firmware/simulation/harness.h`` around designs of equal
    inputs: ``chosen`` is the number of the one that runs. What they have in common is compiled once."""
    stimulus = max(1, bits(duts[0].project.inputs))
    response = max(dut.response_bits for dut in duts)
    count = len(duts)
    lines = [
        "// trigforge: generated; the fixed ports of firmware/simulation/harness.h",
        f"module {name} (",
        "    input  wire clk, rst, in_valid, out_ready,",
        "    input  wire [7:0] chosen,",
        "    output wire in_ready, out_valid,",
        f"    input  wire [{stimulus - 1}:0] stimulus,",
        f"    output wire [{response - 1}:0] response",
        ");",
        f"    wire [{count - 1}:0] ready, valid;",
        f"    wire [{response - 1}:0] answer [0:{count - 1}];",
        "    assign in_ready = ready[chosen], out_valid = valid[chosen], response = answer[chosen];",
    ]
    for n, dut in enumerate(duts):
        clock = f"clk && chosen == {n}" if count > 1 else "clk"
        if dut.response_bits < response:
            lines.append(f"    assign answer[{n}][{response - 1}:{dut.response_bits}] = 0;")
        lines += [
            f"    {name}_{n} design{n} (",
            f"        .clk({clock}), .rst(rst), .in_valid(in_valid), .out_ready(out_ready), .in_ready(ready[{n}]),",
            f"        .out_valid(valid[{n}]), .stimulus(stimulus), .response(answer[{n}][{dut.response_bits - 1}:0])",
            "    );",
        ]
    inside = [dut.wrapper(f"{name}_{n}") for n, dut in enumerate(duts)]
    return "\n".join([*lines, "endmodule", "", *inside])


def bits(ports: Sequence[RtlPort]) -> int:
    """The width of all ports side by side."""
    return sum(port.bits for port in ports)


def slices(vector: str, ports: Sequence[RtlPort]) -> list[tuple[str, str]]:
    """Name and place of every port, the first in the lowest bits."""
    found: list[tuple[str, str]] = []
    offset = 0
    for port in ports:
        found.append((port.name, f"{vector}[{offset} +: {port.bits}]"))
        offset += port.bits
    return found


def handed_on(port: RtlPort, whole: str) -> list[str]:
    """The wire on which whole events come beat by beat."""
    wire, bits_a_beat = f"{port.name}__beat", port.wired.bits
    filled = f"{{{port.missing_bits}'b0, {whole}}}" if port.missing_bits else whole
    return [
        f"    wire [{bits_a_beat - 1}:0] {wire};",
        f"    tf_beats #(.W({bits_a_beat}), .BEATS({port.beats})) {port.name}__beats (",
        f"        .clk(clk), .start(in_valid), .event_data({filled}), .beat({wire})",
        "    );",
    ]


def fields(ports: Sequence[RtlPort], cycle: int) -> npt.NDArray[np.void]:
    """Every element of ports that stand side by side."""
    rows: list[tuple[int, int, bool, bool, int]] = []
    offset = 0
    for port in ports:
        rows += [
            (offset + element * port.width, port.width, port.signed, port.register, cycle)
            for element in range(port.elements)
        ]
        offset += port.bits
    return np.array(rows, FIELD)
