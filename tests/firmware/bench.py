"""One verilated module that holds every shell around the cores `tiny` and `slow`, and how a test drives one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.firmware.conftest import Stepper, Verilator
from trigforge.design import Redundancy
from trigforge.project.rtl import OBJECTS, RtlPort, Shell
from trigforge.rtl.shells import shell_files, wrapped_core
from trigforge.rtl.wrapping import WrappedCore

INPUTS = (
    RtlPort("x_in", "x", (5,), 14, True),
    RtlPort("w_in", "w", (), 8, True, register=True),
    RtlPort("flag_in", "flag", (), 1, False),
)
OUTPUTS = (RtlPort("y_out", "y", (5,), 15, True), RtlPort("ok_out", "ok", (), 1, False))
IN_BITS, OUT_BITS = 71, 76
WORDS = (1, 2, 3, 5)

Ports = dict[str, int]


def tiny(event: int, w: int) -> int:
    """What the core computes from an event of IN_BITS: y below, ok above."""

    def signed(value: int, width: int) -> int:
        return value - (1 << width) if value >> (width - 1) else value

    x = [signed(event >> 14 * n & 0x3FFF, 14) for n in range(5)]
    sums = sum((value + signed(w, 8) & 0x7FFF) << 15 * n for n, value in enumerate(x))
    return sums | (event >> 70 and int(x[0] >= x[1])) << 75


@dataclass(frozen=True)
class Core:
    """`tiny`, which takes an event a clock, or `slow`, which takes one every `interval` clocks."""

    interval: int
    latency: int
    redundancy: Redundancy = Redundancy.NONE

    @property
    def name(self) -> str:
        voted = "" if self.redundancy is Redundancy.NONE else "_voted"
        return f"core_{self.interval}_{self.latency}{voted}"

    @property
    def wrapped(self) -> WrappedCore:
        return wrapped_core(
            self.name, INPUTS, OUTPUTS, self.latency, self.interval, "a core for tests", self.redundancy
        )

    def text(self) -> str:
        control = ["clk"] if self.interval == 1 else ["clk", "start"]
        ports = [f"input wire {name}" for name in control]
        ports += [f"input wire [{p.bits - 1}:0] {p.name}" for p in INPUTS]
        ports += [f"output wire [{p.bits - 1}:0] {p.name}" for p in OUTPUTS]
        wired = ", ".join(f".{name}({name})" for name in [*control, *(p.name for p in (*INPUTS, *OUTPUTS))])
        cell = "tiny #(" if self.interval == 1 else f"slow #(.INTERVAL({self.interval}), "
        return (
            f"module {self.name} ({', '.join(ports)});\n  {cell}.LATENCY({self.latency})) core ({wired});\nendmodule\n"
        )


CORES = tuple(
    Core(interval, latency)
    for interval, latency in (
        (1, 0),
        (1, 1),
        (1, 3),
        (2, 3),
        (2, 9),
        (3, 4),
        (3, 5),
        (5, 6),
        (5, 23),
        (16, 17),
        (16, 40),
    )
) + tuple(Core(interval, latency, Redundancy.TRIPLICATED) for interval, latency in ((1, 0), (1, 3), (5, 6)))
LINKS = tuple((words, interval, 0) for words in WORDS for interval in (1, 2, 3, 5, 16))
LINKS += ((1, 3, 1), (2, 1, 1), (3, 5, 1))
"""Words of an event on the link, the interval of the core behind it, and if registers are triplicated."""
OUTS = (*((words, 0) for words in WORDS), (3, 1))
"""Words of a result, and if registers are triplicated."""

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
    """The top with an instance `<shell>_<core>` each and the link blocks, and the files generated for it."""
    top = Top()
    texts: dict[str, str] = {}
    for core in CORES:
        texts[f"{core.name}.v"] = core.text()
        made = shell_files(core.wrapped, 0)
        for shell, (inputs, outputs) in _WRAPPED.items():
            texts |= {Path(path).name: text for path, text in made[shell].items()}
            clock = "aclk" if shell is Shell.AXIS else "clk"
            top.add(f"{shell}_{core.name}", f"{core.name}_{shell}", {}, inputs, outputs, clock)
    link = {"link_valid": 1, "link_start": 1, "link_data": 64}
    for words, interval, voted in LINKS:
        parameters = {"WORDS": words, "INTERVAL": interval, "TRIPLICATED": voted}
        found = {"event_valid": 1, "event_data": 64 * words, "framing_error": 1}
        top.add(f"in_{words}_{interval}_{voted}", "tf_tmux_deserializer", parameters, {"rst": 1, **link}, found)
    for words, voted in OUTS:
        event = {"rst": 1, "event_valid": 1, "event_data": 64 * words}
        parameters = {"WORDS": words, "TRIPLICATED": voted}
        top.add(f"out_{words}_{voted}", "tf_tmux_serializer", parameters, event, {**link, "overrun": 1})
    for cycles in (0, 1, 2, 5):
        top.add(f"delay_{cycles}", "tf_delay", {"W": 7, "CYCLES": cycles}, {"d": 7}, {"q": 7})
    return top, texts | {"top.v": top.text()}


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


@contextmanager
def running(top: Top, program: Path) -> Iterator[Callable[[str], Instance]]:
    """Starts the program of a top anew for each of its instances that is asked for."""
    steppers: list[Stepper] = []

    def start_one(name: str) -> Instance:
        steppers.append(Stepper(program, top.x_bits, top.y_bits))
        return Instance(name, top, steppers[-1])

    yield start_one
    for stepper in steppers:
        stepper.close()


def build(verilator: Verilator, firmware: Path, folder: Path) -> tuple[Top, Path]:
    """The top, and the program that runs it; a lint warning fails."""
    top, texts = every_shell()
    for name, text in texts.items():
        (folder / name).write_text(text)
    library = [*sorted((firmware / "cells").glob("*.v")), *sorted((firmware / "shell").glob("*.v"))]
    here = Path(__file__).parent
    sources = [here / "tiny.v", here / "slow.v", *library, *(folder / name for name in sorted(texts))]
    return top, verilator.build("top", *sources, folder=folder)
