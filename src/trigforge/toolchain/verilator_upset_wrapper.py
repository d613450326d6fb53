"""The Verilog module between a shell and the C++ that flips bits in it: ports that are always alike.

All that the shell gives is in ``response``, data only where it is said to be valid. Whatever brings the shell its
inputs stands outside of the instance ``dut``, in which bits are flipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.graph.simulation import Mantissas
from trigforge.project import RtlPort, RtlProject, Shell
from trigforge.project.rtl import LINK_BITS, OBJECTS
from trigforge.toolchain.verilator_wrapper import (
    BEATS,
    FIELD,
    REGISTER,
    bits,
    check_shell,
    check_widths,
    fields,
    handed_on,
    slices,
)

DUT = "dut"
"""the instance of the shell"""
HELD = "__weights"
"""the end of the names of instances beside it that hold register inputs"""
_WEIGHTS = tuple(f"cells/tf_{name}.v" for name in ("weight_register", "weight_copy"))
_COUNT_BITS = 5
_BUS = {
    "s_axi_awvalid": "bus_write",
    "s_axi_awaddr": "bus_address",
    "s_axi_wvalid": "bus_write",
    "s_axi_wdata": "bus_data",
    "s_axi_wstrb": "4'hF",
    "s_axi_bready": "1'b1",
    "s_axi_arvalid": "bus_read",
    "s_axi_araddr": "bus_address",
    "s_axi_rready": "1'b1",
}
_ANSWERS = {"awready": 1, "wready": 1, "bvalid": 1, "bresp": 2, "arready": 1, "rvalid": 1, "rdata": 32, "rresp": 2}
_ANSWERED = ("awready", "wready", "bvalid", "arready", "rvalid")


@dataclass(frozen=True)
class _Inside:
    """A shell in its wrapper: declarations and what brings its inputs, what its ports are connected to, what says that
    it takes an event, what it gives at all times, and what only while it says so."""

    lines: list[str]
    ports: Mapping[str, str]
    ready: str
    always: Sequence[str]
    data: Sequence[tuple[str, str, int]]
    """the wire that says that it is valid, the wire itself, its bits"""


@dataclass(frozen=True)
class UpsetDut:
    """A shell of a project whose bits are flipped.

    Register inputs come out of registers beside it, which are loaded in reset; those of ``reloadable`` over its bus.
    Raises ``ProjectError`` for a shell that the project does not hold.
    """

    project: RtlProject
    shell: Shell

    def __post_init__(self) -> None:
        check_widths(self.project)
        check_shell(self.project, self.shell)

    @property
    def sources(self) -> tuple[str, ...]:
        """Every Verilog file, as paths inside the project, each once."""
        around = (*BEATS, *REGISTER, *_WEIGHTS)
        return tuple(dict.fromkeys([*self.project.sources, *dict(self.project.shells)[self.shell], *around]))

    @property
    def spacing_cycles(self) -> int:
        """The clock cycles between two events, or more where the shell lets none in before."""
        own = self.project.initiation_interval
        return max(own, *self._link_words) if self.shell is Shell.TMUX else own

    @property
    def observing_cycles(self) -> int:
        """The clock cycles for which outputs are compared after a flip: all that an event takes which comes at its
        time, and what it takes until others have taken its place wherever a value waits."""
        latency, interval = self.project.latency_cycles, self.spacing_cycles
        flight = latency + interval + 2
        match self.shell:
            case Shell.VALID:
                return flight
            case Shell.AXIS | Shell.RELOADABLE:
                words = max(2, 1 << ((latency + 1) // interval).bit_length())
                return flight + 16 + 2 * words * max(interval, 2)
            case Shell.TMUX:
                return flight + 2 * interval
            case Shell.SEQUENCER:
                return flight + 3 * OBJECTS * interval
            case _:
                assert_never(self.shell)

    @property
    def _events(self) -> tuple[RtlPort, ...]:
        return tuple(port for port in self.project.inputs if not port.register)

    @property
    def _registers(self) -> tuple[RtlPort, ...]:
        return tuple(port for port in self.project.inputs if port.register)

    @property
    def _beats(self) -> int:
        return max(port.beats for port in self._events)

    @property
    def _links(self) -> int:
        """Links side by side that bring what arrives of an event in one clock cycle."""
        return 1 if self._beats == 1 else _words(sum(port.wired.bits for port in self._events))

    @property
    def _link_words(self) -> tuple[int, int]:
        """The words of an event, and of its result."""
        words = self._beats if self._beats > 1 else _words(bits(self._events))
        return words, _words(bits(self.project.outputs))

    def input_fields(self) -> npt.NDArray[np.void]:
        """Every element of every input, of which ``sequencer`` takes more events at a time and their number."""
        own = [fields(self.project.inputs, 0)]
        if self.shell is Shell.SEQUENCER:
            first, more = bits(self.project.inputs), fields(self._events, 0)
            for _ in range(1, OBJECTS):
                shifted = more.copy()
                shifted["offset"] += first
                own.append(shifted)
                first += bits(self._events)
            own.append(np.array([(first, _COUNT_BITS, False, False, 0)], FIELD))
        return np.concatenate(own)

    def rows(self, values: Mantissas, seed: int) -> Mantissas:
        """The stimulus ``(events, fields)`` of values of all inputs, ``(events, elements)``."""
        if self.shell is not Shell.SEQUENCER:
            return np.ascontiguousarray(values)
        random = np.random.default_rng(seed)
        counts = random.integers(0, OBJECTS + 2, (len(values), 1))
        events = values[:, ~fields(self.project.inputs, 0)["held"].astype(np.bool_)]
        more = [np.roll(events, -n, axis=0) for n in range(1, OBJECTS)]
        return np.ascontiguousarray(np.concatenate([values, *more, counts], axis=1))

    def wrapper(self, name: str) -> str:
        """The Verilog of a module ``name`` around the shell."""
        inside, project = self._inside(), self.project
        held = () if self.shell is Shell.RELOADABLE else self._registers
        given = [*(f"{{{width}{{{valid}}}}} & {wire}" for valid, wire, width in inside.data), *inside.always]
        width = sum(entry[2] for entry in inside.data) + len(inside.always)
        stimulus = bits(project.inputs) + (
            (OBJECTS - 1) * bits(self._events) + _COUNT_BITS if self.shell is Shell.SEQUENCER else 0
        )
        lines = [
            f"// trigforge: generated; the fixed ports of firmware/simulation/upsets.h around {self._module}",
            f"module {name} (",
            "    input  wire clk, rst, in_valid, out_ready, bus_write, bus_read,",
            "    input  wire [4:0] bus_address,",
            "    input  wire [31:0] bus_data,",
            "    output wire in_ready, bus_taken,",
            f"    input  wire [{max(1, stimulus) - 1}:0] stimulus,",
            f"    output wire [{width - 1}:0] response",
            ");",
        ]
        for port in held:
            lines += _held(port, dict(slices("stimulus", project.inputs))[port.name], project.register_copies)
        taken = "bus_write ? s_axi_awready : s_axi_arready" if self.shell is Shell.RELOADABLE else "1'b1"
        lines += [
            *inside.lines,
            f"    assign in_ready = {inside.ready}, bus_taken = {taken};",
            f"    assign response = {{{', '.join(given)}}};",
            f"    {self._module} {DUT} (",
        ]
        ports = {**inside.ports, **{port.name: f"{port.name}__held" for port in held}}
        lines.append(",\n".join(f"        .{port}({wire})" for port, wire in ports.items()))
        return "\n".join([*lines, "    );", "endmodule", ""])

    @property
    def _module(self) -> str:
        return f"{self.project.core}_{self.shell}"

    def _inside(self) -> _Inside:
        match self.shell:
            case Shell.VALID:
                return self._valid()
            case Shell.AXIS | Shell.RELOADABLE:
                return self._stream()
            case Shell.TMUX:
                return self._tmux()
            case Shell.SEQUENCER:
                return self._sequencer()
            case _:
                assert_never(self.shell)

    def _parts(self) -> dict[str, str]:
        """The place of one event in the stimulus, by port."""
        places = dict(slices("stimulus", self.project.inputs))
        return {port.name: places[port.name] for port in self._events}

    def _in_beats(self) -> tuple[list[str], dict[str, str]]:
        """Events that are handed on beat by beat, where the core takes them so."""
        parts, lines = self._parts(), list[str]()
        for port in (port for port in self._events if port.beats > 1):
            lines += handed_on(port, parts[port.name])
            parts[port.name] = f"{port.name}__beat"
        return lines, parts

    def _valid(self) -> _Inside:
        lines, parts = self._in_beats()
        outputs = self.project.outputs
        lines += ["    wire out_valid;", *(f"    wire [{port.bits - 1}:0] {port.name};" for port in outputs)]
        ports = {name: name for name in ("clk", "rst", "in_valid", "out_valid")}
        ports |= {**parts, **{port.name: port.name for port in outputs}}
        data = [("out_valid", port.name, port.bits) for port in outputs]
        return _Inside(lines, ports, "1'b1", ["out_valid"], data)

    def _stream(self) -> _Inside:
        parts = list(self._parts().values())
        taken, given = bits(self._events), bits(self.project.outputs)
        wide = given + -given % 8
        lines = ["    wire s_axis_tready, m_axis_tvalid;", f"    wire [{wide - 1}:0] m_axis_tdata;"]
        ports = {
            "aclk": "clk",
            "aresetn": "!rst",
            "s_axis_tvalid": "in_valid",
            "s_axis_tready": "s_axis_tready",
            "s_axis_tdata": _joined(parts, -taken % 8),
            "m_axis_tvalid": "m_axis_tvalid",
            "m_axis_tready": "out_ready",
            "m_axis_tdata": "m_axis_tdata",
        }
        always, data = ["s_axis_tready", "m_axis_tvalid"], [("m_axis_tvalid", "m_axis_tdata", wide)]
        if self.shell is Shell.RELOADABLE:
            lines += [f"    wire [{width - 1}:0] s_axi_{name};" for name, width in _ANSWERS.items()]
            ports |= {**_BUS, **{f"s_axi_{name}": f"s_axi_{name}" for name in _ANSWERS}}
            always += [f"s_axi_{name}" for name in _ANSWERED]
            data += [
                (f"s_axi_{name[0]}valid", f"s_axi_{name}", width)
                for name, width in _ANSWERS.items()
                if name not in _ANSWERED
            ]
        return _Inside(lines, ports, "s_axis_tready", always, data)

    def _tmux(self) -> _Inside:
        words, width = self._link_words[0], self._links * LINK_BITS
        if self._beats > 1:
            lines, beats = self._in_beats()
            missing = width - sum(port.wired.bits for port in self._events)
            link = _joined(list(beats.values()), missing)
        else:
            lines, link = [], "link"
            whole = _joined(list(self._parts().values()), words * width - bits(self._events))
            lines = [f"    wire [{width - 1}:0] link;"]
            if words == 1:
                lines.append(f"    assign link = {whole};")
            else:
                lines.append(
                    f"    tf_beats #(.W({width}), .BEATS({words})) link__beats "
                    f"(.clk(clk), .start(in_valid), .event_data({whole}), .beat(link));"
                )
        given = {name: name for name in ("out_link_valid", "out_link_start", "framing_error", "overrun")}
        lines += [f"    wire {', '.join(given)};", f"    wire [{LINK_BITS - 1}:0] out_link_data;"]
        ports = {
            "clk": "clk",
            "rst": "rst",
            "in_link_valid": "1'b1",
            "in_link_start": "in_valid",
            "in_link_data": link,
            **given,
            "out_link_data": "out_link_data",
        }
        data = [("out_link_valid", "out_link_data", LINK_BITS)]
        return _Inside(lines, ports, "1'b1", list(given), data)

    def _sequencer(self) -> _Inside:
        one, result = bits(self._events), bits(self.project.outputs)
        first, count = bits(self.project.inputs), bits(self.project.inputs) + (OBJECTS - 1) * one
        widths = {"out_count": _COUNT_BITS, "out_objects": OBJECTS * result}
        lines = ["    wire sequencer_ready, out_valid;"]
        lines += [f"    wire [{width - 1}:0] {name};" for name, width in widths.items()]
        more = [f"stimulus[{first} +: {(OBJECTS - 1) * one}]"]
        ports = {name: name for name in ("clk", "rst", "in_valid", "out_valid", *widths)}
        ports |= {
            "in_ready": "sequencer_ready",
            "in_count": f"stimulus[{count} +: {_COUNT_BITS}]",
            "in_objects": _joined([*self._parts().values(), *more], 0),
        }
        data = [("out_valid", name, width) for name, width in widths.items()]
        return _Inside(lines, ports, "sequencer_ready", ["sequencer_ready", "out_valid"], data)


def _words(width: int) -> int:
    """Link words that hold so many bits."""
    return -(-width // LINK_BITS)


def _joined(parts: Sequence[str], missing: int) -> str:
    """Vectors side by side, the first lowest, with zeros above."""
    above = [f"{missing}'b0"] if missing else []
    return "{" + ", ".join([*above, *reversed(parts)]) + "}"


def _held(port: RtlPort, whole: str, copies: int) -> list[str]:
    """The register of a weight."""
    return [
        f"    wire [{port.bits - 1}:0] {port.name}__held;",
        f"    tf_weight_register #(.W({port.bits}), .TRIPLICATED({int(copies > 1)})) {port.name}{HELD} (",
        f"        .clk(clk), .clear(1'b0), .load({{3{{rst}}}}), .d({whole}), .q({port.name}__held)",
        "    );",
    ]
