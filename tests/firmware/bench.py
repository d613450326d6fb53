"""One verilated module that holds every shell around the core `tiny`, and how a test drives one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.firmware.conftest import Stepper, Verilator
from trigforge.project.rtl import RtlPort, Shell
from trigforge.rtl.shells import OBJECTS, shell_files

INPUTS = (
    RtlPort("x_in", "x", (5,), 14, True),
    RtlPort("w_in", "w", (), 8, True, register=True),
    RtlPort("flag_in", "flag", (), 1, False),
)
OUTPUTS = (RtlPort("y_out", "y", (5,), 15, True), RtlPort("ok_out", "ok", (), 1, False))
IN_BITS, OUT_BITS = 71, 76
LATENCIES = (0, 1, 3)
WORDS = (1, 2, 3, 5)

Ports = dict[str, int]


def tiny(event: int, w: int) -> int:
    """What the core computes from an event of IN_BITS: y below, ok above."""

    def signed(value: int, width: int) -> int:
        return value - (1 << width) if value >> (width - 1) else value

    x = [signed(event >> 14 * n & 0x3FFF, 14) for n in range(5)]
    sums = sum((value + signed(w, 8) & 0x7FFF) << 15 * n for n, value in enumerate(x))
    return sums | (event >> 70 and int(x[0] >= x[1])) << 75


_WRAPPED: dict[Shell, tuple[Ports, Ports]] = {
    Shell.VALID: (
        {"rst": 1, "in_valid": 1, "x_in": 70, "w_in": 8, "flag_in": 1},
        {"out_valid": 1, "y_out": 75, "ok_out": 1},
    ),
    Shell.AXIS: (
        {"aresetn": 1, "w_in": 8, "s_axis_tvalid": 1, "s_axis_tdata": 72, "m_axis_tready": 1},
        {"s_axis_tready": 1, "m_axis_tvalid": 1, "m_axis_tdata": 80},
    ),
    Shell.TMUX: (
        {"rst": 1, "w_in": 8, "in_link_valid": 1, "in_link_start": 1, "in_link_data": 64},
        {"out_link_valid": 1, "out_link_start": 1, "out_link_data": 64, "framing_error": 1, "overrun": 1},
    ),
    Shell.SEQUENCER: (
        {"rst": 1, "w_in": 8, "in_valid": 1, "in_count": 5, "in_objects": OBJECTS * IN_BITS},
        {"in_ready": 1, "out_valid": 1, "out_count": 5, "out_objects": OBJECTS * OUT_BITS},
    ),
}


@dataclass
class Top:
    """A module `top` of instances that share the clock; the ports of an instance are bits of x and y."""

    lines: list[str] = field(default_factory=list)
    inputs: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    outputs: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    x_bits: int = 0
    y_bits: int = 0

    def add(self, name: str, module: str, parameters: Ports, inputs: Ports, outputs: Ports, clock: str = "clk") -> None:
        wired = [f".{clock}(clk)"]
        for port, width in inputs.items():
            self.inputs[name, port] = (self.x_bits, width)
            wired.append(f".{port}(x[{self.x_bits}+:{width}])")
            self.x_bits += width
        for port, width in outputs.items():
            self.outputs[name, port] = (self.y_bits, width)
            wired.append(f".{port}(y[{self.y_bits}+:{width}])")
            self.y_bits += width
        values = ", ".join(f".{key}({value})" for key, value in parameters.items())
        self.lines.append(f"  {module} #({values}) {name} ({', '.join(wired)});")

    def text(self) -> str:
        ports = f"input wire clk, input wire [{self.x_bits - 1}:0] x, output wire [{self.y_bits - 1}:0] y"
        return "\n".join([f"module top ({ports});", *self.lines, "endmodule\n"])


def every_shell() -> tuple[Top, dict[str, str]]:
    """The top with an instance `<shell>_<latency>` each and the link blocks, and the files generated for it."""
    top = Top()
    texts: dict[str, str] = {}
    for latency in LATENCIES:
        core = f"tiny_{latency}"
        texts[f"{core}.v"] = _core(core, latency)
        for shell, files in shell_files(core, INPUTS, OUTPUTS, latency, "a core for tests").items():
            texts |= {Path(path).name: text for path, text in files.items()}
            inputs, outputs = _WRAPPED[shell]
            clock = "aclk" if shell is Shell.AXIS else "clk"
            top.add(f"{shell}_{latency}", f"{core}_{shell}", {}, inputs, outputs, clock)
    for words in WORDS:
        parameters = {"WORDS": words}
        link = {"link_valid": 1, "link_start": 1, "link_data": 64}
        event = {"event_valid": 1, "event_data": 64 * words}
        top.add(f"in_{words}", "tf_tmux_deserializer", parameters, {"rst": 1, **link}, {**event, "framing_error": 1})
        top.add(f"out_{words}", "tf_tmux_serializer", parameters, {"rst": 1, **event}, {**link, "overrun": 1})
    for cycles in (0, 1, 2, 5):
        top.add(f"delay_{cycles}", "tf_delay", {"W": 7, "CYCLES": cycles}, {"d": 7}, {"q": 7})
    return top, texts | {"top.v": top.text()}


def _core(name: str, latency: int) -> str:
    ports = ["input wire clk", *(f"input wire [{p.bits - 1}:0] {p.name}" for p in INPUTS)]
    ports += [f"output wire [{p.bits - 1}:0] {p.name}" for p in OUTPUTS]
    wired = ", ".join(f".{name}({name})" for name in ["clk", *(p.name for p in (*INPUTS, *OUTPUTS))])
    return f"module {name} ({', '.join(ports)});\n  tiny #(.LATENCY({latency})) core ({wired});\nendmodule\n"


@dataclass
class Instance:
    """One instance of a running top, stepped by itself; ports that are not given are 0."""

    name: str
    top: Top
    stepper: Stepper

    def step(self, **ports: int) -> Mapping[str, int]:
        """The outputs before the rising edge at which the instance sees these inputs."""
        x = 0
        for port, value in ports.items():
            at, width = self.top.inputs[self.name, port]
            assert 0 <= value < 1 << width, (port, value)
            x |= value << at
        y = self.stepper.step(x)
        return {
            port: y >> at & ((1 << width) - 1)
            for (name, port), (at, width) in self.top.outputs.items()
            if name == self.name
        }


def build(verilator: Verilator, firmware: Path, folder: Path) -> tuple[Top, Path]:
    """The top, and the program that runs it; a lint warning fails."""
    top, texts = every_shell()
    for name, text in texts.items():
        (folder / name).write_text(text)
    library = [*sorted((firmware / "cells").glob("*.v")), *sorted((firmware / "shell").glob("*.v"))]
    sources = [Path(__file__).parent / "tiny.v", *library, *(folder / name for name in sorted(texts))]
    return top, verilator.build("top", *sources, folder=folder)
